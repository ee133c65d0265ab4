"""Walking a list: whom a publication is for, batch by batch, and what is tried again.

Whoever walks holds the publication's delivery (or, for a component's change, the round itself) by
a lease; a batch that a dead holder left behind is done again from its first subscriber on, and
nobody is passed over. The letters of a batch are the same each time, down to their ids.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from incidents.db import Database
from incidents.models import (
    AffectedComponent,
    Component,
    Delivery,
    Incident,
)
from incidents.outbox import LEASE, Claimed
from incidents.status import IncidentKind, ListMode
from incidents.subscribers._rows import (
    Batch,
    Letter,
    LetterKind,
    Round,
    Subscriber,
    SubscriberComponent,
    SubscriberIncident,
    SubscriberState,
)

BATCH = 100
"""Subscribers of one batch: as many may be written to twice after a crash."""

_S = cast("Table", Subscriber.__table__).c
_WANTS = {
    IncidentKind.INCIDENT: _S.incidents,
    IncidentKind.MAINTENANCE: _S.maintenances,
    IncidentKind.ADVANCE_NOTICE: _S.notices,
}


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a round is for."""

    mode: ListMode
    published_at: datetime
    kind: IncidentKind
    """What is told of; a component's change counts as an incident."""
    components: Collection[str]
    """Ids of the public components that it names."""
    incident_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """A subscriber as whoever writes to them needs them."""

    number: int
    address: str
    address_key: str
    locale: str
    contact: str | None = None
    keys: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Walk:
    """A round in somebody's hands."""

    id: int
    channel: str
    reach: Reach
    total: int
    worker: str
    delivery_id: int | None = None
    change_id: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A batch in somebody's hands."""

    id: int
    recipients: Sequence[Recipient]


