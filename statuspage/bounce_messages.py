"""What a message says that came to the address of bounces: a letter came back, or is complained of.

Delivery status notifications (RFC 3464), feedback reports (RFC 5965), and what old mail servers
write in their own words. Pure. Anybody may send anything there: nothing of it is believed but a
token that is right, and whatever is malformed says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message

from incidents.subscribers import BounceKind

LARGEST = 1_000_000
"""Bytes that are looked at."""
_TO_US = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_NOBODY = re.compile(r"\b5\.(1\.(1|2|3|6|10)|2\.1)\b")
"""Nobody is there, or there is no such place (RFC 3463, 3.2 and 3.3)."""
_STATUS = re.compile(r"\d\.\d{1,3}\.\d{1,3}")
_SUB_ADDRESS = re.compile(r"\+([A-Za-z2-7]{20,64})@")
_TOKEN = re.compile(r"[A-Za-z2-7]{20,64}")
_SERVERS = re.compile(r"\b(mailer-daemon|postmaster)@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Report:
    """What a message says."""

    kind: BounceKind | None
    """None: nothing that counts."""
    tokens: tuple[str, ...]
    """What may be a token of ours, the likeliest first."""
    why: str = ""
    """As in "5.1.1"; no word of it is anybody's but ours."""


def read_report(raw: bytes, recipients: Iterable[str] = ()) -> Report:
    """What a message says; `recipients` are the addresses that it came to, as the server says."""
    try:
        message = message_from_bytes(raw[:LARGEST])
        parts = list(message.walk())
    except RecursionError:
        return Report(None, ())
    addressed = [*recipients, *(value for name in _TO_US for value in _all(message, name))]
    originals = [each for part in parts for each in _originals(part)]
    tokens = [
        *(found for address in addressed for found in _SUB_ADDRESS.findall(address)),
        *(found for each in originals for found in _tokens_in(each)),
    ]
    kind, why = _said(message, parts)
    return Report(kind, tuple(dict.fromkeys(tokens)), why)


def _said(message: Message, parts: list[Message]) -> tuple[BounceKind | None, str]:
    feedback = [block for part in parts for block in _blocks(part, "message/feedback-report")]
    if feedback:
        return _complaint(feedback)
    statuses = [block for part in parts for block in _blocks(part, "message/delivery-status")]
    if statuses:
        return _failure(statuses)
    is_automatic = _first(message, "Auto-Submitted").lower() not in ("", "no", "auto-generated")
    if is_automatic or not _SERVERS.search(_first(message, "From")):
        return None, ""
    return BounceKind.FAILED, "a mail server wrote"


def _complaint(feedback: list[Message]) -> tuple[BounceKind | None, str]:
    kinds = {_first(block, "Feedback-Type").lower() for block in feedback}
    complains = kinds - {"", "not-spam", "auth-failure"}
    return (BounceKind.COMPLAINT, "a complaint") if complains else (None, "")


def _failure(statuses: list[Message]) -> tuple[BounceKind | None, str]:
    """By the worst that is said of a recipient: only what failed for good counts."""
    found: tuple[BounceKind | None, str] = (None, "")
    for block in statuses:
        if _first(block, "Action").lower() != "failed":
            continue
        said = f"{_first(block, 'Status')} {_first(block, 'Diagnostic-Code')}"
        nobody = _NOBODY.search(said)
        if nobody:
            return BounceKind.NOBODY, nobody.group()
        status = _STATUS.match(said)
        found = BounceKind.FAILED, status.group() if status else "failed"
    return found


def _blocks(part: Message, content_type: str) -> Iterator[Message]:
    """The groups of fields of a report (RFC 3464, 2.1), as Python parses them."""
    inner = part.get_payload()
    if part.get_content_type() == content_type and isinstance(inner, list):
        yield from (each for each in inner if isinstance(each, Message))


def _originals(part: Message) -> Iterator[Message]:
    """The letter that is spoken of, or its head."""
    if part.get_content_type() == "message/rfc822":
        yield from _blocks(part, "message/rfc822")
    elif part.get_content_type() == "text/rfc822-headers":
        raw = part.get_payload(decode=True)
        if isinstance(raw, bytes):
            yield message_from_string(raw.decode("ascii", "replace"))


def _tokens_in(original: Message) -> Iterator[str]:
    for value in _all(original, "Avviso-Token"):
        if _TOKEN.fullmatch(value):
            yield value


def _all(message: Message, name: str) -> list[str]:
    return [str(value).strip() for value in message.get_all(name, [])]


def _first(message: Message, name: str) -> str:
    return next(iter(_all(message, name)), "")
