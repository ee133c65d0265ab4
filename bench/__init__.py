"""What is measured and pictured, and never tested: speed, and the screenshots of the docs."""
