"""Components and groups, and the answers that stand beside them or on the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from incidents.actions import _writing as writing
from incidents.actions._desk import Act, Desk, Outcome, acting
from incidents.errors import InvalidInput, NotPossible
from incidents.inputs import AnswerInput, ComponentInput, GroupInput, parse
from incidents.models import (
    AffectedComponent,
    AttachedAnswer,
    Component,
    ComponentChange,
    ComponentGroup,
    Incident,
)
from incidents.status import ComponentStatus, Role


def save_group(
    desk: Desk, actor: str, now: datetime, data: GroupInput | Mapping[str, Any]
) -> Outcome:
    """Make a component group, or change the one with this key."""
    form = parse(GroupInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.ADMIN) as act:
        group = act.session.scalar(select(ComponentGroup).where(ComponentGroup.key == form.key))
        if group is None:
            group = ComponentGroup(
                id=desk.new_id(), key=form.key, created_at=now, position=_next(act, ComponentGroup)
            )
        group.name, group.description = dict(form.name), dict(form.description)
        group.position = form.position or group.position
        group.updated_at = now
        act.add(group)
        act.event("group_saved", group=form.key, name=form.name)
        return act.outcome()


def save_component(
    desk: Desk, actor: str, now: datetime, data: ComponentInput | Mapping[str, Any]
) -> Outcome:
    """Make a component, operational from now on, or change the one with this key."""
    form = parse(ComponentInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.ADMIN) as act:
        component = act.session.scalar(select(Component).where(Component.key == form.key))
        new = component is None
        was_hidden = component is not None and component.hidden
        if component is None:
            component = Component(
                id=desk.new_id(),
                key=form.key,
                status=ComponentStatus.OPERATIONAL,
                status_since=now,
                start_date=now.astimezone(desk.service.time_zone).date(),
                created_at=now,
                position=_next(act, Component),
            )
        component.name, component.description = dict(form.name), dict(form.description)
        component.group_id = _group_id(act, form.group)
        component.position = form.position or component.position
        component.hidden = form.hidden
        component.only_show_if_degraded = form.only_show_if_degraded
        component.updated_at = now
        act.add(component)
        if new:
            _begin_history(act, component)
        act.event("component_saved", component=form.key, name=form.name, hidden=form.hidden)
        if was_hidden is not form.hidden:
            _touch_incidents(act, component)
        return act.outcome()


def _touch_incidents(act: Act, component: Component) -> None:
    """A component that is hidden or shown appears on the page of each entry that names it."""
    named = (
        select(Incident)
        .join(AffectedComponent, AffectedComponent.incident_id == Incident.id)
        .where(AffectedComponent.component_id == component.id)
        .order_by(Incident.number)
    )
    for incident in act.session.scalars(named).all():
        act.event("component_shown_or_hidden", incident, component=component.key)


def _begin_history(act: Act, component: Component) -> None:
    act.add(
        ComponentChange(
            component_id=component.id,
            at=act.now,
            old_status=component.status,
            new_status=component.status,
        )
    )


def _next(act: Act, table: type[Component] | type[ComponentGroup]) -> int:
    return (act.session.scalar(select(func.max(table.position))) or 0) + 1


def _group_id(act: Act, key: str | None) -> str | None:
    if key is None:
        return None
    group = act.session.scalar(select(ComponentGroup).where(ComponentGroup.key == key))
    if group is None:
        raise InvalidInput(f"group: there is no component group {key!r}")
    return group.id


def set_component_status(
    desk: Desk, actor: str, now: datetime, key: str, status: ComponentStatus
) -> Outcome:
    """Change one component's status outside of any incident. Nobody is notified."""
    with acting(desk, actor, now, Role.AUTHOR) as act:
        component = writing.components_by_key(act, [key])[key]
        old = component.status
        if old is status:
            raise NotPossible(f"{key} is {status} already")
        writing.set_component(act, component, status)
        act.event("component_status_set", component=key, old=old, new=status)
        return act.outcome()


def attach_answer(
    desk: Desk,
    actor: str,
    now: datetime,
    answer: AnswerInput | Mapping[str, Any],
    component: str | None = None,
) -> Outcome:
    """Let an answer stand on the page, or beside a component, until it is detached."""
    form = parse(AnswerInput, answer, desk.service.locales)
    with acting(desk, actor, now, Role.AUTHOR) as act:
        writing.frozen_answers(act, [form])  # says at once what is wrong with it
        beside = _component_id(act, component)
        row = _attached(act, form.key, beside)
        if row is None:
            row = AttachedAnswer(key=form.key, component_id=beside, at=now, fields={})
        row.fields = dict(form.fields)
        act.add(row)
        act.event("answer_attached", answer=form.key, component=component)
        return act.outcome()


def detach_answer(
    desk: Desk, actor: str, now: datetime, key: str, component: str | None = None
) -> Outcome:
    """Take an answer off the page or a component."""
    with acting(desk, actor, now, Role.AUTHOR) as act:
        row = _attached(act, key, _component_id(act, component))
        if row is None:
            raise NotPossible(f"the answer {key!r} is not attached there")
        act.session.delete(row)
        act.event("answer_detached", answer=key, component=component)
        return act.outcome()


def _component_id(act: Act, key: str | None) -> str:
    return writing.components_by_key(act, [key])[key].id if key else ""


def _attached(act: Act, key: str, component_id: str) -> AttachedAnswer | None:
    return act.session.scalar(
        select(AttachedAnswer).where(
            AttachedAnswer.key == key, AttachedAnswer.component_id == component_id
        )
    )
