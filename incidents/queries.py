"""Every read. What goes to the public leaves here as the frozen views of `view`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from incidents.errors import NotFound
from incidents.models import (
    AttachedAnswer,
    Channel,
    Component,
    ComponentChange,
    ComponentGroup,
    Delivery,
    Draft,
    Event,
    Incident,
    IncidentUpdate,
    Operator,
    Page,
    Publication,
)
from incidents.status import (
    CLOSED,
    ChannelState,
    ComponentStatus,
    DeliveryState,
    IncidentKind,
    Origin,
    Status,
    page_indicator,
)
from incidents.texts import TextLibrary
from incidents.view import (
    AffectedComponent as PublicAffected,
)
from incidents.view import (
    IncidentView,
    MonthView,
    Overview,
    PublicAnswer,
    PublicChange,
    PublicComponent,
    PublicCorrection,
    PublicFigure,
    PublicGroup,
    PublicIncident,
    PublicPost,
    PublicPublication,
    PublicRetraction,
    PublicText,
    PublicUpdate,
    Service,
)

PAST_DAYS = 14
NEWEST = 50
_AT_ONCE = 200
"""How many entries are read together: databases limit the parameters of a statement."""


# What operators and actions look up


def find_incident(session: Session, reference: str, named: str = "incident") -> Incident:
    """An entry by its id, key or number ("#42" or "42"). Raises `NotFound` naming the field."""
    number = reference.removeprefix("#")
    found = session.scalar(
        select(Incident).where(
            or_(
                Incident.id == reference,
                Incident.key == reference,
                Incident.number == (int(number) if number.isdecimal() and len(number) < 10 else 0),
            )
        )
    )
    if found is None:
        raise NotFound(f"{named}: there is no {reference!r}; see 'avviso incidents'")
    return found


def find_update(session: Session, incident: Incident, reference: str | None) -> IncidentUpdate:
    """One of an entry's updates by number or key; the latest for None. Raises `NotFound`."""
    updates = list(
        session.scalars(
            select(IncidentUpdate)
            .where(IncidentUpdate.incident_id == incident.id)
            .order_by(IncidentUpdate.number.desc())
        )
    )
    for update in updates:
        if reference is None or reference in (str(update.number), update.key):
            return update
    raise NotFound(
        f"update: #{incident.number} has no update {reference!r}; it has 1 to {len(updates)}"
    )


def find_draft(session: Session, draft_id: str) -> Draft:
    """A draft by its id. Raises `NotFound`."""
    draft = session.get(Draft, draft_id)
    if draft is None:
        raise NotFound(f"draft: there is no {draft_id!r}")
    return draft


def page_id(session: Session) -> str | None:
    """The page's id; None before it was set up."""
    return session.scalar(select(Page.id))


def component_history(
    session: Session, component_id: str
) -> list[tuple[datetime, ComponentStatus]]:
    """(when, new status) of a component, oldest first, as `status.uptime` takes them."""
    rows = session.execute(
        select(ComponentChange.at, ComponentChange.new_status)
        .where(ComponentChange.component_id == component_id)
        .order_by(ComponentChange.at, ComponentChange.id)
    )
    return [(at, status) for at, status in rows]


def incidents(session: Session, *, only_open: bool = False, limit: int = 100) -> list[Incident]:
    """Entries of every kind, newest first, with their updates."""
    query = (
        select(Incident)
        .options(selectinload(Incident.updates), selectinload(Incident.affected))
        .order_by(Incident.number.desc())
        .limit(limit)
    )
    if only_open:
        query = query.where(Incident.closed_at.is_(None))
    return list(session.scalars(query))


def components(session: Session) -> list[Component]:
    """All components, hidden ones too, in their order."""
    return list(session.scalars(select(Component).order_by(Component.position, Component.key)))


def operators(session: Session) -> list[Operator]:
    return list(session.scalars(select(Operator).order_by(Operator.login)))


