"""What pages are made of: components, incidents, their updates, answers and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from incidents.status import (
    BAD,
    ComponentStatus,
    Impact,
    IncidentKind,
    PublicationKind,
    Status,
)
from incidents.view._service import Localized


@dataclass(frozen=True, slots=True)
class PublicGroup:
    id: str
    name: Localized
    description: Localized
    position: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PublicComponent:
    id: str
    key: str
    name: Localized
    description: Localized
    status: ComponentStatus
    status_since: datetime
    group_id: str | None
    position: int
    created_at: datetime
    updated_at: datetime
    start_date: date | None = None
    only_show_if_degraded: bool = False


@dataclass(frozen=True, slots=True)
class PublicText:
    """One update's frozen words in one locale. `body` is Markdown, the others plain text."""

    headline: str
    short: str
    body: str


@dataclass(frozen=True, slots=True)
class PublicChange:
    """A component that an update touched; its name is as it was then."""

    component_id: str
    name: Localized
    old: ComponentStatus
    new: ComponentStatus


@dataclass(frozen=True, slots=True)
class PublicFigure:
    key: str
    value: int | float | None
    """None means "not known yet", and is shown so."""
    unit: Localized
    definition: Localized
    source: Localized
    as_of: datetime
    caveat: Localized = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PublicAnswer:
    """An FAQ entry with its dates worked out for a day; `answer` is Markdown."""

    key: str
    question: Localized
    short: Localized
    answer: Localized
    dates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Per locale, one plain sentence per date that matters; empty when the answer has no rule."""


@dataclass(frozen=True, slots=True)
class PublicCorrection:
    """A visible correction: what stood there before, when it changed, and why."""

    at: datetime
    before: Mapping[str, PublicText]
    """Empty where the words stayed as they were."""
    reason: Localized
    advice: Mapping[str, Localized] = field(default_factory=dict)
    """What stood beside the words, of `to_do`, `not_to_do` and `still_cannot`: those that changed,
    empty where nothing stood there."""
    figures: tuple[PublicFigure, ...] = ()
    """Those that were corrected or taken off, as they were."""


@dataclass(frozen=True, slots=True)
class PublicRetraction:
    at: datetime
    reason: Localized


@dataclass(frozen=True, slots=True)
class PublicUpdate:
    id: str
    number: int
    """1 for the incident's first message, then 2, 3 ..."""
    status: Status
    at: datetime
    """When it was published; for a backdated one, the time it speaks of."""
    texts: Mapping[str, PublicText]
    changes: tuple[PublicChange, ...] = ()
    figures: tuple[PublicFigure, ...] = ()
    answers: tuple[PublicAnswer, ...] = ()
    next_update_by: datetime | None = None
    late_by: int | None = None
    """Whole minutes by which the promise made *before* this update was missed; None if kept."""
    corrections: tuple[PublicCorrection, ...] = ()
    """Oldest first; `texts` already holds the corrected words."""
    retraction: PublicRetraction | None = None
    automatic: bool = False
    updated_at: datetime | None = None
    """When it was last corrected or retracted; None when never."""
    still_cannot: Localized = field(default_factory=dict)
    """Said while monitoring: who cannot use what yet, in words."""
    to_do: Localized = field(default_factory=dict)
    """What readers should do, in a sentence or two."""
    not_to_do: Localized = field(default_factory=dict)
    """What they need not or should not do."""


@dataclass(frozen=True, slots=True)
class PublicPost:
    """Where an update can be seen on a network."""

    update_number: int
    channel: str
    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class AffectedComponent:
    """A component named by an incident, with the status that the incident last gave it."""

    component_id: str
    name: Localized
    status: ComponentStatus


