"""Takes lists over from files: kept at once, taken part by part, resumed by whoever comes next.

A line is taken whole or not at all, and a file that is taken twice adds nobody twice. Whoever left
does not come back by a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from incidents.actions import AVVISO, Desk
from incidents.actions._desk import acting
from incidents.db import Database
from incidents.errors import InvalidInput, NotFound
from incidents.models import Component, Incident, Operator
from incidents.status import IncidentKind, ListMode, Role
from incidents.subscribers._csv import Line, read_lines, unpacked, words_in
from incidents.subscribers._import_lines import Fault, Known, Wanted, read_part
from incidents.subscribers._import_rows import Import, ImportFault, ImportPart
from incidents.subscribers._operators import checked_note
from incidents.subscribers._rows import (
    Letter,
    LetterKind,
    Subscriber,
    SubscriberComponent,
    SubscriberIncident,
    SubscriberState,
)

Item = TypeVar("Item")

MOST_LINES = 100_000
PART = 250
"""Lines that are taken in one transaction: others write between two of them."""
_PARTS_AT_ONCE = 20
"""Parts that are kept in one transaction."""
KEPT_FOR = timedelta(days=30)
"""How long it is known what became of a file."""
_UPLOAD_TAKES = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file is."""

    id: str
    by: str
    """The name of the operator who brought it."""
    created_at: datetime
    consent: str
    lines: int
    done: int
    added: int
    known: int
    faulty: int
    finished_at: datetime | None

    @property
    def cut_short(self) -> bool:
        """Whether a restore of a backup lost the rest of it."""
        return self.finished_at is not None and self.done < self.lines


@dataclass
class _Taken:
    """What became of some lines."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    components: dict[str, Sequence[str]] = field(default_factory=dict)
    """By the subscribers' ids."""
    incidents: dict[str, Sequence[str]] = field(default_factory=dict)
    known: int = 0


def keep(desk: Desk, actor: str, now: datetime, text: Iterable[str], consent: str | None) -> str:
    """Keep a file, to be taken by `take_next`; answers the import's id.

    With `consent`, which says where and when all of them agreed, they are active at once; else
    each is asked by a letter. Raises `InvalidInput`, and nothing of it is kept.
    """
    note = checked_note(consent) if consent is not None else ""
    import_id = desk.new_id()
    with acting(desk, actor, now, Role.ADMIN) as act:
        act.add(
            Import(id=import_id, operator_id=act.operator.id, created_at=now, consent=note, lines=0)
        )
    try:
        lines = _keep_parts(desk.db, import_id, read_lines(text))
    except InvalidInput:
        _drop(desk.db, import_id)
        raise
    with acting(desk, actor, now, Role.ADMIN) as act:
        kept = act.session.get_one(Import, import_id)
        kept.lines, kept.ready_at = lines, now
        act.event(
            "subscriber_import_begun",
            public=False,
            subscriber_import=import_id,
            count=lines,
            consent=note,
        )
    return import_id


def _keep_parts(db: Database, import_id: str, lines: Iterator[Line]) -> int:
    """In several transactions, so that nobody else waits for long. Raises `InvalidInput`."""
    count = 0
    for some in _cut(lines, PART * _PARTS_AT_ONCE):
        count += len(some)
        if count > MOST_LINES:
            raise InvalidInput(f"file: has more than {MOST_LINES} lines; cut it into several")
        parts = [
            {"import_id": import_id, "lines": [line.packed() for line in part]}
            for part in _cut(some, PART)
        ]
        with db.claim() as session:
            session.execute(insert(ImportPart), parts)
    if not count:
        raise InvalidInput("file: names nobody")
    return count


