"""What the operators' board shows: all that is open, how it goes out, and what waits for a person.

A fixed number of statements by index, each bounded, however long the history is: the board is read
every few seconds by everybody who looks at it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session, load_only, selectinload

from incidents.alarms import Alarm
from incidents.alike import Reached, skew
from incidents.models import (
    Channel,
    Delivery,
    Draft,
    Duty,
    Event,
    Incident,
    Operator,
    Publication,
    ShownEvent,
)
from incidents.outbox._rows import PAGE_FIRST, SILENT_AFTER, WAITING
from incidents.queries._alarms import alarms_by_incident
from incidents.queries._alike import Laggard, Spread, laggards, spread_of
from incidents.queries._rows import first_notice_after
from incidents.queries._touched import last_event
from incidents.queries._unannounced import FIRST_NOTICE_WITHIN, Clock, Unannounced, unannounced
from incidents.status import (
    ROLE_RANK,
    ChannelState,
    DeliveryState,
    IncidentKind,
    Role,
    Status,
)

TROUBLE_FOR = timedelta(days=7)
"""For how long a delivery that failed is offered for a decision: older news is no news."""
_ENTRIES = 100
_OF_EACH = 3
"""Publications that are shown of each open entry ..."""
_LATEST = 10
"""... and of all together."""
_COMPARED = 5
"""Publications of which each channel's time is told together."""
_TROUBLES = 20
"""Deliveries of one channel that are offered for a decision."""

_PUBLISHED = (
    Publication.id,
    Publication.kind,
    Publication.incident_id,
    Publication.update_number,
    Publication.event_seq,
    Publication.at,
    Publication.shown_at,
    Publication.name,
    Publication.status,
    Publication.reference,
)
"""What is shown of a publication: its texts, which are long, are read with its posts."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One publication with its deliveries to accounts, in the channels' order."""

    publication: Publication
    deliveries: Sequence[Delivery]
    skew: timedelta | None
    """From the first post to the last; None where it is not out on two channels."""


@dataclass(frozen=True, slots=True)
class BoardEntry:
    """An entry that is open or to come, with its clocks."""

    incident: Incident
    promise: Clock
    """How the promised next update stands."""
    first_notice: int | None
    """Minutes from the start to the first notice; None where that has no sense."""
    overdue: bool
    """Planned work that should have begun or ended by now, and waits for a person."""
    sendings: Sequence[Sending]
    """The newest publications first."""
    alarms_over: bool = False
    """Whether monitors began it, and each of them says that its alarm is over."""

    @property
    def first_notice_late(self) -> bool:
        """Whether the first notice came later than it is expected."""
        return self.first_notice is not None and self.first_notice > FIRST_NOTICE_WITHIN

    @property
    def alarmed(self) -> bool:
        """Whether somebody has to speak, or to do something, now."""
        return self.promise is Clock.LATE or self.overdue


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has not left for a channel yet: how much, and since when the oldest is due."""

    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who looks after the page, and since when."""

    login: str
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Board:
    """One look at everything, from one snapshot."""

    incidents: Sequence[BoardEntry]
    """Open ones, the latest first."""
    running: Sequence[BoardEntry]
    """Planned work and notices that are under way ..."""
    planned: Sequence[BoardEntry]
    """... and those to come, the next one first."""
    latest: Sequence[Sending]
    """The newest publications of entries that are not open any more."""
    troubles: Sequence[Delivery]
    """Deliveries that wait for an operator's decision, oldest first."""
    tasks: Sequence[Delivery]
    """Jobs that wait for a person, oldest first."""
    waiting: Mapping[str, Waiting]
    """By channel."""
    channels: Mapping[str, Channel]
    """Those that are not simply on."""
    drafts: Sequence[Draft]
    unannounced: Mapping[str, Unannounced]
    """By draft, the fault that it would tell of, and that nobody was told of yet."""
    names: Mapping[str, str]
    """Of operators, by id."""
    people: Sequence[Operator]
    """Who could be on duty: those who may publish, by name."""
    duty: OnDuty | None
    spreads: Sequence[Spread]
    """The newest publications, each with when every account had it."""
    left_behind: Sequence[Laggard]
    """The accounts that have not what the page has."""
    behind: Mapping[str, datetime]
    """By target, as the outbox knows it, since when it does not show the latest."""
    looked_after: Collection[str]
    """The targets that somebody renewed within the last three minutes."""

    @property
    def alarmed(self) -> bool:
        """Whether anything open, or a fault that nobody was told of, wants somebody now."""
        entries = [*self.incidents, *self.running, *self.planned]
        late = any(fault.stands is Clock.LATE for fault in self.unannounced.values())
        return late or any(entry.alarmed for entry in entries)


