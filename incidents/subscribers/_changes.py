"""Components' changes, as programs are told of them: which is next, and when it may go.

A list that tells of changes is as calm as an account: of a component that comes and goes it tells
once per window, in quiet hours not of what is of low impact, and then the latest state alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, exists, or_, select
from sqlalchemy.orm import Session, aliased

from incidents.calm import Calm
from incidents.db import Database
from incidents.models import Component, ComponentChange, Publication
from incidents.outbox import LEASE
from incidents.status import ComponentStatus, IncidentKind, ListMode, impact_of
from incidents.subscribers._rows import Round
from incidents.subscribers._walking import Reach, Walk, count_reached

_LONGEST_WAIT = timedelta(days=2)
"""A window and quiet hours last a day each at most."""


def next_change(
    db: Database,
    channel: str,
    worker: str,
    now: datetime,
    since: timedelta,
    calm: Calm,
    zone: ZoneInfo,
) -> tuple[Walk, ComponentChange] | None:
    """The next change of a component's status that a list is to be told of now; None: none.

    Changes that were due more than `since` ago are passed over, as are those of hidden components,
    and the first status that a new component has.
    """
    with db.claim() as session:
        row = _unfinished(session, channel)
        if row is None:
            due = _Due(session, channel, now, since, calm, zone).next()
            row = _new_round_of(session, channel, due, now) if due else None
        if row is None or (row.lease_until and row.lease_until > now and row.claimed_by != worker):
            return None
        row.lease_until, row.claimed_by = now + LEASE, worker
        told = session.get_one(ComponentChange, row.change_id)
        reach = _reach_of_change(ListMode(channel), told)
        return Walk(row.id, channel, reach, row.total, worker, change_id=told.id), told


def _unfinished(session: Session, channel: str) -> Round | None:
    return session.scalar(
        select(Round)
        .where(Round.channel == channel, Round.change_id.is_not(None), Round.done_at.is_(None))
        .order_by(Round.change_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


@dataclass(frozen=True)
class _Due:
    """One look at what a list was not told of."""

    session: Session
    channel: str
    now: datetime
    since: timedelta
    calm: Calm
    zone: ZoneInfo

    def next(self) -> ComponentChange | None:
        """The first change that is due; of those that wait only a component's latest counts."""
        untold = list(self._untold())
        latest = {change.component_id: change.id for change, _ in untold}
        for change, by_program in untold:
            at, state = self._calmed(change, by_program)
            waits = at > change.at
            if waits and (latest[change.component_id] != change.id or state is change.new_status):
                continue  # a later one says it, or it is as they know it
            if at <= self.now < at + self.since:
                return change
        return None

    def _untold(self) -> Iterator[Row[ComponentChange, bool]]:
        """The oldest first, each with whether no person stands before it."""
        told = aliased(ComponentChange)
        is_told = exists(
            select(Round.id)
            .join(told, told.id == Round.change_id)
            .where(
                Round.channel == self.channel,
                told.component_id == ComponentChange.component_id,
                told.id >= ComponentChange.id,
            )
        )
        yield from self.session.execute(
            select(ComponentChange, _by_program())
            .join(Component, Component.id == ComponentChange.component_id)
            .where(
                ComponentChange.at > self.now - self.since - _LONGEST_WAIT,
                ComponentChange.new_status != ComponentChange.old_status,
                Component.hidden.is_(False),
                ~is_told,
            )
            .order_by(ComponentChange.id)
        )

    def _calmed(
        self, change: ComponentChange, by_program: bool
    ) -> tuple[datetime, ComponentStatus | None]:
        """When it may go, and the status that the list knows, where it knows one."""
        last = self._last_told(change) if by_program and self.calm.window else None
        at = max(change.at, last[0] + self.calm.window) if last else change.at
        quiet = self.calm.quiet.get(self.channel)
        impact = impact_of([change.old_status, change.new_status])
        night = quiet.until(at, impact, self.zone) if quiet else None
        return night or at, last[1] if last else None

    def _last_told(self, change: ComponentChange) -> tuple[datetime, ComponentStatus] | None:
        """Of this component's changes by programs, when the last one went out, and what it said."""
        row = self.session.execute(
            select(Round.begun_at, ComponentChange.new_status)
            .join(ComponentChange, ComponentChange.id == Round.change_id)
            .where(
                Round.channel == self.channel,
                ComponentChange.component_id == change.component_id,
                _by_program(),
            )
            .order_by(Round.change_id.desc())
            .limit(1)
        ).one_or_none()
        return (row.begun_at, row.new_status) if row else None


def _by_program() -> ColumnElement[bool]:
    """What is set outside of any incident counts as a program's: it is not published."""
    published = exists().where(
        Publication.incident_id == ComponentChange.incident_id,
        Publication.at == ComponentChange.at,
        Publication.by_program.is_(True),
    )
    return or_(ComponentChange.incident_id.is_(None), published)


def _reach_of_change(mode: ListMode, change: ComponentChange) -> Reach:
    return Reach(
        mode, change.at, IncidentKind.INCIDENT, frozenset([change.component_id]), change.incident_id
    )


def _new_round_of(session: Session, channel: str, change: ComponentChange, now: datetime) -> Round:
    total = count_reached(session, _reach_of_change(ListMode(channel), change))
    row = Round(
        channel=channel,
        change_id=change.id,
        incident_id=change.incident_id,
        seq=0,
        cursor=0,
        total=total,
        begun_at=now,
    )
    session.add(row)
    session.flush()
    return row
