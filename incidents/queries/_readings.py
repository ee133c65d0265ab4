"""What a monitor wants to know: how much waits, how evenly it went out, what was promised.

A few statements by index, each bounded: they are asked every fifteen seconds for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session, aliased

from incidents.alike import seconds
from incidents.db import newest_revision
from incidents.models import (
    Channel,
    Delivery,
    Event,
    Incident,
    IncidentUpdate,
    ShownEvent,
)
from incidents.outbox._rows import PAGE_FIRST, SILENT_AFTER, WAITING
from incidents.queries._alike import Spread, laggards, spreads
from incidents.queries._touched import last_event
from incidents.queries._unannounced import unannounced_since
from incidents.status import ChannelState, DeliveryState, Impact, IncidentKind

RECENT = 50
"""Publications that skew and first posts are told of."""

Shown = Mapping[str, int]
"""By target, as the outbox knows it, the last event that it shows; silent ones are left out."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether this version can work on the tables, and whether the targets are up to date."""

    revision: str
    """What the tables are, "0002"; "" where there are none."""
    wanted: str
    """The newest revision that this version knows."""
    last_event: int = 0
    """The latest event that the page should show by now."""
    shown: Shown | None = None
    """None where there are no tables to read it from."""

    def is_shown_by(self, targets: Iterable[str]) -> bool:
        """Whether each of these targets was lately seen to show what it should."""
        shown = self.shown or {}
        return all(shown.get(target, -1) >= self.last_event for target in targets)


@dataclass(frozen=True, slots=True)
class Promises:
    """How many announced next updates came in time, and how many did not."""

    kept: int
    broken: int


@dataclass(frozen=True, slots=True)
class Readings:
    """One look at everything that is measured; durations are in seconds."""

    deliveries: Mapping[tuple[str, DeliveryState], int]
    """By channel and state."""
    waiting_since: Mapping[str, datetime]
    """By channel, when the oldest delivery that waits should have gone out."""
    skews: Sequence[float]
    """Of recent publications that are out on several accounts: from the first post to the last."""
    took: Mapping[str, Sequence[float]]
    """By account, of recent publications: from when it should have gone out to the post."""
    left_behind: Collection[str]
    """The accounts that have not what the page has."""
    first_posts: Sequence[float]
    """Of recent publications that are out somewhere: from the publication to the first post."""
    promises: Promises
    open_incidents: Mapping[Impact, int]
    overdue: int
    """Open entries whose promised update is late."""
    unannounced_since: datetime | None
    """When the oldest fault began that a draft would tell of, and nobody was told of yet."""
    channels: Mapping[str, ChannelState]
    """Those that are not here are on."""
    behind_since: Mapping[str, datetime | None]
    """By target, when the first event happened that it does not show; None: it shows all."""
    published_in: Mapping[str, float]
    """By target, seconds from the latest event that it shows to the moment when it showed it."""


def readiness(session: Session, now: datetime) -> Readiness:
    """What the tables are, and what every target shows of what is older than ten seconds."""
    wanted = newest_revision()
    if not inspect(session.connection()).has_table("alembic_version"):
        return Readiness("", wanted)
    revision = session.scalar(text("SELECT version_num FROM alembic_version")) or ""
    if revision < wanted:
        return Readiness(revision, wanted)
    return Readiness(
        revision, wanted, _due_event(session, now), _by_target(_looked_after(session, now))
    )


def _due_event(session: Session, now: datetime) -> int:
    latest = select(Event.seq).where(Event.at <= now - PAGE_FIRST)
    return session.scalar(latest.order_by(Event.seq.desc()).limit(1)) or 0


def _looked_after(session: Session, now: datetime) -> Sequence[ShownEvent]:
    """What is known of the targets that somebody puts documents on."""
    return session.scalars(select(ShownEvent).where(ShownEvent.at > now - SILENT_AFTER)).all()


def _by_target(rows: Iterable[ShownEvent]) -> Shown:
    return {row.target: row.event_seq for row in rows}


