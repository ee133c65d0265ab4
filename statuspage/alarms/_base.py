"""What every source of alarms shares: who is let in, how JSON is read, how it is refused."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import Authorization, Headers

from incidents.alarm_rules import Message

LARGEST = 256 * 1024
"""Bytes of one message."""
MOST_ALARMS = 500
"""Alarms in one message."""
TOLERANCE = timedelta(minutes=5)
"""How far a signature's time may be from ours, as the libraries of Standard Webhooks have it."""

_LONGEST_ID = 255
_NOTHING = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The character U+0000 as JSON escapes it, and no backslash that somebody wrote."""
_HOW = "send the secret as 'Authorization: Bearer …', or as the password of basic authentication"

Model = TypeVar("Model", bound=BaseModel)


class Malformed(ValueError):
    """The message is none of this kind; what is wrong stands in it."""


class NotSigned(Exception):
    """Whoever sent it could not show that they may."""


def must_show(secret: str, shown: Authorization | None) -> None:
    """Raises `NotSigned` for whoever shows another secret than ours, or none (RFC 6750, 7617)."""
    told = ""
    if shown is not None:
        told = (shown.token if shown.type == "bearer" else shown.get("password")) or ""
    if not hmac.compare_digest(told.encode("utf-8", "replace"), secret.encode()):
        raise NotSigned(_HOW)


def must_be_signed(key: bytes, headers: Headers, body: bytes, now: datetime) -> Message:
    """The signed message's name and time. Raises `NotSigned`.

    Source: Standard Webhooks 1.0.0, https://www.standardwebhooks.com: HMAC-SHA256 of
    "id.timestamp.body", in base64 after "v1,"; several signatures are separated by spaces.
    """
    name = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    if not (0 < len(name) <= _LONGEST_ID and name.isprintable() and name.isascii()):
        raise NotSigned("webhook-id: is missing, or is no name of at most 255 characters")
    signed_at = _time_of(stamp)
    told = f"{name}.{stamp}.".encode() + body
    expected = hmac.new(key, told, sha256).digest()
    offered = headers.get("webhook-signature", "").split(" ")
    if not any(_is_signature(text, expected) for text in offered[:10]):
        raise NotSigned("webhook-signature: is missing, or is not that of this message")
    if abs(now - signed_at) > TOLERANCE:
        raise NotSigned("webhook-timestamp: is more than 5 minutes from our clock; sign it anew")
    return Message(name, signed_at)


def _time_of(stamp: str) -> datetime:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        raise NotSigned("webhook-timestamp: should be seconds since 1970")
    return datetime.fromtimestamp(int(stamp), UTC)


def _is_signature(text: str, expected: bytes) -> bool:
    version, _, value = text.partition(",")
    try:
        found = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return version == "v1" and hmac.compare_digest(found, expected)


def read_json(body: bytes) -> Any:
    """The body as JSON. Raises `Malformed`, also for texts that no database takes."""
    try:
        found = json.loads(body, parse_constant=_no_number)
        said = json.dumps(found, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError):
        raise Malformed("the body: is no JSON") from None
    if _NOTHING.search(said):
        raise Malformed("the body: has the character U+0000; remove it")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number in JSON")


def checked(model: type[Model], raw: Any) -> Model:
    """The message as its kind describes it. Raises `Malformed` naming the first field at fault."""
    try:
        return model.model_validate(raw)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise Malformed(f"{where}: {first['msg']}") from None
