"""How evenly everyone is told: by channel and over time, and who is left behind now.

A few statements, whatever the period: publications are found by their event, deliveries by their
publication. Of each delivery only its channel, state and two moments are held.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from incidents.alike import LEFT_BEHIND, Lag, Reached, Times, left_behind, seconds, skew, times
from incidents.models import Channel, Delivery, Event, Instant, LocalizedText, Publication
from incidents.outbox._rows import OUT, TROUBLED, WAITING
from incidents.queries._touched import last_event
from incidents.status import ChannelState, DeliveryState, PublicationKind

_BY_DAY = 31
"""Days that are told one by one; more are told by the week."""
_LATEST = 10
"""Publications that are told each by itself."""
_MISSED_FOR = timedelta(days=7)
"""For how long a channel is behind for what failed there: older news is no news."""
_MOST_MISSED = 1000
_AT_ONCE = 10_000
_DUE = func.coalesce(Delivery.first_due_at, Delivery.due_at, type_=Instant()).label("due")
_REACHED = (
    Delivery.publication_id,
    Delivery.channel,
    Delivery.state,
    _DUE,
    Delivery.sent_at,
)

_LAGS = {
    DeliveryState.FAILED: Lag.FAILED,
    DeliveryState.UNCONFIRMED: Lag.UNCONFIRMED,
    DeliveryState.PENDING: Lag.WAITING,
    DeliveryState.SENDING: Lag.WAITING,
}

_Published = Row[str, datetime, datetime | None]
_Missed = Row[str, DeliveryState, datetime, str]


@dataclass(frozen=True, slots=True)
class ChannelTimes:
    """What became of a period's publications on one channel."""

    channel: str
    personal: bool
    """A person's job: it takes as long as it takes, and is in no skew."""
    times: Times
    """Of those that are out."""
    failed: int
    unconfirmed: int


@dataclass(frozen=True, slots=True)
class Step:
    """One local day of the period, or a week of it."""

    start: datetime
    skew: Times
    channels: Mapping[str, Times]


@dataclass(frozen=True, slots=True)
class Spread:
    """One publication: when each channel had it."""

    publication: str
    reference: str
    kind: PublicationKind
    name: LocalizedText
    at: datetime
    page: float | None
    """Seconds until it was on the page; None where that is not known."""
    reached: Sequence[Reached]
    skew: float | None
    behind: Mapping[str, Lag]


@dataclass(frozen=True, slots=True)
class Laggard:
    """A channel that has not what the page has."""

    channel: str
    why: Lag
    number: int
    """How many publications it has not; 0 where they were not even meant to go there."""
    since: datetime
    reference: str
    """Of the oldest of them; "" where there is none."""


@dataclass(frozen=True, slots=True)
class Alike:
    """One look at a period."""

    since: datetime
    until: datetime
    channels: Sequence[ChannelTimes]
    page: Times
    """From a publication to the moment when a place showed it."""
    skew: Times
    weekly: bool
    steps: Sequence[Step]
    recent: Sequence[Spread]
    """The newest first."""
    behind: Sequence[Laggard]


@dataclass(slots=True)
class _Tally:
    """What is counted of one channel, or of the skews, while the rows go by."""

    all: list[float] = field(default_factory=list)
    steps: dict[int, list[float]] = field(default_factory=dict)
    states: dict[DeliveryState, int] = field(default_factory=dict)

    def add(self, step: int, value: float) -> None:
        self.all.append(value)
        self.steps.setdefault(step, []).append(value)

    def of(self, step: int) -> Times:
        return times(self.steps.get(step, ()))


