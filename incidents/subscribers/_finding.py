"""What operators may ask of the lists: how many there are, and who one of them is.

Counts name nobody, and every operator may see them. All else is for administrators alone: whoever
calls it has seen to that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Table, func, or_, select, true
from sqlalchemy.orm import Session

from incidents.errors import InvalidInput
from incidents.models import Component, Delivery, Publication
from incidents.status import IncidentKind, ListMode
from incidents.subscribers._address import address_key, read_address, read_email, read_url
from incidents.subscribers._asking import Request, find, owner_of, standing
from incidents.subscribers._choices import Choices
from incidents.subscribers._rows import (
    Round,
    Subscriber,
    SubscriberComponent,
    SubscriberIncident,
    SubscriberState,
)

LONGEST_SEARCH = 254
"""Characters that are looked for in addresses."""
PER_PAGE = 50
_CHUNK = 500
"""Subscribers that are read at a time where all of them are."""

Histogram = Mapping[ListMode, Mapping[SubscriberState, int]]
"""How many there are of each mode in each state; every mode and state is there."""


@dataclass(frozen=True, slots=True)
class Search:
    """Which subscribers are asked for. All conditions hold together; empty ones ask for nothing."""

    text: str = ""
    """What the address, or that of a webhook's owner, holds; upper and lower case are alike."""
    modes: tuple[ListMode, ...] = ()
    states: tuple[SubscriberState, ...] = ()
    component: str | None = None
    """The id of a component that was chosen by itself."""
    incident: str | None = None
    """The id of an incident that is followed by itself."""