@dataclass(frozen=True, slots=True)
class PublicIncident:
    """An incident, a scheduled maintenance or an advance notice."""

    id: str
    number: int
    """Small and human, as in the reference "#42/3"."""
    kind: IncidentKind
    name: Localized
    status: Status
    impact: Impact
    started_at: datetime
    created_at: datetime
    updated_at: datetime
    updates: tuple[PublicUpdate, ...]
    """Newest first; never empty."""
    affected: tuple[AffectedComponent, ...] = ()
    components: tuple[PublicComponent, ...] = ()
    """The same components as they are today."""
    monitoring_at: datetime | None = None
    resolved_at: datetime | None = None
    scheduled_for: datetime | None = None
    scheduled_until: datetime | None = None
    cancelled_at: datetime | None = None
    backdated: bool = False
    next_update_by: datetime | None = None
    """The promise in force, while the entry is open."""
    overdue: bool = False
    """Whether that promise is broken at the moment of rendering."""
    first_notice_after: int | None = None
    """Whole minutes from the start of the fault to the first notice; None where it has no sense."""
    notice_id: str | None = None
    """The advance notice that came true as this incident."""
    incident_id: str | None = None
    """The incident that this advance notice became."""
    posts: tuple[PublicPost, ...] = ()

    @property
    def told_at(self) -> datetime:
        """When it was first told; of a backdated one, the time it speaks of."""
        return self.updates[-1].at if self.backdated else self.created_at

    @property
    def open(self) -> bool:
        """Whether it is still going on (or still to come)."""
        return self.resolved_at is None and self.cancelled_at is None


@dataclass(frozen=True, slots=True)
class PublicPublication:
    """One item of a feed. Its texts are frozen; a correction is an item of its own."""

    id: str
    kind: PublicationKind
    at: datetime
    incident_id: str
    incident_name: Localized
    incident_kind: IncidentKind
    update_number: int | None
    status: Status
    texts: Mapping[str, PublicText]
    reason: Localized = field(default_factory=dict)
    figures: tuple[PublicFigure, ...] = ()
    next_update_by: datetime | None = None
    automatic: bool = False
    to_do: Localized = field(default_factory=dict)
    not_to_do: Localized = field(default_factory=dict)
    cancelled: bool = False
    """Whether the plan that it is about was called off by then."""


@dataclass(frozen=True, slots=True)
class ArchivedEntry:
    """What is told of an entry among all the others."""

    id: str
    number: int
    kind: IncidentKind
    name: Localized
    status: Status
    impact: Impact
    started_at: datetime
    first_notice_after: int | None
    """Whole minutes from the start of the fault to the first notice; None where it has no sense."""
    resolved_at: datetime | None = None
    cancelled_at: datetime | None = None
    components: tuple[Localized, ...] = ()
    """The names of those that it names and that are not hidden."""

    @property
    def minutes(self) -> int | None:
        """Whole minutes from its start to its end; None while it is open, or if cancelled."""
        if self.resolved_at is None or self.cancelled_at is not None:
            return None
        return int((self.resolved_at - self.started_at).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class DayStatus:
    """One local day of a component."""

    day: date
    worst: ComponentStatus | None
    """The worst that it had on that day; None where nothing is known (it was not there yet)."""
    bad: int | None = 0
    """Whole minutes in which it was neither operational nor under planned maintenance; None for
    today, which is not over."""


@dataclass(frozen=True, slots=True)
class MonthUptime:
    """How much of a month a component worked; today is not counted."""

    month: str
    """As in "2020-12"."""
    uptime: float | None
    """A share from 0 to 1, by the rule of `status.uptime`. None where nothing is known."""
    bad: int = 0
    """Whole minutes in which it was neither operational nor under planned maintenance."""


@dataclass(frozen=True, slots=True)
class ComponentHistory:
    """How a component fared on the last 90 local days, of which the last one is today.

    Most days of most components are uneventful, so only the others are listed.
    """

    start: date
    """The first of the 90 days."""
    today: date
    known: date
    """The first of them on which the component was there."""
    marked: tuple[DayStatus, ...]
    """The days on which it was not operational all the time, oldest first."""
    uptime: float | None
    """Over these days without today, a share from 0 to 1, by the rule of `status.uptime`. None
    where nothing is known."""
    months: tuple[MonthUptime, ...] = ()
    """Newest first; empty on the home page."""

    @property
    def days(self) -> tuple[DayStatus, ...]:
        """Every one of the days, oldest first."""
        marked = {day.day: day for day in self.marked}
        count = (self.today - self.start).days + 1
        every = (self.start + timedelta(days=number) for number in range(count))
        return tuple(marked.get(day) or self._unmarked(day) for day in every)

    @property
    def bad(self) -> tuple[DayStatus, ...]:
        """The days with problems, oldest first; planned maintenance is none."""
        return tuple(day for day in self.marked if day.worst in BAD)

    def _unmarked(self, day: date) -> DayStatus:
        return DayStatus(day, None if day < self.known else ComponentStatus.OPERATIONAL)
