"""Deliveries on their way: claim, settle, look again, supersede.

Only the database is touched here. A delivery is committed as `sending`, with a lease, before the
network is; whoever finds a lease that ran out knows that what became of it is unknown. `now` is
passed in, so that a night of it takes a test no time.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from incidents.db import Database
from incidents.models import Channel, Delivery, Event, Incident, Publication, ShownEvent
from incidents.status import (
    Certainty,
    ChannelState,
    DeliveryState,
    PublicationKind,
)

PAGE_FIRST = timedelta(seconds=10)
"""How long a delivery waits at most for the page to show what it speaks of."""
HOLDS_THREAD = timedelta(minutes=2)
"""How long a failed or unconfirmed delivery holds its thread up, and a late one stays fresh."""
LEASE = timedelta(seconds=90)
"""Longer than every call that one attempt makes, time-outs included."""
VERIFY_AFTER = timedelta(seconds=20)
LOOKS = (timedelta(0), timedelta(seconds=20), timedelta(seconds=75))
"""When an unconfirmed post is looked for: at once, and twice more; then an operator must."""
LOOK_AGAIN = timedelta(minutes=1)
"""When a look that the network did not allow is made again, at the soonest ..."""
LOOKS_FOR = timedelta(hours=24)
"""... and for how long after the sending."""
_BACKOFF_FIRST = 5.0
_BACKOFF_LONGEST = 300.0
_WAITING = (DeliveryState.PENDING, DeliveryState.SENDING)
_TROUBLED = (DeliveryState.FAILED, DeliveryState.UNCONFIRMED)
_OUT = (DeliveryState.SENT, DeliveryState.VERIFIED)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a post is: what a later one in its thread has to know."""

    remote_id: str
    url: str | None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery in this worker's hands, with all that its message needs."""

    id: int
    key: str
    channel: str
    worker: str
    attempts: int
    publication: Publication
    incident_id: str
    parent: Sent | None
    """The latest post of the thread; None for the first, or where this one goes standalone."""
    root: Sent | None
    target: Sent | None
    """For a correction or retraction: the post that it speaks of."""
    standalone: bool
    maybe_sent: bool
    """An earlier attempt may have been accepted: look first."""


def backoff(attempts: int, jitter: float) -> timedelta:
    """How long to wait: 5 s, doubling with each attempt up to 5 min, ±25% by `jitter` (0..1)."""
    base = min(_BACKOFF_LONGEST, _BACKOFF_FIRST * 2 ** max(0, min(attempts, 20) - 1))
    return timedelta(seconds=base * (0.75 + jitter / 2))


def claim(
    db: Database, channel: str, worker: str, now: datetime, certainty: Certainty
) -> Claimed | None:
    """Take the next delivery of a channel, or None when nothing may go out now.

    Leases that ran out are settled first, what is stale leaves the line, and what remains goes in
    order: per thread, oldest first.
    """
    if not _anything(db, channel, now):
        return None
    with db.claim() as session:
        if _is_off(session, channel):
            return None
        _give_up_leases(session, channel, now, certainty)
        _retire(session, channel, now)
        for delivery in _candidates(session, channel, now):
            before = _before(session, delivery)
            if _thread_is_free(before, now):
                return _take(session, delivery, before, worker, now)
        return None


def _anything(db: Database, channel: str, now: datetime) -> bool:
    """A cheap look without the writer's lock: is there something to do at all?"""
    with db.read() as session:
        found = session.scalar(
            select(Delivery.id)
            .where(
                Delivery.channel == channel,
                or_(
                    (Delivery.state == DeliveryState.PENDING) & (Delivery.not_before <= now),
                    (Delivery.state == DeliveryState.SENDING) & (Delivery.lease_until < now),
                ),
            )
            .limit(1)
        )
    return found is not None


def _is_off(session: Session, channel: str) -> bool:
    row = session.get(Channel, channel)
    return row is not None and row.state is not ChannelState.ON


def _give_up_leases(session: Session, channel: str, now: datetime, certainty: Certainty) -> None:
    """A worker that died while sending: nobody knows whether the network took it."""
    rows = session.scalars(
        select(Delivery)
        .where(
            Delivery.channel == channel,
            Delivery.state == DeliveryState.SENDING,
            Delivery.lease_until < now,
        )
        .with_for_update(skip_locked=True)
    )
    for delivery in rows:
        _doubt(delivery, now, certainty, "the worker stopped while it was sending")
    session.flush()


