"""Connections to one relay, used again and again, and given up when they are idle."""

from __future__ import annotations

import threading
import time

from publishers.channels._base import ChannelBroken, TryLater
from publishers.lists._relay import EmailOptions
from publishers.lists._smtp import Connection, Lost
from publishers.lists._work import Letters

IDLE = 30.0
"""Seconds after which a connection that nobody used is given up."""


class Pool:
    """Open connections. Used by several threads, each with a connection of its own."""

    def __init__(self, options: EmailOptions, name: str) -> None:
        """`name` is what we call ourselves (EHLO)."""
        self._options = options
        self._name = name
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._sweeper: threading.Timer | None = None

    def carry(self, work: Letters) -> None:
        """Hand letters over until there are no more; what goes wrong is told to `work`."""
        try:
            while not work.is_over:
                self._carry_by_one(work)
        except (TryLater, ChannelBroken) as problem:
            work.stop(problem)

    def _carry_by_one(self, work: Letters) -> None:
        """By one connection, as far as it goes. Raises `TryLater`, `ChannelBroken`."""
        connection = self._take()
        try:
            connection.carry(work)
        except Lost as problem:
            connection.drop()
            # One that breaks before it took anything would only break again.
            if connection.handled == 0:
                raise TryLater(str(problem)) from None
        except BaseException:
            connection.drop()
            raise
        else:
            self._put_back(connection)

    def _take(self) -> Connection:
        """One that is open, or a new one. Raises `TryLater`, `ChannelBroken`."""
        while True:
            with self._lock:
                if not self._idle:
                    break
                connection = self._idle.pop()
            if connection.is_alive():
                return connection
            connection.drop()
        return Connection(self._options, self._name)

    def _put_back(self, connection: Connection) -> None:
        if connection.is_worn:
            connection.close()
            return
        with self._lock:
            self._idle.append(connection)
            if self._sweeper is None:
                self._sweep_later()

    def _sweep_later(self) -> None:
        self._sweeper = threading.Timer(IDLE, self._sweep)
        self._sweeper.daemon = True
        self._sweeper.start()

    def _sweep(self) -> None:
        """Give up what nobody used for a while."""
        before = time.monotonic() - IDLE
        with self._lock:
            old = [each for each in self._idle if each.used_at <= before]
            self._idle = [each for each in self._idle if each.used_at > before]
            self._sweeper = None
            if self._idle:
                self._sweep_later()
        for connection in old:
            connection.close()

    def check(self) -> str:
        """Connect, sign in, ask, leave. Raises `TryLater`, `ChannelBroken`."""
        connection = Connection(self._options, self._name)
        try:
            if not connection.answers():
                raise TryLater(f"the relay {self._options.host} does not answer as it should")
        finally:
            connection.close()
        who = f", signed in as {self._options.user}" if self._options.user else ""
        return f"{self._options.host}:{self._options.port}{who}"

    def close(self) -> None:
        """Leave, with good-byes."""
        with self._lock:
            if self._sweeper is not None:
                self._sweeper.cancel()
                self._sweeper = None
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
