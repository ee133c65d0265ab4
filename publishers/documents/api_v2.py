"""`/api/v2/*.json`, exactly as Atlassian Statuspage gives them, so that its clients work here.

Scheduled maintenances include advance notices, which live the same life. Each language has its
own tree; descriptions of the page's state are always English, as clients may expect.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from incidents.status import Impact, IncidentKind, Status
from incidents.view import Overview, PublicIncident
from publishers.documents._base import Document, locale_prefix
from publishers.documents._v2 import Json, Objects

DESCRIPTIONS: Mapping[Impact, str] = {
    Impact.NONE: "All Systems Operational",
    Impact.MINOR: "Partially Degraded Service",
    Impact.MAJOR: "Partial System Outage",
    Impact.CRITICAL: "Major Service Outage",
    Impact.MAINTENANCE: "Service Under Maintenance",
}
_RUNNING = frozenset({Status.IN_PROGRESS, Status.VERIFYING})


def overview(view: Overview) -> Iterator[Document]:
    """The eight replies of every locale."""
    for locale in view.service.locales:
        prefix = f"{locale_prefix(view.service, locale)}api/v2/"
        objects = Objects(view.service, locale, view)
        page = objects.page()
        for name, content in _replies(view, objects).items():
            yield Document(f"{prefix}{name}.json", _json({"page": page, **content}))


def _replies(view: Overview, objects: Objects) -> Mapping[str, Json]:
    """What follows the page in each reply, by file name."""
    components = list(objects.components())
    status = {"indicator": view.indicator, "description": DESCRIPTIONS[view.indicator]}
    unresolved = [objects.incident(entry) for entry in _unresolved(view)]
    planned = [(entry, objects.incident(entry)) for entry in _planned(view)]
    active = [told for entry, told in planned if entry.open and entry.status in _RUNNING]
    upcoming = [
        told for entry, told in reversed(planned) if entry.open and entry.status is Status.SCHEDULED
    ]
    return {
        "summary": {
            "components": components,
            "incidents": unresolved,
            "scheduled_maintenances": [*active, *upcoming],
            "status": status,
        },
        "status": {"status": status},
        "components": {"components": components},
        "incidents": {"incidents": [objects.incident(entry) for entry in view.incidents]},
        "incidents/unresolved": {"incidents": unresolved},
        "scheduled-maintenances": {"scheduled_maintenances": [told for _, told in planned]},
        "scheduled-maintenances/active": {"scheduled_maintenances": active},
        "scheduled-maintenances/upcoming": {"scheduled_maintenances": upcoming},
    }


def _unresolved(view: Overview) -> list[PublicIncident]:
    """Newest first; from all that is open, for an old one may be beyond the newest 50."""
    found = [entry for entry in view.active if entry.kind is IncidentKind.INCIDENT and entry.open]
    return sorted(found, key=lambda entry: entry.created_at, reverse=True)


def _planned(view: Overview) -> list[PublicIncident]:
    """Maintenances and advance notices, the latest scheduled first."""
    everywhere = (*view.maintenances, *view.active, *view.upcoming, *view.past)
    found = {entry.id: entry for entry in everywhere if entry.kind is not IncidentKind.INCIDENT}
    return sorted(found.values(), key=_scheduled, reverse=True)


def _scheduled(entry: PublicIncident) -> datetime:
    return entry.scheduled_for or entry.started_at


def _json(reply: Json) -> bytes:
    return json.dumps(reply, ensure_ascii=False, separators=(",", ":")).encode()
