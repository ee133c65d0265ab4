"""Drafts: keep, publish (by a second person where one is needed), throw away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from incidents import queries
from incidents.actions import _drafting as drafting
from incidents.actions import correcting
from incidents.actions import incident as incidents
from incidents.actions import schedule as schedules
from incidents.actions._alarm_drafts import follow_draft
from incidents.actions._desk import Act, Desk, Outcome, acting, changed
from incidents.errors import InvalidInput, NotAllowed, UpdatedFirst
from incidents.inputs import (
    BackdateInput,
    CorrectInput,
    DeclareInput,
    Input,
    RetractInput,
    ScheduleInput,
    UpdateInput,
    parse,
)
from incidents.models import Draft, Incident
from incidents.status import ROLE_RANK, Role, impact_of

_ACTIONS: Mapping[str, tuple[type[Input], Callable[[Act, Any], Outcome]]] = {
    "declare_incident": (DeclareInput, incidents.declare),
    "post_update": (UpdateInput, incidents.update),
    "correct_update": (CorrectInput, correcting.correct),
    "retract_update": (RetractInput, correcting.retract),
    "schedule": (ScheduleInput, schedules.announce),
    "backdate_incident": (BackdateInput, incidents.backdate),
}


def save_draft(
    desk: Desk, actor: str, now: datetime, action: str, data: Input | Mapping[str, Any]
) -> Outcome:
    """Keep an input without publishing it. `action` is the name of the action it is for.

    Raises `InvalidInput`, `NotFound`, `NotAllowed`.
    """
    if action not in _ACTIONS:
        raise InvalidInput(f"action: {action!r} is none of {', '.join(_ACTIONS)}")
    form = parse(_ACTIONS[action][0], data, desk.service.locales)
    with acting(desk, actor, now, Role.AUTHOR) as act:
        return drafting.keep(act, action, form, _about(act, form))


def publish_draft(
    desk: Desk, actor: str, now: datetime, draft_id: str, revision: int | None = None
) -> Outcome:
    """Publish a draft as it stands. One that waits for a second person needs an approver who did
    not write it, now or before; one whose incident or components have changed since is void.

    `revision` is the one that was read; another one there now means that the text was changed
    meanwhile. Raises `InvalidInput`, `NotFound`, `NotPossible`, `NotAllowed`, `UpdatedFirst`.
    """
    with acting(desk, actor, now, Role.AUTHOR) as act:
        draft = queries.find_draft(act.session, draft_id)
        _must_be_fresh(act, draft)
        _must_be_read(draft, revision)
        form = parse(_ACTIONS[draft.action][0], draft.input, desk.service.locales)
        _must_be_approved(act, draft, form)
        return _publish(act, draft, form)


def _publish(act: Act, draft: Draft, form: Input) -> Outcome:
    action = _ACTIONS[draft.action][1]
    act.session.delete(draft)
    act.event("draft_published", public=False, draft=draft.id, author=draft.author_id)
    outcome = action(act, form)
    follow_draft(act, draft.id, outcome.incident_id)
    return outcome


def approve_draft(
    desk: Desk, actor: str, now: datetime, draft_id: str, revision: int | None = None
) -> Outcome:
    """Approve a draft as a second person: then whoever may publish publishes it.

    `revision` is the one that the approver read; another one there now means that the text was
    changed meanwhile. Raises `NotFound`, `NotAllowed`, `UpdatedFirst`.
    """
    with acting(desk, actor, now, Role.APPROVER) as act:
        draft = queries.find_draft(act.session, draft_id)
        _must_be_fresh(act, draft)
        _must_be_read(draft, revision)
        _must_be_second(act, draft)
        draft.approved_by = act.operator.id
        draft.approved_at = now
        act.event("draft_approved", public=False, draft=draft.id, author=draft.author_id)
        return drafting.outcome_of(act, draft)


def change_draft(
    desk: Desk,
    actor: str,
    now: datetime,
    draft_id: str,
    data: Input | Mapping[str, Any],
    revision: int | None = None,
) -> Outcome:
    """Put another input in a draft's place: its approval is void, and its author is who did it.

    The same input once more changes nothing, while its entry and components are as they were.
    Raises `InvalidInput`, `NotFound`, `NotAllowed`, `UpdatedFirst`.
    """
    with acting(desk, actor, now, Role.AUTHOR) as act:
        draft = queries.find_draft(act.session, draft_id)
        form = parse(_ACTIONS[draft.action][0], data, desk.service.locales)
        _change(act, draft, form, revision)
        return drafting.outcome_of(act, draft, _about(act, form))


def publish_changed_draft(
    desk: Desk,
    actor: str,
    now: datetime,
    draft_id: str,
    data: Input | Mapping[str, Any],
    revision: int | None = None,
) -> Outcome:
    """Put another input in a draft's place, and publish it.

    Where a second person must look at what is there now, it is kept, and nothing is published:
    the outcome names the draft. Raises `InvalidInput`, `NotFound`, `NotPossible`, `NotAllowed`,
    `UpdatedFirst`.
    """
    with acting(desk, actor, now, Role.AUTHOR) as act:
        draft = queries.find_draft(act.session, draft_id)
        form = parse(_ACTIONS[draft.action][0], data, desk.service.locales)
        if _change(act, draft, form, revision):
            draft.why = _waits_because(act, draft, form)
            draft.needs_approval = bool(draft.why)
        if _is_approved(act, draft, form) or _may_approve(act, draft):
            return _publish(act, draft, form)
        return drafting.outcome_of(act, draft, _about(act, form))


def _about(act: Act, form: Input) -> Incident | None:
    """The entry that an input is for. Raises `UpdatedFirst` where its author saw an older one."""
    if not isinstance(form, UpdateInput | CorrectInput | RetractInput):
        return None
    about = queries.find_incident(act.session, form.incident)
    act.must_be_unchanged(about, form.version)
    return about


def _change(act: Act, draft: Draft, form: Input, revision: int | None) -> bool:
    """Put an input in a draft's place; whether that changed anything."""
    about = _about(act, form)
    said = form.model_dump(mode="json", exclude_unset=True)
    version = about.version if about else None
    same = version == draft.version and drafting.says(said) == drafting.says(draft.input)
    if same and not queries.stale_draft(act.session, draft):
        return False
    _must_be_read(draft, revision)
    void = draft.approved_by is not None
    differs = changed(drafting.says(draft.input), drafting.says(said))
    draft.input = said
    draft.incident_id = about.id if about else None
    draft.version = version
    draft.author_id = act.operator.id
    draft.revision += 1
    draft.approved_by = draft.approved_at = None
    act.event("draft_changed", public=False, draft=draft.id, approval_void=void, **differs)
    return True


