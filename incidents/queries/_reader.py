"""What the public may see, as the frozen views of `view`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from incidents.models import (
    AttachedAnswer,
    Component,
    ComponentGroup,
    Delivery,
    Event,
    Incident,
    IncidentUpdate,
    Page,
    Publication,
)
from incidents.queries._kept import Kept
from incidents.queries._rows import (
    answer_dates,
    component_of,
    figure_of,
    first_notice_after,
    name_in,
    publication_of,
    texts_of,
)
from incidents.queries._touched import local_day, minute, neighbouring_months
from incidents.status import CLOSED, IncidentKind, Origin, Status, page_indicator
from incidents.texts import TextLibrary
from incidents.view import (
    AffectedComponent as PublicAffected,
)
from incidents.view import (
    HomeView,
    IncidentView,
    MonthView,
    Overview,
    PublicAnswer,
    PublicChange,
    PublicComponent,
    PublicCorrection,
    PublicGroup,
    PublicIncident,
    PublicPost,
    PublicPublication,
    PublicRetraction,
    PublicUpdate,
    Service,
)

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

    def __post_init__(self) -> None:
        self.today = local_day(self.service, self.now)
        rows = self.session.scalars(
            select(Component)
            .where(Component.hidden.is_(False))
            .order_by(Component.position, Component.key)
        )
        self._components = {row.id: component_of(row) for row in rows}
        self.kept.renew(self.session)

    def home(self) -> HomeView:
        """What the home page shows."""
        return HomeView(**self._front())

    def overview(self) -> Overview:
        """The state of the whole page."""
        return Overview(
            **self._front(),
            publications=self._publications(),
            incidents=self._newest([IncidentKind.INCIDENT]),
            maintenances=self._newest([IncidentKind.MAINTENANCE, IncidentKind.ADVANCE_NOTICE]),
        )

    def _front(self) -> dict[str, Any]:
        active = self._load(self._open().where(_under_way()))
        upcoming = self._load(self._open().where(Incident.status == Status.SCHEDULED))
        visible = tuple(self._components.values())
        return {
            "service": self.service,
            "checked_at": minute(self.now),
            "today": self.today,
            "indicator": page_indicator(
                [component.status for component in visible],
                [i.impact for i in active if i.kind is not IncidentKind.ADVANCE_NOTICE],
            ),
            "updated_at": self._updated_at(),
            "groups": self._groups(),
            "components": visible,
            "active": tuple(sorted(active, key=_latest_word, reverse=True)),
            "upcoming": tuple(
                sorted(upcoming, key=lambda i: (i.scheduled_for or i.started_at, i.id))
            ),
            "past": self._past(),
            "answers": self._standing_answers(active),
            "latest_month": self.session.scalar(select(func.max(Incident.month))),
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
            self._read(missing[start : start + _AT_ONCE])

    def _today(self, view: PublicIncident) -> PublicIncident:
        """A kept view with its components as they are now."""
        parts = tuple(self._components[part.component_id] for part in view.affected)
        return replace(view, components=parts)

    def incident(self, incident_id: str) -> IncidentView | None:
        """One entry's page; None when there is no such entry."""
        self.fetch([incident_id])
        found = self._known.get(incident_id)
        return IncidentView(self.service, self.today, found) if found else None

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
        return tuple(publication_of(row, kind) for row, kind in rows)

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
        self.kept.keep(self._known[row.id] for row in rows)

    def _posts(self, ids: Sequence[str]) -> dict[str, list[PublicPost]]:
        found: dict[str, list[PublicPost]] = {}
        if not ids:
            return found
        rows = self.session.execute(
            select(Delivery, Publication.update_number)
            .join(Publication, Publication.id == Delivery.publication_id)
            .where(
                Publication.incident_id.in_(ids),
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
            first_notice_after=first_notice_after(row),
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
            texts=texts_of(row.texts),
            changes=tuple(
                PublicChange(c.component_id, c.name, c.old_status, c.new_status)
                for c in row.changes
                if c.component_id in self._components
            ),
            figures=tuple(figure_of(figure) for figure in row.figures),
            answers=tuple(self._answer(answer) for answer in row.answers),
            next_update_by=row.next_update_by,
            late_by=row.late_by,
            corrections=tuple(
                PublicCorrection(c.at, texts_of(c.before), c.reason) for c in row.corrections
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


def _under_way() -> Any:
    return Incident.status.not_in([Status.SCHEDULED, *CLOSED])


def _latest_word(incident: PublicIncident) -> tuple[datetime, int]:
    return incident.updates[0].at, incident.number
