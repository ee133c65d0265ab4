"""Components and groups, and the answers that stand beside them or on the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from incidents.actions import _writing as writing
from incidents.actions._desk import Act, Desk, Outcome, acting, changed
from incidents.errors import InvalidInput, NotPossible, UpdatedFirst
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

_OF_GROUPS = ("name", "description", "position")
_OF_COMPONENTS = (*_OF_GROUPS, "group_id", "hidden", "only_show_if_degraded")


def save_group(
    desk: Desk, actor: str, now: datetime, data: GroupInput | Mapping[str, Any]
) -> Outcome:
    """Make a component group, or change the one with this key."""
    form = parse(GroupInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.ADMIN) as act:
        return keep_group(act, form)


def keep_group(act: Act, form: GroupInput) -> Outcome:
    """As `save_group`, inside an action under way."""
    group = act.session.scalar(select(ComponentGroup).where(ComponentGroup.key == form.key))
    if group is None:
        group = ComponentGroup(
            id=act.desk.new_id(),
            key=form.key,
            created_at=act.now,
            position=_next(act, ComponentGroup),
        )
    must_be_as_seen(form.key, group.updated_at, form.seen)
    before = _said(group, _OF_GROUPS)
    group.name, group.description = dict(form.name), dict(form.description)
    group.position = form.position or group.position
    group.updated_at = act.now
    act.add(group)
    act.event("group_saved", group=form.key, **changed(before, _said(group, _OF_GROUPS)))
    return act.outcome()


def save_component(
    desk: Desk, actor: str, now: datetime, data: ComponentInput | Mapping[str, Any]
) -> Outcome:
    """Make a component, operational from now on, or change the one with this key."""
    form = parse(ComponentInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.ADMIN) as act:
        return keep_component(act, form)


def keep_component(act: Act, form: ComponentInput) -> Outcome:
    """As `save_component`, inside an action under way."""
    component = act.session.scalar(select(Component).where(Component.key == form.key))
    new = component is None
    was_hidden = component is not None and component.hidden
    if component is None:
        component = Component(
            id=act.desk.new_id(),
            key=form.key,
            status=ComponentStatus.OPERATIONAL,
            status_since=act.now,
            start_date=act.now.astimezone(act.desk.service.time_zone).date(),
            created_at=act.now,
            position=_next(act, Component),
        )
    must_be_as_seen(form.key, component.updated_at, form.seen)
    before = _said(component, _OF_COMPONENTS)
    component.name, component.description = dict(form.name), dict(form.description)
    component.group_id = _group_id(act, form.group)
    component.position = form.position or component.position
    component.hidden = form.hidden
    component.only_show_if_degraded = form.only_show_if_degraded
    component.updated_at = act.now
    act.add(component)
    if new:
        _begin_history(act, component)
    after = _said(component, _OF_COMPONENTS)
    act.event("component_saved", component=form.key, **changed(before, after))
    if was_hidden is not form.hidden:
        _touch_incidents(act, component)
    return act.outcome()


def must_be_as_seen(key: str, updated_at: datetime | None, seen: datetime | str | None) -> None:
    """Two who edit the same: raises `InvalidInput` where a new one has a key that is taken, and
    `UpdatedFirst` where somebody else changed it meanwhile. `updated_at`: None for a new row."""
    if seen == "new" and updated_at is not None:
        raise InvalidInput(f"key: {key!r} is taken; choose another one")
    if isinstance(seen, datetime) and updated_at != seen:
        raise UpdatedFirst(f"{key} was changed by somebody else: look at it again before you save")


def _said(row: Component | ComponentGroup, names: tuple[str, ...]) -> dict[str, Any]:
    """What a row says of what operators set; nothing yet where it is new."""
    return {name: value for name in names if (value := getattr(row, name)) is not None}


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
