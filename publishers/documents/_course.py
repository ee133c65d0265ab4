"""What an entry did to each component, one status after the other, as its updates told it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from incidents.status import ComponentStatus
from incidents.view import Localized, PublicIncident

_Told = list[tuple[datetime, ComponentStatus]]
"""When each status began, oldest first."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One status of a component, while it lasted."""

    status: ComponentStatus
    start: datetime
    end: datetime | None
    """None where it did not end, or ended well: then nothing more was told."""
    lasting: bool
    """Whether it is so at this moment, for the entry is open."""

    @property
    def minutes(self) -> int:
        """Whole minutes that it lasted; 0 where it did not end."""
        return int((self.end - self.start).total_seconds()) // 60 if self.end else 0


@dataclass(frozen=True, slots=True)
class Course:
    """What became of one component, oldest first."""

    name: Localized
    stretches: tuple[Stretch, ...]


def courses(entry: PublicIncident) -> tuple[Course, ...]:
    """The courses of the components to which something happened, in the entry's order."""
    found = ((part.name, _told(entry, part.component_id)) for part in entry.affected)
    return tuple(
        Course(name, tuple(_stretches(entry, told)))
        for name, told in found
        if any(status is not ComponentStatus.OPERATIONAL for _, status in told)
    )


def _told(entry: PublicIncident, component_id: str) -> _Told:
    if entry.backdated and not any(update.changes for update in entry.updates):
        # Its one update tells it all.
        named = (part for part in entry.affected if part.component_id == component_id)
        return [(entry.started_at, part.status) for part in named]
    told: _Told = []
    for update in reversed(entry.updates):
        for change in update.changes:
            is_new = not told or told[-1][1] is not change.new
            if change.component_id == component_id and is_new:
                told.append((update.at, change.new))
    return told


def _stretches(entry: PublicIncident, told: _Told) -> Iterator[Stretch]:
    for place, (start, status) in enumerate(told):
        last = place == len(told) - 1
        well = status is ComponentStatus.OPERATIONAL
        end = (None if well else entry.resolved_at) if last else told[place + 1][0]
        yield Stretch(status, start, end, last and entry.open and not well)
