"""A lock between machines: held by one at a time, let go when its holder ends, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from incidents import db as databases
from incidents.db import Database
from tests.conftest import TEMPLATES

LONG = 30.0
"""Seconds that something may take that must happen: only a hang takes them."""
HOLD = """
import sys
from incidents.db import Database
with Database(sys.argv[1]).lock("target bucket"):
    print("held", flush=True)
    sys.stdin.readline()
"""

on_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """The same database, as another machine has it."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "LOCK_WAIT", 1.0)


def holders(db: Database) -> list[int]:
    """The server's processes that hold or wait for a lock of this database."""
    query = (
        "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
        "WHERE datname = current_database() AND locktype = 'advisory' AND granted"
    )
    with db.read() as session:
        return list(session.scalars(text(query)))


@on_postgres
def test_another_machine_waits_and_is_told_why_it_does_not_get_it(
    db: Database, other: Database, impatient: None
) -> None:
    with (
        db.lock("target bucket"),
        pytest.raises(TimeoutError, match="at work on target bucket for more than 1 seconds"),
        other.lock("target bucket"),
    ):
        pass
    with other.lock("target bucket") as check:
        check()
    assert holders(db) == []


@on_postgres
def test_other_names_are_other_locks(db: Database, other: Database, impatient: None) -> None:
    with db.lock("target bucket"), other.lock("target mirror") as check:
        check()


@on_postgres
def test_who_waits_gets_it_when_it_is_free(db: Database, other: Database) -> None:
    got = threading.Event()

    def wait() -> None:
        with other.lock("target bucket"):
            got.set()

    waiting = threading.Thread(target=wait)
    with db.lock("target bucket"):
        waiting.start()
        assert not got.is_set()
    assert got.wait(LONG)
    waiting.join()


@on_postgres
def test_it_is_let_go_when_its_holder_is_killed(db: Database, database_url: str) -> None:
    command = [sys.executable, "-c", HOLD, database_url]
    with subprocess.Popen(
        command, cwd=TEMPLATES.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        os.kill(holder.pid, signal.SIGKILL)
        with db.lock("target bucket") as check:
            check()


@on_postgres
def test_whoever_lost_it_is_told(db: Database, other: Database) -> None:
    with db.lock("target bucket") as check:
        (holder,) = holders(other)
        with other.claim() as session:
            session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": holder})
        with pytest.raises(DBAPIError):
            check()
        with other.lock("target bucket") as others:
            others()


@on_postgres
def test_it_does_not_wait_for_actions_nor_they_for_it(db: Database, other: Database) -> None:
    with db.write(), other.lock("target bucket") as check:
        check()
    with db.lock("target bucket"), other.write():
        pass


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_sqlite_nothing_is_locked(db: Database, other: Database) -> None:
    with db.lock("target bucket"), other.lock("target bucket") as check:
        check()
