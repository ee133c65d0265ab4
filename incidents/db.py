"""Engine, transactions and wake-ups, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

BUSY_TIMEOUT = 30.0
"""Seconds that a write waits for SQLite's one writer, or for a connection of the pool."""
_ACTIONS_LOCK = 0x_4156_5649  # "AVVI": the advisory lock under which events are numbered
_NOTIFY_CHANNEL = "avviso"
_MIGRATIONS = Path(__file__).parent / "migrations"
_LINE = text("SELECT pg_advisory_xact_lock(:key)")
_TELL = text(f"NOTIFY {_NOTIFY_CHANNEL}")


class Database:
    """One database by its URL. Threads may share it.

    `read` gives a snapshot, `write` the one place in the line of events, `claim` a transaction
    that numbers no event (the outbox), so that it does not wait behind the actions.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"pool_pre_ping": True, "pool_timeout": BUSY_TIMEOUT}
        if self.sqlite:
            options = {"connect_args": {"timeout": BUSY_TIMEOUT, "check_same_thread": False}}
        self.engine: Engine = create_engine(self.url, **options)
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        self._immediate = self.engine.execution_options(avviso_immediate=True)
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
        with Session(self._immediate) as session:
            if not self.sqlite:
                _take_the_line(session)
            yield session
            session.expunge_all()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction, alone in numbering its event; all or nothing."""
        with Session(self._immediate) as session, session.begin():
            if not self.sqlite:
                _take_the_line(session)
                session.execute(_TELL)
            yield session

    @contextmanager
    def claim(self) -> Iterator[Session]:
        """One transaction of the outbox; on PostgreSQL it does not wait for the actions."""
        with Session(self._immediate, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self) -> None:
        """Bring the tables to this version's; does nothing where they are, or are newer already.

        Newer tables are those of the next version, which only adds to them: while one machine
        after the other is upgraded, both versions work on them.
        """
        if self._revision() >= _newest():
            return
        from alembic import command  # half a second, for what is hardly ever needed
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self._immediate.begin() as connection:
            if not self.sqlite:
                _take_the_line(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def _revision(self) -> str:
        """What the tables are, "0002"; "" where there are none."""
        with self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return ""
            return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""

    def watch(self) -> Watch:
        """Something to wait on until another transaction commits."""
        return _SqliteWatch(self.url) if self.sqlite else _PostgresWatch(self.url)

    def close(self) -> None:
        self.engine.dispose()


def _newest() -> str:
    """The newest revision that this version knows: files are named after their revision."""
    return max(path.name[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling is switched off: `_begin_sqlite` says BEGIN itself.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # what was accepted survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("avviso_immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _take_the_line(transaction: Session | Connection) -> None:
    """On PostgreSQL, what BEGIN IMMEDIATE is on SQLite: only one transaction numbers events."""
    transaction.execute(_LINE, {"key": _ACTIONS_LOCK})


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
