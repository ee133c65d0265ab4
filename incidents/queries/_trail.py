"""The audit trail: who did what and when, found by person, kind, entry and days.

Read by the events' number from the newest on, so that a page of it costs the same however long
the trail is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.models import Event, Incident, Operator
from incidents.queries._looking_up import find_incident

_OF_DRAFTS = (
    "draft_saved",
    "draft_changed",
    "draft_approved",
    "draft_published",
    "draft_discarded",
)
_TAKEN_UPON = ("approval_overridden", "published_despite")
_TOLD = (
    "incident_declared",
    "update_posted",
    "update_corrected",
    "update_retracted",
    "incident_backdated",
    "scheduled",
)
_CHUNK = 500
"""Events that are read at once for an export."""


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which events are asked for; what is left out does not matter."""

    person: str | None = None
    """A login; "" for what nobody did: the worker notes posts by itself."""
    kind: str | None = None
    entry: str | None = None
    """An entry's number, id or key."""
    since: datetime | None = None
    until: datetime | None = None
    """Before this instant."""


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """One event with the names of those whom it speaks of."""

    seq: int
    at: datetime
    kind: str
    login: str
    """Who did it; "" where nobody did."""
    name: str
    entry_id: str | None
    entry_number: int | None
    entry_name: Mapping[str, str]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Some events, newest first."""

    events: Sequence[TrailEvent]
    older: int | None
    """Whoever wants older ones asks for those before this number; None where there are none."""


def trail(
    session: Session, asked: TrailFilter, before: int | None = None, limit: int = 50
) -> TrailPage:
    """A page of the trail, newest first. Raises `NotFound` for an entry that there is not."""
    query = _query(session, asked)
    if query is None:
        return TrailPage((), None)
    if before is not None:
        query = query.where(Event.seq < before)
    rows = session.scalars(query.order_by(Event.seq.desc()).limit(limit + 1)).all()
    older = rows[limit - 1].seq if len(rows) > limit else None
    return TrailPage(_named(session, rows[:limit]), older)


def whole_trail(session: Session, asked: TrailFilter) -> Iterator[TrailEvent]:
    """Everything that is asked for, newest first, read in pieces. Raises `NotFound`."""
    before: int | None = None
    while True:
        page = trail(session, asked, before, _CHUNK)
        yield from page.events
        if page.older is None:
            return
        before = page.older
        session.expunge_all()


def event_kinds(session: Session) -> list[str]:
    """The kinds of events that the trail holds, by name.

    From one to the next by the index: to look through all events would take a second.
    """
    found: list[str] = []
    following = session.scalar(select(Event.kind).order_by(Event.kind).limit(1))
    while following is not None:
        found.append(following)
        later = select(Event.kind).where(Event.kind > following).order_by(Event.kind).limit(1)
        following = session.scalar(later)
    return found


def draft_events(session: Session, draft_id: str) -> list[TrailEvent]:
    """What became of a draft, the oldest first; also of one that is not there any more."""
    query = select(Event).where(
        Event.kind.in_(_OF_DRAFTS), Event.data["draft"].as_string() == draft_id
    )
    return _named(session, session.scalars(query.order_by(Event.seq)).all())


def published_as(session: Session, event: TrailEvent) -> int | None:
    """The number of the entry that a draft was published in, by the event that says that it was."""
    query = (
        select(Incident.number)
        .join(Event, Event.incident_id == Incident.id)
        .where(Event.seq > event.seq, Event.kind.in_(_TOLD))
    )
    return session.scalar(query.order_by(Event.seq).limit(1))


def taken_upon(session: Session, incident_id: str) -> list[TrailEvent]:
    """What operators took upon themselves for an entry, the oldest first: no second person, or
    in spite of what the checks said."""
    query = select(Event).where(Event.incident_id == incident_id, Event.kind.in_(_TAKEN_UPON))
    return _named(session, session.scalars(query.order_by(Event.seq)).all())


def _query(session: Session, asked: TrailFilter) -> Any | None:
    """The statement without its order; None where nothing can be found."""
    query = select(Event)
    if asked.person is not None:
        person = None
        if asked.person:
            person = session.scalar(select(Operator.id).where(Operator.login == asked.person))
            if person is None:
                return None
        query = query.where(Event.operator_id == person)
    if asked.kind is not None:
        query = query.where(Event.kind == asked.kind)
    if asked.entry is not None:
        query = query.where(Event.incident_id == find_incident(session, asked.entry, "entry").id)
    # By number, which every other index goes on with; by time they would be sorted.
    if asked.since is not None:
        first = _seq(session, select(Event.seq).where(Event.at >= asked.since), newest=False)
        if first is None:
            return None
        query = query.where(Event.seq >= first)
    if asked.until is not None:
        last = _seq(session, select(Event.seq).where(Event.at < asked.until), newest=True)
        if last is None:
            return None
        query = query.where(Event.seq <= last)
    return query


def _seq(session: Session, query: Any, *, newest: bool) -> int | None:
    order = (Event.at.desc(), Event.seq.desc()) if newest else (Event.at, Event.seq)
    seq: int | None = session.scalar(query.order_by(*order).limit(1))
    return seq


def _named(session: Session, rows: Sequence[Event]) -> list[TrailEvent]:
    people = {row.id: row for row in session.scalars(select(Operator))}
    ids = {row.incident_id for row in rows if row.incident_id}
    found = session.execute(
        select(Incident.id, Incident.number, Incident.name).where(Incident.id.in_(ids))
    )
    entries = {row.id: row for row in found}
    return [_told(row, people, entries) for row in rows]


def _told(row: Event, people: Mapping[str, Operator], entries: Mapping[str, Any]) -> TrailEvent:
    person = people.get(row.operator_id or "")
    entry = entries.get(row.incident_id or "")
    return TrailEvent(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        login=person.login if person else "",
        name=person.name if person else "",
        entry_id=row.incident_id,
        entry_number=entry.number if entry else None,
        entry_name=entry.name if entry else {},
        data={key: _with_name(key, value, people) for key, value in row.data.items()},
    )


def _with_name(key: str, value: Any, people: Mapping[str, Operator]) -> Any:
    """Events name operators by id: whoever reads wants the login."""
    if key in ("operator", "author", "old", "new") and value in people:
        return people[value].login
    return value
