"""How planned work takes hold of components, and lets go of only what it took."""

from __future__ import annotations

from sqlalchemy import select

from incidents.actions import _writing as writing
from incidents.actions._desk import Act
from incidents.models import AffectedComponent, Component, Incident
from incidents.status import BAD, ComponentStatus, IncidentKind, Status


def take_to(act: Act, incident: Incident, status: Status) -> writing.Changes:
    """Take an entry to a status; planned work sets or restores its components on the way."""
    before = incident.status
    writing.set_status(act, incident, status)
    if incident.kind is not IncidentKind.MAINTENANCE or status is before:
        return ()
    if before is Status.SCHEDULED and status is Status.IN_PROGRESS:
        return _begin(act, incident)
    if status is Status.COMPLETED and before is not Status.SCHEDULED:
        return _restore(act, incident)
    return ()


def _affected(act: Act, incident: Incident) -> list[tuple[AffectedComponent, Component]]:
    rows = act.session.execute(
        select(AffectedComponent, Component)
        .join(Component, Component.id == AffectedComponent.component_id)
        .where(AffectedComponent.incident_id == incident.id)
        .order_by(AffectedComponent.position)
    )
    return [(row, component) for row, component in rows]


def _begin(act: Act, incident: Incident) -> writing.Changes:
    """Set what was planned, but never paint maintenance over an outage."""
    changes = []
    for row, component in _affected(act, incident):
        if row.planned is None or component.status in BAD:
            continue
        changes.append((component, component.status, row.planned))
        row.status = row.planned
        writing.set_component(act, component, row.planned, incident)
    return changes


def _restore(act: Act, incident: Incident) -> writing.Changes:
    """Only what this entry set and still holds; an open incident's word comes first."""
    changes = []
    for row, component in _affected(act, incident):
        row.status = ComponentStatus.OPERATIONAL
        if row.holding:
            held = writing.held_elsewhere(act, incident, component.id)
            status = held or ComponentStatus.OPERATIONAL
            changes.append((component, component.status, status))
            writing.set_component(act, component, status, incident)
        row.holding = False
    return changes
