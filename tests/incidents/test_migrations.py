"""The migrations give the tables that the models describe, on both databases, from any process."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from incidents import actions, queries
from incidents.db import Database
from incidents.models import Base
from incidents.texts import TextLibrary
from tests.conftest import NOON, TEMPLATES, service
from tests.incidents.builders import declared

MIGRATIONS = TEMPLATES.parent / "incidents" / "migrations"
MIGRATE = """
import sys
from incidents.db import Database
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
database.migrate()
database.close()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(
    request: pytest.FixtureRequest, tmp_path: Path, new_postgres: Callable[[str], str]
) -> str:
    """A database with no table in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    name = f"new_{abs(hash(request.node.name)) % 10**9}"
    url = new_postgres(name)
    database = Database(url)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    database.close()
    return url


def head() -> str | None:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def revision(db: Database) -> str | None:
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def test_there_is_one_line_of_migrations() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_the_migrations_give_what_the_models_say(empty_url: str) -> None:
    db = Database(empty_url)
    db.migrate()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
    db.close()


def test_a_new_database_is_usable(empty_url: str, library: TextLibrary) -> None:
    db = Database(empty_url)
    db.migrate()
    desk = actions.Desk(db, service(actions.set_up(db, NOON, actions.random_id)), library)
    person = {"login": "bea", "name": "Bea", "role": "admin"}
    actions.add_operator(desk, actions.AVVISO, NOON, person)
    wallet = {"key": "wallet", "name": {"it": "Portafoglio", "en": "Wallet"}}
    actions.save_component(desk, "bea", NOON, wallet)
    assert declared(desk).number == 1
    db.close()


def test_migrating_again_changes_nothing(empty_url: str) -> None:
    db = Database(empty_url)
    db.migrate()
    tables = inspect(db.engine).get_table_names()
    db.migrate()
    assert inspect(db.engine).get_table_names() == tables
    assert revision(db) == head()
    db.close()


def test_what_is_there_survives(empty_url: str) -> None:
    db = Database(empty_url)
    db.migrate()
    page = actions.set_up(db, NOON, actions.random_id)
    db.migrate()
    with db.read() as session:
        assert queries.page_id(session) == page
    db.close()


def test_tables_of_the_next_version_are_left_alone(empty_url: str) -> None:
    """While machines are upgraded one after the other, both versions work on the new tables."""
    db = Database(empty_url)
    db.migrate()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    db.migrate()
    assert revision_as_written(db) == "9999"
    db.close()


def revision_as_written(db: Database) -> object:
    with db.engine.connect() as connection:
        return connection.scalar(text("SELECT version_num FROM alembic_version"))


def test_tables_of_the_first_version_are_brought_up_to_date(empty_url: str) -> None:
    db = Database(empty_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with db.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    assert revision(db) == "0001"
    db.migrate()
    assert revision(db) == head()
    db.close()


def test_alembic_is_not_loaded_where_there_is_nothing_to_do(sqlite_url: str) -> None:
    program = (
        "import sys; from incidents.db import Database; Database(sys.argv[1]).migrate();"
        "sys.exit('alembic' in sys.modules)"
    )
    words = [sys.executable, "-c", program, sqlite_url]
    assert subprocess.run(words, cwd=TEMPLATES.parent, check=False).returncode == 0


def test_many_processes_may_begin_at_once(empty_url: str) -> None:
    """Web and worker start together, on several machines, on an empty database."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, empty_url],
            cwd=TEMPLATES.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    failures = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, failures
    db = Database(empty_url)
    assert revision(db) == head()
    db.close()


def test_a_migration_that_fails_leaves_the_tables_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "taken.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE deliveries (id INTEGER)")
    connection.close()
    db = Database(f"sqlite:///{path}")
    with pytest.raises(Exception, match="already exists"):
        db.migrate()
    assert inspect(db.engine).get_table_names() == ["deliveries"]
    db.close()