def readings(session: Session, now: datetime, accounts: Sequence[str]) -> Readings:
    """Everything that is measured, from one snapshot.

    `accounts` are the configured channels that post by themselves, and are compared.
    """
    recent = spreads(session, now, accounts, RECENT)
    entries = _open_entries(session)
    targets = _looked_after(session, now)
    return Readings(
        deliveries=_deliveries(session),
        waiting_since=_waiting_since(session, now),
        skews=[each.skew for each in recent if each.skew is not None],
        took=_took(recent, accounts),
        left_behind=[each.channel for each in laggards(session, now, accounts)],
        first_posts=list(_first_posts(recent)),
        promises=_promises(session),
        open_incidents=_by_impact(entries),
        overdue=sum(promise is not None and promise < now for _, _, promise in entries),
        unannounced_since=unannounced_since(session, now),
        channels=_channel_states(session),
        behind_since=_behind_since(session, _by_target(targets)),
        published_in={row.target: row.took / 1000 for row in targets if row.took is not None},
    )


def _deliveries(session: Session) -> dict[tuple[str, DeliveryState], int]:
    """From the index on channel, state and not_before alone."""
    counted = select(Delivery.channel, Delivery.state, func.count())
    rows = session.execute(counted.group_by(Delivery.channel, Delivery.state))
    return {(channel, state): number for channel, state, number in rows}


def _waiting_since(session: Session, now: datetime) -> dict[str, datetime]:
    oldest = select(Delivery.channel, func.min(Delivery.due_at).label("due")).where(
        Delivery.state.in_(WAITING), Delivery.due_at <= now
    )
    rows = session.execute(oldest.group_by(Delivery.channel))
    return {row.channel: row.due for row in rows}


def _channel_states(session: Session) -> dict[str, ChannelState]:
    rows = session.execute(select(Channel.name, Channel.state))
    return {row.name: row.state for row in rows}


def _took(recent: Sequence[Spread], accounts: Sequence[str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in accounts}
    for each in (reached for spread in recent for reached in spread.reached):
        if each.took is not None:
            found[each.channel].append(each.took)
    return found


def _first_posts(recent: Sequence[Spread]) -> Iterator[float]:
    for spread in recent:
        out = [each.sent_at for each in spread.reached if each.sent_at]
        if out:
            yield seconds(min(out) - spread.at)


def _promises(session: Session) -> Promises:
    """An update that follows a promise kept it, or says by how many minutes it did not."""
    before = aliased(IncidentUpdate)
    counted = (
        select(func.count(), func.count(IncidentUpdate.late_by))
        .select_from(before)
        .join(
            IncidentUpdate,
            (IncidentUpdate.incident_id == before.incident_id)
            & (IncidentUpdate.number == before.number + 1),
        )
        .where(before.next_update_by.is_not(None))
    )
    followed, late = session.execute(counted).one()
    return Promises(followed - late, late)


def _open_entries(session: Session) -> list[tuple[IncidentKind, Impact, datetime | None]]:
    rows = session.execute(
        select(Incident.kind, Incident.impact, Incident.next_update_by).where(
            Incident.closed_at.is_(None)
        )
    )
    return [(row.kind, row.impact, row.next_update_by) for row in rows]


def _by_impact(
    entries: Sequence[tuple[IncidentKind, Impact, datetime | None]],
) -> dict[Impact, int]:
    impacts = [impact for kind, impact, _ in entries if kind is IncidentKind.INCIDENT]
    return {impact: impacts.count(impact) for impact in Impact if impact is not Impact.MAINTENANCE}


def _behind_since(session: Session, shown: Shown) -> dict[str, datetime | None]:
    """Events are numbered without gaps: the first that is not shown is the next one."""
    last = last_event(session)
    following = {target: event + 1 for target, event in shown.items() if event < last}
    rows = session.execute(
        select(Event.seq, Event.at).where(Event.seq.in_(set(following.values())))
    )
    moments = {row.seq: row.at for row in rows}
    return {target: moments.get(following.get(target, 0)) for target in shown}
