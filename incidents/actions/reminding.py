"""Reminders to those who subscribed: planned work is near. The clock's, as it was announced."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.actions import _writing as writing
from incidents.actions._desk import AVVISO, Act, Desk, Outcome, acting
from incidents.models import Incident, IncidentUpdate, Publication
from incidents.status import IncidentKind, PublicationKind, Role, Status

_TEMPLATE = "advance-notice/maintenance-reminder"


def remind(desk: Desk, now: datetime) -> list[Outcome]:
    """Publish each reminder whose hour has come, once: to the lists, and to the channels that want
    them; feeds have it as they have everything.

    Of several that were missed only the latest is published; none of work that has begun, was
    called off, or was announced after the reminder's hour.
    """
    if not desk.reminders.before_maintenance or not _is_any_due(desk, now):
        return []
    with acting(desk, AVVISO, now, Role.ADMIN) as act:
        return [_publish(act, work) for work in _due(act.session, desk, now)]


def _is_any_due(desk: Desk, now: datetime) -> bool:
    """Looked at without a place in the line: a transaction that writes wakes every worker."""
    with desk.db.read() as session:
        return bool(_due(session, desk, now))


def _due(session: Session, desk: Desk, now: datetime) -> list[Incident]:
    times = desk.reminders.before_maintenance
    works = session.scalars(
        select(Incident)
        .where(
            Incident.kind == IncidentKind.MAINTENANCE,
            Incident.status == Status.SCHEDULED,
            Incident.closed_at.is_(None),
            Incident.scheduled_for > now,
            Incident.scheduled_for <= now + max(times),
        )
        .order_by(Incident.scheduled_for, Incident.number)
    )
    return [work for work in works if _is_due(session, work, times, now)]


def _is_due(session: Session, work: Incident, times: tuple[timedelta, ...], now: datetime) -> bool:
    begins = work.scheduled_for or now
    hours = [begins - time for time in times if work.created_at < begins - time <= now]
    if not hours:
        return False
    said: Any = select(func.max(Publication.at)).where(
        Publication.incident_id == work.id, Publication.kind == PublicationKind.REMINDER
    )
    last = session.scalar(said)
    return last is None or last < max(hours)


def _publish(act: Act, work: Incident) -> Outcome:
    texts = writing.template_words(act, work, _TEMPLATE, {})
    latest = act.session.scalars(
        select(IncidentUpdate)
        .where(IncidentUpdate.incident_id == work.id)
        .order_by(IncidentUpdate.number.desc())
        .limit(1)
    ).one()
    act.event("reminded", work, update=latest.number)
    act.publish(
        PublicationKind.REMINDER,
        work,
        texts,
        update=latest,
        expires_at=work.scheduled_for,
        only={*act.desk.lists, *act.desk.reminders.channels},
    )
    return act.outcome(work, latest.number)
