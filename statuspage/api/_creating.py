"""From what a client says of something new to an action and what it takes.

Each kind has fields that say nothing of it: they are refused by their names, so that none of them
is taken and forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from incidents import actions
from incidents.actions import Desk, Outcome
from incidents.actions.schedule import impact_of_plan
from incidents.errors import InvalidInput
from incidents.status import CLOSED, ComponentStatus, IncidentKind, Status
from incidents.view import Service
from statuspage.api import _saying as saying
from statuspage.api._inputs import IncidentSaid

PLANNED = (IncidentKind.MAINTENANCE, IncidentKind.ADVANCE_NOTICE)

Data = dict[str, Any]
Statuses = Mapping[str, ComponentStatus]
Action = Callable[[Desk, str, datetime, Data], Outcome]

_AFTERWARDS = "say backfilled with started_at and resolved_at for what is over"
_NOT_PLANNED = "is not said of planned work or an advance notice; leave it out"
_OVER = "is not said of what is over; leave it out"


def creating(said: IncidentSaid, statuses: Statuses, service: Service) -> tuple[Action, Data]:
    """The action, and its input. Raises `InvalidInput`."""
    if said.name is None:
        raise InvalidInput("name: is missing")
    if said.backfilled:
        return actions.backdate_incident, _backdated(said, statuses, service)
    if said.scheduled_for is not None or said.kind in PLANNED:
        return actions.schedule, _scheduled(said, statuses, service)
    return actions.declare_incident, _declared(said, statuses, service)


def _must_not_say(said: IncidentSaid, fixes: Mapping[str, str]) -> None:
    given = [field for field in fixes if getattr(said, field) is not None]
    if given:
        raise InvalidInput(*(f"{field}: {fixes[field]}" for field in given))


def _first(said: IncidentSaid, service: Service, kind: IncidentKind) -> Data:
    names = saying.in_every_language(said.name or "", service)
    words = saying.words_in(said, names, service, saying.FIRST_WORDS[kind])
    return {"name": names, **words, **({"key": said.key} if said.key else {})}


def _declared(said: IncidentSaid, statuses: Statuses, service: Service) -> Data:
    status = said.status or Status.INVESTIGATING
    if status in CLOSED:
        raise InvalidInput(
            f"status: an incident is not created as {status}; create it and then resolve it, or "
            "say backfilled with started_at and resolved_at"
        )
    _must_not_say(said, {"scheduled_until": "comes with scheduled_for", "resolved_at": _AFTERWARDS})
    extras = saying.extras_in(said, service)
    if status is Status.MONITORING:
        extras.setdefault("still_cannot", saying.our_words(saying.NOT_SAID_WHO, service))
    optional = {
        "impact": said.impact_override,
        "started_at": said.started_at,
        "from_notice": said.from_notice,
    }
    return {
        **_first(said, service, IncidentKind.INCIDENT),
        **extras,
        "status": status,
        "components": statuses,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _scheduled(said: IncidentSaid, statuses: Statuses, service: Service) -> Data:
    kind = said.kind or IncidentKind.MAINTENANCE
    if said.scheduled_for is None or said.scheduled_until is None:
        missing = "scheduled_for" if said.scheduled_for is None else "scheduled_until"
        raise InvalidInput(f"{missing}: is missing; say from when to when")
    if said.status not in (None, Status.SCHEDULED):
        raise InvalidInput("status: what is planned is created as scheduled")
    if said.impact_override not in (None, impact_of_plan(kind)):
        raise InvalidInput(f"impact_override: {_NOT_PLANNED}")
    alone = ("next_update_by", "still_cannot", "started_at", "resolved_at", "from_notice")
    _must_not_say(said, dict.fromkeys(alone, _NOT_PLANNED))
    planned = {
        key: ComponentStatus.UNDER_MAINTENANCE if status is ComponentStatus.OPERATIONAL else status
        for key, status in statuses.items()
    }
    return {
        **_first(said, service, kind),
        **saying.extras_in(said, service),
        "kind": kind,
        "starts_at": said.scheduled_for,
        "ends_at": said.scheduled_until,
        "components": planned,
        "starts_itself": said.scheduled_auto_in_progress is not False,
        "ends_itself": said.scheduled_auto_completed is not False,
    }


def _backdated(said: IncidentSaid, statuses: Statuses, service: Service) -> Data:
    if said.started_at is None or said.resolved_at is None:
        missing = "started_at" if said.started_at is None else "resolved_at"
        raise InvalidInput(f"{missing}: is missing; what is told afterwards says from when to when")
    if not (said.body or said.texts or said.template):
        raise InvalidInput("body: is missing; say what happened")
    if said.status not in (None, Status.RESOLVED):
        raise InvalidInput("status: what is told afterwards is resolved")
    if said.kind in PLANNED:
        raise InvalidInput("kind: only an incident is told afterwards")
    _must_not_say(said, dict.fromkeys(("scheduled_for", "scheduled_until", "from_notice"), _OVER))
    impact = {"impact": said.impact_override} if said.impact_override else {}
    return {
        **_first(said, service, IncidentKind.INCIDENT),
        **saying.extras_in(said, service),
        **impact,
        "components": statuses,
        "started_at": said.started_at,
        "resolved_at": said.resolved_at,
    }
