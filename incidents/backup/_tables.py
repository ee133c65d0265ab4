"""The tables as they are in a database, whatever its revision, and their values in JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Date, DateTime, MetaData, Row, Table

from incidents import alarms, answered, operators_texts, prompts, sightings  # noqa: F401
from incidents.access import _replies, _tokens  # noqa: F401  and so are these
from incidents.backup._file import Part
from incidents.models import Base, Instant
from incidents.subscribers import _rows as _subscribers  # noqa: F401  and these

LEFT_OUT: Mapping[str, str] = {
    "shown_events": "what each target shows is asked of the targets, and lies on them",
    "sessions": "a restored house lets nobody in by an old session",
    "sign_in_links": "an old link must not work again",
    "known_devices": "they are known again after the next sign-in",
    "failed_sign_ins": "they count for minutes",
    "kept_forms": "they are kept for an hour",
    "prompts": "operators are told again of what is open after a restore",
    "alarm_messages": "a signed message that is older than minutes is refused by its time",
    "batches": "what was under way is not known any more; nothing goes out by itself",
    "letters": "links in them are too old, and old news is not sent",
    "import_parts": "a restored house takes no file over by itself; whoever brought it does again",
    "kept_replies": "they are kept for a day, for programs that did not hear an answer",
}
"""Tables that no backup has, and why. Alembic's own is the backup's `revision`."""
VERSION_TABLE = "alembic_version"
_READ: Mapping[str, Callable[[str], Any]] = {
    "instant": datetime.fromisoformat,
    "date": date.fromisoformat,
}


def ours(connection: Connection) -> MetaData:
    """All tables of Avviso's that are there; others in the same database are not looked at."""
    names = {*Base.metadata.tables, VERSION_TABLE}
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in names)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, DateTime):
                column.type = Instant()
            elif isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return found


def kept(found: MetaData) -> list[Table]:
    """Those that a backup has, each after the ones that it refers to."""
    return [
        table
        for table in found.sorted_tables
        if table.name not in LEFT_OUT and table.name != VERSION_TABLE
    ]


def order(table: Table) -> list[ColumnElement[Any]]:
    """In which order a table's rows have to be put back: what others refer to comes first.

    Rows refer to rows of their own table one step deep: an incident to the notice that warned.
    """
    own = [key.parent.is_not(None) for key in table.foreign_keys if key.column.table is table]
    return [*own, *table.primary_key.columns]


def part_of(table: Table) -> Part:
    return Part(table.name, {column.name: _kind(column.type) for column in table.columns})


def _kind(kind: Any) -> str:
    if isinstance(kind, Instant):
        return "instant"
    return "date" if isinstance(kind, Date) else "plain"


def packed(row: Row[Any]) -> list[Any]:
    """A row as JSON has it."""
    return [value.isoformat() if isinstance(value, date) else value for value in row]


def unpacked(part: Part, row: Sequence[Any]) -> dict[str, Any]:
    """The row again, by its columns' names. Raises `ValueError` where it is not one."""
    return {
        name: _READ[kind](value) if kind in _READ and value is not None else value
        for (name, kind), value in zip(part.columns.items(), row, strict=True)
    }