def drafts(session: Session) -> list[Draft]:
    return list(session.scalars(select(Draft).order_by(Draft.created_at)))


def deliveries(
    session: Session,
    *,
    incident: str | None = None,
    state: DeliveryState | None = None,
    channel: str | None = None,
    limit: int = 100,
) -> list[Delivery]:
    """Deliveries with their publications, newest first. Raises `NotFound` for the incident."""
    query = (
        select(Delivery)
        .options(selectinload(Delivery.publication))
        .order_by(Delivery.seq.desc(), Delivery.id.desc())
        .limit(limit)
    )
    if incident is not None:
        query = query.where(Delivery.thread == find_incident(session, incident).id)
    if state is not None:
        query = query.where(Delivery.state == state)
    if channel is not None:
        query = query.where(Delivery.channel == channel)
    return list(session.scalars(query))


def channel_states(session: Session) -> dict[str, Channel]:
    """Channels that are not simply on, by name."""
    return {row.name: row for row in session.scalars(select(Channel)) if row.state != "on"}


def broken_channels(session: Session) -> set[str]:
    return set(session.scalars(select(Channel.name).where(Channel.state != ChannelState.ON)))


# What changed since: the site's way to know what to render


@dataclass(frozen=True, slots=True)
class Touched:
    """The documents that have to be rendered: whole pages, incidents by id, months by name."""

    home: bool = False
    overview: bool = False
    incidents: frozenset[str] = frozenset()
    months: frozenset[str] = frozenset()

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
    return Touched(
        home=bool(rows or broken) or minute(since) != minute(now),
        overview=bool(rows or broken) or new_day,
        incidents=frozenset(entries | broken),
        months=frozenset(months | _neighbours(session, months, len(entries))),
    )


def _neighbours(session: Session, months: Iterable[str], entries: int) -> set[str]:
    """Months that link to one that may just have appeared or vanished."""
    found: set[str | None] = set()
    for month in months:
        held = session.scalar(select(func.count()).where(Incident.month == month)) or 0
        if held <= entries:
            found |= set(neighbouring_months(session, month))
    return {month for month in found if month}


