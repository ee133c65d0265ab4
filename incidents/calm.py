"""When a notice waits: until a flapping component's window ends, or until the night is over. Pure.

What waits is on the page and in the feeds at once; only what is pushed at people waits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from incidents.rules import resolve_local
from incidents.status import Impact, at_least

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class WaitsFor(StrEnum):
    """Why a delivery waits although nothing is wrong."""

    WINDOW = "window"
    """A program spoke of the same components a moment ago."""
    QUIET_HOURS = "quiet_hours"


@dataclass(frozen=True, slots=True)
class Wait:
    """Until when a delivery waits, and why."""

    until: datetime
    why: WaitsFor


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of each local day in which a channel says nothing of low impact; over midnight where
    they end before they begin."""

    start: time
    end: time
    below: Impact = Impact.MAJOR
    """Impacts below this one wait; critical never does."""

    def until(self, moment: datetime, impact: Impact, zone: ZoneInfo) -> datetime | None:
        """When what has this impact may go that would go at `moment`; None for at once."""
        if impact is Impact.CRITICAL or at_least(impact, self.below):
            return None
        today = moment.astimezone(zone).date()
        for day in (today - timedelta(days=1), today):
            last = day if self.start < self.end else day + timedelta(days=1)
            begins = resolve_local(day, self.start, zone)
            ends = resolve_local(last, self.end, zone)
            if begins <= moment < ends:
                return ends
        return None


def parse_quiet_hours(text: str) -> tuple[time, time]:
    """As in "22:00-07:00". Raises `ValueError`."""
    match = _HOURS.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} should be like 22:00-07:00; midnight is 00:00")
    hour, minute, last_hour, last_minute = map(int, match.groups())
    start, end = time(hour, minute), time(last_hour, last_minute)
    if start == end:
        raise ValueError(f"{text!r} ends when it begins; leave it out, or pause the channel")
    return start, end


@dataclass(frozen=True, slots=True)
class Calm:
    """The rules of the house against storms and noise at night."""

    window: timedelta = timedelta(0)
    """How long after a program's notice the next one about the same components waits; 0: never."""
    quiet: Mapping[str, QuietHours] = field(default_factory=dict)
    """By channel."""
