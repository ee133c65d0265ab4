"""Faults that a draft would tell of, and that nobody was told of yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.alarms import Alarm
from incidents.models import Draft

FIRST_NOTICE_WITHIN = 5
"""Minutes from the start of a fault within which its first notice is expected."""
_NEAR_FROM = 3
"""Minutes from the start on, from which that is near."""


class Clock(StrEnum):
    """How a promise stands: nothing was promised, all is well, it is near, it is over."""

    NONE = "none"
    CALM = "calm"
    NEAR = "near"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Unannounced:
    """A fault without a notice: when it began, and how its first notice stands."""

    since: datetime
    stands: Clock


def first_notice_clock(since: datetime, now: datetime) -> Clock:
    """How the first notice of a fault that began at `since` stands while there is none: late
    when one that came now would be called late."""
    minutes = (now - since) // timedelta(minutes=1)
    if minutes > FIRST_NOTICE_WITHIN:
        return Clock.LATE
    return Clock.NEAR if minutes >= _NEAR_FROM else Clock.CALM


def unannounced(
    session: Session, drafts: Sequence[Draft], now: datetime
) -> Mapping[str, Unannounced]:
    """By draft, the fault that it would declare; one whose beginning nobody knows is left out."""
    declaring = [draft for draft in drafts if draft.action == "declare_incident"]
    said = {draft.id: _said(draft) for draft in declaring}
    since = {**said, **_began(session, [key for key, moment in said.items() if moment is None])}
    return {
        key: Unannounced(moment, first_notice_clock(moment, now))
        for key, moment in since.items()
        if moment is not None
    }


def unannounced_since(session: Session, now: datetime) -> datetime | None:
    """When the oldest of these faults began; None where there is none."""
    declaring = select(Draft).where(Draft.action == "declare_incident")
    found = unannounced(session, session.scalars(declaring).all(), now)
    return min((fault.since for fault in found.values()), default=None)


def _said(draft: Draft) -> datetime | None:
    started = draft.input.get("started_at")
    return datetime.fromisoformat(started) if started else None


def _began(session: Session, draft_ids: Sequence[str]) -> Mapping[str, datetime]:
    """When the first alarm of each draft began."""
    if not draft_ids:
        return {}
    first = select(Alarm.draft_id, func.min(Alarm.began_at).label("began"))
    rows = session.execute(first.where(Alarm.draft_id.in_(draft_ids)).group_by(Alarm.draft_id))
    return {row.draft_id: row.began for row in rows}