def everything(session: Session) -> Touched:
    """All documents there are."""
    return Touched(
        home=True,
        overview=True,
        incidents=frozenset(session.scalars(select(Incident.id))),
        months=frozenset(session.scalars(select(Incident.month).distinct())),
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


# What the public may see


@dataclass
class Reader:
    """Builds public views within one snapshot, as of `now`."""

    session: Session
    service: Service
    texts: TextLibrary
    now: datetime
    kinds: Mapping[str, str] = field(default_factory=dict)
    """The kind of each configured channel, by its name."""
    _components: dict[str, PublicComponent] = field(default_factory=dict)
    _known: dict[str, PublicIncident] = field(default_factory=dict)
    """Entries that were read already: several lists of a page hold the same ones."""

    def __post_init__(self) -> None:
        self.today = local_day(self.service, self.now)
        rows = self.session.scalars(
            select(Component)
            .where(Component.hidden.is_(False))
            .order_by(Component.position, Component.key)
        )
        self._components = {row.id: _component(row) for row in rows}

    def overview(self) -> Overview:
        """The state of the whole page."""
        active = self._load(self._open().where(_under_way()))
        upcoming = self._load(self._open().where(Incident.status == Status.SCHEDULED))
        visible = tuple(self._components.values())
        return Overview(
            service=self.service,
            checked_at=minute(self.now),
            today=self.today,
            indicator=page_indicator(
                [component.status for component in visible],
                [i.impact for i in active if i.kind is not IncidentKind.ADVANCE_NOTICE],
            ),
            updated_at=self._updated_at(),
            groups=self._groups(),
            components=visible,
            active=tuple(sorted(active, key=_latest_word, reverse=True)),
            upcoming=tuple(sorted(upcoming, key=lambda i: (i.scheduled_for or i.started_at, i.id))),
            past=self._past(),
            answers=self._standing_answers(active),
            publications=self._publications(),
            incidents=self._newest([IncidentKind.INCIDENT]),
            maintenances=self._newest([IncidentKind.MAINTENANCE, IncidentKind.ADVANCE_NOTICE]),
            months=tuple(
                self.session.scalars(
                    select(Incident.month).distinct().order_by(Incident.month.desc())
                )
            ),
        )

    def fetch(self, incident_ids: Collection[str]) -> None:
        """Read entries together; whatever asks for one of them later costs nothing."""
        missing = [incident_id for incident_id in incident_ids if incident_id not in self._known]
        for start in range(0, len(missing), _AT_ONCE):
            self._read(missing[start : start + _AT_ONCE])

    def incident(self, incident_id: str) -> IncidentView | None:
        """One entry's page; None when there is no such entry."""
        found = self._load(select(Incident).where(Incident.id == incident_id))
        return IncidentView(self.service, self.today, found[0]) if found else None

    def month(self, month: str) -> MonthView | None:
        """A month of history; None when nothing began in it."""
        found = self._load(
            select(Incident)
            .where(Incident.month == month)
            .order_by(Incident.started_at.desc(), Incident.number.desc())
        )
        if not found:
            return None
        previous, following = neighbouring_months(self.session, month)
        return MonthView(self.service, month, tuple(found), previous, following)

    def _updated_at(self) -> datetime:
        latest = self.session.scalar(
            select(Event.at).where(Event.public.is_(True)).order_by(Event.seq.desc()).limit(1)
        )
        return latest or self.session.scalar(select(Page.created_at)) or self.now

    def _open(self) -> Any:
        return select(Incident).where(Incident.closed_at.is_(None)).order_by(Incident.number)

    def _past(self) -> tuple[PublicIncident, ...]:
        start = datetime.combine(
            self.today - timedelta(days=PAST_DAYS), time(), self.service.time_zone
        )
        query = (
            select(Incident)
            .where(Incident.closed_at >= start)
            .order_by(Incident.closed_at.desc(), Incident.number.desc())
            .limit(NEWEST)
        )
        return tuple(self._load(query))

    def _newest(self, kinds: Sequence[IncidentKind]) -> tuple[PublicIncident, ...]:
        query = (
            select(Incident)
            .where(Incident.kind.in_(kinds))
            .order_by(Incident.started_at.desc(), Incident.number.desc())
            .limit(NEWEST)
        )
        older = (
            select(Incident)
            .where(Incident.kind.in_(kinds), Incident.closed_at.is_(None))
            .order_by(Incident.started_at.desc(), Incident.number.desc())
        )
        newest = self._load(query)
        known = {incident.id for incident in newest}
        return (*newest, *(i for i in self._load(older) if i.id not in known))

    def _groups(self) -> tuple[PublicGroup, ...]:
        rows = self.session.scalars(select(ComponentGroup).order_by(ComponentGroup.position))
        return tuple(
            PublicGroup(g.id, g.name, g.description, g.position, g.created_at, g.updated_at)
            for g in rows
        )

    def _publications(self) -> tuple[PublicPublication, ...]:
        rows = self.session.execute(
            select(Publication, Incident.kind)
            .join(Incident, Incident.id == Publication.incident_id)
            .order_by(Publication.event_seq.desc())
            .limit(NEWEST)
        )
        return tuple(_publication(row, kind) for row, kind in rows)

    def _standing_answers(self, active: Iterable[PublicIncident]) -> tuple[PublicAnswer, ...]:
        found: dict[str, PublicAnswer] = {}
        for incident in active:
            for update in incident.updates:
                for answer in update.answers:
                    found.setdefault(answer.key, answer)
        visible = ["", *self._components]
        rows = self.session.scalars(select(AttachedAnswer).order_by(AttachedAnswer.id))
        for row in rows:
            if row.component_id in visible and row.key not in found:
                found[row.key] = self._standing(row)
        return tuple(found.values())

    def _standing(self, row: AttachedAnswer) -> PublicAnswer:
        rendered = {
            locale: self.texts.render_answer(
                row.key, locale, _name_in(self.service, locale), self.today, row.fields
            )
            for locale in self.service.locales
        }
        return PublicAnswer(
            key=row.key,
            question={locale: text.question for locale, text in rendered.items()},
            short={locale: text.short for locale, text in rendered.items()},
            answer={locale: text.answer for locale, text in rendered.items()},
            dates={locale: text.dates for locale, text in rendered.items() if text.dates},
        )

    def _load(self, query: Any) -> list[PublicIncident]:
        ids = list(self.session.scalars(query.with_only_columns(Incident.id)))
        self.fetch(ids)
        return [self._known[incident_id] for incident_id in ids]

    def _read(self, ids: Sequence[str]) -> None:
        rows = list(
            self.session.scalars(
                select(Incident)
                .where(Incident.id.in_(ids))
                .options(
                    selectinload(Incident.updates).selectinload(IncidentUpdate.changes),
                    selectinload(Incident.updates).selectinload(IncidentUpdate.corrections),
                    selectinload(Incident.affected),
                )
            )
        )
        posts = self._posts(ids)
        heirs = self._heirs([row.id for row in rows if row.kind is IncidentKind.ADVANCE_NOTICE])
        for row in rows:
            self._known[row.id] = self._incident(row, posts.get(row.id, []), heirs.get(row.id))

    def _posts(self, ids: Sequence[str]) -> dict[str, list[PublicPost]]:
        found: dict[str, list[PublicPost]] = {}
        if not ids:
            return found
        rows = self.session.execute(
            select(Delivery, Publication.update_number)
            .join(Publication, Publication.id == Delivery.publication_id)
            .where(
                Delivery.thread.in_(ids),
                Delivery.recipient == "",
                Delivery.remote_url.is_not(None),
            )
            .order_by(Delivery.seq, Delivery.channel)
        )
        for row, number in rows:
            kind = self.kinds.get(row.channel, row.channel)
            post = PublicPost(number or 0, row.channel, kind, row.remote_url or "")
            found.setdefault(row.thread, []).append(post)
        return found

    def _heirs(self, ids: Sequence[str]) -> dict[str, str]:
        if not ids:
            return {}
        rows = self.session.execute(
            select(Incident.notice_id, Incident.id).where(Incident.notice_id.in_(ids))
        )
        return {notice: incident for notice, incident in rows if notice}

    def _incident(
        self, row: Incident, posts: Iterable[PublicPost], heir: str | None
    ) -> PublicIncident:
        shown = [a for a in row.affected if a.component_id in self._components]
        promise = row.next_update_by if row.closed_at is None else None
        return PublicIncident(
            id=row.id,
            number=row.number,
            kind=row.kind,
            name=row.name,
            status=row.status,
            impact=row.impact,
            started_at=row.started_at,
            created_at=row.created_at,
            updated_at=row.updated_at,
            updates=tuple(self._update(update) for update in row.updates),
            affected=tuple(PublicAffected(a.component_id, a.name, a.status) for a in shown),
            components=tuple(self._components[a.component_id] for a in shown),
            monitoring_at=row.monitoring_at,
            resolved_at=row.resolved_at,
            scheduled_for=row.scheduled_for,
            scheduled_until=row.scheduled_until,
            cancelled_at=row.cancelled_at,
            backdated=row.backdated,
            next_update_by=promise,
            overdue=promise is not None and promise < self.now,
            first_notice_after=_first_notice_after(row),
            notice_id=row.notice_id,
            incident_id=heir,
            posts=tuple(posts),
        )

    def _update(self, row: IncidentUpdate) -> PublicUpdate:
        return PublicUpdate(
            id=row.id,
            number=row.number,
            status=row.status,
            at=row.at,
            texts=_texts(row.texts),
            changes=tuple(
                PublicChange(c.component_id, c.name, c.old_status, c.new_status)
                for c in row.changes
                if c.component_id in self._components
            ),
            figures=tuple(_figure(figure) for figure in row.figures),
            answers=tuple(self._answer(answer) for answer in row.answers),
            next_update_by=row.next_update_by,
            late_by=row.late_by,
            corrections=tuple(
                PublicCorrection(c.at, _texts(c.before), c.reason) for c in row.corrections
            ),
            retraction=(
                PublicRetraction(row.retracted_at, row.retraction_reason)
                if row.retracted_at
                else None
            ),
            automatic=row.origin is Origin.AUTOMATIC,
            updated_at=row.updated_at,
            still_cannot=row.still_cannot,
        )

    def _answer(self, frozen: Mapping[str, Any]) -> PublicAnswer:
        dates = frozen["dates"]
        if dates is None:
            dates = answer_dates(
                self.texts, self.service, frozen["key"], frozen["fields"], self.today
            )
        texts = frozen["texts"]
        return PublicAnswer(
            key=frozen["key"],
            question={locale: text["question"] for locale, text in texts.items()},
            short={locale: text["short"] for locale, text in texts.items()},
            answer={locale: text["answer"] for locale, text in texts.items()},
            dates={locale: tuple(lines) for locale, lines in dates.items()},
        )


def answer_dates(
    texts: TextLibrary,
    service: Service,
    key: str,
    fields: Mapping[str, object],
    today: date,
) -> dict[str, list[str]]:
    """The dates of an answer that matter on a day, one sentence each, per locale."""
    dates = {
        locale: texts.render_answer(key, locale, _name_in(service, locale), today, fields).dates
        for locale in service.locales
    }
    return {locale: list(lines) for locale, lines in dates.items() if lines}


def neighbouring_months(session: Session, month: str) -> tuple[str | None, str | None]:
    """The months before and after this one that have a page."""
    previous = session.scalar(select(func.max(Incident.month)).where(Incident.month < month))
    following = session.scalar(select(func.min(Incident.month)).where(Incident.month > month))
    return previous, following


def _name_in(service: Service, locale: str) -> str:
    return service.name.get(locale) or service.name[service.default_locale]


def _under_way() -> Any:
    return Incident.status.not_in([Status.SCHEDULED, *CLOSED])


def _latest_word(incident: PublicIncident) -> tuple[datetime, int]:
    return incident.updates[0].at, incident.number


def _first_notice_after(row: Incident) -> int | None:
    """Minutes from the start of the fault to its first notice (no sense for planned things)."""
    if row.kind is not IncidentKind.INCIDENT or row.backdated:
        return None
    return max(0, int((row.created_at - row.started_at).total_seconds()) // 60)


def _texts(stored: Mapping[str, Any]) -> dict[str, PublicText]:
    return {locale: PublicText(**text) for locale, text in stored.items()}


def _figure(stored: Mapping[str, Any]) -> PublicFigure:
    return PublicFigure(**{**stored, "as_of": datetime.fromisoformat(stored["as_of"])})


def _component(row: Component) -> PublicComponent:
    return PublicComponent(
        id=row.id,
        key=row.key,
        name=row.name,
        description=row.description,
        status=row.status,
        status_since=row.status_since,
        group_id=row.group_id,
        position=row.position,
        created_at=row.created_at,
        updated_at=row.updated_at,
        start_date=row.start_date,
        only_show_if_degraded=row.only_show_if_degraded,
    )


def _publication(row: Publication, kind: IncidentKind) -> PublicPublication:
    return PublicPublication(
        id=row.id,
        kind=row.kind,
        at=row.at,
        incident_id=row.incident_id,
        incident_name=row.name,
        incident_kind=kind,
        update_number=row.update_number,
        status=row.status,
        texts=_texts(row.texts),
        reason=row.reason,
        figures=tuple(_figure(figure) for figure in row.figures),
        next_update_by=row.next_update_by,
        automatic=row.origin is Origin.AUTOMATIC,
    )
