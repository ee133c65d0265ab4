"""Avviso while the disk is full or cannot be written to, and while the database is away."""
