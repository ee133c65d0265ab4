"""What the public may see: frozen, complete, with every date already worked out.

Built by `queries` (and only there), rendered by `publishers.documents`. Whatever is not in these
classes cannot leak: there is no draft, no internal note and no operator in them.
All datetimes are aware; documents show them in `Service.time_zone`.
"""

from __future__ import annotations

from incidents.hours import StaffedDay, StaffedHours
from incidents.view._entries import (
    AffectedComponent,
    ArchivedEntry,
    ComponentHistory,
    DayStatus,
    MonthUptime,
    PublicAnswer,
    PublicChange,
    PublicComponent,
    PublicCorrection,
    PublicFigure,
    PublicGroup,
    PublicIncident,
    PublicPost,
    PublicPublication,
    PublicRetraction,
    PublicText,
    PublicUpdate,
)
from incidents.view._pages import (
    Archive,
    ComponentView,
    HomeView,
    IncidentView,
    MonthView,
    Overview,
)
from incidents.view._service import (
    Account,
    Contacts,
    Lists,
    Localized,
    Logo,
    Privacy,
    Service,
    Theme,
    choose,
)

__all__ = [
    "Account",
    "AffectedComponent",
    "Archive",
    "ArchivedEntry",
    "ComponentHistory",
    "ComponentView",
    "Contacts",
    "DayStatus",
    "HomeView",
    "IncidentView",
    "Lists",
    "Localized",
    "Logo",
    "MonthUptime",
    "MonthView",
    "Overview",
    "Privacy",
    "PublicAnswer",
    "PublicChange",
    "PublicComponent",
    "PublicCorrection",
    "PublicFigure",
    "PublicGroup",
    "PublicIncident",
    "PublicPost",
    "PublicPublication",
    "PublicRetraction",
    "PublicText",
    "PublicUpdate",
    "Service",
    "StaffedDay",
    "StaffedHours",
    "Theme",
    "choose",
]
