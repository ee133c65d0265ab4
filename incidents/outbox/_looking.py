"""Looking again: for a post that may be out, and at one that is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session, selectinload

from incidents.db import Database
from incidents.models import Delivery
from incidents.outbox import _threads
from incidents.outbox._rows import (
    AHEAD,
    CHANNEL,
    LOOK_AGAIN,
    LOOKS,
    LOOKS_FOR,
    NOW,
    Claimed,
    D,
    Sent,
    Thread,
    key_of,
    sent_of,
    times,
)
from incidents.outbox._settling import note_link, receipt
from incidents.outbox._sighting import NOT_SEEN, Sight, begin_sighting
from incidents.sightings import Sighting
from incidents.status import DeliveryState

_IS_DUE = or_(D.look_at <= NOW, D.look_at.is_not(None) & (D.settled_at > AHEAD))
_ANY = select(D.id).where(D.channel == CHANNEL, _IS_DUE).limit(1)


@dataclass(frozen=True, slots=True)
class Look:
    """A post to look for (unconfirmed) or at (sent, not yet seen)."""

    claimed: Claimed
    state: DeliveryState
    looks: int
    sent: Sent | None


def due_looks(db: Database, channel: str, worker: str, now: datetime) -> list[Look]:
    """The post of a channel that should be looked at now, if any; counted before it is made.

    One at a time, so that what has to be sent never waits behind a row of slow looks.
    """
    values = {"channel": channel, **times(now)}
    with db.read() as session:
        if session.connection().scalar(_ANY, values) is None:
            return []
    with db.claim() as session:
        rows = session.scalars(
            select(Delivery)
            .options(selectinload(Delivery.publication))
            .where(Delivery.channel == CHANNEL, _IS_DUE)
            .order_by(Delivery.look_at)
            .limit(1)
            .with_for_update(of=Delivery, skip_locked=True),
            values,
        )
        return [_look(session, delivery, worker, now) for delivery in rows]


def _look(session: Session, delivery: Delivery, worker: str, now: datetime) -> Look:
    delivery.looks += 1
    more = delivery.looks < len(LOOKS)
    delivery.look_at = now + LOOKS[delivery.looks] if more else None
    publication = delivery.publication
    thread = _threads.with_target(
        session.connection(), Thread(), publication, delivery.channel, delivery.recipient
    )
    claimed = Claimed(
        id=delivery.id,
        key=key_of(delivery),
        channel=delivery.channel,
        worker=worker,
        attempts=delivery.attempts,
        publication=publication,
        incident_id=delivery.thread,
        thread=thread,
        standalone=delivery.standalone,
        maybe_sent=True,
    )
    sent = sent_of(delivery) if delivery.remote_id else None
    return Look(claimed, delivery.state, delivery.looks, sent)


def look_later(
    db: Database, look: Look, now: datetime, retry_after: timedelta | None = None
) -> None:
    """A look that could not be made does not count: it is made again, for a day at the most."""
    with db.claim() as session:
        delivery = session.get(Delivery, look.claimed.id, with_for_update=True)
        if delivery is None or delivery.state is not look.state or delivery.settled_at is None:
            return
        if now < delivery.settled_at + LOOKS_FOR:
            delivery.looks = look.looks - 1
            delivery.look_at = now + max(retry_after or LOOK_AGAIN, LOOK_AGAIN)


def settle_found(db: Database, look: Look, now: datetime, sent: Sent, text: str) -> None:
    """An unconfirmed post was found: it is sent after all."""
    with db.write() as session:
        delivery = session.get(Delivery, look.claimed.id, with_for_update=True)
        if delivery is None or delivery.state is not DeliveryState.UNCONFIRMED:
            return
        for name, value in receipt(sent, now, verify=True).items():
            setattr(delivery, name, value)
        delivery.text = text
        session.flush()
        if sent.url:
            note_link(session.connection(), delivery.id, delivery.channel, delivery.thread, now)


def settle_seen(db: Database, look: Look, now: datetime, sight: Sight) -> None:
    """A sent post was looked at: seen by a reader is `verified`; not seen is said to operators."""
    seen = sight.visible
    with db.claim() as session:
        delivery = session.get(Delivery, look.claimed.id, with_for_update=True)
        if delivery is None or delivery.state is not DeliveryState.SENT:
            return
        begin_sighting(session, delivery, now, sight)
        if seen:
            delivery.state = DeliveryState.VERIFIED
            delivery.look_at = delivery.error = None
        elif seen is None:
            delivery.look_at = None
        else:
            delivery.error = NOT_SEEN


_SOME: Any = bindparam("channels", expanding=True)
_CLOCKS = [
    select(func.min(column)).where(D.channel.in_(_SOME), condition, column > NOW)
    for column, condition in (
        (D.not_before, D.state == DeliveryState.PENDING),
        (D.lease_until, D.state == DeliveryState.SENDING),
        (D.look_at, D.look_at.is_not(None)),
    )
] + [select(func.min(Sighting.due_at)).where(Sighting.channel.in_(_SOME), Sighting.due_at > NOW)]


def next_due(session: Session, channels: Collection[str], now: datetime) -> datetime | None:
    """The next instant at which a delivery of these channels may need the worker."""
    values = {"channels": list(channels), "now": now}
    connection = session.connection()
    moments = [connection.scalar(clock, values) for clock in _CLOCKS]
    return min((found for found in moments if found is not None), default=None)
