"""What changed since: the site's way to know what to render."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.models import Event, Incident
from incidents.view import Service


@dataclass(frozen=True, slots=True)
class Touched:
    """The documents that have to be rendered: whole pages, incidents by id, months by name."""

    home: bool = False
    overview: bool = False
    incidents: frozenset[str] = frozenset()
    months: frozenset[str] = frozenset()
    new_months: frozenset[str] = frozenset()
    """Those of them that may not be there yet."""

    def __bool__(self) -> bool:
        return self.home or self.overview or bool(self.incidents or self.months)


def last_event(session: Session) -> int:
    """The number of the latest event; 0 before the first."""
    return session.scalar(select(func.coalesce(func.max(Event.seq), 0))) or 0


def last_public_event(session: Session, after: int) -> int | None:
    """The latest event after `after` that any document shows; None when there is none."""
    return session.scalar(
        select(func.max(Event.seq)).where(Event.seq > after, Event.public.is_(True))
    )


def touched(
    session: Session, service: Service, after: int, since: datetime, now: datetime
) -> Touched:
    """What the events after number `after`, and the time from `since` to `now`, touch.

    Time alone touches the home page each minute (it prints when it was last checked), everything
    open when the local day changes, and an incident whose promise is broken.
    """
    rows = session.execute(
        select(Event.incident_id, Event.months).where(Event.seq > after, Event.public.is_(True))
    ).all()
    entries = {incident_id for incident_id, _ in rows if incident_id}
    months = {month for _, names in rows for month in names.split()}
    broken = set(
        session.scalars(
            select(Incident.id).where(
                Incident.closed_at.is_(None),
                Incident.next_update_by >= since,
                Incident.next_update_by < now,
            )
        )
    )
    new_day = local_day(service, since) != local_day(service, now)
    if new_day:
        broken |= set(session.scalars(select(Incident.id).where(Incident.closed_at.is_(None))))
    new_months = {month for month in months if _may_be_new(session, month, len(entries))}
    neighbours = {
        neighbour
        for month in new_months
        for neighbour in neighbouring_months(session, month)
        if neighbour
    }
    return Touched(
        home=bool(rows or broken) or minute(since) != minute(now),
        overview=bool(rows or broken) or new_day,
        incidents=frozenset(entries | broken),
        months=frozenset(months | neighbours),
        new_months=frozenset(new_months),
    )


def _may_be_new(session: Session, month: str, entries: int) -> bool:
    """Whether a month may just have appeared or vanished: it holds no more than what is new."""
    held = session.scalar(select(func.count()).where(Incident.month == month)) or 0
    return held <= entries


def everything(session: Session) -> Touched:
    """All documents there are."""
    months = frozenset(session.scalars(select(Incident.month).distinct()))
    return Touched(
        home=True,
        overview=True,
        incidents=frozenset(session.scalars(select(Incident.id))),
        months=months,
        new_months=months,
    )


def next_change(session: Session, service: Service, now: datetime) -> datetime:
    """The next instant at which the page has to change by itself: a broken promise, a new day."""
    tomorrow = local_day(service, now) + timedelta(days=1)
    new_day = datetime.combine(tomorrow, time(), service.time_zone).astimezone(UTC)
    promise = session.scalar(
        select(func.min(Incident.next_update_by)).where(
            Incident.closed_at.is_(None), Incident.next_update_by >= now
        )
    )
    # A promise is broken just after its minute, not in it.
    broken = promise + timedelta(seconds=1) if promise else new_day
    return min(new_day, broken)


def local_day(service: Service, moment: datetime) -> date:
    return moment.astimezone(service.time_zone).date()


def minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def neighbouring_months(session: Session, month: str) -> tuple[str | None, str | None]:
    """The months before and after this one that have a page."""
    previous = session.scalar(select(func.max(Incident.month)).where(Incident.month < month))
    following = session.scalar(select(func.min(Incident.month)).where(Incident.month > month))
    return previous, following
