"""One entry as the pages about it need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents import queries
from incidents.errors import NotFound
from incidents.models import Incident, IncidentUpdate
from incidents.status import ComponentStatus, Status, may_follow, statuses_of
from incidents.view import choose
from statuspage._at_hand import house
from statuspage.console import _choices as choices
from statuspage.console._render import words
from statuspage.console._sheets import Sheet
from statuspage.console._typed import Reading, Typed


@dataclass(frozen=True)
class Entry:
    """One entry with its updates, newest first, as it is now."""

    row: Incident
    updates: list[IncidentUpdate]
    authors: Mapping[str, str]
    """Names by operator's id."""
    affected: Mapping[str, ComponentStatus]
    names: Mapping[str, str]
    """Of its components, by key."""
    notice: int | None
    """The number of the advance notice that came true."""
    incident: int | None
    """The number of the incident that this notice became."""

    @property
    def latest(self) -> int:
        return self.updates[0].number if self.updates else 0

    @property
    def open(self) -> bool:
        return self.row.closed_at is None

    def may_become(self) -> list[Status]:
        """The statuses that an update may take it to, in the order of its life."""
        if self.row.cancelled_at is not None:
            return []
        return [
            status for status in statuses_of(self.row.kind) if may_follow(self.row.status, status)
        ]


def find_entry(number: int) -> Entry:
    """The entry with this number; 404 where there is none."""
    with house().db.read() as session:
        try:
            row = queries.find_incident(session, str(number))
        except NotFound:
            abort(404)
        updates = list(row.updates)
        for update in updates:
            _ = update.changes, update.corrections
        return Entry(
            row,
            updates,
            {one.id: one.name for one in queries.operators(session)},
            choices.affected(row, session),
            {one.key: choices.said(one.name) for one in queries.components(session)},
            _number(session, Incident.id == row.notice_id),
            _number(session, Incident.notice_id == row.id),
        )


def _number(session: Session, which: Any) -> int | None:
    return session.scalar(select(Incident.number).where(which))


def chosen(texts: Mapping[str, Any]) -> Any:
    """An update's words in the operator's language, else in the best there is."""
    locale = choose(texts, words().locale, house().service.default_locale)
    return texts[locale] if locale else {"headline": "", "short": "", "body": ""}


def known(entry: Entry) -> dict[str, str]:
    """What the form knows of the entry: somebody may be first."""
    return {"version": str(entry.row.version), "seen": str(entry.latest)}


def version(reading: Reading) -> dict[str, Any]:
    """The version that the operator saw, as an action takes it."""
    text = reading.text("version")
    return {"version": int(text)} if text.isdecimal() and len(text) < 10 else {}


def about(entry: Entry, sheet: Sheet) -> Sheet:
    """A form about an entry, which can tell what somebody else did to it meanwhile."""

    def renewed(typed: Typed) -> Mapping[str, object]:
        seen = typed.get("seen", "")
        before = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
        for name, value in known(entry).items():
            typed.setlist(name, [value])
        return {"changed": [update for update in entry.updates if update.number > before]}

    own = {"entry": entry, "say": choices.said, "chosen": chosen, "changed": None}
    values = {**own, **sheet.values}
    return replace(sheet, values=values, renewed=renewed)
