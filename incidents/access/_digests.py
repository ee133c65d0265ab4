"""Random tokens, and what is kept of them."""

from __future__ import annotations

import secrets
from hashlib import sha256


def new_token() -> str:
    """256 random bits, fit for an address and a cookie."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What the database keeps of a token: whoever reads it there cannot use it."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()
