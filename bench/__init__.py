"""Measures speed, and never judges it: `python -m bench`, or one with `--only NAME`."""
