"""When to promise the next update: soon, but only for when somebody is there to write it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from incidents.hours import StaffedHours

FIRST = timedelta(minutes=30)
"""20 to 30 minutes apart for the first two hours is what readers are used to."""
_STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Promise:
    """A proposal for "next update by"."""

    at: datetime | None
    """Aware UTC; None where the staffed hours never come again."""
    nobody_at: datetime | None = None
    """The sooner moment that was passed over, because nobody is there."""


def propose(now: datetime, hours: StaffedHours | None) -> Promise:
    """In half an hour, on a round minute; outside staffed hours, half an hour into the next."""
    soon = _round_up(now + FIRST)
    if hours is None or kept(soon, hours):
        return Promise(soon)
    opening = hours.next_opening(soon)
    return Promise(_round_up(opening + FIRST) if opening else None, nobody_at=soon)


def kept(moment: datetime, hours: StaffedHours) -> bool:
    """Whether somebody is there at a moment, or goes at that very moment."""
    return hours.staffed_at(moment) or hours.staffed_at(moment - timedelta(microseconds=1))


def _round_up(moment: datetime) -> datetime:
    moment = moment.astimezone(UTC)
    over = timedelta(
        minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond
    )
    return moment - over + _STEP if over else moment
