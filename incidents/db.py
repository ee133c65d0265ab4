"""Engine, transactions and wake-ups, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from incidents.errors import ActionError

BUSY_TIMEOUT = 30.0
"""Seconds that a write waits for SQLite's one writer, or for a connection of the pool."""
_ASK_EVERY = 0.002
"""Seconds between two questions whether SQLite's writer is done."""
_MORE = 32
"""Connections beyond those that are kept: two for each thread of a process, because who writes
looks at what was there before as well."""
LOCK_WAIT = 10.0
"""Seconds that a lock between machines is waited for."""
_ACTIONS_LOCK = 0x_4156_5649  # "AVVI": the advisory lock under which events are numbered
_NOTIFY_CHANNEL = "avviso"
_MIGRATIONS = Path(__file__).parent / "migrations"
_LINE = text("SELECT pg_advisory_xact_lock(:key)")
_TELL = text(f"NOTIFY {_NOTIFY_CHANNEL}")
_ALONE_WITHIN = 5.0
"""Seconds that `Database.alone` waits for others to leave: a command is done by then."""
_GONE_WITHIN = 1.0
"""Seconds after which who is still seen is still there."""
_OTHERS = text(
    "SELECT coalesce(nullif(application_name, ''), 'a connection') || ' from '"
    " || coalesce(host(client_addr), 'this machine') FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)
"""Connections that another role has opened show less of themselves, but they are seen."""
_LOCK_NOT_AVAILABLE = "55P03"
_LOCK_FAMILY = 0x_4156_4C4B  # "AVLK": the first half of a named lock's key; the name is the other
_LOCK_BY_NAME = text("SELECT pg_advisory_lock(:family, hashtext(:name))")
_HOLDS = text("SELECT 1")


class Database:
    """One database by its URL. Threads may share it.

    `read` gives a snapshot, `write` the one place in the line of events, `claim` a transaction
    that numbers no event (the outbox), so that it does not wait behind the actions.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"pool_timeout": BUSY_TIMEOUT, "max_overflow": _MORE}
        if self.sqlite:
            options["connect_args"] = {"timeout": BUSY_TIMEOUT, "check_same_thread": False}
            options["pool_size"] = _MORE  # they cost next to nothing
        else:
            options["pool_pre_ping"] = True
        self.engine: Engine = create_engine(self.url, **options)
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        self._immediate = self.engine.execution_options(avviso_immediate=True)
        self._turn = threading.Lock()
        # Of the locks between machines; no connection is kept.
        self._apart = create_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._snapshot = self.engine.execution_options(
            **({} if self.sqlite else {"isolation_level": "REPEATABLE READ"})
        )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent snapshot; what is changed in it is thrown away, what was read stays."""
        with Session(self._snapshot, autoflush=False) as session:
            yield session

    @contextmanager
    def undone(self) -> Iterator[Session]:
        """A transaction that is rolled back when it ends: what would happen, without doing it."""
        with self._in_turn(), Session(self._immediate) as session:
            if not self.sqlite:
                _take_the_line(session)
            yield session
            session.expunge_all()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction, alone in numbering its event; all or nothing."""
        with self._in_turn(), Session(self._immediate) as session, session.begin():
            if not self.sqlite:
                _take_the_line(session)
                session.execute(_TELL)
            yield session

    @contextmanager
    def claim(self) -> Iterator[Session]:
        """One transaction of the outbox; on PostgreSQL it does not wait for the actions."""
        with (
            self._in_turn() if self.sqlite else nullcontext(),
            Session(self._immediate, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """One thread of this process at a time; the others hold no connection while they wait, and
        the next one goes on at once, where SQLite would have it ask again and again."""
        if not self._turn.acquire(timeout=BUSY_TIMEOUT):
            raise OperationalError("BEGIN", None, TimeoutError("other threads write"))
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def lock(self, name: str) -> Iterator[Callable[[], None]]:
        """Hold a name against every other machine on this PostgreSQL; not reentrant.

        The lock belongs to a connection of its own, so that it ends when its holder does, however
        that ends. Hands out a check, which raises `SQLAlchemyError` where the connection and with
        it the lock was lost: whoever holds it long asks between two steps. Raises `TimeoutError`,
        in words, where it does not come free within 10 seconds. On SQLite, which is of one
        machine, nothing is locked.
        """
        if self.sqlite:
            yield lambda: None
            return
        with self._apart.connect() as connection:
            _take(connection, name)
            try:
                yield lambda: _must_answer(connection)
            finally:
                # The session ends with it, and the lock with the session; also where it is lost.
                connection.invalidate()

    def migrate(self) -> None:
        """Bring the tables to this version's; does nothing where they are, or are newer already.

        Newer tables are those of the next version, which only adds to them: while one machine
        after the other is upgraded, both versions work on them.
        """
        with self.engine.connect() as connection:
            if revision(connection) >= newest_revision():
                return
        with self._immediate.begin() as connection:
            if not self.sqlite:
                _take_the_line(connection)
            upgrade(connection)

    def alone(self) -> AbstractContextManager[Connection]:
        """One transaction while no other connection is open, from whichever process or machine.

        Raises `InUse` where there is one. This object must not have any open itself: use a new one.
        """
        return _alone_on_sqlite(self.url) if self.sqlite else _alone_on_postgresql(self.engine)

    def watch(self) -> Watch:
        """Something to wait on until another transaction commits."""
        return _SqliteWatch(self.url) if self.sqlite else _PostgresWatch(self.url)

    def close(self) -> None:
        self.engine.dispose()


def newest_revision() -> str:
    """The newest revision that this version knows: files are named after their revision."""
    return max(path.name[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def revision(connection: Connection) -> str:
    """What the tables are, "0002"; "" where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the tables to a revision, within the connection's transaction."""
    from alembic import command  # half a second, for what is hardly ever needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


class InUse(ActionError):
    """Somebody else is connected to the database, where nobody may be."""


def _in_use(who: str) -> InUse:
    return InUse(f"the database is in use by {who}: stop worker and web first, on every machine")


@contextmanager
def _alone_on_sqlite(url: URL) -> Iterator[Connection]:
    """Each connection holds a shared lock on the file for as long as it is open."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _ALONE_WITHIN})
    event.listen(engine, "connect", _exclude_others)
    event.listen(engine, "begin", _begin_sqlite)
    try:
        with engine.execution_options(avviso_immediate=True).begin() as connection:
            yield connection
    except OperationalError as problem:
        if getattr(problem.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            raise _in_use("another process") from None
        raise


def _exclude_others(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    _prepared(connection, _ALONE_WITHIN)


def _others(connection: Connection) -> Sequence[str]:
    """Who else is connected. A connection that was closed is seen for some milliseconds more."""
    left = time.monotonic() + _GONE_WITHIN
    while others := connection.scalars(_OTHERS).all():
        if time.monotonic() > left:
            break
        time.sleep(0.02)
        connection.exec_driver_sql("SELECT pg_stat_clear_snapshot()")
    return others


@contextmanager
def _alone_on_postgresql(engine: Engine) -> Iterator[Connection]:
    """Who connects from now on waits for the tables until this is over."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_ALONE_WITHIN:.0f}s'")
        _take_the_line(connection)
        if others := _others(connection):
            raise _in_use(", ".join(sorted(set(others))))
        yield connection


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    _prepared(connection, BUSY_TIMEOUT)