@dataclass(frozen=True, slots=True)
class Found:
    """One subscriber as an administrator may see them."""

    id: str
    number: int
    mode: ListMode
    address: str
    contact: str | None
    state: SubscriberState
    since: datetime
    """When the state became what it is."""
    choices: Choices
    created_at: datetime
    active_since: datetime | None
    bounces: int
    """Letters that came back since the last one that did not."""
    bounced_at: datetime | None
    """When the last of them was counted."""
    why: str
    """Why nothing is sent any more."""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """One page of subscribers, the newest first, and how many there are on all pages."""

    subscribers: Sequence[Found]
    total: int


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a publication came on one list."""

    reference: str
    """The entry's and the update's number: "42/3"."""
    channel: str
    begun_at: datetime
    done_at: datetime | None
    total: int
    sent: int
    failed: int


def histogram(session: Session) -> Histogram:
    """How many subscribers there are, by mode and state."""
    counted = select(Subscriber.mode, Subscriber.state, func.count()).group_by(
        Subscriber.mode, Subscriber.state
    )
    found: dict[ListMode, dict[SubscriberState, int]] = {
        mode: dict.fromkeys(SubscriberState, 0) for mode in ListMode
    }
    for mode, state, count in session.execute(counted):
        found[mode][state] = count
    return found


def search(session: Session, asked: Search, page: int = 1, size: int = PER_PAGE) -> FoundPage:
    """One page, from 1 on, of those that are asked for. Raises `InvalidInput`."""
    which = _where(asked)
    total = session.scalar(select(func.count()).select_from(Subscriber).where(which)) or 0
    query = select(Subscriber).where(which).order_by(Subscriber.number.desc())
    rows = session.scalars(query.limit(size).offset((page - 1) * size)).all()
    return FoundPage(_found(session, rows), total)


def matching(session: Session, asked: Search, most: int) -> Sequence[str]:
    """The ids of those that are asked for, at most so many of them. Raises `InvalidInput`."""
    query = select(Subscriber.id).where(_where(asked)).order_by(Subscriber.number)
    return session.scalars(query.limit(most)).all()


def one(session: Session, subscriber_id: str) -> Found:
    """One subscriber by id. Raises `NotFound`."""
    return _found(session, [find(session, subscriber_id)])[0]


def known(session: Session, request: Request) -> Found | None:
    """Who has a request's address already (of a webhook: and is its owner), and did not leave.

    Raises `InvalidInput`.
    """
    address = read_address(request.mode, request.address)
    key = address_key(request.mode, address, owner_of(request))
    row = standing(session, request.mode, key)
    if row is None or row.state is SubscriberState.UNSUBSCRIBED:
        return None
    return _found(session, [row])[0]


def everyone(session: Session, modes: Sequence[ListMode]) -> Iterator[Found]:
    """All subscribers of some lists, a few hundred in memory at a time, the oldest first."""
    last = 0
    query = select(Subscriber).where(Subscriber.mode.in_(modes)).order_by(Subscriber.number)
    while rows := session.scalars(query.where(Subscriber.number > last).limit(_CHUNK)).all():
        last = rows[-1].number
        yield from _found(session, rows)
        session.expunge_all()


def latest_reach(session: Session, most: int = 10) -> Sequence[Reached]:
    """How many the latest publications reached, the newest first; each list by itself."""
    query = (
        select(Round, Publication.reference)
        .join(Delivery, Delivery.id == Round.delivery_id)
        .join(Publication, Publication.id == Delivery.publication_id)
        .order_by(Round.id.desc())
        .limit(most)
    )
    return [
        Reached(
            reference=reference,
            channel=row.channel,
            begun_at=row.begun_at,
            done_at=row.done_at,
            total=row.total,
            sent=row.sent,
            failed=row.failed,
        )
        for row, reference in session.execute(query)
    ]


def _where(asked: Search) -> ColumnElement[bool]:
    which: ColumnElement[bool] = true()
    if asked.modes:
        which &= Subscriber.mode.in_(asked.modes)
    if asked.states:
        which &= Subscriber.state.in_(asked.states)
    if asked.component:
        which &= _chose(SubscriberComponent.__table__, "component_id", asked.component)
    if asked.incident:
        which &= _chose(SubscriberIncident.__table__, "incident_id", asked.incident)
    return which & _holds(asked.text.strip())


def _chose(table: object, column: str, wanted: str) -> ColumnElement[bool]:
    assert isinstance(table, Table)
    chose: Select[tuple[int]] = select(table.c.subscriber).where(table.c[column] == wanted)
    return Subscriber.number.in_(chose)


def _holds(text: str) -> ColumnElement[bool]:
    """Whether an address holds a text. SQLite knows the two cases of ASCII alone, and a whole
    address may be written in a way that is not the one it is kept in: its key is known."""
    if not text:
        return true()
    if len(text) > LONGEST_SEARCH or "\0" in text:
        raise InvalidInput(f"q: is too long; use at most {LONGEST_SEARCH} characters")
    columns = (Subscriber.address, Subscriber.contact)
    writings = {text, text.lower(), text.upper()}
    holding = [
        column.icontains(each, autoescape=True) for column in columns for each in sorted(writings)
    ]
    return or_(*holding, *_same(text))


def _same(text: str) -> Iterator[ColumnElement[bool]]:
    """Whether an address is this one, however it is written."""
    with suppress(InvalidInput):
        key = address_key(ListMode.EMAIL, read_email(text))
        yield Subscriber.address_key == key
    with suppress(InvalidInput):
        yield Subscriber.address == read_url(text)


def _found(session: Session, rows: Sequence[Subscriber]) -> list[Found]:
    numbers = [row.number for row in rows]
    components: dict[int, list[str]] = defaultdict(list)
    incidents: dict[int, list[str]] = defaultdict(list)
    chosen = (
        select(SubscriberComponent.subscriber, SubscriberComponent.component_id)
        .join(Component, Component.id == SubscriberComponent.component_id)
        .where(SubscriberComponent.subscriber.in_(numbers))
        .order_by(Component.position, Component.id)
    )
    followed = (
        select(SubscriberIncident.subscriber, SubscriberIncident.incident_id)
        .where(SubscriberIncident.subscriber.in_(numbers))
        .order_by(SubscriberIncident.incident_id)
    )
    for number, component in session.execute(chosen):
        components[number].append(component)
    for number, incident in session.execute(followed):
        incidents[number].append(incident)
    return [_as_found(row, components[row.number], incidents[row.number]) for row in rows]


def _as_found(row: Subscriber, components: list[str], incidents: list[str]) -> Found:
    wanted = {
        IncidentKind.INCIDENT: row.incidents,
        IncidentKind.MAINTENANCE: row.maintenances,
        IncidentKind.ADVANCE_NOTICE: row.notices,
    }
    choices = Choices(
        locale=row.locale,
        follows=row.follows,
        components=None if row.everything else tuple(components),
        kinds=tuple(kind for kind, is_wanted in wanted.items() if is_wanted),
        incidents=tuple(incidents),
    )
    return Found(
        id=row.id,
        number=row.number,
        mode=row.mode,
        address=row.address,
        contact=row.contact,
        state=row.state,
        since=row.changed_at,
        choices=choices,
        created_at=row.created_at,
        active_since=row.active_since,
        bounces=row.bounces,
        bounced_at=row.bounced_at,
        why=row.why,
    )
