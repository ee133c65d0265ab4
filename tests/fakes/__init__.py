"""Servers that answer as the real networks do, on 127.0.0.1, for tests only."""
