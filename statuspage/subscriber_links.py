"""The links that subscribers get: signed, each for one purpose and one address, and some for a
time only. Nothing of them is kept; a link that is changed by a letter is no link.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from incidents.status import ListMode

_MAC = 18
"""Bytes: nobody guesses 144 bits."""


class Purpose(StrEnum):
    """What a link lets its owner do."""

    CONFIRM = "confirm"
    """Its subject is the request's id."""
    MANAGE = "manage"
    """Its subject is the address's key, as of UNSUBSCRIBE."""
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Token:
    """What a link says that is good."""

    purpose: Purpose
    mode: ListMode
    subject: str


def make_token(
    keys: Sequence[str],
    purpose: Purpose,
    mode: ListMode,
    subject: str,
    until: datetime | None = None,
) -> str:
    """A link's last part, of letters, digits, "-", "_" and "."; good until then, or for ever.

    `subject` must have none but the first four of them.
    """
    expires = format(int(until.timestamp()), "x") if until else ""
    said = f"{mode.value}.{subject}.{expires}"
    return f"{said}.{_mac(keys[0], purpose, said)}"


def read_token(keys: Sequence[str], purpose: Purpose, token: str, now: datetime) -> Token | None:
    """What a link says; None where it is none of ours, for another purpose, or too old."""
    said, _, mac = token.rpartition(".")
    parts = said.split(".")
    if len(parts) != 3 or not said.isascii() or not mac.isascii():
        return None
    right = [hmac.compare_digest(_mac(key, purpose, said), mac) for key in keys]
    if not any(right) or parts[0] not in {str(mode) for mode in ListMode}:
        return None
    if parts[2] and datetime.fromtimestamp(int(parts[2], 16), UTC) < now:
        return None
    return Token(purpose, ListMode(parts[0]), parts[1])


def webhook_secret(key: str, address_key: str) -> str:
    """What one webhook's messages are signed with: its owner is shown it."""
    digest = hmac.digest(key.encode(), f"webhook {address_key}".encode(), "sha256")
    return "whsec_" + base64.b64encode(digest).decode("ascii")


def _mac(key: str, purpose: Purpose, said: str) -> str:
    text = f"link {purpose} {said}".encode()
    digest = hmac.digest(key.encode(), text, hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:_MAC]).decode("ascii")
