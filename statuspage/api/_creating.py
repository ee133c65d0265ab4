"""From what a client says of something new to an action and what it takes.

Each kind has fields that say nothing of it: they are refused by their names, so that none of them
is taken and forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from incidents import actions, proposed
from incidents.actions import Desk, Outcome
from incidents.actions.schedule import impact_of_plan
from incidents.errors import InvalidInput
from incidents.proposed import Chosen
from incidents.status import CLOSED, ComponentStatus, IncidentKind, Status
from incidents.view import PublicComponent
from statuspage.api import _saying as saying
from statuspage.api._calls import Call
from statuspage.api._inputs import IncidentSaid

PLANNED = (IncidentKind.MAINTENANCE, IncidentKind.ADVANCE_NOTICE)

Data = dict[str, Any]
Statuses = Mapping[str, ComponentStatus]
Action = Callable[[Desk, str, datetime, Data], Outcome]

_AFTERWARDS = "say backfilled with started_at and resolved_at for what is over"
_NOT_PLANNED = "is not said of planned work or an advance notice; leave it out"
_OVER = "is not said of what is over; leave it out"


def creating(
    call: Call[Any], said: IncidentSaid, statuses: Statuses, components: Sequence[PublicComponent]
) -> tuple[Action, Data]:
    """The action, and its input. Raises `InvalidInput`."""
    named = [(part.name, statuses[part.key]) for part in components if part.key in statuses]
    if said.backfilled:
        return actions.backdate_incident, _backdated(call, said, statuses, named)
    if said.scheduled_for is not None or said.kind in PLANNED:
        return actions.schedule, _scheduled(call, said, statuses, named)
    return actions.declare_incident, _declared(call, said, statuses, named)


def _must_not_say(said: IncidentSaid, fixes: Mapping[str, str]) -> None:
    given = [field for field in fixes if getattr(said, field) is not None]
    if given:
        raise InvalidInput(*(f"{field}: {fixes[field]}" for field in given))


def _first(call: Call[Any], said: IncidentSaid, kind: IncidentKind, named: Chosen) -> Data:
    names = _names(call, said, kind, named)
    words = saying.words_in(said, names, call.house.service, saying.FIRST_WORDS[kind])
    return {"name": names, **words, **({"key": said.key} if said.key else {})}


def _names(
    call: Call[Any], said: IncidentSaid, kind: IncidentKind, named: Chosen
) -> dict[str, str]:
    """What it is called, else what it could be called. Raises `InvalidInput`."""
    service, words = call.house.service, call.house.desk.texts.words
    if said.name is not None:
        return saying.in_every_language(said.name, service)
    if kind is IncidentKind.INCIDENT:
        names = proposed.declared_name(named, service, words)
    else:
        names = proposed.planned_name(kind, named, service, words)
    if not names:
        raise InvalidInput("name: is missing")
    return names


def _declared(call: Call[Any], said: IncidentSaid, statuses: Statuses, named: Chosen) -> Data:
    status = said.status or Status.INVESTIGATING
    if status in CLOSED:
        raise InvalidInput(
            f"status: an incident is not created as {status}; create it and then resolve it, or "
            "say backfilled with started_at and resolved_at"
        )
    _must_not_say(said, {"scheduled_until": "comes with scheduled_for", "resolved_at": _AFTERWARDS})
    extras = saying.extras_in(said, call.house.service)
    if status is Status.MONITORING:
        extras.setdefault("still_cannot", call.our_words(proposed.NOT_SAID_WHO))
    optional = {
        "impact": said.impact_override,
        "started_at": said.started_at,
        "from_notice": said.from_notice,
    }
    return {
        **_first(call, said, IncidentKind.INCIDENT, named),
        **extras,
        "status": status,
        "components": statuses,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _scheduled(call: Call[Any], said: IncidentSaid, statuses: Statuses, named: Chosen) -> Data:
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
        **_first(call, said, kind, named),
        **saying.extras_in(said, call.house.service),
        "kind": kind,
        "starts_at": said.scheduled_for,
        "ends_at": said.scheduled_until,
        "components": planned,
        "starts_itself": said.scheduled_auto_in_progress is not False,
        "ends_itself": said.scheduled_auto_completed is not False,
    }


def _backdated(call: Call[Any], said: IncidentSaid, statuses: Statuses, named: Chosen) -> Data:
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
        **_first(call, said, IncidentKind.INCIDENT, named),
        **saying.extras_in(said, call.house.service),
        **impact,
        "components": statuses,
        "started_at": said.started_at,
        "resolved_at": said.resolved_at,
    }
