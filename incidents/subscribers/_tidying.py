"""What the clock enforces of what the privacy page promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, func, select

from incidents.db import Database
from incidents.models import Incident
from incidents.status import ListMode
from incidents.subscribers._rows import (
    Round,
    Subscriber,
    SubscriberIncident,
    SubscriberState,
)

FOLLOWED_FOR = timedelta(days=30)
"""How long after its end an incident counts as followed: it may be reopened, or explained."""
ROUNDS_FOR = timedelta(days=30)
"""How long rounds of components' changes are kept."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept."""

    unconfirmed: timedelta = timedelta(hours=48)
    unsubscribed: timedelta = timedelta(days=7)
    quarantined: timedelta = timedelta(days=90)


def tidy(db: Database, now: datetime, retention: Retention) -> int:
    """Erase what is too old to be kept; answers how many subscribers that were."""
    limits = {
        SubscriberState.UNCONFIRMED: retention.unconfirmed,
        SubscriberState.UNSUBSCRIBED: retention.unsubscribed,
        SubscriberState.QUARANTINED: retention.quarantined,
    }
    erased: int = 0
    with db.claim() as session:
        for state, limit in limits.items():
            old = (Subscriber.state == state) & (Subscriber.changed_at <= now - limit)
            erased += cast("Any", session.execute(delete(Subscriber).where(old))).rowcount
        over = select(Incident.id).where(Incident.closed_at <= now - FOLLOWED_FOR)
        session.execute(delete(SubscriberIncident).where(SubscriberIncident.incident_id.in_(over)))
        # Whoever followed single incidents alone, all of them over, waits for nothing any more.
        follows = select(SubscriberIncident.subscriber)
        done = Subscriber.follows.is_(False) & Subscriber.number.not_in(follows)
        erased += cast("Any", session.execute(delete(Subscriber).where(done))).rowcount
        changes = Round.change_id.is_not(None) & (Round.done_at <= now - ROUNDS_FOR)
        newest = (
            select(func.max(Round.change_id))
            .where(Round.change_id.is_not(None))
            .group_by(Round.channel)
        )
        session.execute(delete(Round).where(changes, Round.change_id.not_in(newest)))
    return erased


def forget(db: Database, mode: ListMode, number: int) -> None:
    """Remove a subscriber that is not there any more: a browser that withdrew."""
    with db.claim() as session:
        session.execute(
            delete(Subscriber).where(Subscriber.number == number, Subscriber.mode == mode)
        )
