"""What monitors said, for the board and for whoever sets the sources up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.alarms import Alarm


def alarms_of(session: Session, source: str, limit: int) -> Sequence[Alarm]:
    """What one source told of, the newest first."""
    newest = select(Alarm).where(Alarm.source == source).order_by(Alarm.created_at.desc())
    return session.scalars(newest.order_by(Alarm.id.desc()).limit(limit)).all()


def alarms(session: Session, limit: int, *, only_open: bool = False) -> Sequence[Alarm]:
    """What all sources told of, the newest first."""
    newest = select(Alarm).order_by(Alarm.id.desc()).limit(limit)
    return session.scalars(newest.where(Alarm.ended_at.is_(None)) if only_open else newest).all()


def alarms_by_incident(
    session: Session, incident_ids: Collection[str]
) -> Mapping[str, Sequence[Alarm]]:
    """The alarms behind some entries, by the entry's id, in their order. Where all of an entry's
    are over, nothing is resolved by itself: somebody has to look."""
    found: dict[str, list[Alarm]] = {}
    asked = select(Alarm).where(Alarm.incident_id.in_(incident_ids)).order_by(Alarm.id)
    for alarm in session.scalars(asked):
        found.setdefault(alarm.incident_id or "", []).append(alarm)
    return found
