"""Incidents, planned work and advance notices: list, show, create, update, call off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents import actions, queries
from incidents.actions import Desk, Outcome
from incidents.errors import InvalidInput, NotFound
from incidents.models import Incident
from incidents.queries import Listing, Wanted
from incidents.status import CLOSED, ComponentStatus, IncidentKind, Status
from incidents.view import PublicIncident
from statuspage.api import _saying as saying
from statuspage.api._calls import Answer, Call, Paging
from statuspage.api._changing import Standing, is_news, must_stay
from statuspage.api._errors import Refused
from statuspage.api._inputs import IncidentBody, IncidentSaid
from statuspage.api._telling import Telling

PLANNED = (IncidentKind.MAINTENANCE, IncidentKind.ADVANCE_NOTICE)
_LISTS = {
    "": Wanted(),
    "unresolved": Wanted(kinds=(IncidentKind.INCIDENT,), only_open=True),
    "scheduled": Wanted(kinds=PLANNED, only_open=True),
    "upcoming": Wanted(kinds=PLANNED, statuses=(Status.SCHEDULED,), only_open=True),
    "active_maintenance": Wanted(
        kinds=PLANNED, statuses=(Status.IN_PROGRESS, Status.VERIFYING), only_open=True
    ),
}


def listed(call: Call[Any], which: str) -> Answer:
    """One of the lists, the newest first."""
    paging = call.paging()
    wanted = _LISTS[which]
    if which == "":
        wanted = Wanted(naming=_searched(call))
    with call.house.db.read() as session:
        listing = call.listing(session)
        found = listing.page(wanted, paging.number, paging.size)
        content = told(call, listing, list(found.entries))
    return Answer(content, paging=Paging(paging.number, paging.size, found.total))


def _searched(call: Call[Any]) -> str:
    said = call.query.get("q", "")
    if len(said) > 200 or not (said == "" or said.isprintable()):
        raise Refused(422, "q: should be 200 printable characters at most")
    return said


def told(call: Call[Any], listing: Listing, entries: list[PublicIncident]) -> list[dict[str, Any]]:
    """Entries as the API tells them."""
    query = select(Incident).where(Incident.id.in_([entry.id for entry in entries]))
    rows = {row.id: row for row in listing.session.scalars(query)}
    telling = Telling(call.house.service, listing.hidden())
    return [telling.incident(entry, rows[entry.id]) for entry in entries]


def one(call: Call[Any], listing: Listing) -> PublicIncident:
    """The entry of the path. Raises `NotFound`."""
    return listing.entries([_row(call, listing.session).id])[0]


def _row(call: Call[Any], session: Session) -> Incident:
    return queries.find_incident(session, call.args["incident_id"], "incident_id")


def shown(call: Call[Any]) -> Answer:
    with call.house.db.read() as session:
        listing = call.listing(session)
        return _answer(call, listing, one(call, listing))


def _answer(call: Call[Any], listing: Listing, entry: PublicIncident, status: int = 200) -> Answer:
    content = told(call, listing, [entry])[0]
    return Answer(content, status, etag=str(content["avviso"]["version"]))


def after(call: Call[Any], outcome: Outcome, status: int = 200) -> Answer:
    """What was done, as it is now; or that it waits for a second person."""
    if outcome.draft_id is not None:
        message = f"Not published: {outcome.why or 'it is kept as a draft'}"
        waiting = {"draft_id": outcome.draft_id, "why": outcome.why, "message": message}
        return Answer({**waiting, "status": "waiting"}, 202)
    with call.house.db.read() as session:
        listing = call.listing(session)
        found = listing.entries([outcome.incident_id or ""])
        return _answer(call, listing, found[0], status)


def create(call: Call[IncidentBody]) -> Answer:
    """Declare, schedule, or tell afterwards: by what is said of the times."""
    said = call.body.incident
    if said.name is None:
        raise InvalidInput("name: is missing")
    with call.house.db.read() as session:
        components = call.listing(session).components
    statuses = saying.statuses_in(said, components)
    work: Callable[[Desk, str, datetime, dict[str, Any]], Outcome]
    if said.backfilled:
        work, data = actions.backdate_incident, _backdated(call, said, statuses)
    elif said.scheduled_for is not None or said.kind in PLANNED:
        work, data = actions.schedule, _scheduled(call, said, statuses)
    else:
        work, data = actions.declare_incident, _declared(call, said, statuses)
    outcome = call.publish(lambda by, desk: work(desk, by.bearer.login, by.now, data), said)
    return after(call, outcome, 201)


def _first(call: Call[Any], said: IncidentSaid, kind: IncidentKind) -> dict[str, Any]:
    service = call.house.service
    names = saying.in_every_language(said.name or "", service)
    words = saying.words_in(said, names, service, saying.FIRST_WORDS[kind])
    return {"name": names, **words, **({"key": said.key} if said.key else {})}


def _declared(
    call: Call[Any], said: IncidentSaid, statuses: dict[str, ComponentStatus]
) -> dict[str, Any]:
    status = said.status or Status.INVESTIGATING
    if status in CLOSED:
        raise InvalidInput(
            f"status: an incident is not created as {status}; create it and then resolve it, or "
            "say backfilled with started_at and resolved_at"
        )
    extras = saying.extras_in(said, call.house.service)
    if status is Status.MONITORING:
        extras.setdefault("still_cannot", saying.our_words(saying.NOT_SAID_WHO, call.house.service))
    optional = {
        "impact": said.impact_override,
        "started_at": said.started_at,
        "from_notice": said.from_notice,
    }
    return {
        **_first(call, said, IncidentKind.INCIDENT),
        **extras,
        "status": status,
        "components": statuses,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _scheduled(
    call: Call[Any], said: IncidentSaid, statuses: dict[str, ComponentStatus]
) -> dict[str, Any]:
    kind = said.kind or IncidentKind.MAINTENANCE
    if said.scheduled_for is None or said.scheduled_until is None:
        missing = "scheduled_for" if said.scheduled_for is None else "scheduled_until"
        raise InvalidInput(f"{missing}: is missing; say from when to when")
    if said.status not in (None, Status.SCHEDULED):
        raise InvalidInput("status: what is planned is created as scheduled")
    planned = {
        key: ComponentStatus.UNDER_MAINTENANCE if status is ComponentStatus.OPERATIONAL else status
        for key, status in statuses.items()
    }
    return {
        **_first(call, said, kind),
        "kind": kind,
        "starts_at": said.scheduled_for,
        "ends_at": said.scheduled_until,
        "components": planned,
        "starts_itself": said.scheduled_auto_in_progress is not False,
        "ends_itself": said.scheduled_auto_completed is not False,
        "internal_note": said.internal_note,
    }


def _backdated(
    call: Call[Any], said: IncidentSaid, statuses: dict[str, ComponentStatus]
) -> dict[str, Any]:
    if said.started_at is None or said.resolved_at is None:
        missing = "started_at" if said.started_at is None else "resolved_at"
        raise InvalidInput(f"{missing}: is missing; what is told afterwards says from when to when")
    if not (said.body or said.texts or said.template):
        raise InvalidInput("body: is missing; say what happened")
    impact = {"impact": said.impact_override} if said.impact_override else {}
    return {
        **_first(call, said, IncidentKind.INCIDENT),
        **saying.extras_in(said, call.house.service),
        **impact,
        "components": statuses,
        "started_at": said.started_at,
        "resolved_at": said.resolved_at,
    }


def update(call: Call[IncidentBody]) -> Answer:
    """Say what is new. Where nothing is new, nothing is published."""
    said = call.body.incident
    with call.house.db.read() as session:
        row = _row(call, session)
        listing = call.listing(session)
        entry = listing.standing(row.id)
        statuses = saying.statuses_in(said, listing.components)
        notice = session.get(Incident, row.notice_id) if row.notice_id else None
        now = Standing(entry, row, notice, call.house.service)
        must_stay(said, now)
        if not is_news(said, now, statuses):
            if call.version not in (None, row.version) and call.done is None:
                raise Refused(412, f"If-Match: this is version {row.version} by now")
            return _answer(call, listing, one(call, listing))
    data = _updated(call, said, entry, statuses)
    outcome = call.publish(
        lambda by, desk: actions.post_update(desk, by.bearer.login, by.now, data), said
    )
    return after(call, outcome)


def _updated(
    call: Call[Any],
    said: IncidentSaid,
    entry: PublicIncident,
    statuses: dict[str, ComponentStatus],
) -> dict[str, Any]:
    service = call.house.service
    status = said.status or entry.status
    if status is Status.RESOLVED and entry.status is not Status.RESOLVED:
        statuses = {**saying.recovered(entry), **statuses}
    extras = saying.extras_in(said, service)
    if status is Status.MONITORING and saying.nobody_is_bad(entry, statuses):
        extras.setdefault("still_cannot", saying.our_words(saying.NOT_SAID_WHO, service))
    data = {
        "incident": entry.id,
        "components": statuses,
        **saying.words_in(said, entry.name, service, saying.LATER_WORDS.get(status)),
        **extras,
    }
    optional = {
        "status": said.status,
        "key": said.key,
        "impact": said.impact_override,
        "version": call.version,
    }
    return {**data, **{name: value for name, value in optional.items() if value is not None}}


def call_off(call: Call[Any]) -> Answer:
    """Cancel what has not begun. What was published does not disappear: everything else is
    refused in words."""
    with call.house.db.read() as session:
        entry = one(call, call.listing(session))
    if entry.kind is IncidentKind.INCIDENT:
        raise Refused(
            422,
            "incident_id: what was published does not disappear; resolve the incident, or correct "
            "an update of it",
        )
    outcome = call.act(
        lambda by, desk: actions.cancel(desk, by.bearer.login, by.now, entry.id, by.version)
    )
    return after(call, outcome)


def update_of(call: Call[Any], session: Session) -> tuple[PublicIncident, int]:
    """The entry of the path, and the number of its update there. Raises `NotFound`."""
    entry = one(call, call.listing(session))
    wanted = call.args["incident_update_id"]
    for told_then in entry.updates:
        if wanted in (told_then.id, str(told_then.number)):
            return entry, told_then.number
    raise NotFound(f"incident_update_id: this incident has no update {wanted!r}")
