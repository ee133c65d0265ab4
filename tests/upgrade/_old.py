"""The databases of earlier releases, loaded from their dumps."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, inspect, select, text

from incidents.backup._tables import ours
from incidents.db import Database

HERE = Path(__file__).parent
Rows = dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]]
"""By table: the names of its columns, and its rows."""


def load_sqlite(release: str, path: Path) -> str:
    """The dump as a file; answers its address."""
    connection = sqlite3.connect(path)
    connection.executescript((HERE / f"{release}-sqlite.sql").read_text("utf-8"))
    connection.close()
    return f"sqlite:///{path}"


def load_postgresql(release: str, new_postgres: Callable[[str], str], name: str) -> str:
    """The dump as a database of this name; answers its address."""
    url = new_postgres(name)
    database = Database(url)
    dump = (HERE / f"{release}-postgresql.sql").read_text("utf-8")
    script = "".join(  # what begins with a backslash is for psql alone
        line for line in dump.splitlines(keepends=True) if not line.startswith("\\")
    )
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
        driver: Any = connection.connection.driver_connection
        driver.execute(script)
    database.close()
    return url


def rows(url: str, columns: Rows | None = None) -> Rows:
    """All that is in a database; with `columns`, only of the tables and columns named there."""
    db = Database(url)
    found: Rows = {}
    with db.engine.connect() as connection:
        tables = ours(connection).tables
        for name in sorted(columns or tables):
            table = tables[name]
            names = columns[name][0] if columns else tuple(column.name for column in table.columns)
            query = select(*(table.c[column] for column in names))
            every = sorted((tuple(row) for row in connection.execute(query)), key=repr)
            found[name] = (names, every)
    db.close()
    return found


def make_newer(db: Database) -> None:
    """As a later version leaves a database: it only adds."""
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE deliveries ADD COLUMN later VARCHAR(10)"))
        connection.execute(text("CREATE TABLE later (id INTEGER PRIMARY KEY)"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))


def is_newer(db: Database) -> bool:
    with db.engine.connect() as connection:
        number = connection.scalar(text("SELECT version_num FROM alembic_version"))
        there: MetaData = ours(connection)
        return (
            number == "9999"
            and "later" in there.tables["deliveries"].c
            and inspect(connection).has_table("later")
        )
