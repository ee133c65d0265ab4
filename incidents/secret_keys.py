"""The keys of the environment with which the few secrets are kept that cannot be hashed. Pure."""

from __future__ import annotations


def keys_in(said: str) -> tuple[str, ...]:
    """The keys that AVVISO_SECRET_KEY holds: the newest first, with commas between them."""
    return tuple(key for part in said.split(",") if (key := part.strip()))
