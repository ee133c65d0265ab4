"""Builds the views of entries from their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from incidents.models import (
    Correction,
    Delivery,
    Incident,
    IncidentUpdate,
    Publication,
    UpdateComponent,
)
from incidents.queries._kept import KeptUpdates
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

# Columns, not objects: an entry that was told of a hundred times is read at each of them.
_UPDATE = select(
    IncidentUpdate.incident_id,
    IncidentUpdate.id,
    IncidentUpdate.number,
    IncidentUpdate.status,
    IncidentUpdate.at,
    IncidentUpdate.texts,
    IncidentUpdate.figures,
    IncidentUpdate.answers,
    IncidentUpdate.next_update_by,
    IncidentUpdate.late_by,
    IncidentUpdate.retracted_at,
    IncidentUpdate.retraction_reason,
    IncidentUpdate.origin,
    IncidentUpdate.updated_at,
    IncidentUpdate.still_cannot,
    IncidentUpdate.to_do,
    IncidentUpdate.not_to_do,
)
_CHANGE = select(
    UpdateComponent.update_id,
    UpdateComponent.component_id,
    UpdateComponent.name,
    UpdateComponent.old_status,
    UpdateComponent.new_status,
)
_CORRECTION = select(
    Correction.update_id,
    Correction.at,
    Correction.before,
    Correction.advice_before,
    Correction.figures_before,
    Correction.reason,
)

_SOME = 500
"""Updates in one statement; each is a parameter of it."""


def _corrections(row: Any, rows: Sequence[Any]) -> Iterator[PublicCorrection]:
    """Each with what it changed: its words stayed where the ones after it are the same."""
    texts, figures, found = row.texts, row.figures, []
    for one in reversed(rows):
        words = texts_of(one.before) if one.before != texts else {}
        counted = figures if one.figures_before is None else one.figures_before
        wrong = tuple(figure_of(figure) for figure in counted if figure not in figures)
        found.append(PublicCorrection(one.at, words, one.reason, one.advice_before or {}, wrong))
        texts, figures = one.before, counted
    return reversed(found)


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
    kept: KeptUpdates | None = None
    """What was read before by those to whom the same components are shown."""

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
                .options(selectinload(Incident.affected))
            )
        )
        updates = self._told(rows)
        posts = self._posts(ids)
        heirs = self._heirs([row.id for row in rows if row.kind is IncidentKind.ADVANCE_NOTICE])
        return [
            self._incident(row, updates.get(row.id, ()), posts.get(row.id, []), heirs.get(row.id))
            for row in rows
        ]

    def _told(self, entries: Sequence[Incident]) -> Mapping[str, tuple[PublicUpdate, ...]]:
        """What was told of each entry, the newest first."""
        ids = [entry.id for entry in entries]
        open_ids = [entry.id for entry in entries if entry.closed_at is None]
        if self.kept is None or not open_ids:
            return self._updates({}, ids)
        standing = self.kept.of(self.session, open_ids)
        found = {
            key: (*came, *standing.updates.get(key, ()))
            for key, came in self._updates(standing.updates, ids).items()
        }
        found = {**standing.updates, **found}
        # An answer's dates are those of the day, until the entry is over.
        kept = {key: told for key, told in found.items() if not any(u.answers for u in told)}
        self.kept.keep(standing, kept)
        return found

    def _updates(
        self, known: Mapping[str, Sequence[PublicUpdate]], ids: Sequence[str]
    ) -> Mapping[str, tuple[PublicUpdate, ...]]:
        """What was told of each entry after what is known of it, the newest first."""
        if not ids:
            return {}
        found: dict[str, list[PublicUpdate]] = defaultdict(list)
        unknown = [key for key in ids if key not in known]
        wanted: list[ColumnElement[bool]] = [IncidentUpdate.incident_id.in_(unknown)]
        wanted += [
            and_(IncidentUpdate.incident_id == key, IncidentUpdate.number > told[0].number)
            for key, told in known.items()
        ]
        rows = self.session.execute(
            _UPDATE.where(or_(*wanted)).order_by(IncidentUpdate.number.desc())
        ).all()
        changes, corrections = defaultdict[str, list[Any]](list), defaultdict[str, list[Any]](list)
        ids_told = [row.id for row in rows]
        for begin in range(0, len(rows), _SOME):
            some = ids_told[begin : begin + _SOME]
            changed = _CHANGE.where(UpdateComponent.update_id.in_(some))
            for change in self.session.execute(changed.order_by(UpdateComponent.position)):
                changes[change.update_id].append(change)
            corrected = _CORRECTION.where(Correction.update_id.in_(some))
            for correction in self.session.execute(corrected.order_by(Correction.id)):
                corrections[correction.update_id].append(correction)
        for row in rows:
            update = self._update(row, changes[row.id], corrections[row.id])
            found[row.incident_id].append(update)
        return {key: tuple(told) for key, told in found.items()}

    def _posts(self, ids: Sequence[str]) -> dict[str, list[PublicPost]]:
        found: dict[str, list[PublicPost]] = {}
        if not ids:
            return found
        rows = self.session.execute(
            select(
                Delivery.thread,
                Delivery.channel,
                Delivery.remote_url,
                Publication.update_number,
            )
            .join(Publication, Publication.id == Delivery.publication_id)
            .where(
                Publication.incident_id.in_(ids),
                Delivery.recipient == "",
                Delivery.remote_url.is_not(None),
            )
            .order_by(Delivery.seq, Delivery.channel)
        )
        for thread, channel, url, number in rows:
            kind = self.kinds.get(channel, channel)
            found.setdefault(thread, []).append(PublicPost(number or 0, channel, kind, url or ""))
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
        updates: Iterable[PublicUpdate],
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
            updates=tuple(updates),
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

    def _update(self, row: Any, changes: Sequence[Any], corrections: Sequence[Any]) -> PublicUpdate:
        return PublicUpdate(
            id=row.id,
            number=row.number,
            status=row.status,
            at=row.at,
            texts=texts_of(row.texts),
            changes=tuple(
                PublicChange(c.component_id, c.name, c.old_status, c.new_status)
                for c in changes
                if c.component_id in self.components
            ),
            figures=tuple(figure_of(figure) for figure in row.figures),
            answers=tuple(self._answer(answer) for answer in row.answers),
            next_update_by=row.next_update_by,
            late_by=row.late_by,
            corrections=tuple(_corrections(row, corrections)),
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
