"""How components fared between two days, up to this moment, for programs of the operators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.errors import InvalidInput
from incidents.models import Component, ComponentChange
from incidents.queries._days import midnight
from incidents.queries._history import WINDOW
from incidents.queries._touched import local_day
from incidents.status import ComponentStatus, Uptime, uptime
from incidents.view import Service

_OUT = frozenset({ComponentStatus.PARTIAL_OUTAGE, ComponentStatus.MAJOR_OUTAGE})
_FIRST_YEAR = 1970

Change = tuple[datetime, ComponentStatus, str | None]
"""(when, new status, the entry that said so)."""


@dataclass(frozen=True, slots=True)
class Fared:
    """How something fared between two instants."""

    start: datetime
    """From when on it is known: the first instant, or a later one."""
    end: datetime
    uptime: Uptime
    incident_ids: tuple[str, ...]
    """The entries that took it out in that time, in their order."""


def span(
    service: Service, now: datetime, first: date | None, last: date | None
) -> tuple[datetime, datetime]:
    """From the beginning of one local day to the end of another, or to now where that is sooner;
    without them the days that a component's bar shows. Raises `InvalidInput`."""
    today = local_day(service, now)
    for field, day in (("start", first), ("end", last)):
        if day is not None and day.year < _FIRST_YEAR:
            raise InvalidInput(f"{field}: the year {day.year} is out of range; check it")
    last = min(last or today, today)
    first = first or last - timedelta(days=WINDOW - 1)
    if first > last:
        raise InvalidInput(f"start: is after {last}, up to which is counted")
    zone = service.time_zone
    return midnight(first, zone), min(now, midnight(last + timedelta(days=1), zone))


def fared(session: Session, component_id: str, start: datetime, end: datetime) -> Fared:
    """How one component fared between two instants, by the rule of `status.uptime`."""
    changes = _changes(session, component_id, start, end)
    return Fared(
        start=max(start, min(changes[0][0], end)),
        end=end,
        uptime=uptime([(at, status) for at, status, _ in changes], start, end),
        incident_ids=tuple(_taken_out_by(changes, start, end)),
    )


def fared_together(all_of_them: Sequence[Fared], start: datetime, end: datetime) -> Fared:
    """Several at once: the seconds of all of them, watched and out, added up."""
    return Fared(
        start=min((each.start for each in all_of_them), default=start),
        end=end,
        uptime=Uptime(
            sum(each.uptime.watched for each in all_of_them),
            sum(each.uptime.partial for each in all_of_them),
            sum(each.uptime.major for each in all_of_them),
        ),
        incident_ids=tuple(dict.fromkeys(one for each in all_of_them for one in each.incident_ids)),
    )


def _changes(
    session: Session, component_id: str, start: datetime, end: datetime
) -> Sequence[Change]:
    """The status that it had at the start, if it had any, and the changes since; never empty."""
    query = select(
        ComponentChange.at, ComponentChange.new_status, ComponentChange.incident_id
    ).where(ComponentChange.component_id == component_id)
    order = (ComponentChange.at, ComponentChange.id)
    before = query.where(ComponentChange.at < start).order_by(*(by.desc() for by in order)).limit(1)
    since = query.where(ComponentChange.at >= start, ComponentChange.at < end).order_by(*order)
    found = [*session.execute(before), *session.execute(since)]
    if not found:
        created_at = session.get_one(Component, component_id).created_at
        return [(created_at, ComponentStatus.OPERATIONAL, None)]
    return [(at, status, incident_id) for at, status, incident_id in found]


def _taken_out_by(changes: Sequence[Change], start: datetime, end: datetime) -> Iterable[str]:
    following: Sequence[Change] = [*changes, (end, ComponentStatus.OPERATIONAL, None)]
    found: dict[str, None] = {}
    for (at, status, incident_id), (until, _, _) in pairwise(following):
        if incident_id and status in _OUT and max(at, start) < min(until, end):
            found[incident_id] = None
    return found
