"""Reads every entry there is: a few columns of each, for thousands are wanted at once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.models import AffectedComponent, Component, Incident
from incidents.queries._rows import first_notice_after
from incidents.view import Archive, ArchivedEntry, Localized, Service


def archive(session: Session, service: Service) -> Archive:
    """All entries, newest first, with the components that they name and that are not hidden."""
    names = _component_names(session)
    rows = session.execute(
        select(
            Incident.id,
            Incident.number,
            Incident.kind,
            Incident.name,
            Incident.status,
            Incident.impact,
            Incident.started_at,
            Incident.created_at,
            Incident.resolved_at,
            Incident.cancelled_at,
            Incident.backdated,
        ).order_by(Incident.number.desc())
    )
    entries = (
        ArchivedEntry(
            id=row.id,
            number=row.number,
            kind=row.kind,
            name=row.name,
            status=row.status,
            impact=row.impact,
            started_at=row.started_at,
            first_notice_after=first_notice_after(row),
            resolved_at=row.resolved_at,
            cancelled_at=row.cancelled_at,
            components=tuple(names.get(row.id, ())),
        )
        for row in rows
    )
    return Archive(service, tuple(entries))


def _component_names(session: Session) -> dict[str, list[Localized]]:
    """The components of each entry, by its id, called as they were called then."""
    found: dict[str, list[Localized]] = {}
    rows = session.execute(
        select(AffectedComponent.incident_id, AffectedComponent.name)
        .join(Component, Component.id == AffectedComponent.component_id)
        .where(Component.hidden.is_(False))
        .order_by(AffectedComponent.position)
    )
    for incident_id, name in rows:
        found.setdefault(incident_id, []).append(name)
    return found
