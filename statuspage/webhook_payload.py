"""Statuspage's webhook messages, one for each language: about an entry, or a component's change.

What receivers were written against is the shape that was captured from Statuspage, keys and order
included; nothing is added. `meta.unsubscribe` differs from receiver to receiver and is put in by
the list's carrier.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from incidents import queries
from incidents.models import ComponentChange
from incidents.queries import Reader
from incidents.status import IncidentKind, PublicationKind, Status
from incidents.view import IncidentView, Service
from publishers.documents._base import page_url
from publishers.documents._v2 import Entries, timestamp
from publishers.documents.api_v2 import DESCRIPTIONS

Json = dict[str, Any]

_INCIDENT = (
    "name",
    "status",
    "created_at",
    "updated_at",
    "monitoring_at",
    "resolved_at",
    "impact",
    "shortlink",
)
_COMPONENT = (
    "status",
    "name",
    "created_at",
    "updated_at",
    "position",
    "description",
    "showcase",
    "id",
    "page_id",
    "group_id",
)
_DIGITS = "0123456789bcdfghjklmnpqrstvwxyz"
_ID = 12


def incident_messages(reader: Reader, incident_id: str) -> Mapping[str, Json]:
    """What is told of an entry, by locale; empty where there is no such entry."""
    view = reader.incident(incident_id)
    if view is None:
        return {}
    row = queries.find_incident(reader.session, incident_id)
    planned = view.incident.kind is not IncidentKind.INCIDENT
    itself = planned and row.starts_itself, planned and row.ends_itself

    def told(entries: Entries) -> Json:
        return {"incident": _incident(entries, view, itself)}

    return _messages(reader, told)


def change_messages(reader: Reader, change: ComponentChange) -> Mapping[str, Json]:
    """What is told of a component's new status, by locale; empty where it is hidden."""
    component = reader.visible(change.component_id)
    if component is None:
        return {}
    update = {
        "old_status": change.old_status,
        "new_status": change.new_status,
        "created_at": timestamp(reader.service, change.at),
        "component_type": "Component",
        "id": _change_id(reader.service, change),
        "component_id": component.id,
    }

    def told(entries: Entries) -> Json:
        shown = _picked(entries.component(component), _COMPONENT)
        # As it was told then: by now it may be another one, which is told of by itself.
        return {"component": shown | {"status": change.new_status}, "component_update": update}

    return _messages(reader, told)


def _messages(reader: Reader, told: Callable[[Entries], Json]) -> Mapping[str, Json]:
    service, indicator = reader.service, reader.indicator()
    page = {
        "id": service.id,
        "status_indicator": indicator,
        "status_description": DESCRIPTIONS[indicator],
    }
    return {
        locale: {
            "meta": {
                "documentation": page_url(service, locale, "subscribe/"),
                "generated_at": timestamp(service, reader.now),
            },
            "page": page,
            **told(Entries(service, locale)),
        }
        for locale in service.locales
    }


def _incident(entries: Entries, view: IncidentView, itself: tuple[bool, bool]) -> Json:
    """`itself` says whether planned work starts, and ends, without anybody."""
    entry = view.incident
    whole = entries.incident(entry)
    reminded = [p.at for p in view.publications if p.kind is PublicationKind.REMINDER]
    return {
        **_picked(whole, _INCIDENT),
        **_postmortem(whole["incident_updates"]),
        "backfilled": entry.backdated,
        "scheduled_for": whole.get("scheduled_for"),
        "scheduled_until": whole.get("scheduled_until"),
        "scheduled_remind_prior": bool(reminded),
        "scheduled_reminded_at": timestamp(entries.service, reminded[0]) if reminded else None,
        "impact_override": None,
        "scheduled_auto_in_progress": itself[0],
        "scheduled_auto_completed": itself[1],
        "id": entry.id,
        "page_id": entries.service.id,
        "incident_updates": [_update(update) for update in whole["incident_updates"]],
        "components": [_picked(component, _COMPONENT) for component in whole["components"]],
    }


def _postmortem(updates: list[Json]) -> Json:
    """The newest update that is one, of updates that are the newest first."""
    found = [update for update in updates if update["status"] == Status.POSTMORTEM]
    newest = found[0] if found else {}
    return {
        "postmortem_ignored": False,
        "postmortem_body": newest.get("body"),
        "postmortem_body_last_updated_at": newest.get("updated_at"),
        "postmortem_published_at": found[-1]["created_at"] if found else None,
        "postmortem_notified_subscribers": bool(newest.get("deliver_notifications")),
        "postmortem_notified_twitter": bool(newest.get("tweet_id")),
    }


def _update(update: Json) -> Json:
    return {
        "status": update["status"],
        "body": update["body"],
        "created_at": update["created_at"],
        "wants_twitter_update": False,
        "twitter_updated_at": None,
        "updated_at": update["updated_at"],
        "display_at": update["display_at"],
        "affected_components": update["affected_components"],
        "custom_tweet": update["custom_tweet"],
        "deliver_notifications": update["deliver_notifications"],
        "id": update["id"],
        "incident_id": update["incident_id"],
    }


def _picked(whole: Json, keys: tuple[str, ...]) -> Json:
    return {key: whole[key] for key in keys}


def _change_id(service: Service, change: ComponentChange) -> str:
    """Twelve letters and digits, as Statuspage's ids are, and always the same ones."""
    number = int.from_bytes(hashlib.sha256(f"{service.id} {change.id}".encode()).digest())
    letters = []
    for _ in range(_ID):
        number, rest = divmod(number, len(_DIGITS))
        letters.append(_DIGITS[rest])
    return "".join(letters)
