"""What the public forms need beside asking and choosing: how often, a browser's own word, what is
kept of somebody, and what a request's id is good for."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from incidents.access._digests import digest
from incidents.access._throttle import Counter, count_attempt
from incidents.actions import Desk
from incidents.db import Database
from incidents.errors import InvalidInput, NotAllowed
from incidents.status import ListMode
from incidents.subscribers import _asking as asking
from incidents.subscribers._address import address_key, read_url
from incidents.subscribers._asking import Request, Standing
from incidents.subscribers._choices import checked_choices, choices_of
from incidents.subscribers._rows import Letter, LetterKind, Subscriber, SubscriberState

PER_NEIGHBOURHOOD = 100
"""Requests from one neighbourhood within a quarter of an hour: on the day when everybody asks, a
mobile network has many people in one."""
_PRIME = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""The curve P-256: y² = x³ - 3x + b (FIPS 186-4, D.1.2.3)."""


def count_request(db: Database, neighbourhood: str, now: datetime) -> None:
    """Count a request of the public's. Raises `TooManyTries`."""
    count_attempt(db, [Counter(digest(f"requests of {neighbourhood}"), PER_NEIGHBOURHOOD)], now)


def read_browser(
    endpoint: str, keys: Mapping[str, Any], services: Collection[str]
) -> tuple[str, dict[str, str]]:
    """A browser's subscription (W3C Push API), checked: its address and keys.

    `services` are the hosts of the push services that are trusted. Raises `InvalidInput`.
    """
    address = read_url(endpoint)
    host = urlsplit(address).hostname or ""
    if not any(host == known or host.endswith(f".{known}") for known in services):
        raise InvalidInput(f"endpoint: the push service {host} is not known here")
    public, secret = keys.get("p256dh"), keys.get("auth")
    if not _is_point(_decoded(public)):
        raise InvalidInput("keys.p256dh: should be a point of the curve P-256")
    if len(_decoded(secret)) != 16:
        raise InvalidInput("keys.auth: should be 16 bytes")
    return address, {"p256dh": str(public), "auth": str(secret)}


def _decoded(value: Any) -> bytes:
    if not isinstance(value, str) or not value.isascii():
        return b""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_point(octets: bytes) -> bool:
    """Whether these are an uncompressed point of the curve (SEC 1, 2.3.3)."""
    if len(octets) != 65 or octets[0] != 4:
        return False
    x, y = int.from_bytes(octets[1:33]), int.from_bytes(octets[33:])
    if x >= _PRIME or y >= _PRIME:
        return False
    return (y * y - (x * x * x - 3 * x + _B)) % _PRIME == 0


def subscribe_browser(desk: Desk, request: Request, now: datetime) -> str:
    """Subscribe a browser: its user let it, which is all the confirmation that there can be.

    What it chose before is replaced. Raises `InvalidInput`, and `NotAllowed` where the address is
    another browser's.
    """
    address = read_url(request.address)
    with desk.db.claim() as session:
        choices = checked_choices(session, request.choices, desk.service.locales)
        known = asking.standing(session, ListMode.PUSH, address_key(ListMode.PUSH, address))
        if known is not None and not _same_secret(known, request.keys.get("auth", "")):
            raise NotAllowed("another browser has this address")
        row = asking.new_row(session, request, address, None, choices, now)
        asking.take_the_place(session, row)
        asking.activate(row, now)
        return row.id


def browsers_standing(session: Session, endpoint: str, secret: str) -> Standing | None:
    """What is kept of a browser that shows its own secret; None where nothing is.

    Raises `InvalidInput`.
    """
    key = address_key(ListMode.PUSH, read_url(endpoint))
    row = asking.standing(session, ListMode.PUSH, key)
    if row is None or not _same_secret(row, secret):
        return None
    return asking.as_standing(session, row)


def _same_secret(row: Subscriber, secret: str) -> bool:
    return hmac.compare_digest(str(row.keys.get("auth", "")).encode(), secret.encode())


def confirm_once(desk: Desk, subscriber_id: str, now: datetime) -> Subscriber:
    """As `confirm`; two requests for one address that are confirmed at once follow each other.

    Raises `NotFound`.
    """
    try:
        return asking.confirm(desk, subscriber_id, now)
    except IntegrityError:  # the other one was first: it is there now, and is replaced
        return asking.confirm(desk, subscriber_id, now)


def withdraw(db: Database, subscriber_id: str, now: datetime) -> bool:
    """What whoever asked may do by the request's id: take the request back.

    True where it is gone. Once its owner confirmed it, it is theirs: whoever typed their address
    cannot end it, and they are sent the link by which they can. Raises `NotFound`.
    """
    with db.claim() as session:
        row = asking.find(session, subscriber_id)
        if row.state is SubscriberState.UNCONFIRMED:
            session.execute(delete(Subscriber).where(Subscriber.number == row.number))
            return True
        key, owner = row.address_key, row.contact or row.address
    if row.mode is not ListMode.PUSH and asking.may_be_written(db, owner, now):
        with db.claim() as session:
            again = asking.standing(session, row.mode, key)
            if again is not None and again.state is not SubscriberState.UNSUBSCRIBED:
                asking.write_letter(session, again, LetterKind.MANAGE, now)
    return False


def last_fault(session: Session, mode: ListMode, key: str) -> str:
    """Why the latest message that waits could not be handed over; "" where none waits."""
    row = asking.standing(session, mode, key)
    if row is None:
        return ""
    query = (
        select(Letter.error)
        .where(Letter.subscriber == row.number, Letter.error != "")
        .order_by(Letter.id.desc())
        .limit(1)
    )
    return session.scalar(query) or row.why


def all_kept(session: Session, mode: ListMode, key: str) -> list[dict[str, Any]]:
    """All that is kept of an address, requests that were never confirmed included: for its owner.

    A browser's keys and moments are in words that JSON knows.
    """
    same = (Subscriber.mode == mode) & (Subscriber.address_key == key)
    rows = session.scalars(select(Subscriber).where(same).order_by(Subscriber.number))
    return [_kept(session, row) for row in rows]


def _kept(session: Session, row: Subscriber) -> dict[str, Any]:
    choices = choices_of(session, row)
    letters = session.scalars(select(Letter).where(Letter.subscriber == row.number))
    return {
        "id": row.id,
        "mode": str(row.mode),
        "address": row.address,
        "contact": row.contact,
        "keys": row.keys,
        "state": str(row.state),
        "language": choices.locale,
        "follows": choices.follows,
        "components": "all" if choices.components is None else list(choices.components),
        "kinds": [str(kind) for kind in choices.kinds],
        "incidents": list(choices.incidents),
        "created_at": _moment(row.created_at),
        "changed_at": _moment(row.changed_at),
        "active_since": _moment(row.active_since),
        "bounces": row.bounces,
        "bounced_at": _moment(row.bounced_at),
        "why": row.why,
        "waiting": [
            {
                "kind": str(letter.kind),
                "created_at": _moment(letter.created_at),
                "not_before": _moment(letter.not_before),
                "attempts": letter.attempts,
                "error": letter.error,
            }
            for letter in letters
        ],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