@dataclass(frozen=True, slots=True)
class PutOff:
    """One recipient who could not be reached yet."""

    number: int
    why: str
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a batch."""

    sent: int = 0
    failed: int = 0
    later: Sequence[PutOff] = ()


_RECIPIENTS: Select[*tuple[Any, ...]] = select(
    _S.number, _S.address, _S.address_key, _S.locale, _S.contact, _S["keys"]
)


def _wanted(reach: Reach) -> ColumnElement[bool]:
    """Of all subscribers, those whom a round is for."""
    chosen = exists(
        select(SubscriberComponent.subscriber).where(
            SubscriberComponent.subscriber == _S.number,
            SubscriberComponent.component_id.in_(sorted(reach.components)),
        )
    )
    wants: ColumnElement[bool] = _S.follows & _WANTS[reach.kind] & or_(_S.everything, chosen)
    if reach.incident_id:
        follows = exists(
            select(SubscriberIncident.subscriber).where(
                SubscriberIncident.subscriber == _S.number,
                SubscriberIncident.incident_id == reach.incident_id,
            )
        )
        wants = or_(wants, follows)
    return (
        (_S.mode == reach.mode)
        & (_S.state == SubscriberState.ACTIVE)
        & (_S.active_since <= reach.published_at)
        & wants
    )


def reach_of(session: Session, mode: ListMode, incident_id: str, at: datetime) -> Reach:
    """Whom a publication about an entry is for."""
    kind = session.scalars(select(Incident.kind).where(Incident.id == incident_id)).one()
    components = session.scalars(
        select(AffectedComponent.component_id)
        .join(Component, Component.id == AffectedComponent.component_id)
        .where(AffectedComponent.incident_id == incident_id, Component.hidden.is_(False))
    )
    return Reach(mode, at, kind, frozenset(components), incident_id)


def count_reached(session: Session, reach: Reach) -> int:
    """How many subscribers that is now."""
    return session.scalar(select(func.count()).select_from(Subscriber).where(_wanted(reach))) or 0


def count_active(session: Session, mode: ListMode) -> int:
    """How many subscribers a list has."""
    is_active = (_S.mode == mode) & (_S.state == SubscriberState.ACTIVE)
    return session.scalar(select(func.count()).select_from(Subscriber).where(is_active)) or 0


def has_followers(session: Session, mode: ListMode, incident_id: str) -> bool:
    """Whether anybody on a list follows a single incident."""
    followed = (
        select(SubscriberIncident.subscriber)
        .join(Subscriber, Subscriber.number == SubscriberIncident.subscriber)
        .where(
            SubscriberIncident.incident_id == incident_id,
            _S.mode == mode,
            _S.state == SubscriberState.ACTIVE,
        )
    )
    return session.scalar(followed.limit(1)) is not None


def begin(db: Database, mode: ListMode, claimed: Claimed, now: datetime) -> Walk:
    """The walk of a claimed delivery: a new one, or where the one before left it."""
    with db.read() as session:  # to count takes a while, and others want to write
        reach = reach_of(session, mode, claimed.incident_id, claimed.publication.at)
        row = session.scalar(select(Round).where(Round.delivery_id == claimed.id))
        total = row.total if row else count_reached(session, reach)
    if row is None:
        with db.claim() as session:
            row = Round(
                channel=claimed.channel,
                delivery_id=claimed.id,
                incident_id=claimed.incident_id,
                seq=claimed.publication.event_seq,
                cursor=0,
                total=total,
                begun_at=now,
            )
            session.add(row)
    return Walk(row.id, row.channel, reach, total, claimed.worker, delivery_id=claimed.id)


def left_batches(db: Database, walk: Walk) -> list[Held]:
    """Batches that whoever walked before left behind."""
    with db.read() as session:
        rows = session.scalars(select(Batch).where(Batch.round_id == walk.id).order_by(Batch.id))
        return [_held(session, walk, row) for row in rows]


def _held(session: Session, walk: Walk, row: Batch) -> Held:
    within = _S.number.between(row.first, row.last)
    return Held(row.id, _recipients(session, walk.reach, within, BATCH))


def _recipients(
    session: Session, reach: Reach, within: ColumnElement[bool], most: int
) -> Sequence[Recipient]:
    query = _RECIPIENTS.where(_wanted(reach), within).order_by(_S.number).limit(most)
    return [Recipient(*row) for row in session.execute(query)]


def next_batch(db: Database, walk: Walk, now: datetime, most: int = BATCH) -> Held | None:
    """Take the next subscribers of a walk; None when all have been taken."""
    with db.claim() as session:
        row = session.get_one(Round, walk.id, with_for_update=True)
        found = _recipients(session, walk.reach, _S.number > row.cursor, most)
        if not found:
            return None
        row.cursor = found[-1].number
        batch = Batch(round_id=walk.id, first=found[0].number, last=found[-1].number)
        session.add(batch)
        session.flush()
        _renew(session, walk, now)
        return Held(batch.id, found)


def _renew(session: Session, walk: Walk, now: datetime) -> None:
    """Hold on for another lease."""
    until = {"lease_until": now + LEASE}
    if walk.delivery_id is None:
        session.execute(update(Round).where(Round.id == walk.id).values(until))
    else:
        session.execute(
            update(Delivery)
            .where(Delivery.id == walk.delivery_id, Delivery.claimed_by == walk.worker)
            .values(until)
        )


def settle_batch(db: Database, walk: Walk, held: Held, done: Done, now: datetime) -> None:
    """Store what became of a batch; whoever could not be reached yet gets a letter of their own."""
    with db.claim() as session:
        if not session.execute(delete(Batch).where(Batch.id == held.id)).rowcount:  # type: ignore[attr-defined]
            return  # somebody else had it meanwhile
        session.execute(
            update(Round)
            .where(Round.id == walk.id)
            .values(sent=Round.sent + done.sent, failed=Round.failed + done.failed)
        )
        known = set(
            session.scalars(
                select(Subscriber.number).where(
                    Subscriber.number.in_([each.number for each in done.later])
                )
            )
        )
        letters = [
            {
                "channel": walk.channel,
                "subscriber": each.number,
                "kind": LetterKind.NEWS,
                "round_id": walk.id,
                "created_at": now,
                "not_before": each.not_before,
                "attempts": 1,
                "error": each.why,
            }
            for each in done.later
            if each.number in known
        ]
        if letters:
            session.execute(insert(Letter), letters)
        _renew(session, walk, now)


def finish(db: Database, walk: Walk, now: datetime) -> bool:
    """Close a walk; False while batches are under way."""
    with db.claim() as session:
        open_ones = select(func.count()).where(Batch.round_id == walk.id).scalar_subquery()
        closed = session.execute(
            update(Round)
            .where(Round.id == walk.id, open_ones == 0)
            .values(done_at=now, lease_until=None, claimed_by=None)
        )
        return bool(cast("Any", closed).rowcount)


def abandon(db: Database, walk: Walk, now: datetime) -> None:
    """Close a walk that is not to be ended: what it tells is old by now."""
    with db.claim() as session:
        session.execute(delete(Batch).where(Batch.round_id == walk.id))
        session.execute(update(Round).where(Round.id == walk.id).values(done_at=now))
