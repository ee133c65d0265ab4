"""Drafts: keep, publish (by a second person where one is needed), throw away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from incidents import queries
from incidents.actions import _drafting as drafting
from incidents.actions import incident as incidents
from incidents.actions import schedule as schedules
from incidents.actions._desk import Act, Desk, Outcome, acting
from incidents.errors import InvalidInput, NotAllowed, UpdatedFirst
from incidents.inputs import CorrectInput, DeclareInput, Input, ScheduleInput, UpdateInput, parse
from incidents.models import Draft, Incident
from incidents.status import ROLE_RANK, Role

_ACTIONS: Mapping[str, tuple[type[Input], Callable[[Act, Any], Outcome]]] = {
    "declare_incident": (DeclareInput, incidents.declare),
    "post_update": (UpdateInput, incidents.update),
    "correct_update": (CorrectInput, incidents.correct),
    "schedule": (ScheduleInput, schedules.announce),
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
        about = (
            queries.find_incident(act.session, form.incident)
            if isinstance(form, UpdateInput | CorrectInput)
            else None
        )
        return drafting.keep(act, action, form, about)


def publish_draft(desk: Desk, actor: str, now: datetime, draft_id: str) -> Outcome:
    """Publish a draft as it stands. One that waits for a second person needs an approver who did
    not write it; one whose incident has changed since is void.

    Raises `InvalidInput`, `NotFound`, `NotPossible`, `NotAllowed`, `UpdatedFirst`.
    """
    with acting(desk, actor, now, Role.AUTHOR) as act:
        draft = queries.find_draft(act.session, draft_id)
        _may_publish(act, draft)
        _must_be_fresh(act, draft)
        model, action = _ACTIONS[draft.action]
        form = parse(model, draft.input, desk.service.locales)
        act.session.delete(draft)
        act.event("draft_published", public=False, draft=draft.id, author=draft.author_id)
        return action(act, form)


def _may_publish(act: Act, draft: Draft) -> None:
    if draft.why != drafting.SECOND_PERSON:
        return
    if draft.author_id == act.operator.id:
        raise NotAllowed("you wrote this draft: a second person has to approve it")
    if ROLE_RANK[act.operator.role] < ROLE_RANK[Role.APPROVER]:
        raise NotAllowed(f"{act.operator.login!r} is {act.operator.role}; approving needs approver")


def _must_be_fresh(act: Act, draft: Draft) -> None:
    if draft.incident_id is None:
        return
    incident = act.session.get_one(Incident, draft.incident_id)
    if incident.version != draft.version:
        raise UpdatedFirst(
            f"#{incident.number} has changed since this draft was written: write it again"
        )


def discard_draft(desk: Desk, actor: str, now: datetime, draft_id: str) -> Outcome:
    """Throw a draft away. Raises `NotFound`, `NotAllowed`."""
    with acting(desk, actor, now, Role.AUTHOR) as act:
        draft = queries.find_draft(act.session, draft_id)
        act.session.delete(draft)
        act.event("draft_discarded", public=False, draft=draft.id)
        return act.outcome()