def _must_be_read(draft: Draft, revision: int | None) -> None:
    if revision is not None and revision != draft.revision:
        raise UpdatedFirst("somebody changed this draft while you read it: read it again")


def _must_be_approved(act: Act, draft: Draft, form: Input) -> None:
    if not _is_approved(act, draft, form):
        _must_be_second(act, draft)


def _is_approved(act: Act, draft: Draft, form: Input) -> bool:
    """Whether somebody approved it, or nobody has to, or it cannot wait. A draft that somebody
    kept without being told to needs the second person just as well."""
    if act.desk.judged.emergency or draft.approved_by is not None:
        return True
    return not (draft.needs_approval or _waits_because(act, draft, form))


def _waits_because(act: Act, draft: Draft, form: Input) -> str:
    match form:
        case DeclareInput() | BackdateInput():
            impact = form.impact or impact_of(form.components.values())
        case ScheduleInput():
            impact = schedules.impact_of_plan(form.kind)
        case UpdateInput() | CorrectInput() | RetractInput():
            incident = act.session.get_one(Incident, draft.incident_id)
            asked = form.impact if isinstance(form, UpdateInput) else None
            impact = asked or incident.impact
        case _:
            return ""
    return drafting.waits_because(act, form, impact)


def _may_approve(act: Act, draft: Draft) -> bool:
    second = draft.author_id != act.operator.id
    return second and ROLE_RANK[act.operator.role] >= ROLE_RANK[Role.APPROVER]


def _must_be_second(act: Act, draft: Draft) -> None:
    if draft.author_id == act.operator.id:
        raise NotAllowed("you wrote this draft: a second person has to approve it")
    if ROLE_RANK[act.operator.role] < ROLE_RANK[Role.APPROVER]:
        raise NotAllowed(f"{act.operator.login!r} is {act.operator.role}; approving needs approver")


def _must_be_fresh(act: Act, draft: Draft) -> None:
    stale = queries.stale_draft(act.session, draft)
    if stale:
        raise UpdatedFirst(*stale.sentences(act.desk.service.default_locale))


def discard_draft(desk: Desk, actor: str, now: datetime, draft_id: str) -> Outcome:
    """Throw a draft away. Raises `NotFound`, `NotAllowed`."""
    with acting(desk, actor, now, Role.AUTHOR) as act:
        draft = queries.find_draft(act.session, draft_id)
        drafting.discard(act, draft)
        return act.outcome()