def promise_clock(
    incident: Incident, now: datetime, warn_before: timedelta = timedelta(minutes=10)
) -> Clock:
    """How an entry's promised next update stands at `now`."""
    promised = incident.next_update_by
    if promised is None:
        return Clock.NONE
    if promised <= now:
        return Clock.LATE
    return Clock.NEAR if promised <= now + warn_before else Clock.CALM


def is_overdue(incident: Incident, now: datetime) -> bool:
    """Whether planned work that a person has to begin or to end should have begun or ended."""
    if incident.kind is IncidentKind.INCIDENT:
        return False
    begins = incident.status is Status.SCHEDULED
    moment = incident.scheduled_for if begins else incident.scheduled_until
    by_itself = incident.starts_itself if begins else incident.ends_itself
    # What goes by itself is given a minute: the worker's clock takes a step each minute.
    slack = timedelta(minutes=1) if by_itself else timedelta(0)
    return moment is not None and moment + slack < now


def board(
    session: Session,
    now: datetime,
    accounts: Sequence[str],
    tasks: Sequence[str] = (),
    warn_before: timedelta = timedelta(minutes=10),
) -> Board:
    """Everything that the board shows.

    `accounts` are the configured channels that post by themselves, `tasks` those that are a
    person's job; `warn_before` is how long before a promise ends the board warns of it.
    """
    entries = _entries(session)
    published = _publications(session, [entry.id for entry in entries])
    sendings = _sendings(session, published, accounts, tasks)
    alarms = alarms_by_incident(session, [row.id for row in entries])
    shown = [_entry(row, now, warn_before, sendings, alarms.get(row.id, ())) for row in entries]
    open_ids = {row.id for row in entries}
    troubles = _troubles(session, now, [*accounts, *tasks])
    drafts = session.scalars(select(Draft).order_by(Draft.created_at)).all()
    operators = {row.id: row for row in session.scalars(select(Operator))}
    targets = session.scalars(select(ShownEvent).where(ShownEvent.at > now - SILENT_AFTER)).all()
    stopped = _stopped(session)
    return Board(
        incidents=[each for each in shown if each.incident.kind is IncidentKind.INCIDENT],
        running=[each for each in shown if _planned(each) and not _to_come(each)],
        planned=sorted((each for each in shown if _to_come(each)), key=_begins),
        latest=[each for each in sendings if each.publication.incident_id not in open_ids],
        troubles=[row for row in troubles if row.channel not in tasks],
        tasks=[row for row in troubles if row.channel in tasks],
        waiting=_waiting(session, now),
        channels=stopped,
        drafts=drafts,
        unannounced=unannounced(session, drafts, now),
        names={key: row.name for key, row in operators.items()},
        people=sorted(filter(_may_publish, operators.values()), key=lambda row: row.name),
        duty=_duty(session, operators),
        spreads=list(_spreads(sendings, accounts, now))[:_COMPARED],
        left_behind=laggards(session, now, accounts, stopped),
        behind=_behind(session, targets, now),
        looked_after={row.target for row in targets},
    )


def _entries(session: Session) -> Sequence[Incident]:
    return session.scalars(
        select(Incident)
        .options(selectinload(Incident.affected))
        .where(Incident.closed_at.is_(None))
        .order_by(Incident.started_at.desc(), Incident.number.desc())
        .limit(_ENTRIES)
    ).all()


def _entry(
    row: Incident,
    now: datetime,
    warn_before: timedelta,
    sendings: Iterable[Sending],
    alarms: Sequence[Alarm],
) -> BoardEntry:
    own = [each for each in sendings if each.publication.incident_id == row.id]
    return BoardEntry(
        incident=row,
        promise=promise_clock(row, now, warn_before),
        first_notice=first_notice_after(row),
        overdue=is_overdue(row, now),
        sendings=own[:_OF_EACH],
        alarms_over=bool(alarms) and all(alarm.ended_at is not None for alarm in alarms),
    )


def _planned(entry: BoardEntry) -> bool:
    return entry.incident.kind is not IncidentKind.INCIDENT


def _to_come(entry: BoardEntry) -> bool:
    return entry.incident.status is Status.SCHEDULED


def _begins(entry: BoardEntry) -> datetime:
    return entry.incident.scheduled_for or entry.incident.started_at


