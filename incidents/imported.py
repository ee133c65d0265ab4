"""What another status page told, in the words of Atlassian Statuspage's public API v2, checked.

The names of fields are that API's, so that whoever reads a fault finds the place in the file. Only
what is kept is here; everything else is passed over. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from incidents.inputs import Line, Moment, Paragraphs
from incidents.status import ComponentStatus, Impact, IncidentKind, Status, statuses_of

CLOCK_TOLERANCE = timedelta(minutes=2)
_ID = re.compile(r"[0-9a-z]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]")
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def our_id(theirs: str, among: str = "") -> str:
    """The id under which it stands here: its own, where that has the shape of Statuspage's ids.

    Another one is made of it for any other shape, or to tell it from what has the same id
    (`among` says among what), and is the same each time.
    """
    if _ID.fullmatch(theirs) and not among:
        return theirs
    number = int.from_bytes(sha256(f"{among}/{theirs}".encode("utf-8", "replace")).digest())
    return "".join(_ALPHABET[number // 36**place % 36] for place in range(12))


def _written(value: Any) -> Any:
    if value is not None and not (isinstance(value, str) and _TIME.match(value)):
        raise ValueError("should be a time such as 2022-02-15T13:37:37.407-08:00")
    return value


def _past(moment: datetime, info: ValidationInfo) -> datetime:
    """`now` comes in the context."""
    if moment > info.context["now"] + CLOCK_TOLERANCE:  # type: ignore[index]
        raise ValueError("is in the future")
    return moment


def _likely(day: date | None) -> date | None:
    # Far from the ends of Python's calendar, as every instant.
    if day is not None and not 1970 <= day.year < 2200:
        raise ValueError(f"the year {day.year} is out of range")
    return day


def _none_is_empty(value: Any) -> Any:
    return () if value is None else value


def _blank_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _of(kind: IncidentKind) -> Any:
    def belongs(status: Status) -> Status:
        if status not in statuses_of(kind):
            raise ValueError(f"is no status of this kind: {', '.join(statuses_of(kind))}")
        return status

    return AfterValidator(belongs)


Id = Annotated[str, Field(min_length=1, max_length=100)]
Time = Annotated[Moment, BeforeValidator(_written)]
Past = Annotated[Time, AfterValidator(_past)]
Words = Annotated[Paragraphs | None, BeforeValidator(_blank_is_none)]
_LISTED = BeforeValidator(_none_is_empty)


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ImportedComponent(_Told):
    """A component or, where `group` is true, a component group."""

    id: Id
    name: Line
    status: ComponentStatus = ComponentStatus.OPERATIONAL
    created_at: Past | None = None
    updated_at: Past | None = None
    position: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    description: Words = None
    start_date: Annotated[date | None, AfterValidator(_likely)] = None
    group_id: str | None = None
    group: bool = False
    only_show_if_degraded: bool = False


class ImportedChange(_Told):
    """What an update did to a component: one of `affected_components`."""

    code: Id
    name: Line
    old_status: ComponentStatus
    new_status: ComponentStatus


class ImportedUpdate(_Told):
    """One message; of which kind's life it is, the subclasses say."""

    id: Id
    body: Words
    """Markdown; None where nothing was said."""
    created_at: Past
    display_at: Past | None = None
    affected_components: Annotated[tuple[ImportedChange, ...], _LISTED] = ()
    status: Status

    @property
    def at(self) -> datetime:
        """When readers were told."""
        return self.display_at or self.created_at


class UpdateOfIncident(ImportedUpdate):
    """One message in the life of an incident."""

    status: Annotated[Status, _of(IncidentKind.INCIDENT)]


class UpdateOfMaintenance(ImportedUpdate):
    """One message in the life of planned work."""

    status: Annotated[Status, _of(IncidentKind.MAINTENANCE)]


class ImportedEntry(_Told):
    """What incidents and planned work have in common."""

    kind: ClassVar[IncidentKind]
    id: Id
    name: Line
    impact: Impact | None = None
    created_at: Past
    updated_at: Past | None = None
    monitoring_at: Past | None = None
    resolved_at: Past | None = None
    components: Annotated[tuple[ImportedComponent, ...], _LISTED] = ()
    incident_updates: Sequence[ImportedUpdate]

    @property
    def begins(self) -> datetime:
        """When the fault, or the work, began or will begin."""
        raise NotImplementedError

    def told(self) -> tuple[ImportedUpdate, ...]:
        """Its updates, the oldest first; of those of one instant, the one that is listed last."""
        oldest_first = list(reversed(self.incident_updates))
        oldest_first.sort(key=lambda update: update.at)
        return tuple(oldest_first)


class ImportedIncident(ImportedEntry):
    """An incident. `started_at` is missing in what was captured before 2020."""

    kind: ClassVar[IncidentKind] = IncidentKind.INCIDENT
    started_at: Past | None = None
    incident_updates: Annotated[tuple[UpdateOfIncident, ...], _LISTED] = ()

    @property
    def begins(self) -> datetime:
        return self.started_at or self.created_at


class ImportedMaintenance(ImportedEntry):
    """Planned work."""

    kind: ClassVar[IncidentKind] = IncidentKind.MAINTENANCE
    scheduled_for: Time
    scheduled_until: Time | None = None
    incident_updates: Annotated[tuple[UpdateOfMaintenance, ...], _LISTED] = ()

    @model_validator(mode="after")
    def _in_order(self) -> ImportedMaintenance:
        if self.scheduled_until is not None and self.scheduled_until < self.scheduled_for:
            raise ValueError("scheduled_until: is before scheduled_for")
        return self

    @property
    def begins(self) -> datetime:
        return self.scheduled_for


@dataclass(frozen=True, slots=True)
class ImportedPage:
    """All that was found, each id once in its list."""

    components: tuple[ImportedComponent, ...] = ()
    """Groups among them."""
    former: tuple[ImportedComponent, ...] = ()
    """Named by entries, and not on the page any more."""
    entries: tuple[ImportedEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """Something that could not come, or not as it was."""

    what: str
    """As in "incident kcs20k00rc1l"."""
    field: str
    """As in "incident_updates[2].display_at"."""
    why: str