def _cut(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Pieces of so many items; the last one may be smaller."""
    rest = iter(items)
    while piece := list(islice(rest, size)):
        yield piece


def _drop(db: Database, import_id: str) -> None:
    with db.claim() as session:
        session.execute(delete(Import).where(Import.id == import_id))


def take_next(desk: Desk, now: datetime) -> bool:
    """Take the next lines of the oldest file that waits; False where there is none.

    Several processes may do so at once: they take turns.
    """
    with desk.db.read() as session:
        waiting = _waiting(session)
        part = _next_part(session, waiting.id) if waiting else None
        known = _known(desk, session, part, waiting) if waiting and part else None
    if waiting is None:
        return False
    if part is None or known is None:
        _finish(desk, waiting.id, now)
        return True
    wanted, faults = read_part(part.lines, known)
    try:
        with desk.db.claim() as session:
            _take(session, desk, waiting.id, part.id, wanted, faults, now)
    except IntegrityError:
        pass  # somebody confirmed an address just now: it is known at the next attempt
    return True


def _waiting(session: Session) -> Import | None:
    unfinished = Import.finished_at.is_(None) & Import.ready_at.is_not(None)
    oldest = select(Import).where(unfinished).order_by(Import.ready_at, Import.id).limit(1)
    return session.scalar(oldest)


def _next_part(session: Session, import_id: str) -> ImportPart | None:
    parts = select(ImportPart).where(ImportPart.import_id == import_id)
    return session.scalar(parts.order_by(ImportPart.id).limit(1))


def _known(desk: Desk, session: Session, part: ImportPart, row: Import) -> Known:
    named = {name for line in part.lines for name in words_in(unpacked(line).incidents)}
    incidents = session.scalars(select(Incident.id).where(Incident.id.in_(named))) if named else ()
    components: dict[str, str] = {}
    shown = select(Component.id, Component.key).where(Component.hidden.is_(False))
    for component_id, key in session.execute(shown):
        components |= {key: component_id, component_id: component_id}
    return Known(desk.service.locales, components, frozenset(incidents), bool(row.consent))


def _take(
    session: Session,
    desk: Desk,
    import_id: str,
    part_id: int,
    wanted: Sequence[Wanted],
    faults: Sequence[Fault],
    now: datetime,
) -> None:
    row = session.get_one(Import, import_id, with_for_update=True)
    gone = session.execute(delete(ImportPart).where(ImportPart.id == part_id))
    if not gone.rowcount:  # type: ignore[attr-defined]
        return  # another process took it meanwhile
    taken = _sorted_out(session, desk, wanted, now)
    if taken.rows:
        session.execute(insert(Subscriber), taken.rows)
        _write_choices(session, taken)
        _write_letters(session, taken, now)
    if faults:
        kept = [{"import_id": import_id, **_as_row(fault)} for fault in faults]
        session.execute(insert(ImportFault), kept)
    row.done += len(wanted) + len(faults)
    row.added += len(taken.rows)
    row.known += taken.known
    row.faulty += len(faults)


def _as_row(fault: Fault) -> dict[str, Any]:
    return {"line": fault.line, "field": fault.field, "why": fault.why}


def _sorted_out(session: Session, desk: Desk, wanted: Sequence[Wanted], now: datetime) -> _Taken:
    """Of some lines, those whose address nobody has yet. One that was asked already is not asked
    again, and one that left stays away."""
    keys = [each.key for each in wanted]
    there = {
        (mode, key, state)
        for mode, key, state in session.execute(
            select(Subscriber.mode, Subscriber.address_key, Subscriber.state).where(
                Subscriber.address_key.in_(keys)
            )
        )
    }
    standing = {(mode, key) for mode, key, state in there if state != SubscriberState.UNCONFIRMED}
    asked = {(mode, key) for mode, key, _ in there}
    taken = _Taken()
    for each in wanted:
        name = (each.mode, each.key)
        if name in (standing if each.state is SubscriberState.ACTIVE else asked):
            taken.known += 1
            continue
        asked.add(name)
        standing.add(name)
        row = _row(each, desk.new_id(), now)
        taken.rows.append(row)
        taken.components[row["id"]] = each.components or ()
        taken.incidents[row["id"]] = each.incidents
    return taken


def _row(each: Wanted, new_id: str, now: datetime) -> dict[str, Any]:
    is_active = each.state is SubscriberState.ACTIVE
    return {
        "id": new_id,
        "mode": each.mode,
        "address": each.address,
        "address_key": each.key,
        "contact": each.contact,
        "keys": {},
        "state": each.state,
        "created_at": now,
        "changed_at": now,
        "active_since": now if is_active else None,
        "locale": each.locale,
        "follows": each.follows,
        "everything": each.components is None,
        "incidents": IncidentKind.INCIDENT in each.kinds,
        "maintenances": IncidentKind.MAINTENANCE in each.kinds,
        "notices": IncidentKind.ADVANCE_NOTICE in each.kinds,
        "bounces": 0,
        "why": "",
    }


def _numbers(session: Session, ids: Iterable[str]) -> dict[str, int]:
    found = select(Subscriber.id, Subscriber.number).where(Subscriber.id.in_(list(ids)))
    return {name: number for name, number in session.execute(found)}  # noqa: C416  mypy


def _write_choices(session: Session, taken: _Taken) -> None:
    choosing = [
        name for name in taken.components if taken.components[name] or taken.incidents[name]
    ]
    if not choosing:
        return
    numbers = _numbers(session, choosing)
    components = [
        {"subscriber": numbers[name], "component_id": component}
        for name in choosing
        for component in taken.components[name]
    ]
    incidents = [
        {"subscriber": numbers[name], "incident_id": incident}
        for name in choosing
        for incident in taken.incidents[name]
    ]
    if components:
        session.execute(insert(SubscriberComponent), components)
    if incidents:
        session.execute(insert(SubscriberIncident), incidents)


def _write_letters(session: Session, taken: _Taken, now: datetime) -> None:
    """Those who are not active are asked; a webhook's owner by mail, too."""
    asking = [row["id"] for row in taken.rows if row["state"] is SubscriberState.UNCONFIRMED]
    if not asking:
        return
    letters = [
        {
            "channel": str(ListMode.EMAIL),
            "subscriber": number,
            "kind": LetterKind.CONFIRM,
            "created_at": now,
            "not_before": now,
            "attempts": 0,
            "error": "",
        }
        for number in _numbers(session, asking).values()
    ]
    session.execute(insert(Letter), letters)


def _finish(desk: Desk, import_id: str, now: datetime) -> None:
    with acting(desk, AVVISO, now, Role.ADMIN) as act:
        row = act.session.get_one(Import, import_id, with_for_update=True)
        if row.finished_at is not None:
            return
        row.finished_at = now
        act.event(
            "subscriber_import_done",
            public=False,
            added=row.added,
            known=row.known,
            faulty=row.faulty,
            subscriber_import=import_id,
        )


def progress(session: Session, import_id: str) -> Progress:
    """How far a file is. Raises `NotFound`."""
    found = next(iter(_progress(session, Import.id == import_id)), None)
    if found is None:
        raise NotFound("there is no such import, or it is too long ago")
    return found


def imports(session: Session, most: int = 10) -> Sequence[Progress]:
    """The latest files, the newest first."""
    return _progress(session, Import.ready_at.is_not(None), most)


def _progress(session: Session, which: Any, most: int = 1) -> Sequence[Progress]:
    query = (
        select(Import, Operator.name)
        .join(Operator, Operator.id == Import.operator_id)
        .where(which)
        .order_by(Import.created_at.desc(), Import.id)
        .limit(most)
    )
    return [
        Progress(
            id=row.id,
            by=name,
            created_at=row.created_at,
            consent=row.consent,
            lines=row.lines,
            done=row.done,
            added=row.added,
            known=row.known,
            faulty=row.faulty,
            finished_at=row.finished_at,
        )
        for row, name in session.execute(query)
    ]


def faults(session: Session, import_id: str, most: int | None = None) -> Sequence[Fault]:
    """The lines that were not taken, in the order of the file."""
    query = (
        select(ImportFault.line, ImportFault.field, ImportFault.why)
        .where(ImportFault.import_id == import_id)
        .order_by(ImportFault.line, ImportFault.id)
        .limit(most)
    )
    return [Fault(*row) for row in session.execute(query)]


def forget_imports(session: Session, now: datetime) -> None:
    """Throw away what became of old files, and those of which not all arrived."""
    over = Import.finished_at <= now - KEPT_FOR
    cut_off = Import.ready_at.is_(None) & (Import.created_at <= now - _UPLOAD_TAKES)
    session.execute(delete(Import).where(over | cut_off))


def count_imports(session: Session) -> int:
    """How many files wait or are being taken."""
    waiting = Import.finished_at.is_(None) & Import.ready_at.is_not(None)
    return session.scalar(select(func.count()).select_from(Import).where(waiting)) or 0