def _doubt(delivery: Delivery, now: datetime, certainty: Certainty, why: str) -> None:
    """What may have been sent: a keyed kind goes again by the same key, others are looked for."""
    delivery.lease_until = delivery.claimed_by = None
    delivery.error = why
    delivery.settled_at = now
    if certainty is Certainty.KEYED:
        delivery.state = DeliveryState.PENDING
        delivery.not_before = now
        return
    delivery.looks = 0
    delivery.state = DeliveryState.UNCONFIRMED
    delivery.look_at = now + LOOKS[0] if certainty is Certainty.READABLE else None


def _retire(session: Session, channel: str, now: datetime) -> None:
    """Take out of the line what is too old to be said, or was overtaken while it waited."""
    later = aliased(Delivery)
    overtaking = (
        select(func.min(later.seq))
        .join(Publication, Publication.id == later.publication_id)
        .where(
            later.channel == Delivery.channel,
            later.recipient == Delivery.recipient,
            later.thread == Delivery.thread,
            later.seq > Delivery.seq,
            later.state.in_([*_WAITING, *_OUT]),
            Publication.kind == PublicationKind.UPDATE,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Delivery, overtaking)
        .where(
            Delivery.channel == channel,
            Delivery.state == DeliveryState.PENDING,
            or_(
                Delivery.expires_at <= now,
                (Delivery.due_at < now - HOLDS_THREAD) & overtaking.is_not(None),
            ),
        )
        .with_for_update(of=Delivery, skip_locked=True)
    )
    for delivery, newer in rows:
        delivery.settled_at = now
        if newer is not None and delivery.due_at < now - HOLDS_THREAD:
            delivery.state = DeliveryState.SUPERSEDED
            delivery.error = "a later update of the same thread says the latest state"
        else:
            delivery.state = DeliveryState.FAILED
            delivery.error = "expired before it could be sent; nothing stale goes out"
    session.flush()


def _candidates(session: Session, channel: str, now: datetime) -> list[Delivery]:
    """The first pending delivery of each thread that may go now, oldest first."""
    shown = session.scalar(select(func.min(ShownEvent.event_seq)))
    earlier = aliased(Delivery)
    first = ~(
        select(earlier.id)
        .where(
            earlier.channel == Delivery.channel,
            earlier.recipient == Delivery.recipient,
            earlier.thread == Delivery.thread,
            earlier.state.in_(_WAITING),
            or_(
                earlier.seq < Delivery.seq,
                (earlier.seq == Delivery.seq) & (earlier.id < Delivery.id),
            ),
        )
        .exists()
    )
    return list(
        session.scalars(
            select(Delivery)
            .where(
                Delivery.channel == channel,
                Delivery.state == DeliveryState.PENDING,
                Delivery.not_before <= now,
                or_(Delivery.seq <= (shown or 0), Delivery.created_at <= now - PAGE_FIRST),
                first,
            )
            .order_by(Delivery.seq, Delivery.id)
            .limit(20)
            .with_for_update(of=Delivery, skip_locked=True)
        )
    )


def _before(session: Session, delivery: Delivery) -> list[Delivery]:
    """The earlier deliveries of the same thread, newest first; superseded ones do not count."""
    return list(
        session.scalars(
            select(Delivery)
            .where(
                Delivery.channel == delivery.channel,
                Delivery.recipient == delivery.recipient,
                Delivery.thread == delivery.thread,
                Delivery.seq < delivery.seq,
                Delivery.state != DeliveryState.SUPERSEDED,
            )
            .order_by(Delivery.seq.desc(), Delivery.id.desc())
        )
    )


def _thread_is_free(before: Sequence[Delivery], now: datetime) -> bool:
    """A failed or unconfirmed delivery holds those behind it up, for two minutes at the most."""
    return not any(
        earlier.state in _TROUBLED
        and earlier.settled_at is not None
        and earlier.settled_at > now - HOLDS_THREAD
        for earlier in before
    )


def _take(
    session: Session, delivery: Delivery, before: Sequence[Delivery], worker: str, now: datetime
) -> Claimed:
    out = [_sent(earlier) for earlier in before if earlier.state in _OUT and earlier.remote_id]
    standalone = bool(before) and before[0].state in _TROUBLED
    # Only a doubt sets it on a delivery that goes again: what was put off was surely not sent.
    maybe_sent = delivery.settled_at is not None
    delivery.state = DeliveryState.SENDING
    delivery.attempts += 1
    delivery.claimed_by = worker
    delivery.lease_until = now + LEASE
    delivery.standalone = standalone
    return Claimed(
        id=delivery.id,
        key=f"{delivery.publication_id}-{delivery.channel}",
        channel=delivery.channel,
        worker=worker,
        attempts=delivery.attempts,
        publication=delivery.publication,
        incident_id=delivery.thread,
        parent=out[0] if out and not standalone else None,
        root=out[-1] if out and not standalone else None,
        target=_target(session, delivery),
        standalone=standalone,
        maybe_sent=maybe_sent,
    )


