"""Change some of what is set of a component or a group, and leave the rest as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from incidents import queries
from incidents.actions import _writing as writing
from incidents.actions._desk import Act, Desk, Outcome, acting
from incidents.actions.component import keep_component, keep_group
from incidents.errors import InvalidInput, UpdatedFirst
from incidents.inputs import ComponentInput, GroupInput, parse
from incidents.models import Component, ComponentGroup
from incidents.status import ComponentStatus, Role


def change_component(
    desk: Desk,
    actor: str,
    now: datetime,
    key: str,
    said: Mapping[str, Any],
    status: ComponentStatus | None = None,
    seen: str | None = None,
) -> Outcome:
    """Change what `said` names of a component (fields of `ComponentInput`), and its status.

    Without a component of that key one is made. A status by itself is an author's; the rest an
    administrator's. Nobody is notified. `seen` is the version that was looked at. Raises
    `InvalidInput`, `NotAllowed`, and `UpdatedFirst` where that is an older one.
    """
    with acting(desk, actor, now, Role.ADMIN if said else Role.AUTHOR) as act:
        must_be_version(key, queries.component_versions(act.session), seen)
        if said:
            found = act.session.scalar(select(Component).where(Component.key == key))
            before = _component(act, found) if found else {"key": key}
            keep_component(act, parse(ComponentInput, {**before, **said}, desk.service.locales))
        if status is not None:
            _set_status(act, key, status)
        return act.outcome()


def must_be_version(key: str, versions: Mapping[str, str], seen: str | None) -> None:
    """Raises `UpdatedFirst` where `seen` is not the version of what has this key; None is any."""
    if seen is not None and versions.get(key) != seen:
        raise UpdatedFirst(f"{key} was changed by somebody else: look at it again before you save")


def _component(act: Act, row: Component) -> dict[str, Any]:
    group = act.session.get(ComponentGroup, row.group_id) if row.group_id else None
    return {
        "key": row.key,
        "name": row.name,
        "description": row.description,
        "group": group.key if group else None,
        "position": row.position,
        "hidden": row.hidden,
        "only_show_if_degraded": row.only_show_if_degraded,
    }


def _set_status(act: Act, key: str, status: ComponentStatus) -> None:
    component = writing.components_by_key(act, [key])[key]
    if component.status is not status:
        old = component.status
        writing.set_component(act, component, status)
        act.event("component_status_set", component=key, old=old, new=status)


def change_group(
    desk: Desk,
    actor: str,
    now: datetime,
    key: str,
    said: Mapping[str, Any],
    members: Iterable[str] | None = None,
    seen: str | None = None,
) -> Outcome:
    """Change what `said` names of a group (fields of `GroupInput`), and which components are in it.

    `members` are the keys of all its components from now on; None leaves them. Without a group of
    that key one is made. `seen` is the version that was looked at. Raises `InvalidInput`,
    `NotAllowed`, and `UpdatedFirst` where that is an older one.
    """
    with acting(desk, actor, now, Role.ADMIN) as act:
        must_be_version(key, queries.group_versions(act.session), seen)
        found = act.session.scalar(select(ComponentGroup).where(ComponentGroup.key == key))
        before: dict[str, Any] = {"key": key}
        if found:
            before |= {
                "name": found.name,
                "description": found.description,
                "position": found.position,
            }
        keep_group(act, parse(GroupInput, {**before, **said}, desk.service.locales))
        if members is not None:
            _gather(act, key, set(members))
        return act.outcome()


def _gather(act: Act, key: str, members: set[str]) -> None:
    if not members:
        raise InvalidInput("components: a group has at least one component")
    group = act.session.scalars(select(ComponentGroup).where(ComponentGroup.key == key)).one()
    for component in act.session.scalars(select(Component)).all():
        inside = component.key in members
        if inside != (component.group_id == group.id):
            said = {**_component(act, component), "group": key if inside else None}
            keep_component(act, parse(ComponentInput, said, act.desk.service.locales))
