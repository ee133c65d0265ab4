"""What the public may see: frozen, complete, with every date already worked out.

Built by `queries` (and only there), rendered by `publishers.documents`. Whatever is not in these
classes cannot leak: there is no draft, no internal note and no operator in them.
All datetimes are aware; documents show them in `Service.time_zone`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from incidents.status import (
    ComponentStatus,
    Impact,
    IncidentKind,
    PublicationKind,
    Status,
)

Localized = Mapping[str, str]
"""One text per locale, e.g. {"it": "Portafoglio", "en": "Wallet"}; a locale may be missing."""


@dataclass(frozen=True, slots=True)
class Service:
    """The service that the page reports on, from the settings."""

    id: str
    """12 lower-case letters and digits; Statuspage's page id."""
    name: Localized
    url: str
    """Where the page lives, without a slash at its end."""
    time_zone: ZoneInfo
    locales: tuple[str, ...]
    default_locale: str


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
    reason: Localized


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


@dataclass(frozen=True, slots=True)
class HomeView:
    """What the home page shows at one moment."""

    service: Service
    checked_at: datetime
    """The minute of rendering; the page prints it as "last checked"."""
    today: date
    """The day in the service's zone."""
    indicator: Impact
    updated_at: datetime
    """When anything public last changed."""
    groups: tuple[PublicGroup, ...] = ()
    components: tuple[PublicComponent, ...] = ()
    active: tuple[PublicIncident, ...] = ()
    """Open incidents and work or notices in progress, the latest update first."""
    upcoming: tuple[PublicIncident, ...] = ()
    """Scheduled maintenances and advance notices, the next first."""
    past: tuple[PublicIncident, ...] = ()
    """Closed within the last 14 days, newest first."""
    answers: tuple[PublicAnswer, ...] = ()
    """Attached to the page, a component or an open incident, each once."""
    latest_month: str | None = None
    """The newest month that has a history page, "2020-12"."""


@dataclass(frozen=True, slots=True)
class Overview(HomeView):
    """The state of the whole page: home, answers, feeds and the v2 API."""

    publications: tuple[PublicPublication, ...] = ()
    """The newest 50, newest first."""
    incidents: tuple[PublicIncident, ...] = ()
    """The newest 50 incidents, any status, newest first."""
    maintenances: tuple[PublicIncident, ...] = ()
    """The newest 50 scheduled maintenances and all open ones, newest first."""


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One incident's page."""

    service: Service
    today: date
    incident: PublicIncident


@dataclass(frozen=True, slots=True)
class MonthView:
    """One month of history: entries that started in it, newest first, with neighbouring months."""

    service: Service
    month: str
    incidents: tuple[PublicIncident, ...]
    previous: str | None = None
    next: str | None = None


def choose(texts: Mapping[str, object], locale: str, default: str) -> str | None:
    """The locale to show a text in: the one asked for, else the default, else any there is."""
    for candidate in (locale, default):
        if texts.get(candidate):
            return candidate
    return next((key for key, value in texts.items() if value), None)
