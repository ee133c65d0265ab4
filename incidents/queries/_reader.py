"""What the public may see, as the frozen views of `view`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.models import (
    AffectedComponent,
    AttachedAnswer,
    Component,
    ComponentGroup,
    Incident,
    Publication,
)
from incidents.operators_texts import texts_at
from incidents.queries._archive import archive
from incidents.queries._building import Builder
from incidents.queries._choosing import last_public_change
from incidents.queries._history import histories, history_with_months, month_of_all
from incidents.queries._kept import Kept
from incidents.queries._rows import COMPONENT, name_in, publication_of
from incidents.queries._touched import first_followed, local_day, minute, neighbouring_months
from incidents.status import CLOSED, Impact, IncidentKind, Status, page_indicator
from incidents.texts import TextError, TextLibrary
from incidents.view import (
    Archive,
    ComponentHistory,
    ComponentView,
    HomeView,
    IncidentView,
    MonthView,
    Overview,
    PublicAnswer,
    PublicComponent,
    PublicGroup,
    PublicIncident,
    PublicPublication,
    Service,
    StaffedDay,
)

log = structlog.get_logger()

PAST_DAYS = 14
NEWEST = 50
_AT_ONCE = 200
"""How many entries are read together: databases limit the parameters of a statement."""


@dataclass
class Reader:
    """Builds public views within one snapshot, as of `now`."""

    session: Session
    service: Service
    texts: TextLibrary
    now: datetime
    kinds: Mapping[str, str] = field(default_factory=dict)
    """The kind of each configured channel, by its name."""
    kept: Kept = field(default_factory=Kept)
    """What an earlier reader of the same service left."""
    _components: dict[str, PublicComponent] = field(default_factory=dict)
    _known: dict[str, PublicIncident] = field(default_factory=dict)
    """Entries that were read already: several lists of a page hold the same ones."""
    _histories: dict[str, ComponentHistory] | None = None

    def __post_init__(self) -> None:
        self.texts = texts_at(self.texts, self.session)
        self.today = local_day(self.service, self.now)
        rows = self.session.execute(
            select(*COMPONENT)
            .where(Component.hidden.is_(False))
            .order_by(Component.position, Component.key)
        )
        self._components = {row.id: PublicComponent(*row) for row in rows}
        self._builder = Builder(
            self.session,
            self.service,
            self.texts,
            self.now,
            self.today,
            self.kinds,
            self._components,
        )
        self.kept.renew(self.session)

    def home(self) -> HomeView:
        """What the home page shows."""
        return HomeView(**self._front())

    def overview(self) -> Overview:
        """The state of the whole page."""
        return Overview(
            **self._front(),
            publications=self._publications(limit=NEWEST),
            incidents=self._newest([IncidentKind.INCIDENT]),
            maintenances=self._newest([IncidentKind.MAINTENANCE, IncidentKind.ADVANCE_NOTICE]),
        )

    def indicator(self) -> Impact:
        """How the page as a whole is."""
        return self._indicator(self._active())

    def visible(self, component_id: str) -> PublicComponent | None:
        """A component as it is now; None when there is no such component, or it is hidden."""
        return self._components.get(component_id)

    def _active(self) -> list[PublicIncident]:
        return self._load(self._open().where(_under_way()))

    def _indicator(self, active: Iterable[PublicIncident]) -> Impact:
        return page_indicator(
            [component.status for component in self._components.values()],
            [i.impact for i in active if i.kind is not IncidentKind.ADVANCE_NOTICE],
        )

    def _front(self) -> dict[str, Any]:
        active = self._active()
        upcoming = self._load(self._open().where(Incident.status == Status.SCHEDULED))
        visible = tuple(self._components.values())
        return {
            "service": self.service,
            "checked_at": minute(self.now),
            "today": self.today,
            "indicator": self._indicator(active),
            "updated_at": self._updated_at(),
            "groups": self._groups(),
            "components": visible,
            "active": tuple(sorted(active, key=_latest_word, reverse=True)),
            "upcoming": tuple(
                sorted(upcoming, key=lambda i: (i.scheduled_for or i.started_at, i.id))
            ),
            "past": self._past(),
            "answers": self._standing_answers(active),
            "histories": self._fared(),
            "latest_month": self._latest_month(),
            "hours": self._hours(),
        }

    def pages(self, incident_ids: Collection[str]) -> Iterator[tuple[str, IncidentView | None]]:
        """The pages of entries, by id. However many there are, few are held at a time."""
        ordered = sorted(incident_ids)
        for start in range(0, len(ordered), _AT_ONCE):
            some = ordered[start : start + _AT_ONCE]
            self.fetch(some)
            for incident_id in some:
                yield incident_id, self.incident(incident_id)
            if len(ordered) > _AT_ONCE:
                self.forget()

    def forget(self) -> None:
        """Let go of what was read."""
        self._known.clear()
        self.session.expunge_all()

    def fetch(self, incident_ids: Collection[str]) -> None:
        """Read entries together; whatever asks for one of them later costs nothing."""
        missing = [incident_id for incident_id in incident_ids if incident_id not in self._known]
        for view in self.kept.get(missing).values():
            self._known[view.id] = self._today(view)
        missing = [incident_id for incident_id in missing if incident_id not in self._known]
        for start in range(0, len(missing), _AT_ONCE):
            views = self._builder.entries(missing[start : start + _AT_ONCE])
            self._known.update((view.id, view) for view in views)
            self.kept.keep(views)

    def _today(self, view: PublicIncident) -> PublicIncident:
        """A kept view with its components as they are now."""
        parts = tuple(self._components[part.component_id] for part in view.affected)
        return replace(view, components=parts)

    def incident(self, incident_id: str) -> IncidentView | None:
        """One entry's page; None when there is no such entry."""
        self.fetch([incident_id])
        found = self._known.get(incident_id)
        if found is None:
            return None
        closed = found.cancelled_at or found.resolved_at
        return IncidentView(
            self.service,
            self.today,
            found,
            publications=self._publications([incident_id]),
            followed=closed is None or closed >= first_followed(self.service, self.now),
        )

    def component(self, component_id: str) -> ComponentView | None:
        """One component's page; None when there is no such component, or it is hidden."""
        component = self._components.get(component_id)
        if component is None:
            return None
        entries = self._load(
            select(Incident)
            .join(AffectedComponent, AffectedComponent.incident_id == Incident.id)
            .where(AffectedComponent.component_id == component_id)
            .order_by(Incident.started_at.desc(), Incident.number.desc())
            .limit(NEWEST)
        )
        return ComponentView(
            service=self.service,
            today=self.today,
            component=component,
            history=history_with_months(self.session, self.service, self.now, component_id),
            group=next((g for g in self._groups() if g.id == component.group_id), None),
            incidents=tuple(entries),
            publications=self._publications([entry.id for entry in entries], NEWEST),
            latest_month=self._latest_month(),
        )

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
        fared = month_of_all(self.session, self.service, self.now, month)
        return MonthView(
            service=self.service,
            month=month,
            incidents=tuple(found),
            previous=previous,
            next=following,
            fared=tuple(
                (part, fared[key])
                for key, part in self._components.items()
                if fared[key].uptime is not None
            ),
        )

    def _fared(self) -> Mapping[str, ComponentHistory]:
        if self._histories is None:
            past = self.kept.past
            self._histories = histories(self.session, self.service, self.now, past)
        return self._histories

    def _latest_month(self) -> str | None:
        return self.session.scalar(select(func.max(Incident.month)))

    def _hours(self) -> StaffedDay | None:
        hours = self.service.hours
        return hours.as_of(minute(self.now), self.service.locales) if hours else None

    def archive(self) -> Archive:
        """Every entry there is."""
        return archive(self.session, self.service)

    def _updated_at(self) -> datetime:
        return last_public_change(self.session) or self.now

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

    def _publications(
        self, of: Collection[str] | None = None, limit: int | None = None
    ) -> tuple[PublicPublication, ...]:
        """Newest first, of some entries or of all."""
        query = select(Publication).order_by(Publication.event_seq.desc()).limit(limit)
        if of is not None:
            query = query.where(Publication.incident_id.in_(of))
        rows = self.session.scalars(query).all()
        self.fetch(dict.fromkeys(row.incident_id for row in rows))
        return tuple(publication_of(row, self._known[row.incident_id].kind) for row in rows)

    def _standing_answers(self, active: Iterable[PublicIncident]) -> tuple[PublicAnswer, ...]:
        found: dict[str, PublicAnswer] = {}
        for incident in active:
            for update in incident.updates:
                for answer in () if update.retraction else update.answers:
                    found.setdefault(answer.key, answer)
        visible = ["", *self._components]
        rows = self.session.scalars(select(AttachedAnswer).order_by(AttachedAnswer.id))
        for row in rows:
            if row.component_id in visible and row.key not in found:
                try:
                    found[row.key] = self._standing(row)
                except TextError as problem:  # as in `answer_dates`: the others stay on the page
                    log.error("answer_not_shown", answer=row.key, why=str(problem))
        return tuple(found.values())

    def _standing(self, row: AttachedAnswer) -> PublicAnswer:
        rendered = {
            locale: self.texts.render_answer(
                row.key, locale, name_in(self.service, locale), self.today, row.fields
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


def _under_way() -> Any:
    return Incident.status.not_in([Status.SCHEDULED, *CLOSED])


def _latest_word(incident: PublicIncident) -> tuple[datetime, int]:
    return incident.updates[0].at, incident.number
