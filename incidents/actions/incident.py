"""Declare, update, resolve, answer, backdate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from incidents import queries
from incidents.actions import _drafting as drafting
from incidents.actions import _planning as planning
from incidents.actions import _posting_answers as posting
from incidents.actions import _writing as writing
from incidents.actions._desk import AVVISO, Act, Desk, Outcome, acting, changed
from incidents.errors import InvalidInput, NotPossible
from incidents.inputs import (
    BackdateInput,
    DeclareInput,
    PostAnswerInput,
    UpdateInput,
    parse,
)
from incidents.models import ComponentChange, Incident
from incidents.status import (
    CLOSED,
    OPEN_INCIDENT,
    ComponentStatus,
    Impact,
    IncidentKind,
    Origin,
    PublicationKind,
    Role,
    Status,
    impact_of,
    may_follow,
    statuses_of,
)

_CLOCK_TOLERANCE = timedelta(minutes=2)


def declare_incident(
    desk: Desk, actor: str, now: datetime, data: DeclareInput | Mapping[str, Any]
) -> Outcome:
    """Something is wrong: tell everyone. With `from_notice`, an advance notice has come true.

    Raises `InvalidInput`, `NotFound`, `NotPossible`, `NotAllowed`.
    """
    form = parse(DeclareInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.AUTHOR) as act:
        impact = form.impact or impact_of(form.components.values())
        why = drafting.waits_because(act, form, impact)
        if why:
            return drafting.keep(act, "declare_incident", form, why=why, needs_approval=True)
        return declare(act, form)


def declare(act: Act, form: DeclareInput) -> Outcome:
    """As `declare_incident`, inside an action under way."""
    if form.status not in OPEN_INCIDENT:
        raise InvalidInput(f"status: an incident is not declared as {form.status}")
    started_at = form.started_at or act.now
    if started_at > act.now + _CLOCK_TOLERANCE:
        raise InvalidInput("started_at: is in the future; schedule an advance notice instead")
    writing.key_is_free(act, form.key)
    writing.must_be_ahead(act, "next_update_by", form.next_update_by)
    notice = _notice(act, form.from_notice)
    incident = writing.new_incident(
        act,
        kind=IncidentKind.INCIDENT,
        key=form.key,
        name=dict(form.name),
        status=form.status,
        impact=form.impact or impact_of(form.components.values()),
        origin=form.origin,
        started_at=min(started_at, act.now),
        notice_id=notice.id if notice else None,
    )
    if form.status is Status.MONITORING:
        incident.monitoring_at = act.now
    if notice is not None:
        _come_true(act, notice)
    return _tell(act, incident, form, "incident_declared")


def _notice(act: Act, reference: str | None) -> Incident | None:
    if reference is None:
        return None
    notice = queries.find_incident(act.session, reference, "from_notice")
    if notice.kind is not IncidentKind.ADVANCE_NOTICE:
        raise InvalidInput(f"from_notice: #{notice.number} is not an advance notice")
    if notice.closed_at is not None:
        raise NotPossible(f"the advance notice #{notice.number} is over already")
    return notice


def _come_true(act: Act, notice: Incident) -> None:
    """The notice ends here: its own end is cancelled, and its page leads to the incident."""
    writing.set_status(act, notice, Status.COMPLETED)
    words = writing.template_words(act, notice, "resolution/notice-came-true", {})
    writing.write_update(act, notice, words, origin=Origin.AUTOMATIC)
    act.event("notice_came_true", notice)
    act.touch(notice)


def _tell(
    act: Act,
    incident: Incident,
    form: DeclareInput | UpdateInput,
    event: str,
    planned: writing.Changes = (),
    before: Mapping[str, Any] | None = None,
) -> Outcome:
    """Write the update, its event, its publication, and the answers that come with it."""
    changes = [*planned, *writing.apply_components(act, incident, form.components)]
    if incident.status is Status.MONITORING:
        writing.must_say_who_cannot(act, incident, form)
    if incident.status in CLOSED and incident.kind is IncidentKind.INCIDENT:
        writing.must_be_well(act, incident)
    texts = writing.words_of(act, incident, form, form.next_update_by)
    update = writing.write_update(
        act,
        incident,
        texts,
        form=form,
        changes=changes,
        key=form.key if isinstance(form, UpdateInput) else None,
    )
    incident.next_update_by = None if incident.status in CLOSED else form.next_update_by
    if incident.status in CLOSED:
        writing.freeze_dates(act, incident)
    drafting.record(act, incident, form, incident.impact, update)
    act.event(
        event,
        incident,
        update=update.number,
        status=incident.status,
        components={component.key: [old, new] for component, old, new in changes},
        **(changed(before, _standing(incident)) if before is not None else {}),
    )
    act.publish(PublicationKind.UPDATE, incident, texts, update=update)
    posting.post_new_answers(act, incident, update)
    act.touch(incident)
    return act.outcome(incident, update.number)


def _standing(incident: Incident) -> dict[str, Any]:
    """What an update may change of an entry itself, for the trail."""
    promise = incident.next_update_by
    return {
        "status": incident.status,
        "impact": incident.impact,
        "next_update_by": promise.isoformat() if promise else None,
    }


def post_update(
    desk: Desk, actor: str, now: datetime, data: UpdateInput | Mapping[str, Any]
) -> Outcome:
    """Say what is new, in an incident or in planned work.

    Where a second person must approve own words, nothing is published: the outcome names the
    draft that waits. Raises `InvalidInput`, `NotFound`, `NotPossible`, `NotAllowed`,
    `UpdatedFirst`.
    """
    form = parse(UpdateInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.AUTHOR) as act:
        incident = queries.find_incident(act.session, form.incident)
        why = drafting.waits_because(act, form, form.impact or incident.impact)
        if why:
            act.must_be_unchanged(incident, form.version)
            return drafting.keep(act, "post_update", form, incident, why, needs_approval=True)
        return update(act, form)


def update(act: Act, form: UpdateInput) -> Outcome:
    """As `post_update`, inside an action under way."""
    incident = queries.find_incident(act.session, form.incident)
    act.must_be_unchanged(incident, form.version)
    status = form.status or incident.status
    _must_follow(incident, status)
    if incident.kind is IncidentKind.ADVANCE_NOTICE and form.components:
        raise InvalidInput("components: an advance notice changes no status; declare an incident")
    if status not in CLOSED:
        writing.must_be_ahead(act, "next_update_by", form.next_update_by)
    elif form.next_update_by is not None:
        raise InvalidInput(f"next_update_by: nothing follows {status}; leave it out")
    before = _standing(incident)
    planned = planning.take_to(act, incident, status)
    if form.impact is not None:
        incident.impact = form.impact
    elif incident.kind is IncidentKind.INCIDENT and incident.impact is Impact.NONE:
        incident.impact = impact_of(form.components.values())
    return _tell(act, incident, form, "update_posted", planned, before)


def _must_follow(incident: Incident, status: Status) -> None:
    if status not in statuses_of(incident.kind):
        raise InvalidInput(
            f"status: #{incident.number} is {_a(incident.kind)}; its statuses are "
            f"{', '.join(statuses_of(incident.kind))}"
        )
    if incident.cancelled_at is not None:
        raise NotPossible(f"#{incident.number} was cancelled; schedule a new one")
    if not may_follow(incident.status, status):
        raise NotPossible(f"#{incident.number} is {incident.status}: it cannot become {status}")


def _a(kind: IncidentKind) -> str:
    return ("an " if kind.startswith(("a", "i")) else "a ") + kind.replace("_", " ")


def resolve_incident(
    desk: Desk, actor: str, now: datetime, data: UpdateInput | Mapping[str, Any]
) -> Outcome:
    """It is over. Refused, naming the component, while an affected one is bad."""
    raw = data.model_dump(exclude_unset=True) if isinstance(data, UpdateInput) else dict(data)
    return post_update(desk, actor, now, {**raw, "status": Status.RESOLVED})


def post_answer(
    desk: Desk, actor: str, now: datetime, data: PostAnswerInput | Mapping[str, Any]
) -> Outcome:
    """Post an answer in an incident's thread, and attach it to the latest update."""
    form = parse(PostAnswerInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.AUTHOR) as act:
        incident = queries.find_incident(act.session, form.incident)
        act.must_be_unchanged(incident, form.version)
        if incident.closed_at is not None:
            raise NotPossible(f"#{incident.number} is over; attach the answer to the page instead")
        update = queries.find_update(act.session, incident, None)
        frozen = writing.frozen_answers(act, [form.answer])
        others = [answer for answer in update.answers if answer["key"] != form.answer.key]
        update.answers = others + frozen
        posting.publish_answer(act, incident, update, frozen[0])
        act.touch(incident)
        return act.outcome(incident, update.number)


