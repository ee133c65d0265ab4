"""Transactions and wake-ups mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from incidents import actions, queries
from incidents import db as db_module
from incidents.actions import Desk
from incidents.db import Database, Watch
from incidents.models import Channel, Event
from incidents.status import ChannelState
from tests.conftest import NOON, TEMPLATES
from tests.incidents.builders import declared

ROOT = TEMPLATES.parent
LONG = 30.0
"""Seconds that a wait may take where something must happen: only a hang takes them."""


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """The same database on connections of its own, as another process has it."""
    database = Database(database_url)
    yield database
    database.close()


def put(session: Session, name: str) -> None:
    session.add(Channel(name=name, state=ChannelState.PAUSED, why="", since=NOON))
    session.flush()


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Channel.name).order_by(Channel.name)))


def stored(db: Database) -> list[str]:
    with db.read() as session:
        return names(session)


# Transactions


def test_a_read_is_a_snapshot(db: Database, other: Database) -> None:
    with db.read() as reading:
        assert names(reading) == []
        with other.write() as writing:
            put(writing, "late")
        assert names(reading) == []
    assert stored(db) == ["late"]


def test_what_is_changed_in_a_read_is_thrown_away(db: Database) -> None:
    with db.read() as session:
        put(session, "never")
    assert stored(db) == []


def test_what_was_read_stays_readable_after_the_read(db: Database) -> None:
    with db.write() as session:
        put(session, "kept")
    with db.read() as session:
        row = session.get_one(Channel, "kept")
    assert row.state is ChannelState.PAUSED


@pytest.mark.parametrize("kind", ["write", "claim"])
def test_a_transaction_is_all_or_nothing(db: Database, kind: str) -> None:
    def fails() -> None:
        with getattr(db, kind)() as session:
            put(session, "half")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        fails()
    assert stored(db) == []
    with getattr(db, kind)() as session:
        put(session, "whole")
    assert stored(db) == ["whole"]


def test_a_constraint_that_fails_leaves_nothing(db: Database) -> None:
    def fails() -> None:
        with db.write() as session:
            put(session, "first")
            session.execute(text("INSERT INTO page (id) VALUES ('no date')"))

    with pytest.raises(IntegrityError):
        fails()
    assert stored(db) == []


def test_what_is_undone_leaves_nothing_but_can_be_looked_at(db: Database) -> None:
    with db.undone() as session:
        put(session, "rehearsed")
        row = session.get_one(Channel, "rehearsed")
    assert row.name == "rehearsed"
    assert stored(db) == []


def test_a_foreign_key_is_kept(db: Database) -> None:
    with pytest.raises(IntegrityError), db.write() as session:
        session.add(
            Event(seq=1, at=NOON, kind="x", operator_id="nobody", months="", public=True, data={})
        )


@pytest.mark.parametrize("second", ["write", "undone"])
def test_only_one_transaction_at_a_time_numbers_events(
    db: Database, other: Database, second: str
) -> None:
    """Who comes second sees all that the first wrote: a gap or a double number cannot happen."""
    entered, seen = threading.Event(), []

    def come_second() -> None:
        with getattr(other, second)() as session:
            seen.extend(names(session))
            entered.set()

    with db.write() as session:
        put(session, "first")
        thread = threading.Thread(target=come_second)
        thread.start()
        assert not entered.wait(0.2)
    thread.join()
    assert seen == ["first"]


def test_a_rehearsal_waits_for_an_action_under_way(desk: Desk, other: Database) -> None:
    """Else both would take the same number, and the operator's preview would fail."""
    planned, done = [], threading.Event()

    def rehearse() -> None:
        planned.append(actions.rehearse(desk, declared)[0])
        done.set()

    with other.write() as session:
        last = queries.last_event(session)
        session.add(Event(seq=last + 1, at=NOON, kind="x", months="", public=False, data={}))
        session.flush()
        thread = threading.Thread(target=rehearse)
        thread.start()
        assert not done.wait(0.5)
    thread.join()
    assert [outcome.event for outcome in planned] == [last + 2]


