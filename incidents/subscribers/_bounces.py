"""Letters that came back: who is written to no more, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from incidents.db import Database
from incidents.status import ListMode
from incidents.subscribers._rows import Letter, Subscriber, SubscriberState

KEY_PART = 20
"""Letters of an address's key by which it is found: 120 bits."""
MOST_FAILURES = 5
"""Letters that may come back, on as many days, though somebody may be there."""
_COUNTED_ONCE_IN = timedelta(hours=20)
"""An incident has many updates, and a mailbox that is full is full for all of them."""
_FORGOTTEN_AFTER = timedelta(days=30)
"""Without any that came back, counting begins anew."""


class BounceKind(StrEnum):
    """What came back."""

    NOBODY = "nobody"
    """Nobody is there, for good."""
    FAILED = "failed"
    """It was not delivered; somebody may be there."""
    COMPLAINT = "complaint"
    """The recipient called it a nuisance."""


class Bounced(StrEnum):
    """What became of it."""

    UNKNOWN = "unknown"
    """No subscriber has this address, or letters to it are stopped already."""
    COUNTED = "counted"
    QUARANTINED = "quarantined"
    UNSUBSCRIBED = "unsubscribed"


def record_bounce(
    db: Database, key: str, kind: BounceKind, now: datetime, why: str = ""
) -> Bounced:
    """A letter to an address came back; `key` is the first KEY_PART letters of its key.

    Where nobody is there letters stop at once; where that is not sure, when they came back on
    MOST_FAILURES days. Who complains is unsubscribed.
    """
    with db.claim() as session:
        row = _written_to(session, key)
        if row is None:
            return Bounced.UNKNOWN
        if kind is BounceKind.COMPLAINT:
            _stop(session, row, SubscriberState.UNSUBSCRIBED, now, "")
            return Bounced.UNSUBSCRIBED
        _count(row, now)
        if kind is BounceKind.NOBODY or row.bounces >= MOST_FAILURES:
            said = f"letters came back: {why}" if why else "letters came back"
            _stop(session, row, SubscriberState.QUARANTINED, now, said)
            return Bounced.QUARANTINED
        return Bounced.COUNTED


def _written_to(session: Session, key: str) -> Subscriber | None:
    return session.scalar(
        select(Subscriber).where(
            Subscriber.mode == ListMode.EMAIL,
            Subscriber.state == SubscriberState.ACTIVE,
            func.substr(Subscriber.address_key, 1, KEY_PART) == key,
        )
    )


def _count(row: Subscriber, now: datetime) -> None:
    last = row.bounced_at
    if last is not None and timedelta(0) <= now - last < _COUNTED_ONCE_IN:
        return
    is_long_ago = last is None or now - last >= _FORGOTTEN_AFTER
    row.bounces = 1 if is_long_ago else row.bounces + 1
    row.bounced_at = now


def _stop(
    session: Session, row: Subscriber, state: SubscriberState, now: datetime, why: str
) -> None:
    row.state, row.changed_at, row.why = state, now, why
    if state is SubscriberState.UNSUBSCRIBED:
        row.active_since = None
    # A link that the owner asked for is tried all the same.
    news = (Letter.subscriber == row.number) & Letter.round_id.is_not(None)
    session.execute(delete(Letter).where(news))
