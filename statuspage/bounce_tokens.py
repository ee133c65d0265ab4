"""The token that each letter carries in the address that it comes back to, and in its head.

Whoever has none cannot make us believe that letters to somebody come back. It is of letters and
digits only, of either case: mail servers change that. Nothing of it is kept.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Sequence

from incidents.status import ListMode
from incidents.subscribers import KEY_PART, address_key

_KEY_BYTES = KEY_PART * 3 // 4
_MAC_BYTES = 10
LENGTH = (_KEY_BYTES + _MAC_BYTES) * 8 // 5
"""Of a token: with "bounces+" before it, it is no longer than an address may be."""


def bounce_token(keys: Sequence[str], address: str) -> str:
    """What a letter to an e-mail address carries."""
    key = base64.urlsafe_b64decode(address_key(ListMode.EMAIL, address)[:KEY_PART])
    return base64.b32encode(key + _mac(keys[0], key)).decode("ascii").lower()


def owner_of(keys: Sequence[str], tokens: Iterable[str]) -> str | None:
    """The beginning of the key of the address that the first right one of some tokens is of."""
    for token in tokens:
        raw = _decoded(token)
        key, mac = raw[:_KEY_BYTES], raw[_KEY_BYTES:]
        is_whole = len(raw) == _KEY_BYTES + _MAC_BYTES
        if is_whole and any(hmac.compare_digest(_mac(known, key), mac) for known in keys):
            return base64.urlsafe_b64encode(key).decode("ascii")
    return None


def _decoded(token: str) -> bytes:
    try:
        return base64.b32decode(token.strip().upper())
    except (binascii.Error, ValueError):
        return b""


def _mac(key: str, said: bytes) -> bytes:
    return hmac.digest(key.encode(), b"bounce " + said, "sha256")[:_MAC_BYTES]
