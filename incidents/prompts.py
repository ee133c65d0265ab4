"""What operators are reminded of, and that they were: on however many nodes, by one of them.

A prompt is noted before it is sent. Where nobody knows whether it arrived (a crash in between, a
chat that answers with a fault) it is sent again, a few times and at longer intervals: better twice
than never. All of it only while it is still due.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import String, Text, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, selectinload

from incidents.db import Database
from incidents.models import Base, Channel, Delivery, Duty, Incident, Operator
from incidents.status import ChannelState, DeliveryState

AGAIN_AFTER = (
    timedelta(0),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=24),
)
"""How long after a promise was due it is spoken of; of those that were missed only the latest."""
_FRESH = timedelta(days=1)
"""For how long it is news that a channel is broken or a post is not seen."""
_KEPT = timedelta(days=30)
_AGAIN = timedelta(minutes=2)
"""How long after a try that failed the next one is, at the soonest."""
_DOUBTED_FOR = timedelta(hours=1)
"""For how long what may have arrived is said again."""
_MOST = 50


class About(StrEnum):
    """What a prompt is about."""

    NEAR = "near"
    LATE = "late"
    BROKEN = "broken"
    UNSEEN = "unseen"


class Prompt(Base):
    """One prompt to one place, from the moment when it is first about to be sent."""

    __tablename__ = "prompts"
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    place: Mapped[str] = mapped_column(String(60), primary_key=True)
    """The channel's name, or "mail"."""
    at: Mapped[datetime]
    again_at: Mapped[datetime | None]
    """When it may be tried again, unless it is known by then to have arrived; None: never."""
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Due:
    """Something that operators should be told of now."""

    key: str
    """The same for the same thing, as long as it is said once."""
    about: About
    name: dict[str, str] = field(default_factory=dict)
    """The entry's, per locale."""
    number: int = 0
    moment: datetime | None = None
    """When the promise is due."""
    channel: str = ""
    why: str = ""


def due_prompts(session: Session, now: datetime, before: timedelta) -> list[Due]:
    """What is due now. `before`: how long before a promise is due it is near; 0 for never."""
    return [*_promises(session, now, before), *_broken(session, now), *_unseen(session, now)]


def _promises(session: Session, now: datetime, before: timedelta) -> Iterator[Due]:
    rows = session.scalars(
        select(Incident)
        .where(Incident.closed_at.is_(None), Incident.next_update_by <= now + before)
        .order_by(Incident.next_update_by)
        .limit(_MOST)
    )
    for row in rows:
        if row.next_update_by is not None:
            about, step = stage(row.next_update_by, now)
            key = f"{about} {row.id} {row.next_update_by:%Y%m%dT%H%M%S} {step}"
            yield Due(key, about, dict(row.name), row.number, row.next_update_by)


def stage(promise: datetime, now: datetime) -> tuple[About, int]:
    """Whether a promise is near or late, and how often a late one was to be spoken of by now."""
    if promise > now:
        return About.NEAR, 0
    return About.LATE, sum(promise + after <= now for after in AGAIN_AFTER)


def _broken(session: Session, now: datetime) -> Iterator[Due]:
    rows = session.scalars(
        select(Channel).where(Channel.state == ChannelState.BROKEN, Channel.since > now - _FRESH)
    )
    for row in rows:
        key = f"broken {row.name} {row.since:%Y%m%dT%H%M%S}"
        yield Due(key, About.BROKEN, channel=row.name, why=row.why)


def _unseen(session: Session, now: datetime) -> Iterator[Due]:
    rows = session.scalars(
        select(Delivery)
        .options(selectinload(Delivery.publication))
        .where(
            Delivery.state == DeliveryState.SENT,
            Delivery.error.is_not(None),
            Delivery.look_at.is_(None),
            Delivery.sent_at > now - _FRESH,
        )
        .order_by(Delivery.id.desc())
        .limit(_MOST)
    )
    for row in rows:
        number = int(row.publication.reference.partition("/")[0])
        name = dict(row.publication.name)
        yield Due(f"unseen {row.id}", About.UNSEEN, name, number, channel=row.channel)


def on_duty(session: Session) -> str:
    """The name of who looks after the page now; "" where nobody said so."""
    who = select(Operator.name).join(Duty, Duty.operator_id == Operator.id)
    return session.scalar(who) or ""


def take(db: Database, key: str, place: str, now: datetime) -> bool:
    """Note that a prompt is about to be sent; False where that is done or another node's."""
    with db.read() as session:
        known = session.get(Prompt, (key, place))
    if known is not None and not _is_free(known, now):
        return False
    try:
        with db.claim() as session:
            row = session.get(Prompt, (key, place), with_for_update=True)
            if row is not None and not _is_free(row, now):
                return False
            row = row or Prompt(key=key, place=place, at=now)
            row.again_at = after_doubt(row.at, now)
            session.add(row)
    except IntegrityError:  # another node was first
        return False
    return True


def _is_free(row: Prompt, now: datetime) -> bool:
    return row.again_at is not None and row.again_at <= now


def after_doubt(first: datetime, now: datetime) -> datetime | None:
    """When a prompt, first sent at `first` and again now, is sent once more if nobody knows what
    became of it; None for not at all: 2, 8 and 32 minutes after the first time."""
    then = now + max(_AGAIN, 3 * (now - first))
    return then if then <= first + _DOUBTED_FOR else None


def settle_sent(db: Database, key: str, place: str, now: datetime) -> None:
    """It arrived."""
    with db.claim() as session:
        row = session.get_one(Prompt, (key, place))
        row.error, row.again_at, row.sent_at = None, None, now


def settle_unsent(
    db: Database, key: str, place: str, now: datetime, error: str, wait: timedelta | None = None
) -> None:
    """It surely did not arrive; it goes again, no sooner than after `wait`."""
    with db.claim() as session:
        row = session.get_one(Prompt, (key, place))
        row.error, row.again_at = error, now + max(_AGAIN, wait or _AGAIN)


def settle_refused(db: Database, key: str, place: str, error: str) -> None:
    """The place will never take it."""
    with db.claim() as session:
        row = session.get_one(Prompt, (key, place))
        row.error, row.again_at = error, None


def settle_unknown(db: Database, key: str, place: str, error: str) -> None:
    """It may have arrived: it goes again when whoever took it would be thought dead."""
    with db.claim() as session:
        session.get_one(Prompt, (key, place)).error = error


def failed_prompts(session: Session, now: datetime) -> Sequence[Prompt]:
    """What could not be said within the last day, the latest of each place, for the board."""
    rows = session.scalars(
        select(Prompt)
        .where(Prompt.at > now - _FRESH)
        .order_by(Prompt.at.desc(), Prompt.key)
        .limit(_MOST)
    )
    latest: dict[str, Prompt] = {}
    for row in rows:
        latest.setdefault(row.place, row)
    return [row for row in latest.values() if row.error]


def forget_prompts(db: Database, now: datetime) -> None:
    """Remove what was said a month ago."""
    old = Prompt.at < now - _KEPT
    with db.read() as session:
        found = session.scalar(select(Prompt.key).where(old).limit(1))
    if found is not None:
        with db.claim() as session:
            session.execute(delete(Prompt).where(old))
