"""What of an imported page is not here yet. Reads, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.imported import (
    ImportedComponent,
    ImportedEntry,
    ImportedPage,
    ImportedUpdate,
    Left,
    our_id,
)
from incidents.models import Component, ComponentGroup, Incident, IncidentUpdate
from incidents.status import IncidentKind

_AT_ONCE = 500
"""How many ids are asked for together: databases limit the parameters of a statement."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry with those of its updates that are not here yet, the oldest first."""

    id: str
    """Its id here."""
    entry: ImportedEntry
    updates: tuple[tuple[str, ImportedUpdate], ...]
    """Each with its id here."""
    known: bool
    """Whether the entry itself is here, and only updates are new."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What would come, what is here, and what cannot come."""

    components: tuple[ImportedComponent, ...]
    """Those that are new; groups among them."""
    former: tuple[ImportedComponent, ...]
    """As `components`; they are kept out of sight."""
    entries: tuple[NewEntry, ...]
    """In the order in which they began."""
    components_here: int
    """How many components and groups are here already."""
    entries_here: int
    """How many entries are here already, and have nothing new."""
    left: tuple[Left, ...]


@dataclass
class _Here:
    """What the database has of the ids that come, and those that were given away meanwhile."""

    kinds: dict[str, IncidentKind] = field(default_factory=dict)
    """By an entry's id."""
    updates: dict[str, str] = field(default_factory=dict)
    """By an update's id, the entry's."""
    latest: dict[str, datetime] = field(default_factory=dict)
    """By an entry's id, when its latest update was told."""
    left: list[Left] = field(default_factory=list)


def compare(session: Session, page: ImportedPage) -> Comparison:
    """What of this page is not here yet."""
    here = _read(session, page.entries)
    ordered = sorted(page.entries, key=lambda entry: (entry.begins, entry.id))
    entries = [_new_of(here, entry) for entry in ordered]
    known = {*session.scalars(select(Component.id)), *session.scalars(select(ComponentGroup.id))}
    new = [part for part in page.components if our_id(part.id) not in known]
    former = [part for part in page.former if our_id(part.id) not in known]
    return Comparison(
        components=tuple(new),
        former=tuple(former),
        entries=tuple(entry for entry in entries if entry.updates),
        components_here=len(page.components) + len(page.former) - len(new) - len(former),
        entries_here=sum(entry.known and not entry.updates for entry in entries),
        left=(*here.left, *(_renamed(part) for part in new if our_id(part.id) != part.id)),
    )


def changed_statuses(session: Session, page: ImportedPage) -> tuple[ImportedComponent, ...]:
    """Components that the other page gave another status, later than anybody here did."""
    rows = {row.id: row for row in session.scalars(select(Component))}
    return tuple(
        part
        for part in page.components
        if not part.group
        and (row := rows.get(our_id(part.id))) is not None
        and part.status is not row.status
        and part.updated_at is not None
        and part.updated_at > row.status_since
    )


def _read(session: Session, entries: Sequence[ImportedEntry]) -> _Here:
    here = _Here()
    for some in _portions(sorted(_entry_ids(entries))):
        rows = session.execute(select(Incident.id, Incident.kind).where(Incident.id.in_(some)))
        here.kinds.update((row.id, row.kind) for row in rows)
        told = select(IncidentUpdate.incident_id, IncidentUpdate.id, IncidentUpdate.at)
        for entry_id, update_id, at in session.execute(
            told.where(IncidentUpdate.incident_id.in_(some))
        ):
            here.updates[update_id] = entry_id
            here.latest[entry_id] = max(at, here.latest.get(entry_id, at))
    for some in _portions(sorted({our_id(u.id) for entry in entries for u in entry.told()})):
        taken = select(IncidentUpdate.id, IncidentUpdate.incident_id)
        for update_id, entry_id in session.execute(taken.where(IncidentUpdate.id.in_(some))):
            here.updates[update_id] = entry_id
    return here


def _entry_ids(entries: Sequence[ImportedEntry]) -> Iterator[str]:
    for entry in entries:
        yield our_id(entry.id)
        yield our_id(entry.id, entry.kind)


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _new_of(here: _Here, entry: ImportedEntry) -> NewEntry:
    entry_id = our_id(entry.id)
    if _is_incident(here.kinds.get(entry_id, entry.kind)) != _is_incident(entry.kind):
        entry_id = our_id(entry.id, entry.kind)
    known = entry_id in here.kinds
    if not known:
        here.kinds[entry_id] = entry.kind
        if entry_id != entry.id:
            here.left.append(_other_id(f"{entry.kind} {entry.id}", entry_id))
    latest = here.latest.get(entry_id)
    new = []
    for update in entry.told():
        update_id = _update_id(here, entry_id, update.id)
        if update_id is None:
            continue
        if latest is not None and update.at < latest:
            here.left.append(
                Left(
                    f"{entry.kind} {entry.id}",
                    f"incident_updates.{update.id}",
                    "is older than what is here already",
                )
            )
            continue
        here.updates[update_id] = entry_id
        new.append((update_id, update))
    return NewEntry(entry_id, entry, tuple(new), known)


def _is_incident(kind: IncidentKind) -> bool:
    return kind is IncidentKind.INCIDENT


def _update_id(here: _Here, entry_id: str, theirs: str) -> str | None:
    """The id that an update gets here; None where it is here already."""
    for candidate in (our_id(theirs), our_id(theirs, entry_id)):
        if candidate not in here.updates:
            return candidate
        if here.updates[candidate] == entry_id:
            return None
    return None


def _renamed(part: ImportedComponent) -> Left:
    kind = "component group" if part.group else "component"
    return _other_id(f"{kind} {part.id}", our_id(part.id))


def _other_id(what: str, given: str) -> Left:
    return Left(what, "id", f"cannot be kept; it is {given} here, and links to the old one end")
