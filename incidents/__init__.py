"""The domain: what is true. No HTTP, no Flask, no network."""
