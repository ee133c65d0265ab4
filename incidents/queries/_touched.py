"""What changed since: the site's way to know what to render."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.models import AffectedComponent, Component, ComponentGroup, Event, Incident
from incidents.queries._days import midnight
from incidents.view import Service

FOLLOWED_DAYS = 30
"""Local days for which an entry has a feed of its own after it was closed."""

SHORT_ARCHIVE = 200
"""Entries that are listed in a few milliseconds."""

_IMPORTED = frozenset({"components_imported", "component_statuses_imported"})
"""What speaks of many components at once, and of their past."""


@dataclass(frozen=True, slots=True)
class Touched:
    """The documents that have to be rendered: whole pages, incidents and components by id, months
    by name."""

    home: bool = False
    overview: bool = False
    incidents: frozenset[str] = frozenset()
    months: frozenset[str] = frozenset()
    new_months: frozenset[str] = frozenset()
    """Those of them that may not be there yet."""
    components: frozenset[str] = frozenset()
    new_components: frozenset[str] = frozenset()
    """Those of them that may not be there yet."""
    archive: bool = False

    def __bool__(self) -> bool:
        some = self.incidents or self.months or self.components
        return self.home or self.overview or self.archive or bool(some)


def last_event(session: Session) -> int:
    """The number of the latest event; 0 before the first."""
    return session.scalar(select(func.coalesce(func.max(Event.seq), 0))) or 0


def last_public_event(session: Session, after: int) -> int | None:
    """The latest event after `after` that any document shows; None when there is none."""
    return session.scalar(
        select(func.max(Event.seq)).where(Event.seq > after, Event.public.is_(True))
    )


def touched(
    session: Session,
    service: Service,
    after: int,
    since: datetime,
    now: datetime,
    archived: int = 0,
) -> Touched:
    """What the events after number `after`, and the time from `since` to `now`, touch. The archive
    shows what happened up to the event `archived`.

    Time alone touches the home page each minute (it prints when it was last checked), everything
    open, every component and what is not followed any more when the local day changes, and an
    incident whose promise is broken.
    """
    rows = session.execute(
        select(Event.incident_id, Event.months).where(Event.seq > after, Event.public.is_(True))
    ).all()
    said = _said_of_components(session, after) if rows else []
    imported = any(kind in _IMPORTED for kind, _ in said)
    new_components = _components_of(session, said, every=imported)
    entries = {incident_id for incident_id, _ in rows if incident_id}
    new_day = local_day(service, since) != local_day(service, now)
    older = _grown_older(session, service, since, now, new_day=new_day)
    months = {month for _, names in rows for month in names.split()}
    new_months = {month for month in months if _may_be_new(session, month, len(entries))}
    months |= _neighbours(session, new_months)
    if imported or any(kind == "component_saved" for kind, _ in said):
        months |= set(session.scalars(select(Incident.month).distinct()))  # they name components
    if rows:
        months |= _told_afterwards(session, service, after, now)
    if new_day:
        months |= _counted_months(session, service, since, now)
    return Touched(
        home=bool(rows or older) or minute(since) != minute(now),
        overview=bool(rows or older) or new_day,
        incidents=frozenset(entries | older),
        months=frozenset(months),
        new_months=frozenset(new_months),
        # Each of their pages leads to the newest month of history.
        components=new_components | _components(session, after, every=new_day or bool(new_months)),
        new_components=new_components,
        archive=_archive(session, bool(rows), archived, minute(since) != minute(now)),
    )


def _grown_older(
    session: Session, service: Service, since: datetime, now: datetime, *, new_day: bool
) -> set[str]:
    """The entries that time alone touches: a broken promise; with a new day, all that are open
    and what is not followed any more."""
    lasting = Incident.closed_at.is_(None)
    broken = lasting, Incident.next_update_by >= since, Incident.next_update_by < now
    found = set(session.scalars(select(Incident.id).where(*broken)))
    if new_day:
        found |= set(session.scalars(select(Incident.id).where(lasting)))
        found |= _not_followed_any_more(session, service, since, now)
    return found


def _neighbours(session: Session, months: set[str]) -> set[str]:
    """The months whose pages lead to one of these."""
    beside = (month for new in months for month in neighbouring_months(session, new))
    return {month for month in beside if month}


def _archive(session: Session, happened: bool, archived: int, new_minute: bool) -> bool:
    """Whether the archive has to be rendered: with what happened while it is short, else in the
    next minute in which nothing happens, so that nobody's update waits for it."""
    if happened:
        return (session.scalar(select(func.max(Incident.number))) or 0) <= SHORT_ARCHIVE
    return new_minute and last_public_event(session, archived) is not None


