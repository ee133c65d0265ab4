"""Letters that are kept: links for owners, and news that could not be handed over at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from incidents.db import Database
from incidents.models import ComponentChange, Delivery, Publication
from incidents.outbox import LEASE, backoff
from incidents.status import ListMode, PublicationKind
from incidents.subscribers._asking import write_letter
from incidents.subscribers._rows import (
    Letter,
    LetterKind,
    Round,
    Subscriber,
    SubscriberState,
)
from incidents.subscribers._walking import Recipient

TRIED_FOR = timedelta(hours=24)
"""For how long a letter is tried."""
_LONGEST_WAIT = timedelta(hours=2)
_LONGEST_BACKOFF = 3600.0
"""Seconds. Who cannot be reached for a day is asked some thirty times, not hundreds."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter in somebody's hands."""

    id: int
    kind: LetterKind
    subscriber_id: str
    mode: ListMode
    recipient: Recipient
    attempts: int
    created_at: datetime
    publication: Publication | None = None
    """What it tells of: this, ..."""
    change: ComponentChange | None = None
    """... or this; neither, where it is no news."""
    round_id: int | None = None


def claim_letters(
    db: Database, channel: str, worker: str, now: datetime, most: int
) -> Sequence[Kept]:
    """Take letters that are due, the oldest first; those that say what is old by now, go."""
    with db.claim() as session:
        session.execute(delete(Letter).where(Letter.id.in_(_overtaken(channel))))
        query = (
            select(Letter)
            .where(
                Letter.channel == channel,
                Letter.not_before <= now,
                or_(Letter.lease_until.is_(None), Letter.lease_until < now),
            )
            # A link that somebody waits for goes before all news.
            .order_by(Letter.round_id.is_not(None), Letter.not_before, Letter.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        return [_claim(session, row, worker, now) for row in session.scalars(query)]


def _overtaken(channel: str) -> Any:
    """News of which its subscriber has had, or is about to have, a later update."""
    mine, later = aliased(Round), aliased(Round)
    newer = (
        select(later.id)
        .join(Delivery, Delivery.id == later.delivery_id)
        .join(Publication, Publication.id == Delivery.publication_id)
        .where(
            later.channel == channel,
            later.incident_id == mine.incident_id,
            later.seq > mine.seq,
            later.cursor >= Letter.subscriber,
            Publication.kind == PublicationKind.UPDATE,
        )
    )
    return (
        select(Letter.id)
        .join(mine, mine.id == Letter.round_id)
        .where(Letter.channel == channel, mine.delivery_id.is_not(None), exists(newer))
        .scalar_subquery()
    )


def _claim(session: Session, row: Letter, worker: str, now: datetime) -> Kept:
    row.lease_until, row.claimed_by = now + LEASE, worker
    row.attempts += 1
    owner = session.get_one(Subscriber, row.subscriber)
    publication, change = _told(session, row)
    return Kept(
        id=row.id,
        kind=row.kind,
        subscriber_id=owner.id,
        mode=owner.mode,
        recipient=recipient_of(owner),
        attempts=row.attempts,
        created_at=row.created_at,
        publication=publication,
        change=change,
        round_id=row.round_id,
    )


def _told(session: Session, row: Letter) -> tuple[Publication | None, ComponentChange | None]:
    if row.round_id is None:
        return None, None
    walked = session.get_one(Round, row.round_id)
    if walked.change_id is not None:
        return None, session.get_one(ComponentChange, walked.change_id)
    delivery = session.get_one(Delivery, walked.delivery_id)
    return session.get_one(Publication, delivery.publication_id), None


def recipient_of(owner: Subscriber) -> Recipient:
    """A subscriber as whoever writes to them needs them."""
    return Recipient(
        owner.number, owner.address, owner.address_key, owner.locale, owner.contact, owner.keys
    )


def settle_taken(db: Database, kept: Kept, worker: str) -> None:
    """It was handed over."""
    with db.claim() as session:
        if _drop(session, kept, worker) and kept.round_id is not None:
            _count(session, kept.round_id, sent=1)


def settle_put_off(
    db: Database, kept: Kept, worker: str, now: datetime, why: str, wait: timedelta | None
) -> bool:
    """Not now; after a day, never. Answers whether it was given up."""
    ours = backoff(kept.attempts, 0.5, _LONGEST_BACKOFF)
    longer = min(max(wait or timedelta(0), ours), _LONGEST_WAIT)
    if now + longer > kept.created_at + TRIED_FOR:
        settle_refused(db, kept, worker)
        return True
    with db.claim() as session:
        session.execute(
            update(Letter)
            .where(Letter.id == kept.id, Letter.claimed_by == worker)
            .values(not_before=now + longer, lease_until=None, claimed_by=None, error=why)
        )
    return False


def settle_refused(db: Database, kept: Kept, worker: str) -> None:
    """It will not be taken."""
    with db.claim() as session:
        if _drop(session, kept, worker) and kept.round_id is not None:
            _count(session, kept.round_id, failed=1)


def _drop(session: Session, kept: Kept, worker: str) -> bool:
    gone = session.execute(delete(Letter).where(Letter.id == kept.id, Letter.claimed_by == worker))
    return bool(cast("Any", gone).rowcount)


def _count(session: Session, round_id: int, *, sent: int = 0, failed: int = 0) -> None:
    session.execute(
        update(Round)
        .where(Round.id == round_id)
        .values(sent=Round.sent + sent, failed=Round.failed + failed)
    )


def quarantine(db: Database, number: int, now: datetime, why: str) -> bool:
    """Stop writing to a subscriber; False where nobody wrote any more. A webhook's owner, who
    looks at no letters there, is told."""
    with db.claim() as session:
        row = session.get(Subscriber, number, with_for_update=True)
        if row is None or row.state is not SubscriberState.ACTIVE:
            return False
        row.state, row.changed_at, row.why = SubscriberState.QUARANTINED, now, why
        news = (Letter.subscriber == number) & Letter.round_id.is_not(None)
        session.execute(delete(Letter).where(news))
        if row.mode is ListMode.WEBHOOK:
            write_letter(session, row, LetterKind.STOPPED, now)
        return True


def end_holds(db: Database, gone: Sequence[str], now: datetime) -> None:
    """Let go of what processes hold that are gone for sure."""
    before = now - timedelta(seconds=1)
    with db.claim() as session:
        for table in (Letter, Round):
            session.execute(
                update(table)
                .where(table.claimed_by.in_(gone), table.lease_until > before)
                .values(lease_until=before)
            )


def holders(session: Session) -> set[str]:
    """Who holds letters or rounds now."""
    found = set(session.scalars(select(Letter.claimed_by).distinct()))
    found |= set(
        session.scalars(select(Round.claimed_by).where(Round.done_at.is_(None)).distinct())
    )
    return {name for name in found if name}
