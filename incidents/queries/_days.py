"""What a component suffered, day by day. Pure: from the changes of its status to its days.

A day is a local one: it has 23 or 25 hours where the clocks change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from incidents.status import BAD, ComponentStatus, Uptime, worst
from incidents.view import DayStatus

Changes = Sequence[tuple[datetime, ComponentStatus]]
"""(when, new status), oldest first."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day on which a component was not operational all the time; all counts in seconds."""

    day: date
    worst: ComponentStatus
    bad: float
    partial: float
    major: float

    def public(self, *, is_over: bool = True) -> DayStatus:
        """The day as documents see it."""
        return DayStatus(self.day, self.worst, int(self.bad) // 60 if is_over else None)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins; one that the clocks skip moves forward."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def days_of(changes: Changes, start: datetime, end: datetime, zone: ZoneInfo) -> tuple[Day, ...]:
    """The days between two instants on which something was the matter, oldest first.

    A status that lasted for no time at all (several changes at once) leaves no mark.
    """
    spent: dict[date, list[tuple[ComponentStatus, float]]] = {}
    for (at, status), (until, _) in pairwise([*changes, (end, ComponentStatus.OPERATIONAL)]):
        if status is not ComponentStatus.OPERATIONAL:
            for day, seconds in _split(max(at, start), min(until, end), zone):
                spent.setdefault(day, []).append((status, seconds))
    return tuple(_day(day, pieces) for day, pieces in sorted(spent.items()))


def _split(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[date, float]]:
    """A piece of time by local days, each with its seconds."""
    while start < end:
        day = start.astimezone(zone).date()
        until = min(end, midnight(day + timedelta(days=1), zone))
        yield day, (until - start).total_seconds()
        start = until


def _day(day: date, pieces: Iterable[tuple[ComponentStatus, float]]) -> Day:
    pieces = list(pieces)

    def spent(*statuses: ComponentStatus) -> float:
        return sum(seconds for status, seconds in pieces if status in statuses)

    return Day(
        day,
        worst(status for status, _ in pieces),
        spent(*BAD),
        spent(ComponentStatus.PARTIAL_OUTAGE),
        spent(ComponentStatus.MAJOR_OUTAGE),
    )


def ratio(days: Iterable[Day], start: datetime, end: datetime) -> float | None:
    """The share of a time that was up, by the rule of `status.uptime`; None for no time.

    `days` are all the marked ones of that time.
    """
    days = list(days)
    watched = max((end - start).total_seconds(), 0.0)
    partial, major = sum(day.partial for day in days), sum(day.major for day in days)
    return Uptime(watched, partial, major).ratio
