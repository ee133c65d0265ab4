"""Every read. What goes to the public leaves here as the frozen views of `view`."""

from __future__ import annotations

from incidents.queries._kept import Kept
from incidents.queries._looking_up import (
    broken_channels,
    channel_states,
    component_history,
    components,
    deliveries,
    drafts,
    find_draft,
    find_incident,
    find_update,
    incidents,
    operators,
    page_id,
)
from incidents.queries._news import News, news
from incidents.queries._reader import NEWEST, PAST_DAYS, Reader
from incidents.queries._readings import Promises, Readiness, Readings, readiness, readings
from incidents.queries._rows import answer_dates
from incidents.queries._touched import (
    FOLLOWED_DAYS,
    Touched,
    everything,
    last_event,
    last_public_event,
    local_day,
    minute,
    neighbouring_months,
    next_change,
    touched,
)

__all__ = [
    "FOLLOWED_DAYS",
    "NEWEST",
    "PAST_DAYS",
    "Kept",
    "News",
    "Promises",
    "Reader",
    "Readiness",
    "Readings",
    "Touched",
    "answer_dates",
    "broken_channels",
    "channel_states",
    "component_history",
    "components",
    "deliveries",
    "drafts",
    "everything",
    "find_draft",
    "find_incident",
    "find_update",
    "incidents",
    "last_event",
    "last_public_event",
    "local_day",
    "minute",
    "neighbouring_months",
    "news",
    "next_change",
    "operators",
    "page_id",
    "readiness",
    "readings",
    "touched",
]
