"""What one page shows at one moment, whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from incidents.hours import StaffedDay
from incidents.status import Impact
from incidents.view._entries import (
    ArchivedEntry,
    ComponentHistory,
    MonthUptime,
    PublicAnswer,
    PublicComponent,
    PublicGroup,
    PublicIncident,
    PublicPublication,
)
from incidents.view._service import Service


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
    histories: Mapping[str, ComponentHistory] = field(default_factory=dict)
    """By component id, without months."""
    latest_month: str | None = None
    """The newest month that has a history page, "2020-12"."""
    hours: StaffedDay | None = None
    """When people answer, seen from `checked_at`; None where no hours are set."""


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
    publications: tuple[PublicPublication, ...] = ()
    """All of its own, newest first."""
    followed: bool = False
    """Whether it has a feed of its own: while it is open, and for 30 days after."""


@dataclass(frozen=True, slots=True)
class ComponentView:
    """One component's page, feeds and calendar."""

    service: Service
    today: date
    component: PublicComponent
    history: ComponentHistory
    group: PublicGroup | None = None
    incidents: tuple[PublicIncident, ...] = ()
    """The newest 50 entries that name it, of every kind, newest first."""
    publications: tuple[PublicPublication, ...] = ()
    """The newest 50 of those entries, newest first."""
    latest_month: str | None = None
    """The newest month that has a history page, "2020-12"."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Every entry there is, newest first."""

    service: Service
    entries: tuple[ArchivedEntry, ...]


@dataclass(frozen=True, slots=True)
class MonthView:
    """One month of history: entries that started in it, newest first, with neighbouring months."""

    service: Service
    month: str
    incidents: tuple[PublicIncident, ...]
    previous: str | None = None
    next: str | None = None
    fared: tuple[tuple[PublicComponent, MonthUptime], ...] = ()
    """How the components worked that were there in it, in their order."""