def _sent(delivery: Delivery) -> Sent:
    return Sent(delivery.remote_id or "", delivery.remote_url, delivery.remote_extra)


def _target(session: Session, delivery: Delivery) -> Sent | None:
    """The post that a correction or retraction speaks of: the one of its update."""
    if delivery.publication.kind not in (PublicationKind.CORRECTION, PublicationKind.RETRACTION):
        return None
    found = session.scalar(
        select(Delivery)
        .join(Publication, Publication.id == Delivery.publication_id)
        .where(
            Delivery.channel == delivery.channel,
            Delivery.recipient == delivery.recipient,
            Publication.update_id == delivery.publication.update_id,
            Publication.kind == PublicationKind.UPDATE,
            Delivery.remote_id.is_not(None),
        )
    )
    return _sent(found) if found else None


# What became of it


def settle_sent(
    db: Database,
    claimed: Claimed,
    now: datetime,
    sent: Sent,
    text: str,
    *,
    standalone: bool,
    fallback: bool,
    verify: bool,
) -> None:
    """It is out: store the receipt. The incident's page gains a link, so an event is written."""
    with db.write() if sent.url else db.claim() as session:
        delivery = _mine(session, claimed)
        if delivery is None:
            return
        _store(delivery, sent, now, verify=verify)
        delivery.text = text
        delivery.fallback = fallback
        delivery.standalone = standalone
        if sent.url:
            _note_link(session, delivery, now)


def _mine(session: Session, claimed: Claimed) -> Delivery | None:
    """The delivery, unless somebody else settled or took it in the meantime.

    A receipt that comes after the lease ran out is still news while nobody acted on the doubt.
    """
    delivery = session.get(Delivery, claimed.id, with_for_update=True)
    if delivery is None:
        return None
    held = delivery.state is DeliveryState.SENDING and delivery.claimed_by == claimed.worker
    return delivery if held or delivery.state is DeliveryState.UNCONFIRMED else None


def _store(delivery: Delivery, sent: Sent, now: datetime, *, verify: bool) -> None:
    delivery.state = DeliveryState.SENT
    delivery.remote_id = sent.remote_id
    delivery.remote_url = sent.url
    delivery.remote_extra = dict(sent.extra)
    delivery.sent_at = delivery.settled_at = now
    delivery.lease_until = delivery.claimed_by = delivery.error = None
    delivery.looks = 0
    delivery.look_at = now + VERIFY_AFTER if verify else None


def _note_link(session: Session, delivery: Delivery, now: datetime) -> None:
    incident = session.get_one(Incident, delivery.thread)
    latest = session.scalar(select(func.coalesce(func.max(Event.seq), 0))) or 0
    session.add(
        Event(
            seq=latest + 1,
            at=now,
            kind="delivery_sent",
            operator_id=None,
            incident_id=incident.id,
            months=incident.month,
            public=True,
            data={"delivery": delivery.id, "channel": delivery.channel},
        )
    )


def settle_later(
    db: Database, claimed: Claimed, now: datetime, why: str, retry_after: timedelta | None
) -> None:
    """Not now: back into the line, no sooner than the network asked for."""
    wait = max(retry_after or timedelta(0), backoff(claimed.attempts, random.random()))  # noqa: S311
    with db.claim() as session:
        delivery = _mine(session, claimed)
        if delivery is not None and delivery.state is DeliveryState.SENDING:
            _release(delivery, why)
            delivery.not_before = now + wait


def _release(delivery: Delivery, why: str) -> None:
    delivery.state = DeliveryState.PENDING
    delivery.lease_until = delivery.claimed_by = None
    delivery.error = why


def settle_rejected(db: Database, claimed: Claimed, now: datetime, why: str) -> None:
    """This message, never."""
    with db.claim() as session:
        delivery = _mine(session, claimed)
        if delivery is not None:
            delivery.state = DeliveryState.FAILED
            delivery.settled_at = now
            delivery.lease_until = delivery.claimed_by = None
            delivery.error = why