def _said_of_components(session: Session, after: int) -> list[tuple[str, dict[str, Any]]]:
    """What happened to no entry: to components and groups among others."""
    of_no_entry = Event.seq > after, Event.incident_id.is_(None), Event.public.is_(True)
    return [
        (kind, data)
        for kind, data in session.execute(select(Event.kind, Event.data).where(*of_no_entry))
    ]


def _components_of(
    session: Session, said: list[tuple[str, dict[str, Any]]], *, every: bool
) -> frozenset[str]:
    """Components that were made, changed or shown, and those of a group that was; or all."""
    if every:
        return frozenset(session.scalars(select(Component.id)))
    keys = {data["component"] for _, data in said if data.get("component")}
    groups = {data["group"] for _, data in said if data.get("group")}
    found: set[str] = set()
    if keys:
        found |= set(session.scalars(select(Component.id).where(Component.key.in_(keys))))
    if groups:
        of_groups = select(Component.id).join(
            ComponentGroup, ComponentGroup.id == Component.group_id
        )
        found |= set(session.scalars(of_groups.where(ComponentGroup.key.in_(groups))))
    return frozenset(found)


def _components(session: Session, after: int, *, every: bool) -> frozenset[str]:
    """Components that entries name which something happened to, or every one."""
    if every:
        return frozenset(session.scalars(select(Component.id)))
    named = (
        select(AffectedComponent.component_id)
        .join(Event, Event.incident_id == AffectedComponent.incident_id)
        .where(Event.seq > after, Event.public.is_(True))
    )
    return frozenset(session.scalars(named))


def _counted_months(session: Session, service: Service, since: datetime, now: datetime) -> set[str]:
    """The months in which a day was over since, where they have a page: they tell the uptime."""
    days = sorted(local_day(service, moment) for moment in (since, now))
    between = Incident.month >= f"{days[0]:%Y-%m}", Incident.month <= f"{days[1]:%Y-%m}"
    return set(session.scalars(select(Incident.month).where(*between).distinct()))


def _told_afterwards(session: Session, service: Service, after: int, now: datetime) -> set[str]:
    """The months in which what was told afterwards lasted, where they have a page: they tell the
    uptime."""
    lasted = session.execute(
        select(Incident.started_at, Incident.closed_at)
        .join(Event, Event.incident_id == Incident.id)
        .where(Event.seq > after, Event.kind.in_(["incident_backdated", "incident_imported"]))
    )
    found: set[str] = set()
    for start, end in lasted:
        found |= _counted_months(session, service, start, end or now)
    return found


def _not_followed_any_more(
    session: Session, service: Service, since: datetime, now: datetime
) -> set[str]:
    """The entries whose feeds end, now that a day has come (or begin again, if a clock was
    put back)."""
    ends = sorted(first_followed(service, moment) for moment in (since, now))
    over = Incident.closed_at >= ends[0], Incident.closed_at < ends[1]
    return set(session.scalars(select(Incident.id).where(*over)))


def first_followed(service: Service, now: datetime) -> datetime:
    """What was closed before this instant has no feed of its own any more."""
    first = local_day(service, now) - timedelta(days=FOLLOWED_DAYS - 1)
    return midnight(first, service.time_zone)


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
        components=frozenset(session.scalars(select(Component.id))),
        archive=True,
    )


def next_change(session: Session, service: Service, now: datetime) -> datetime:
    """The next instant at which the page has to change by itself: a broken promise, a new day."""
    tomorrow = local_day(service, now) + timedelta(days=1)
    new_day = midnight(tomorrow, service.time_zone)
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
