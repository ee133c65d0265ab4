"""Lists: one file = one way to reach subscribers."""