def alike(
    session: Session,
    now: datetime,
    zone: ZoneInfo,
    days: int,
    accounts: Sequence[str],
    tasks: Sequence[str] = (),
) -> Alike:
    """The last `days` local days, today among them; more than 31 by the week.

    `accounts` are the configured channels that post by themselves, `tasks` a person's jobs.
    """
    starts = _starts(now, zone, days)
    # Asked by itself: of a number the database knows how much comes after it.
    first = _first_event(session, starts[0])
    published = _published(session, first)
    places = {row.id: max(0, bisect_right(starts, row.at) - 1) for row in published}
    tallies = {name: _Tally() for name in (*accounts, *tasks)}
    skews = _tallied(session, first, places, tallies, set(accounts))
    return Alike(
        since=starts[0],
        until=now,
        channels=[_channel(name, each, tasks) for name, each in tallies.items()],
        page=times(seconds(row.shown_at - row.at) for row in published if row.shown_at),
        skew=times(skews.all),
        weekly=days > _BY_DAY,
        steps=[
            Step(start, skews.of(place), {name: each.of(place) for name, each in tallies.items()})
            for place, start in enumerate(starts)
        ],
        recent=spreads(session, now, accounts, _LATEST),
        behind=laggards(session, now, accounts),
    )


def _channel(name: str, tally: _Tally, tasks: Collection[str]) -> ChannelTimes:
    return ChannelTimes(
        channel=name,
        personal=name in tasks,
        times=times(tally.all),
        failed=tally.states.get(DeliveryState.FAILED, 0),
        unconfirmed=tally.states.get(DeliveryState.UNCONFIRMED, 0),
    )


