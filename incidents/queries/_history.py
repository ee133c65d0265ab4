"""Reads how components fared. Days that are over are read once, today's with each reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.models import Component, ComponentChange
from incidents.queries._days import Changes, Day, days_of, midnight, ratio
from incidents.status import ComponentStatus
from incidents.view import ComponentHistory, MonthUptime, Service

WINDOW = 90
"""Days, today among them, that a component's bar shows."""
MONTHS = 12
"""Months, this one among them, for which a component's page tells the uptime."""


@dataclass(frozen=True, slots=True)
class Over:
    """What is known of a component's days before today."""

    known: datetime
    """From when on it is known; no sooner than the window."""
    status: ComponentStatus
    """What it had when today began."""
    days: tuple[Day, ...]


@dataclass
class PastDays:
    """The days before today of all components that are shown, as one reading left them."""

    today: date | None = None
    of: dict[str, Over] = field(default_factory=dict)
    told: dict[str, ComponentHistory] = field(default_factory=dict)
    """What is told of each while nothing happens to it today."""

    def clear(self) -> None:
        """Keep nothing."""
        self.today = None
        self.of.clear()
        self.told.clear()


def histories(
    session: Session, service: Service, now: datetime, past: PastDays
) -> dict[str, ComponentHistory]:
    """The last days of every component that is shown, by id."""
    window = _window(service, now)
    shown = Component.hidden.is_(False)
    if past.today != window.today:
        past.of = _over(session, service, window.start, window.today, shown)
        past.told = {
            key: _summed(window, _until_now(window, over, [])) for key, over in past.of.items()
        }
        past.today = window.today
    changed = _changes(session, window.counted, shown)
    return past.told | {
        key: _summed(window, _until_now(window, past.of[key], changes))
        for key, changes in changed.items()
        if key in past.of
    }


def history_with_months(
    session: Session, service: Service, now: datetime, component_id: str
) -> ComponentHistory:
    """One component's last days, and its uptime month by month."""
    window = _window(service, now)
    today = window.today
    this = Component.id == component_id
    start = _first_of_month(today, MONTHS - 1)
    over = _over(session, service, start, today, this)[component_id]
    changes = _changes(session, window.counted, this).get(component_id, [])
    whole = _until_now(window, over, changes)
    return _summed(window, whole, _months(window, over))


def month_of_all(
    session: Session, service: Service, now: datetime, month: str
) -> dict[str, MonthUptime]:
    """The uptime in one month of every component that is shown, by id; that of those which were
    not there is None."""
    window = _window(service, now)
    first = date.fromisoformat(f"{month}-01")
    end = min(_first_of_month(first, -1), window.today)
    found = _over(session, service, first, end, Component.hidden.is_(False))
    return {key: _month(window, over, first) for key, over in found.items()}


@dataclass(frozen=True, slots=True)
class _Window:
    """The days that a bar shows, worked out once for all components."""

    start: date
    began: datetime
    """The instant at which the first day began."""
    today: date
    counted: datetime
    """The instant at which today began: uptime and minutes are counted up to it, so that nothing
    but an event or a new day changes what a page tells."""
    zone: ZoneInfo


def _window(service: Service, now: datetime) -> _Window:
    zone = service.time_zone
    today = now.astimezone(zone).date()
    start = today - timedelta(days=WINDOW - 1)
    return _Window(start, midnight(start, zone), today, midnight(today, zone), zone)


def _summed(window: _Window, over: Over, months: tuple[MonthUptime, ...] = ()) -> ComponentHistory:
    is_new = over.known > window.began
    days = [day for day in over.days if day.day >= window.start]
    over_days = [day for day in days if day.day < window.today]
    return ComponentHistory(
        start=window.start,
        today=window.today,
        known=over.known.astimezone(window.zone).date() if is_new else window.start,
        marked=tuple(day.public(is_over=day.day < window.today) for day in days),
        uptime=ratio(over_days, max(over.known, window.began), window.counted),
        months=months,
    )


def _until_now(window: _Window, over: Over, changes: Changes) -> Over:
    """What is known with the one day that is not over."""
    if not changes and over.status is ComponentStatus.OPERATIONAL:
        return over
    known = min([over.known, *(at for at, _ in changes)])
    began = max(window.counted, known)
    # To its end, for what has just begun has not lasted for any time yet.
    end = midnight(window.today + timedelta(days=1), window.zone)
    today = days_of([(began, over.status), *changes], began, end, window.zone)
    return Over(known, over.status, (*over.days, *today))


def _months(window: _Window, over: Over) -> tuple[MonthUptime, ...]:
    """Newest first, as far back as the component is known."""
    return tuple(
        _month(window, over, first)
        for first in (_first_of_month(window.today, ago) for ago in range(MONTHS))
        if midnight(_first_of_month(first, -1), window.zone) > over.known
    )


def _month(window: _Window, over: Over, first: date) -> MonthUptime:
    following = _first_of_month(first, -1)
    days = [day for day in over.days if first <= day.day < following]
    start = max(over.known, midnight(first, window.zone))
    end = min(window.counted, midnight(following, window.zone))
    bad = int(sum(day.bad for day in days)) // 60
    return MonthUptime(f"{first:%Y-%m}", ratio(days, start, end), bad)


def _first_of_month(day: date, ago: int) -> date:
    """The first day of the month so many months ago; of a later one for a negative number."""
    year, month = divmod(day.year * 12 + day.month - 1 - ago, 12)
    return date(year, month + 1, 1)


def _over(
    session: Session, service: Service, start: date, today: date, those: Any
) -> dict[str, Over]:
    """What is known of some components from the beginning of one day to that of another."""
    zone = service.time_zone
    first, end = midnight(start, zone), midnight(today, zone)
    changed = _changes(session, first, those, end)
    before = (
        select(ComponentChange.new_status)
        .where(ComponentChange.component_id == Component.id, ComponentChange.at < first)
        .order_by(ComponentChange.at.desc(), ComponentChange.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(select(Component.id, Component.created_at, before).where(those))
    found = {}
    for component_id, created_at, status in rows:
        changes = changed.get(component_id, [])
        if status is not None:
            changes = [(first, status), *changes]
        known = changes[0][0] if changes else created_at
        last = changes[-1][1] if changes else ComponentStatus.OPERATIONAL
        found[component_id] = Over(known, last, days_of(changes, first, end, zone))
    return found


def _changes(
    session: Session, start: datetime, those: Any, end: datetime | None = None
) -> Mapping[str, Changes]:
    """The changes of some components from an instant on, oldest first."""
    query = (
        select(ComponentChange.component_id, ComponentChange.at, ComponentChange.new_status)
        .join(Component, Component.id == ComponentChange.component_id)
        .where(those, ComponentChange.at >= start)
        .order_by(ComponentChange.at, ComponentChange.id)
    )
    if end is not None:
        query = query.where(ComponentChange.at < end)
    found: dict[str, list[tuple[datetime, ComponentStatus]]] = {}
    for component_id, at, status in session.execute(query):
        found.setdefault(component_id, []).append((at, status))
    return found