def _prepared(connection: Any, patience: float) -> None:
    # The driver's own transaction handling is switched off: `_begin_sqlite` says BEGIN itself.
    connection.isolation_level = None
    cursor = connection.cursor()
    # For this SQLite does not wait by itself, where two open a new database at once.
    _when_it_is_free(cursor, "PRAGMA journal_mode = WAL", patience)
    cursor.execute("PRAGMA synchronous = FULL")  # what was accepted survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("avviso_immediate"):
        _begin_immediate(connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    """Wait for SQLite's one writer, as long as the connection is told to. Its own waiting asks
    every 100 ms before long, between which others begin and end: half of the time nobody wrote.

    Raises `OperationalError`.
    """
    cursor = connection.connection.cursor()
    ((patience,),) = cursor.execute("PRAGMA busy_timeout").fetchall()
    cursor.execute("PRAGMA busy_timeout = 0")
    try:
        _when_it_is_free(cursor, "BEGIN IMMEDIATE", patience / 1000)
    except sqlite3.OperationalError as problem:
        raise OperationalError("BEGIN IMMEDIATE", None, problem) from None
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {patience}")
        cursor.close()


def _when_it_is_free(cursor: Any, statement: str, patience: float) -> None:
    """Say it until nobody holds the database, `patience` seconds long."""
    until = time.monotonic() + patience
    while True:
        try:
            cursor.execute(statement)
        except sqlite3.OperationalError as problem:
            is_held = problem.sqlite_errorname.startswith("SQLITE_BUSY")
            if not is_held or time.monotonic() > until:
                raise
        else:
            return
        time.sleep(_ASK_EVERY)


def _take_the_line(transaction: Session | Connection) -> None:
    """On PostgreSQL, what BEGIN IMMEDIATE is on SQLite: only one transaction numbers events."""
    transaction.execute(_LINE, {"key": _ACTIONS_LOCK})


def _take(connection: Connection, name: str) -> None:
    """Take a lock by its name. Raises `TimeoutError` in words."""
    connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_WAIT:.0f}s'")
    try:
        connection.execute(_LOCK_BY_NAME, {"family": _LOCK_FAMILY, "name": name})
    except OperationalError as problem:
        if getattr(problem.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        raise TimeoutError(
            f"another machine has been at work on {name} for more than {LOCK_WAIT:.0f} seconds"
        ) from None


def _must_answer(connection: Connection) -> None:
    connection.execute(_HOLDS)


class Watch:
    """Waits for commits of others. Used by one thread; `close` ends a wait from another."""

    def __init__(self) -> None:
        self._closed = threading.Event()
        self._in_use = threading.Lock()

    def wait(self, seconds: float) -> bool:
        """Whether something was committed before the time was over, or may have been.

        False at once when it is closed. Raises `DBAPIError`; the next wait connects again.
        """
        raise NotImplementedError

    def close(self) -> None:
        """End a wait within half a second, and let go of the connection."""
        self._closed.set()
        with self._in_use:
            self._drop()

    def _drop(self) -> None:
        raise NotImplementedError


class _SqliteWatch(Watch):
    """SQLite tells nobody, but `data_version` changes with every commit of another connection."""

    INTERVAL = 0.05

    def __init__(self, url: Any) -> None:
        super().__init__()
        self._engine = create_engine(url, poolclass=NullPool)
        self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._seen = self._version()

    def _version(self) -> int:
        return int(self._connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def wait(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not self._closed.wait(min(self.INTERVAL, max(0.0, until - time.monotonic()))):
            if self._changed():
                return True
            if time.monotonic() >= until:
                return False
        return False

    def _changed(self) -> bool:
        with self._in_use:
            before = self._seen
            if not self._closed.is_set():
                self._seen = self._version()
            return self._seen != before

    def _drop(self) -> None:
        self._connection.close()
        self._engine.dispose()


class _PostgresWatch(Watch):
    """LISTEN on one connection of its own; a lost connection is made again at the next wait."""

    SLICE = 0.5

    def __init__(self, url: Any) -> None:
        super().__init__()
        self._engine = create_engine(url, poolclass=NullPool)
        self._connection: Connection | None = None
        self._listen()

    def _listen(self) -> None:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._connection = connection
        connection.exec_driver_sql(f"LISTEN {_NOTIFY_CHANNEL}")

    def wait(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            with self._in_use:
                if self._closed.is_set():
                    return False
                if self._heard(min(left, self.SLICE)):
                    return True
        return False

    def _heard(self, seconds: float) -> bool:
        driver_errors: Any = self._engine.dialect.loaded_dbapi.Error
        try:
            if self._connection is None:
                self._listen()
                return True  # what was committed while nobody listened was missed
            driver: Any = self._connection.connection.driver_connection
            return next(iter(driver.notifies(timeout=seconds, stop_after=1)), None) is not None
        except driver_errors as problem:
            self._drop()
            raise OperationalError(f"LISTEN {_NOTIFY_CHANNEL}", None, problem) from problem
        except SQLAlchemyError:
            self._drop()
            raise

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
