"""What makes a process stand still at a known step, so that it can be killed there: the file
system, the database, the network. Nothing in the program knows of it."""

from __future__ import annotations

import fcntl
import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from select import select

from sqlalchemy import text

from incidents.db import Database
from tests.fakes._service import FakeService

_STUCK = 4711
"""The advisory lock at which a process waits that got stuck on PostgreSQL."""

# Files


def waits_for_lock(pid: int) -> bool:
    """Whether a process waits for a file that another has locked."""
    lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    return any("->" in line and "FLOCK" in line and str(pid) in line.split() for line in lines)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file, as a process does that writes it."""
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def pipes(folder: Path, documents: Iterable[str], aside: Path) -> Iterator[Callable[[], bool]]:
    """Put a named pipe in the place of each of these documents: whoever reads one gets no further.
    Answers a question: does somebody read one? At the end the documents are as they were."""
    kept = {folder / path: aside / str(number) for number, path in enumerate(documents)}
    aside.mkdir()
    for place, away in kept.items():
        place.rename(away)
        os.mkfifo(place)
    with ExitStack() as writers:
        try:
            yield lambda: any(_is_read(place, writers) for place in kept)
        finally:
            for place, away in kept.items():
                away.rename(place)
            aside.rmdir()


def _is_read(pipe: Path, writers: ExitStack) -> bool:
    """Whether somebody reads a pipe; if so, it is kept open, so that its end is never read."""
    try:
        writers.callback(os.close, os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def documents(folder: Path) -> list[str]:
    """The documents of a page, without their compressed siblings and the target's own files."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    mine = [p for p in found if p.suffix not in (".gz", ".br") and p.name[0] != "."]
    return sorted(path.relative_to(folder).as_posix() for path in mine)


# The database


class WritersLock(ExitStack):
    """The database as it is while another writes, once it was taken: deliveries can be read and not
    changed."""

    def __init__(self, db: Database) -> None:
        super().__init__()
        self._db = db

    def take(self) -> None:
        session = self.enter_context(self._db.claim())
        # SQLite's transaction takes its lock when it begins, which is with its first statement.
        lock = "SELECT 1" if self._db.sqlite else "LOCK TABLE deliveries IN EXCLUSIVE MODE"
        session.execute(text(lock))


@contextmanager
def stuck(db: Database, table: str, when: str = "1 = 1") -> Iterator[Callable[[int], bool]]:
    """Let no transaction get past a row that it inserts into a table, where a condition on NEW
    holds; answers a question: is the process with this id stuck there?"""
    with (_stuck_on_sqlite if db.sqlite else _stuck_on_postgres)(db, table, when) as is_stuck:
        yield is_stuck


def _change(db: Database, *statements: str) -> None:
    with db.claim() as session:
        for statement in statements:
            session.execute(text(statement))


@contextmanager
def _stuck_on_sqlite(db: Database, table: str, when: str) -> Iterator[Callable[[int], bool]]:
    """SQLite knows no waiting inside a transaction, but counting to infinity. Beforehand it sorts
    more than its memory holds, which shows where it is."""
    _change(
        db,
        "CREATE VIEW for_ever AS WITH RECURSIVE numbers (n) AS "
        "(SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT n FROM numbers",
        f"CREATE TRIGGER stuck BEFORE INSERT ON {table} WHEN {when} BEGIN "
        "SELECT (SELECT count(*) FROM for_ever WHERE n <> length(long)) FROM (SELECT long FROM "
        "(SELECT hex(zeroblob(50000)) || n AS long FROM for_ever LIMIT 100) ORDER BY long); END",
    )
    try:
        yield _has_temporary_file
    finally:
        _change(db, "DROP TRIGGER stuck", "DROP VIEW for_ever")


def _has_temporary_file(pid: int) -> bool:
    """Whether SQLite keeps in a file of a process what it sorts: nothing else here is so long."""
    for opened in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it is closed already
            if "etilqs" in str(opened.readlink()):
                return True
    return False


@contextmanager
def _stuck_on_postgres(db: Database, table: str, when: str) -> Iterator[Callable[[int], bool]]:
    _change(
        db,
        "CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS "
        f"'BEGIN PERFORM pg_advisory_xact_lock({_STUCK}); RETURN NEW; END'",
        f"CREATE TRIGGER stuck BEFORE INSERT ON {table} FOR EACH ROW WHEN ({when}) "
        "EXECUTE FUNCTION stuck()",
    )
    try:
        with db.claim() as holder:
            holder.execute(text(f"SELECT pg_advisory_xact_lock({_STUCK})"))
            yield lambda _pid: _is_waited_for(db)
    finally:
        _change(db, f"DROP TRIGGER stuck ON {table}", "DROP FUNCTION stuck")


def _is_waited_for(db: Database) -> bool:
    waiting = (
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
        "WHERE datname = current_database() AND locktype = 'advisory' "
        f"AND objid = {_STUCK} AND NOT granted"
    )
    with db.read() as session:
        return bool(session.scalar(text(waiting)))


# The network


@contextmanager
def not_accepting(service: FakeService) -> Iterator[None]:
    """A service whose queue of connections is full: who connects gets no answer at all."""
    service._server.shutdown()
    service._thread.join()
    with ExitStack() as fillers:
        address = service._server.server_address
        while _is_accepted(fillers.enter_context(socket.socket()), address):
            pass
        try:
            yield
        finally:
            service._thread = threading.Thread(target=service._server.serve_forever, args=(0.02,))
            service._thread.start()


def _is_accepted(client: socket.socket, address: object) -> bool:
    client.setblocking(False)
    client.connect_ex(address)  # type: ignore[arg-type]  # typeshed: any of the families' addresses
    return bool(select([], [client], [], 0.2)[1])