def _publications(session: Session, entries: Collection[str]) -> Sequence[Publication]:
    """The newest of each open entry and the newest of all, newest first."""
    place = func.row_number().over(
        partition_by=Publication.incident_id, order_by=Publication.event_seq.desc()
    )
    numbered = (
        select(Publication.id, place.label("place"))
        .where(Publication.incident_id.in_(entries))
        .subquery()
    )
    of_each = select(numbered.c.id).where(numbered.c.place <= _OF_EACH)
    newest = select(Publication.id).order_by(Publication.event_seq.desc()).limit(_LATEST)
    # Asked one after the other, lest the database look through all of them for either.
    found = {*session.scalars(of_each), *session.scalars(newest)}
    return session.scalars(
        select(Publication)
        .options(load_only(*_PUBLISHED))
        .where(Publication.id.in_(found))
        .order_by(Publication.event_seq.desc(), Publication.id)
    ).all()


def _sendings(
    session: Session,
    publications: Sequence[Publication],
    accounts: Sequence[str],
    tasks: Sequence[str],
) -> list[Sending]:
    rows: dict[str, list[Delivery]] = {row.id: [] for row in publications}
    order = {name: place for place, name in enumerate([*accounts, *tasks])}
    found = session.scalars(
        select(Delivery).where(
            Delivery.publication_id.in_(rows),
            Delivery.channel.in_(order),
            Delivery.recipient == "",
        )
    )
    for delivery in sorted(found, key=lambda row: order[row.channel]):
        rows[delivery.publication_id].append(delivery)
    return [Sending(row, rows[row.id], _skew(rows[row.id], accounts)) for row in publications]


def _compared(deliveries: Iterable[Delivery], accounts: Collection[str]) -> list[Reached]:
    """A person's job takes as long as it takes: only accounts are compared."""
    return [
        Reached(row.channel, row.state, row.first_due_at or row.due_at, row.sent_at)
        for row in deliveries
        if row.channel in accounts
    ]


def _skew(deliveries: Iterable[Delivery], accounts: Collection[str]) -> timedelta | None:
    found = skew(_compared(deliveries, accounts))
    return None if found is None else timedelta(seconds=found)


def _spreads(
    sendings: Iterable[Sending], accounts: Collection[str], now: datetime
) -> Iterator[Spread]:
    for sending in sendings:
        reached = _compared(sending.deliveries, accounts)
        if reached:
            yield spread_of(sending.publication, reached, now)


def _troubles(session: Session, now: datetime, channels: Sequence[str]) -> list[Delivery]:
    """What an operator decides about: a few of each channel, by its index, in one statement."""
    if not channels:
        return []
    pieces = []
    for name in channels:
        for state in (DeliveryState.UNCONFIRMED, DeliveryState.FAILED):
            piece = select(Delivery.id).where(Delivery.channel == name, Delivery.state == state)
            if state is DeliveryState.FAILED:
                piece = piece.where(Delivery.not_before > now - TROUBLE_FOR)
            newest = piece.order_by(Delivery.not_before.desc()).limit(_TROUBLES).subquery()
            pieces.append(select(newest.c.id))
    found = session.scalars(union_all(*pieces)).all()
    rows = session.scalars(
        select(Delivery)
        .options(selectinload(Delivery.publication).load_only(*_PUBLISHED))
        .where(Delivery.id.in_(found))
    )
    return sorted(rows, key=lambda row: (row.seq, row.id))


def _waiting(session: Session, now: datetime) -> dict[str, Waiting]:
    rows = session.execute(
        select(Delivery.channel, func.count(), func.min(Delivery.due_at))
        .where(Delivery.state.in_(WAITING), Delivery.due_at <= now)
        .group_by(Delivery.channel)
    )
    return {name: Waiting(number, since) for name, number, since in rows}


def _stopped(session: Session) -> dict[str, Channel]:
    rows = session.scalars(select(Channel).where(Channel.state != ChannelState.ON))
    return {row.name: row for row in rows}


def _may_publish(person: Operator) -> bool:
    """The clock's own login is nobody who could be on duty."""
    active = person.disabled_at is None and person.login != "avviso"
    return active and ROLE_RANK[person.role] >= ROLE_RANK[Role.AUTHOR]


def _duty(session: Session, operators: Mapping[str, Operator]) -> OnDuty | None:
    duty = session.scalar(select(Duty))
    if duty is None:
        return None
    person = operators[duty.operator_id]
    return OnDuty(person.login, person.name, duty.since)


def _behind(session: Session, targets: Iterable[ShownEvent], now: datetime) -> dict[str, datetime]:
    """Events are numbered without gaps: the first that is not shown is the next one.

    What is younger than ten seconds is on its way.
    """
    last = last_event(session)
    following = {row.target: row.event_seq + 1 for row in targets if row.event_seq < last}
    rows = session.execute(
        select(Event.seq, Event.at).where(Event.seq.in_(set(following.values())))
    )
    moments = {row.seq: row.at for row in rows if row.at <= now - PAGE_FIRST}
    return {target: moments[seq] for target, seq in following.items() if seq in moments}
