"""Puts a backup back: all or nothing, and nothing that may have gone out since goes out again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, MetaData, func, select, text
from sqlalchemy.orm import Session

from incidents import actions, outbox
from incidents.actions import Desk
from incidents.backup._file import Head, NoBackup, Progress, look, rows
from incidents.backup._tables import LEFT_OUT, VERSION_TABLE, kept, ours, unpacked
from incidents.db import Database, newest_revision, revision, upgrade
from incidents.errors import NotPossible
from incidents.status import Certainty

_AT_ONCE = 1000
_MADE_BY_ITSELF = {*LEFT_OUT, VERSION_TABLE, "page"}
"""What stands in a database that nobody has used: beside this, the clock's own operator."""
_NUMBER_ON = """
SELECT setval(pg_get_serial_sequence('{table}', '{column}'), max({column})) FROM {table}
HAVING max({column}) IS NOT NULL AND pg_get_serial_sequence('{table}', '{column}') IS NOT NULL
"""


@dataclass(frozen=True)
class Restored:
    """What came of it."""

    head: Head
    caught_up: int
    """Steps that time has taken since the backup was made: maintenance that began or ended."""
    in_doubt: int
    """Deliveries that may have gone out since."""


def restore(
    path: Path,
    desk: Desk,
    certainties: Mapping[str, Certainty],
    now: datetime,
    *,
    over: bool = False,
    progress: Progress | None = None,
) -> Restored:
    """Put a backup into the desk's database, which nobody else may be connected to.

    The whole file is checked before; then all is done in one transaction. `certainties` say what
    each configured channel's kind can do about a doubt; `over`: throw away what is there.

    Raises `NoBackup` for the file, `InUse`, and `NotPossible` for a database that is not empty.
    """
    head = look(path, progress)
    if head.revision > newest_revision():
        raise NoBackup(
            f"{path} was made by Avviso {head.version}, whose tables are newer: "
            "restore it with that version, or a later one"
        )
    with desk.db.alone() as connection:
        _make_room(connection, over=over)
        upgrade(connection, head.revision)
        _fill(connection, path, head, progress)
        upgrade(connection)
        with Session(connection, join_transaction_mode="rollback_only") as session:
            steps = actions.catch_up(replace(desk, db=cast("Database", _Within(session))), now)
            zone = desk.service.time_zone
            why = f"restored from a backup of {head.made_at.astimezone(zone):%Y-%m-%d %H:%M}"
            # After the steps: they were announced before, if they came before the loss.
            doubted = outbox.doubt_all(
                session.connection(), certainties, now, f"{why}: it may have gone out since"
            )
    return Restored(head, len(steps), doubted)


class _Within:
    """Stands where a desk's database does: its actions join a transaction that is under way."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @contextmanager
    def write(self) -> Iterator[Session]:
        yield self._session
        self._session.flush()

    read = write


def _make_room(connection: Connection, *, over: bool) -> None:
    if revision(connection) > newest_revision():
        raise NotPossible(
            "the database belongs to a newer version of Avviso: restore with that one, "
            "or into another database"
        )
    found = ours(connection)
    if not over:
        _must_be_empty(connection, found)
    found.drop_all(connection, checkfirst=False)


def _must_be_empty(connection: Connection, found: MetaData) -> None:
    there = []
    for table in found.sorted_tables:
        query = select(func.count()).select_from(table)
        if table.name in _MADE_BY_ITSELF:
            continue
        if table.name == "operators":
            query = query.where(table.c.login != actions.AVVISO)
        if count := connection.scalar(query):
            there.append(f"{table.name} {count}")
    if there:
        raise NotPossible(
            f"the database is not empty ({', '.join(there)}): "
            "say --replace where all of that may go, or name another database"
        )


def _fill(connection: Connection, path: Path, head: Head, progress: Progress | None) -> None:
    found, done = ours(connection), 0
    try:
        for part, each in groupby(rows(path), key=itemgetter(0)):
            table = found.tables[part.table]
            while batch := [unpacked(part, row) for _, row in islice(each, _AT_ONCE)]:
                connection.execute(table.insert(), batch)
                done += len(batch)
                if progress is not None:
                    progress(done, head.total)
    except (LookupError, ValueError):
        raise NoBackup(f"{path} does not fit the tables of revision {head.revision}") from None
    if connection.dialect.name == "postgresql":
        _number_on(connection, found)


def _number_on(connection: Connection, found: MetaData) -> None:
    """Let PostgreSQL give the next numbers, after the ones that were put back."""
    for table in kept(found):
        for column in table.primary_key.columns:
            if column.autoincrement is True or column is table.autoincrement_column:
                statement = _NUMBER_ON.format(table=table.name, column=column.name)
                connection.execute(text(statement))