def _starts(now: datetime, zone: ZoneInfo, days: int) -> list[datetime]:
    """The local midnights at which the period's days, or its weeks, begin."""
    step = 1 if days <= _BY_DAY else 7
    steps = -(-days // step)
    first = now.astimezone(zone).date() - timedelta(days=step * steps - 1)
    midnights = (first + timedelta(days=step * place) for place in range(steps))
    return [datetime.combine(day, time(), zone).astimezone(UTC) for day in midnights]


def _first_event(session: Session, since: datetime) -> int:
    """The first event from then on; the one to come where there was none."""
    first = select(Event.seq).where(Event.at >= since).order_by(Event.at, Event.seq).limit(1)
    return session.scalar(first) or last_event(session) + 1


def _published(session: Session, first: int) -> Sequence[_Published]:
    found = select(Publication.id, Publication.at, Publication.shown_at)
    return session.execute(found.where(Publication.event_seq >= first)).all()


def _tallied(
    session: Session,
    first: int,
    places: Mapping[str, int],
    tallies: Mapping[str, _Tally],
    accounts: Collection[str],
) -> _Tally:
    """Fill in what each channel took; answers the skews. `places` are the publications' steps."""
    ends: dict[str, tuple[float, float, int]] = {}
    of_period = select(Publication.id).where(Publication.event_seq >= first)
    rows = session.execute(_reached(of_period, tallies).execution_options(yield_per=_AT_ONCE))
    for publication, channel, state, due, sent_at in rows:
        tally = tallies[channel]
        tally.states[state] = tally.states.get(state, 0) + 1
        took = Reached(channel, state, due, sent_at).took
        if took is None:
            continue
        tally.add(places[publication], took)
        if channel in accounts:
            least, most, number = ends.get(publication, (took, took, 0))
            ends[publication] = min(least, took), max(most, took), number + 1
    skews = _Tally()
    for publication, (least, most, number) in ends.items():
        if number > 1:
            skews.add(places[publication], most - least)
    return skews


def _reached(
    publications: Select[str] | Collection[str], channels: Collection[str]
) -> Select[str, str, DeliveryState, datetime, datetime | None]:
    """Of accounts and lists as a whole, each found by its key; not of a list's recipients."""
    return select(*_REACHED).where(
        Delivery.publication_id.in_(publications),
        Delivery.channel.in_(channels),
        Delivery.recipient == "",
    )


def spreads(
    session: Session, now: datetime, accounts: Sequence[str], limit: int
) -> Sequence[Spread]:
    """The newest publications that were meant for a channel, each with when every account had it.

    `limit` is how many publications are looked at.
    """
    newest = session.execute(
        select(
            Publication.id,
            Publication.reference,
            Publication.kind,
            Publication.name,
            Publication.at,
            Publication.shown_at,
        )
        .order_by(Publication.event_seq.desc())
        .limit(limit)
    ).all()
    found: dict[str, list[Reached]] = {row.id: [] for row in newest}
    for publication, channel, state, due, sent_at in session.execute(
        _reached(list(found), accounts)
    ):
        found[publication].append(Reached(channel, state, due, sent_at))
    order = {name: place for place, name in enumerate(accounts)}
    return [
        spread_of(row, sorted(found[row.id], key=lambda each: order[each.channel]), now)
        for row in newest
        if found[row.id]
    ]


def spread_of(
    publication: Publication | Row[*tuple[Any, ...]], reached: Sequence[Reached], now: datetime
) -> Spread:
    """When each account had a publication, in the accounts' order."""
    shown_at = publication.shown_at
    return Spread(
        publication=publication.id,
        reference=publication.reference,
        kind=publication.kind,
        name=publication.name,
        at=publication.at,
        page=seconds(shown_at - publication.at) if shown_at else None,
        reached=reached,
        skew=skew(reached),
        behind=left_behind(reached, now),
    )


def laggards(
    session: Session,
    now: datetime,
    accounts: Sequence[str],
    stopped: Mapping[str, Channel] | None = None,
) -> Sequence[Laggard]:
    """The channels that have not what the page has, in their order.

    `stopped` are the channels that are not on, where they were asked for already.
    """
    missed: dict[str, list[_Missed]] = {}
    for row in session.execute(_missing(now, accounts)):
        missed.setdefault(row.channel, []).append(row)
    if stopped is None:
        stopped = _stopped(session)
    newest = select(Publication.at).order_by(Publication.event_seq.desc()).limit(1)
    latest = session.scalar(newest) if stopped else None
    # What is published while a channel is paused does not even wait for it.
    left_out = {name for name, row in stopped.items() if latest and latest > row.since}
    return [
        _laggard(name, missed.get(name, ()), stopped.get(name))
        for name in accounts
        if name in missed or name in left_out
    ]


def _missing(now: datetime, accounts: Sequence[str]) -> Select[str, DeliveryState, datetime, str]:
    """What a channel has not, and nothing later of the same entry either, the oldest first."""
    later = aliased(Delivery)
    caught_up = exists().where(
        later.channel == Delivery.channel,
        later.thread == Delivery.thread,
        later.seq > Delivery.seq,
        later.recipient == "",
        later.state.in_(OUT),
    )
    return (
        select(Delivery.channel, Delivery.state, _DUE, Publication.reference)
        .join(Publication, Publication.id == Delivery.publication_id)
        .where(
            Delivery.channel.in_(accounts),
            Delivery.state.in_((*WAITING, *TROUBLED)),
            Delivery.not_before > now - _MISSED_FOR,
            Delivery.recipient == "",
            or_(Delivery.due_at <= now - LEFT_BEHIND, Delivery.state == DeliveryState.FAILED),
            ~caught_up,
        )
        .order_by(Delivery.due_at, Delivery.id)
        .limit(_MOST_MISSED)
    )


def _stopped(session: Session) -> dict[str, Channel]:
    rows = session.scalars(select(Channel).where(Channel.state != ChannelState.ON))
    return {row.name: row for row in rows}


def _laggard(name: str, missed: Sequence[_Missed], stopped: Channel | None) -> Laggard:
    lags = [Lag(stopped.state)] if stopped else [_LAGS[row.state] for row in missed]
    return Laggard(
        channel=name,
        why=min(lags, key=list(Lag).index),
        number=len(missed),
        since=missed[0].due if missed or not stopped else stopped.since,
        reference=missed[0].reference if missed else "",
    )
