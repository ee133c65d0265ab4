"""Incidents, planned work and advance notices: list, show, create, update, call off."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents import actions, proposed, queries
from incidents.actions import Outcome
from incidents.errors import NotFound
from incidents.models import Incident
from incidents.queries import Listing, Wanted
from incidents.status import ComponentStatus, IncidentKind, Status
from incidents.view import PublicIncident
from statuspage.api import _saying as saying
from statuspage.api._calls import Answer, Call, Paging
from statuspage.api._changing import Standing, is_news, must_stay
from statuspage.api._creating import PLANNED, creating
from statuspage.api._errors import Refused
from statuspage.api._inputs import IncidentBody, IncidentSaid
from statuspage.api._telling import Telling

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
    return listing.entries([row_of(call, listing.session).id])[0]


def row_of(call: Call[Any], session: Session) -> Incident:
    """The same as it is kept."""
    return queries.find_incident(session, call.args["incident_id"], "incident_id")


def must_be_seen(call: Call[Any], row: Incident) -> None:
    """Raises `Refused` where the client saw another version; what it did itself does not count."""
    if call.version not in (None, row.version) and call.done is None:
        raise Refused(412, f"If-Match: this is version {row.version} by now")


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
    with call.house.db.read() as session:
        components = call.listing(session).components
    statuses = saying.statuses_in(said, components)
    work, data = creating(call, said, statuses, components)
    outcome = call.publish(lambda by, desk: work(desk, by.bearer.login, by.now, data), said)
    return after(call, outcome, 201)


def update(call: Call[IncidentBody]) -> Answer:
    """Say what is new. Where nothing is new, nothing is published."""
    said = call.body.incident
    with call.house.db.read() as session:
        row = row_of(call, session)
        listing = call.listing(session)
        entry = listing.standing(row.id)
        statuses = saying.statuses_in(said, listing.components)
        notice = session.get(Incident, row.notice_id) if row.notice_id else None
        now = Standing(entry, row, notice, call.house.service)
        must_stay(said, now)
        if not is_news(said, now, statuses):
            must_be_seen(call, row)
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
        extras.setdefault("still_cannot", call.our_words(proposed.NOT_SAID_WHO))
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
