"""The rows that a desk of the tests begins with, written by the actions once for each kind of
database, and then put there as they were: hundreds of tests begin so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, text

from incidents import alarms, answered, operators_texts, prompts, sightings  # noqa: F401
from incidents.access import _replies, _tokens  # noqa: F401  and these
from incidents.access import _rows as _people  # noqa: F401
from incidents.db import Database
from incidents.models import Base
from incidents.subscribers import _rows as _subscribers  # noqa: F401

_COUNTED = text(
    "SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE last_value IS NOT NULL"
)
_GONE = ";".join(f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables))
EMPTY_POSTGRES = f"""{_GONE};
    DO $$ DECLARE found text; BEGIN
        FOR found IN SELECT quote_ident(sequencename) FROM pg_sequences WHERE last_value IS NOT NULL
        LOOP EXECUTE 'ALTER SEQUENCE ' || found || ' RESTART'; END LOOP;
    END $$
"""
"""TRUNCATE would make every file of every table and index anew, which takes twice as long."""


@dataclass(frozen=True)
class Rows:
    """What stands in a database, table by table, and how far its sequences have counted."""

    tables: tuple[tuple[str, Sequence[Mapping[str, Any]]], ...]
    sequences: tuple[tuple[str, int], ...] = ()


def read(db: Database) -> Rows:
    """All rows of all tables that have any."""
    with db.read() as session:
        found = [
            (table.name, [dict(row) for row in session.execute(select(table)).mappings()])
            for table in Base.metadata.sorted_tables
        ]
        counted = () if db.sqlite else [(name, value) for name, value in session.execute(_COUNTED)]
    return Rows(tuple((name, rows) for name, rows in found if rows), tuple(counted))


def write(db: Database, rows: Rows) -> None:
    """Put them into an empty database."""
    with db.write() as session:
        for name, each in rows.tables:
            session.execute(insert(Base.metadata.tables[name]), list(each))
        for name, value in rows.sequences:
            session.execute(text(f"SELECT setval('{name}', {value})"))


class Remembered:
    """Runs `make` once for each key, and after that writes what it left."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[Rows, int, Any]] = {}

    def at(
        self,
        key: object,
        db: Database,
        ids: Callable[[], str],
        make: Callable[[Callable[[], str]], Any],
    ) -> Any:
        """What `make` returned; `ids` gives the same from here on, whether it was run or not."""
        key = (key, db.sqlite)
        if key in self._kept:
            rows, drawn, made = self._kept[key]
            write(db, rows)
            for _ in range(drawn):
                ids()
            return made
        count = 0

        def counted() -> str:
            nonlocal count
            count += 1
            return ids()

        made = make(counted)
        self._kept[key] = (read(db), count, made)
        return made