def backdate_incident(
    desk: Desk, actor: str, now: datetime, data: BackdateInput | Mapping[str, Any]
) -> Outcome:
    """Tell of an incident that is over: the page and its history show it, no channel does.

    Where a second person must approve own words, nothing is published: the outcome names the
    draft that waits. Raises `InvalidInput`, `NotFound`, `NotAllowed`.
    """
    form = parse(BackdateInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.AUTHOR) as act:
        impact = form.impact or impact_of(form.components.values())
        why = drafting.waits_because(act, form, impact)
        if why:
            return drafting.keep(act, "backdate_incident", form, why=why, needs_approval=True)
        return backdate(act, form)


def backdate(act: Act, form: BackdateInput) -> Outcome:
    """As `backdate_incident`, inside an action under way."""
    if form.resolved_at > act.now:
        raise InvalidInput("resolved_at: is in the future; declare the incident instead")
    if form.next_update_by is not None:
        raise InvalidInput("next_update_by: nothing follows an incident that is over")
    writing.key_is_free(act, form.key)
    incident = writing.new_incident(
        act,
        kind=IncidentKind.INCIDENT,
        key=form.key,
        name=dict(form.name),
        status=Status.RESOLVED,
        impact=form.impact or impact_of(form.components.values()),
        origin=Origin.OPERATOR,
        started_at=form.started_at,
        backdated=True,
        resolved_at=form.resolved_at,
        closed_at=form.resolved_at,
    )
    _backdate_components(act, incident, form)
    texts = writing.words_of(act, incident, form)
    update = writing.write_update(act, incident, texts, form=form, at=form.resolved_at)
    writing.freeze_dates(act, incident)
    drafting.record(act, incident, form, incident.impact, update)
    act.event("incident_backdated", incident, update=update.number)
    return act.outcome(incident, update.number)


def _backdate_components(act: Act, incident: Incident, form: BackdateInput) -> None:
    """Put the outage into the components' history, over what was known of that time."""
    for key, component in writing.components_by_key(act, form.components).items():
        writing.affect(act, incident, component, form.components[key])
        history = queries.component_history(act.session, component.id)
        before = [status for at, status in history if at <= form.started_at]
        until = [status for at, status in history if at <= form.resolved_at]
        found = before[-1] if before else ComponentStatus.OPERATIONAL
        after = until[-1] if until else found
        told = form.components[key]
        for at, old, new in ((form.started_at, found, told), (form.resolved_at, told, after)):
            act.add(
                ComponentChange(
                    component_id=component.id,
                    at=at,
                    old_status=old,
                    new_status=new,
                    incident_id=incident.id,
                )
            )


__all__ = [
    "AVVISO",
    "backdate_incident",
    "declare_incident",
    "post_answer",
    "post_update",
    "resolve_incident",
]