def settle_broken(db: Database, claimed: Claimed, now: datetime, why: str) -> None:
    """The account cannot post: the delivery waits, the channel stops until an operator acts."""
    with db.claim() as session:
        delivery = _mine(session, claimed)
        if delivery is not None and delivery.state is DeliveryState.SENDING:
            _release(delivery, why)
    break_channel(db, claimed.channel, now, why)


def break_channel(db: Database, name: str, now: datetime, why: str) -> None:
    """Mark a channel as broken, with the reason that operators read."""
    with db.claim() as session:
        row = session.get(Channel, name) or Channel(name=name)
        if row.state is ChannelState.PAUSED:
            return
        row.state, row.why, row.since = ChannelState.BROKEN, why, now
        session.add(row)


def settle_unknown(
    db: Database, claimed: Claimed, now: datetime, why: str, certainty: Certainty
) -> None:
    """It may have been accepted: what can be done about it depends on the kind."""
    with db.claim() as session:
        delivery = _mine(session, claimed)
        if delivery is not None and delivery.state is DeliveryState.SENDING:
            _doubt(delivery, now, certainty, why)
            if certainty is Certainty.KEYED:
                delivery.not_before = now + backoff(claimed.attempts, random.random())  # noqa: S311


# Looking again


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
    with db.read() as session:
        query = select(Delivery.id).where(Delivery.channel == channel, Delivery.look_at <= now)
        if session.scalar(query.limit(1)) is None:
            return []
    with db.claim() as session:
        rows = session.scalars(
            select(Delivery)
            .options(selectinload(Delivery.publication))
            .where(Delivery.channel == channel, Delivery.look_at <= now)
            .order_by(Delivery.look_at)
            .limit(1)
            .with_for_update(of=Delivery, skip_locked=True)
        )
        return [_look(session, delivery, worker, now) for delivery in rows]


def _look(session: Session, delivery: Delivery, worker: str, now: datetime) -> Look:
    delivery.looks += 1
    more = delivery.looks < len(LOOKS)
    delivery.look_at = now + LOOKS[delivery.looks] if more else None
    claimed = Claimed(
        id=delivery.id,
        key=f"{delivery.publication_id}-{delivery.channel}",
        channel=delivery.channel,
        worker=worker,
        attempts=delivery.attempts,
        publication=delivery.publication,
        incident_id=delivery.thread,
        parent=None,
        root=None,
        target=_target(session, delivery),
        standalone=delivery.standalone,
        maybe_sent=True,
    )
    sent = _sent(delivery) if delivery.remote_id else None
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
        _store(delivery, sent, now, verify=False)
        delivery.text = text
        if sent.url:
            _note_link(session, delivery, now)


def settle_seen(db: Database, look: Look, *, seen: bool | None) -> None:
    """A sent post was looked at: seen by a reader is `verified`; not seen is said to operators."""
    with db.claim() as session:
        delivery = session.get(Delivery, look.claimed.id, with_for_update=True)
        if delivery is None or delivery.state is not DeliveryState.SENT:
            return
        if seen:
            delivery.state = DeliveryState.VERIFIED
            delivery.look_at = delivery.error = None
        elif seen is None:
            delivery.look_at = None
        else:
            delivery.error = "sent, but a reader does not see it"


def next_due(session: Session, channels: Collection[str], now: datetime) -> datetime | None:
    """The next instant at which a delivery of these channels may need the worker."""
    moments = [
        session.scalar(
            select(func.min(column)).where(Delivery.channel.in_(channels), condition, column > now)
        )
        for column, condition in _clocks()
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _clocks() -> list[tuple[Any, Any]]:
    return [
        (Delivery.not_before, Delivery.state == DeliveryState.PENDING),
        (Delivery.lease_until, Delivery.state == DeliveryState.SENDING),
        (Delivery.look_at, Delivery.look_at.is_not(None)),
    ]


def forget_targets(db: Database, kept: Collection[str]) -> None:
    """A target that is not configured any more must not hold deliveries back."""
    with db.claim() as session:
        session.execute(delete(ShownEvent).where(ShownEvent.target.not_in(kept)))


def show(db: Database, target: str, event: int, now: datetime) -> None:
    """Note what a target shows, so that its deliveries may go."""
    with db.claim() as session:
        row = session.get(ShownEvent, target) or ShownEvent(target=target, event_seq=0)
        row.event_seq = event
        row.at = now
        session.add(row)
