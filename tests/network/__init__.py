"""Proof that nothing is lost or doubled while networks are down and clocks are wrong."""
