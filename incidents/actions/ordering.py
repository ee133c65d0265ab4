"""In which order components and groups stand on the page: one place up or down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import select

from incidents.actions import _writing as writing
from incidents.actions._desk import Desk, Outcome, acting
from incidents.errors import NotFound, NotPossible
from incidents.models import Component, ComponentGroup
from incidents.status import Role

Row = TypeVar("Row", Component, ComponentGroup)


class Step(StrEnum):
    """Which way."""

    UP = "up"
    DOWN = "down"


def move_component(desk: Desk, actor: str, now: datetime, key: str, step: Step) -> Outcome:
    """Let a component change places with its neighbour, in its group or among those without one.

    Raises `InvalidInput`, `NotPossible` where it is the first or last already, `NotAllowed`.
    """
    with acting(desk, actor, now, Role.ADMIN) as act:
        component = writing.components_by_key(act, [key])[key]
        rows = act.session.scalars(
            select(Component)
            .where(Component.group_id.is_not_distinct_from(component.group_id))
            .order_by(Component.position, Component.key)
        ).all()
        for row, change in _changes(rows, component, step):
            act.event("component_saved", component=row.key, **change)
        return act.outcome()


def move_group(desk: Desk, actor: str, now: datetime, key: str, step: Step) -> Outcome:
    """Let a component group change places with its neighbour.

    Raises `NotFound`, `NotPossible` where it is the first or last already, `NotAllowed`.
    """
    with acting(desk, actor, now, Role.ADMIN) as act:
        rows = act.session.scalars(
            select(ComponentGroup).order_by(ComponentGroup.position, ComponentGroup.key)
        ).all()
        group = next((row for row in rows if row.key == key), None)
        if group is None:
            raise NotFound(f"group: there is no component group {key!r}")
        for row, change in _changes(rows, group, step):
            act.event("group_saved", group=row.key, **change)
        return act.outcome()


def _changes(rows: Sequence[Row], moved: Row, step: Step) -> list[tuple[Row, dict[str, Any]]]:
    """Let a row change places with its neighbour; answers what changed, for the trail."""
    order = list(rows)
    place = order.index(moved)
    other = place - 1 if step is Step.UP else place + 1
    if not 0 <= other < len(order):
        raise NotPossible(f"{moved.key} stands {'first' if step is Step.UP else 'last'} already")
    order[place], order[other] = order[other], order[place]
    found = []
    places = _ascending(sorted(row.position for row in order))
    for row, position in zip(order, places, strict=True):
        if row.position != position:
            change = {"before": {"position": row.position}, "after": {"position": position}}
            row.position = position
            found.append((row, change))
    return found


def _ascending(positions: Sequence[int]) -> list[int]:
    """The same places, each after the one before: imported ones may share a number."""
    found: list[int] = []
    for position in positions:
        found.append(max(position, found[-1] + 1) if found else position)
    return found