def test_events_of_many_processes_are_numbered_without_gap(desk: Desk, database_url: str) -> None:
    from dataclasses import replace

    def work() -> None:
        database = Database(database_url)
        for _ in range(5):
            declared(replace(desk, db=database), components={"login": "partial_outage"})
        database.close()

    with desk.db.read() as session:
        before = queries.last_event(session)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with desk.db.read() as session:
        numbers = list(session.scalars(select(Event.seq).order_by(Event.seq)))
        entries = [entry.number for entry in queries.incidents(session)]
    assert numbers == list(range(1, before + 21))
    assert sorted(entries) == list(range(1, 21))


# SQLite's own ways


def test_every_connection_of_sqlite_is_durable_and_keeps_foreign_keys(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    with db.read() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }
    db.close()


def test_readers_do_not_wait_for_the_writer_of_sqlite(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    with db.write() as session:
        put(session, "pending")
        assert stored(db) == []
    assert stored(db) == ["pending"]
    db.close()


def test_who_waits_for_the_writer_of_sqlite_is_told_or_goes_on(
    sqlite_url: str,
) -> None:
    first, second = Database(sqlite_url), Database(sqlite_url)
    with second.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")
    with first.write() as session:
        put(session, "nobody waits for this one")
        session.flush()
        with pytest.raises(OperationalError) as told:
            write_one(second, "too early")
    assert isinstance(told.value.orig, sqlite3.OperationalError)
    assert told.value.orig.sqlite_errorname == "SQLITE_BUSY"
    with second.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 50
        connection.exec_driver_sql("PRAGMA busy_timeout = 30000")
    with ThreadPoolExecutor(1) as pool:
        with first.write() as session:
            put(session, "first")
            session.flush()
            waits = pool.submit(write_one, second, "second")
        waits.result(LONG)
    with first.read() as session:
        names = set(session.scalars(select(Channel.name)))
    assert names == {"nobody waits for this one", "first", "second"}
    first.close()
    second.close()


def write_one(database: Database, name: str) -> None:
    with database.write() as session:
        put(session, name)


class Refusing:
    """A cursor that finds the database held so many times."""

    def __init__(self, times: int, fault: str = "SQLITE_BUSY_RECOVERY") -> None:
        self.times = times
        self.fault = fault
        self.said: list[str] = []

    def execute(self, statement: str) -> None:
        self.said.append(statement)
        if len(self.said) <= self.times:
            problem = sqlite3.OperationalError("database is locked")
            problem.sqlite_errorname = self.fault
            raise problem


def test_two_who_open_a_new_database_at_once_both_get_in() -> None:
    cursor = Refusing(3)
    db_module._when_it_is_free(cursor, "PRAGMA journal_mode = WAL", LONG)
    assert cursor.said == ["PRAGMA journal_mode = WAL"] * 4


@pytest.mark.parametrize(
    ("cursor", "patience"), [(Refusing(99), 0.0), (Refusing(1, "SQLITE_IOERR"), LONG)]
)
def test_what_is_held_too_long_or_at_fault_is_told(cursor: Refusing, patience: float) -> None:
    with pytest.raises(sqlite3.OperationalError):
        db_module._when_it_is_free(cursor, "BEGIN IMMEDIATE", patience)


def test_a_database_that_cannot_be_opened_says_so() -> None:
    db = Database("sqlite:////nowhere/at/all.db")
    with pytest.raises(OperationalError, match="unable to open database file"), db.read():
        db.migrate()


# Waiting for others


@pytest.fixture
def watch(db: Database) -> Iterator[Watch]:
    watch = db.watch()
    yield watch
    watch.close()


def test_nothing_committed_is_nothing_heard(watch: Watch) -> None:
    assert not watch.wait(0.1)
    assert not watch.wait(0)


def test_a_commit_is_heard_once(watch: Watch, other: Database) -> None:
    with other.write() as session:
        put(session, "news")
    assert watch.wait(LONG)
    assert not watch.wait(0.1)


def test_a_commit_between_two_waits_is_not_missed(watch: Watch, other: Database) -> None:
    for name in ("one", "two"):
        with other.write() as session:
            put(session, name)
        assert watch.wait(LONG)


def test_what_was_rolled_back_or_only_read_is_not_heard(watch: Watch, other: Database) -> None:
    with other.undone() as session:
        put(session, "never")
    stored(other)
    assert not watch.wait(0.2)


COMMIT = """
import sys, time
from incidents.db import Database
from incidents.models import Channel
from incidents.status import ChannelState
from datetime import UTC, datetime
database = Database(sys.argv[1])
sys.stdin.readline()
with database.write() as session:
    session.add(Channel(name="news", state=ChannelState.PAUSED, why="", since=datetime.now(UTC)))
print(time.monotonic(), flush=True)
database.close()
"""


def child(program: str, *arguments: str) -> subprocess.Popen[str]:
    """A process that begins when it is sent a line."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_commit_of_another_process_is_heard(watch: Watch, database_url: str) -> None:
    import time

    with child(COMMIT, database_url) as process:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        assert watch.wait(LONG)
        heard = time.monotonic()
        assert process.stdout is not None
        committed = float(process.stdout.readline())
    kind = database_url.split(":")[0]
    sys.stdout.write(f"\n{kind}: heard {(heard - committed) * 1000:.0f} ms after the commit\n")


def test_closing_ends_a_wait_from_another_thread(db: Database) -> None:
    watch, waits, answers = db.watch(), threading.Event(), []

    def wait() -> None:
        waits.set()
        answers.append(watch.wait(1000))

    thread = threading.Thread(target=wait)
    thread.start()
    waits.wait()
    watch.close()
    thread.join(LONG)
    assert answers == [False]
    assert not watch.wait(1000), "a closed watch answers at once"
    watch.close()


def test_a_lost_connection_is_said_and_made_again(
    fresh_postgres_url: str,
) -> None:
    db = Database(fresh_postgres_url)
    watch = db.watch()
    with db.engine.connect() as connection:
        killed = connection.execute(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        ).scalar_one()
    assert killed == 1
    with pytest.raises(DBAPIError):
        watch.wait(LONG)
    assert watch.wait(LONG), "what was committed meanwhile may have been missed"
    with db.write() as session:
        put(session, "news")
    assert watch.wait(LONG)
    watch.close()
    db.close()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_nothing_is_left_open(database_url: str) -> None:
    def use() -> None:
        database = Database(database_url)
        watch = database.watch()
        with database.write() as session:
            put(session, f"c{open_files()}{os.getpid()}{len(used)}")
        stored(database)
        watch.wait(LONG)
        watch.close()
        database.close()
        used.append(1)

    used: list[int] = []
    use()
    files, threads = open_files(), threading.active_count()
    for _ in range(3):
        use()
    assert (open_files(), threading.active_count()) == (files, threads)


def test_an_error_in_a_transaction_gives_its_connection_back(db: Database) -> None:
    def fails() -> None:
        with db.write() as session:
            names(session)
            raise RuntimeError("in the middle")

    for _ in range(80):  # more than the pool holds
        with pytest.raises(RuntimeError):
            fails()
    assert stored(db) == []


def test_many_who_write_and_read_at_once_do_not_wait_for_one_anothers_connections(
    db: Database,
) -> None:
    def use(number: int) -> None:
        with db.write() as session:
            put(session, f"writer {number}")
            with db.read() as before:  # the pool must have another one
                before.scalar(text("SELECT 1"))

    with ThreadPoolExecutor(100) as pool:
        list(pool.map(use, range(100)))
    assert len(stored(db)) == 100


def test_who_waits_too_long_for_other_threads_is_told(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.db.BUSY_TIMEOUT", 0.05)
    with (
        db.write(),
        ThreadPoolExecutor(1) as pool,
        pytest.raises(OperationalError, match="other threads write"),
    ):
        pool.submit(_writes_nothing, db).result()


def _writes_nothing(db: Database) -> None:
    with db.write():
        pass
