"""Planned work and advance notices: schedule, cancel, and let the clock take them on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from incidents import queries
from incidents.actions import _calming as calming
from incidents.actions import _drafting as drafting
from incidents.actions import _planning as planning
from incidents.actions import _posting_answers as posting
from incidents.actions import _writing as writing
from incidents.actions._desk import AVVISO, Act, Desk, Outcome, acting
from incidents.actions.reminding import remind
from incidents.errors import InvalidInput, NotPossible
from incidents.inputs import ScheduleInput, parse
from incidents.models import AffectedComponent, Draft, Incident
from incidents.status import (
    ComponentStatus,
    Impact,
    IncidentKind,
    Origin,
    PublicationKind,
    Role,
    Status,
)

_STARTED = {
    IncidentKind.MAINTENANCE: "update/maintenance-started",
    IncidentKind.ADVANCE_NOTICE: "update/notice-started",
}
_ENDED = {
    IncidentKind.MAINTENANCE: "resolution/maintenance-completed",
    IncidentKind.ADVANCE_NOTICE: "resolution/notice-ended",
}


def schedule(
    desk: Desk, actor: str, now: datetime, data: ScheduleInput | Mapping[str, Any]
) -> Outcome:
    """Announce planned work, or warn of an expected strain, everywhere.

    Raises `InvalidInput`, `NotFound`, `NotAllowed`.
    """
    form = parse(ScheduleInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.AUTHOR) as act:
        why = drafting.waits_because(act, form, impact_of_plan(form.kind))
        if why:
            return drafting.keep(act, "schedule", form, why=why, needs_approval=True)
        return announce(act, form)


def announce(act: Act, form: ScheduleInput) -> Outcome:
    """As `schedule`, inside an action under way."""
    writing.must_be_ahead(act, "ends_at", form.ends_at)
    writing.key_is_free(act, form.key)
    incident = writing.new_incident(
        act,
        kind=form.kind,
        key=form.key,
        name=dict(form.name),
        status=Status.SCHEDULED,
        impact=impact_of_plan(form.kind),
        origin=Origin.OPERATOR,
        started_at=form.starts_at,
        scheduled_for=form.starts_at,
        scheduled_until=form.ends_at,
        starts_itself=form.starts_itself,
        ends_itself=form.ends_itself,
    )
    _name_components(act, incident, form)
    texts = writing.words_of(act, incident, form)
    update = writing.write_update(act, incident, texts, form=form)
    drafting.record(act, incident, form, incident.impact, update)
    act.event("scheduled", incident, update=update.number)
    stale = form.ends_at if form.starts_at <= act.now else form.starts_at
    act.publish(PublicationKind.UPDATE, incident, texts, update=update, expires_at=stale)
    posting.post_new_answers(act, incident, update, stale)
    return act.outcome(incident, update.number)


def impact_of_plan(kind: IncidentKind) -> Impact:
    """What planned work and notices count as: work as maintenance, a notice as nothing."""
    return Impact.MAINTENANCE if kind is IncidentKind.MAINTENANCE else Impact.NONE


def _name_components(act: Act, incident: Incident, form: ScheduleInput) -> None:
    for key, component in writing.components_by_key(act, form.components).items():
        writing.affect(act, incident, component, ComponentStatus.OPERATIONAL)
        if form.kind is IncidentKind.MAINTENANCE:
            row = act.session.get_one(AffectedComponent, (incident.id, component.id))
            row.planned = form.components[key]
    act.session.flush()


def cancel(
    desk: Desk, actor: str, now: datetime, incident: str, version: int | None = None
) -> Outcome:
    """Call off planned work or a notice before its time, and say so to whoever was told of it.

    What still waits to be sent of it does not go out any more, and drafts of what would have come
    next are thrown away.
    """
    with acting(desk, actor, now, Role.AUTHOR) as act:
        entry = queries.find_incident(act.session, incident)
        act.must_be_unchanged(entry, version)
        if entry.kind is IncidentKind.INCIDENT:
            raise InvalidInput(f"incident: #{entry.number} is an incident; resolve it instead")
        if entry.status is not Status.SCHEDULED:
            raise NotPossible(f"#{entry.number} is {entry.status}: it is too late to cancel it")
        writing.set_status(act, entry, Status.COMPLETED)
        entry.cancelled_at = now
        for draft in act.session.scalars(_next_steps(entry)).all():
            drafting.discard(act, draft, "what it is about was called off")
        told = calming.withdraw(act, entry)
        return _say(
            act, entry, "resolution/cancelled", "cancelled", origin=Origin.OPERATOR, only=told
        )


def _next_steps(incident: Incident) -> Any:
    return select(Draft).where(Draft.incident_id == incident.id, Draft.action == "post_update")


def _say(
    act: Act,
    incident: Incident,
    template: str,
    event: str,
    *,
    origin: Origin = Origin.AUTOMATIC,
    announce: bool = True,
    at: datetime | None = None,
    changes: writing.Changes = (),
    only: Collection[str] | None = None,
) -> Outcome:
    texts = writing.template_words(act, incident, template, {})
    update = writing.write_update(act, incident, texts, origin=origin, at=at, changes=changes)
    act.event(event, incident, update=update.number, status=incident.status)
    if announce:
        act.publish(PublicationKind.UPDATE, incident, texts, update=update, only=only)
    act.touch(incident)
    return act.outcome(incident, update.number)


def catch_up(desk: Desk, now: datetime) -> list[Outcome]:
    """Let everything scheduled pass through the steps whose time has come.

    After downtime each missed step is taken, in order, and only the last is announced. An advance
    notice is announced when it is made; its beginning and its end are silent. Then those who
    subscribed are reminded of planned work that is near.
    """
    outcomes: list[Outcome] = []
    while _is_due(desk, now):
        with acting(desk, AVVISO, now, Role.ADMIN) as act:
            incident = act.session.scalar(_due(now).limit(1))
            if incident is not None:
                outcomes.append(_step(act, incident))
    return [*outcomes, *remind(desk, now)]


def _is_due(desk: Desk, now: datetime) -> bool:
    """Looked at without a place in the line: a transaction that writes wakes every worker."""
    with desk.db.read() as session:
        return session.scalar(_due(now).limit(1)) is not None


def _due(now: datetime) -> Any:
    starts = (
        (Incident.status == Status.SCHEDULED)
        & (Incident.scheduled_for <= now)
        & Incident.starts_itself.is_(True)
    )
    ends = (
        (Incident.status.in_([Status.IN_PROGRESS, Status.VERIFYING]))
        & (Incident.scheduled_until <= now)
        & Incident.ends_itself.is_(True)
    )
    return (
        select(Incident)
        .where(
            Incident.closed_at.is_(None),
            Incident.kind != IncidentKind.INCIDENT,
            starts | ends,
        )
        .order_by(Incident.scheduled_for, Incident.number)
    )


def _step(act: Act, incident: Incident) -> Outcome:
    loud = incident.kind is IncidentKind.MAINTENANCE
    ends_too = (
        incident.ends_itself
        and incident.scheduled_until is not None
        and incident.scheduled_until <= act.now
    )
    if incident.status is Status.SCHEDULED:
        changes = planning.take_to(act, incident, Status.IN_PROGRESS)
        return _say(
            act,
            incident,
            _STARTED[incident.kind],
            "started",
            announce=loud and not ends_too,
            at=incident.scheduled_for,
            changes=changes,
        )
    changes = planning.take_to(act, incident, Status.COMPLETED)
    return _say(
        act,
        incident,
        _ENDED[incident.kind],
        "ended",
        announce=loud,
        at=max(incident.scheduled_until or act.now, incident.updated_at),
        changes=changes,
    )


def next_step(session: Any) -> datetime | None:
    """The next instant at which `catch_up` will have something to do."""
    starts = select(Incident.scheduled_for).where(
        Incident.closed_at.is_(None),
        Incident.status == Status.SCHEDULED,
        Incident.starts_itself.is_(True),
    )
    ends = select(Incident.scheduled_until).where(
        Incident.closed_at.is_(None),
        Incident.status.in_([Status.IN_PROGRESS, Status.VERIFYING]),
        Incident.ends_itself.is_(True),
    )
    moments = [*session.scalars(starts), *session.scalars(ends)]
    return min((moment for moment in moments if moment is not None), default=None)
