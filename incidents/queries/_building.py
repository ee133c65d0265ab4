"""Builds the views of entries from their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from incidents.models import Delivery, Incident, IncidentUpdate, Publication
from incidents.queries._rows import answer_dates, figure_of, first_notice_after, texts_of
from incidents.status import IncidentKind, Origin
from incidents.texts import TextLibrary
from incidents.view import (
    AffectedComponent,
    PublicAnswer,
    PublicChange,
    PublicComponent,
    PublicCorrection,
    PublicIncident,
    PublicPost,
    PublicRetraction,
    PublicUpdate,
    Service,
)


def _corrections(row: IncidentUpdate) -> Iterator[PublicCorrection]:
    """Each with what it changed: its words stayed where the ones after it are the same."""
    after = [*(one.before for one in row.corrections[1:]), row.texts]
    for one, then in zip(row.corrections, after, strict=False):
        before = texts_of(one.before) if one.before != then else {}
        yield PublicCorrection(one.at, before, one.reason, one.advice_before or {})


@dataclass(frozen=True)
class Builder:
    """Reads entries within one snapshot, and tells them as of `now`."""

    session: Session
    service: Service
    texts: TextLibrary
    now: datetime
    today: date
    kinds: Mapping[str, str]
    """The kind of each configured channel, by its name."""
    components: Mapping[str, PublicComponent]
    """Those that are shown, by id; views name no other."""

    def standing(self, entry_id: str) -> PublicIncident:
        """One entry as it stands, without what was told of it: no updates, no posts."""
        row = self.session.get_one(Incident, entry_id)
        return self._incident(row, (), (), None)

    def entries(self, ids: Sequence[str]) -> list[PublicIncident]:
        """Some entries, by their ids, in no order; so many that one statement takes them."""
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
        return [
            self._incident(row, row.updates, posts.get(row.id, []), heirs.get(row.id))
            for row in rows
        ]

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
        self,
        row: Incident,
        updates: Iterable[IncidentUpdate],
        posts: Iterable[PublicPost],
        heir: str | None,
    ) -> PublicIncident:
        shown = [a for a in row.affected if a.component_id in self.components]
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
            updates=tuple(self._update(update) for update in updates),
            affected=tuple(AffectedComponent(a.component_id, a.name, a.status) for a in shown),
            components=tuple(self.components[a.component_id] for a in shown),
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
                if c.component_id in self.components
            ),
            figures=tuple(figure_of(figure) for figure in row.figures),
            answers=tuple(self._answer(answer) for answer in row.answers),
            next_update_by=row.next_update_by,
            late_by=row.late_by,
            corrections=tuple(_corrections(row)),
            retraction=(
                PublicRetraction(row.retracted_at, row.retraction_reason)
                if row.retracted_at
                else None
            ),
            automatic=row.origin is Origin.AUTOMATIC,
            updated_at=row.updated_at,
            still_cannot=row.still_cannot,
            to_do=row.to_do or {},
            not_to_do=row.not_to_do or {},
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
