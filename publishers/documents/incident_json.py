"""`/incidents/{id}.json`: one entry, as the public API v2 gives it inside its lists.

Statuspage's hosts have that address too, but no capture tells what it answers: here it is the
entry's object by itself, without the page around it. Its components are as this entry named and
left them, not as they are now: the file of what is over does not change any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from incidents.view import IncidentView, PublicIncident, Service
from publishers.documents._base import Document, locale_prefix
from publishers.documents._v2 import Entries


def incident(service: Service, incident_id: str, view: IncidentView | None) -> Iterator[Document]:
    """incidents/{id}.json of every locale."""
    for locale in service.locales:
        path = f"{locale_prefix(service, locale)}incidents/{incident_id}.json"
        if view is None:
            yield Document(path, None)
        else:
            told = Entries(service, locale).incident(_by_itself(view.incident))
            text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
            yield Document(path, text.encode())


def _by_itself(entry: PublicIncident) -> PublicIncident:
    named = {part.component_id: part for part in entry.affected}
    components = tuple(
        replace(
            component,
            name=named[component.id].name,
            status=named[component.id].status,
            description={},
            group_id=None,
            position=position,
            updated_at=entry.updated_at,
            only_show_if_degraded=False,
        )
        for position, component in enumerate(entry.components, 1)
        if component.id in named
    )
    return replace(entry, components=components)
