"""The server that the crowd meets: documents over HTTP/1.1, in one thread, without waiting.

Whatever is no document is forwarded to the application, in a process of its own: one that is slow,
or gone, delays nobody who looks at the page. (Why it is not the application's own server:
docs/decisions/0016.)
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from email.utils import formatdate
from pathlib import Path
from typing import cast

import uvloop

from statuspage._forward import Forward
from statuspage._http1 import (
    HEAD_ENDS,
    LARGEST_HEAD,
    MALFORMED,
    TOO_LARGE,
    TOO_SLOW,
    Head,
    Malformed,
    Wire,
    read_head,
)
from statuspage.edge import Answer, Documents, unavailable
from statuspage.processes import have_many_files

log = logging.getLogger(__name__)

LOOK_EVERY = 0.01
"""Seconds between two looks at what was published, while anybody asks."""
HEAD_TIMEOUT = 15.0
IDLE_TIMEOUT = 75.0
STALLED_TIMEOUT = 30.0
"""Seconds: for a head to arrive, for a next request to begin, for a reader to take a byte."""
LINGER = 2.0
"""Seconds, too: for a client to see why it was refused."""
APP_TIMEOUT = 60.0
DRAIN_TIMEOUT = 10.0
MOST_FORWARDED = 200
"""Requests that are with the application at a time; more are told to come back."""
_SWEEP_EVERY = 1.0
_RETRY_AFTER = 5.0
_REMEMBERED = 4096
_LONGEST_REMEMBERED = 2048
_DESCRIPTORS_KEPT = 300
"""File descriptors that are left for anything but the crowd."""

Ready = Callable[[], None]


class Front:
    """What all connections of a process share."""

    def __init__(
        self, documents: Documents, app: Path, most_connections: int, trusted: Sequence[str] = ()
    ) -> None:
        self.documents = documents
        self.trusted = trusted
        self.app = app
        self.forwarded = 0
        self.draining = False
        self.now = time.monotonic()
        self.date = b""
        self.stale = True
        self._connections: set[Connection] = set()
        self._most_connections = most_connections
        self._generation: object = None
        self._known: dict[bytes | tuple[object, ...], Wire] = {}
        self._held = 0
        self._loop = asyncio.get_running_loop()

    def look(self) -> None:
        """Take the time, and see whether anything was published: at most once each LOOK_EVERY."""
        self.stale = False
        self._loop.call_later(LOOK_EVERY, self._grow_stale)
        self.now = time.monotonic()
        date = formatdate(usegmt=True).encode()
        if date != self.date:
            self.date = date
        generation = self._published()
        if generation is None or generation != self._generation:
            self._generation = generation
            self._forget()

    def _grow_stale(self) -> None:
        self.stale = True

    def _published(self) -> object:
        shelf = self.documents.shelf
        try:
            return shelf.generation() if shelf else None
        except OSError:
            return self._generation  # an old page is better than none

    def known(self, head: bytes | tuple[object, ...]) -> Wire | None:
        """The answer to a head that was read before, since the last publication: by its bytes, or
        by its key, where another client asks for the same."""
        return self._known.get(head)

    def remember(self, data: bytes, head: Head, wire: Wire) -> None:
        """Answer the same head alike until the next publication, as long as there is room."""
        if self.draining or len(data) > _LONGEST_REMEMBERED:
            return
        self._held += len(data) + len(wire.body)
        if len(self._known) >= _REMEMBERED or self._held > self.documents.capacity:
            self._forget()
        self._known[data] = self._known[head.key()] = wire

    def _forget(self) -> None:
        self._known.clear()
        self._held = 0

    def joined(self, connection: Connection) -> None:
        """A connection was made."""
        self._connections.add(connection)
        if len(self._connections) > self._most_connections:
            self._make_room()

    def left(self, connection: Connection) -> None:
        """A connection is no more."""
        self._connections.discard(connection)

    def _make_room(self) -> None:
        """End the twentieth part of the connections: of the idle ones those idle for longest."""
        idle = sorted((c for c in self._connections if c.idle), key=lambda c: c.since)
        for connection in idle[: self._most_connections // 20 + 1]:
            connection.transport.abort()

    def sweep(self) -> None:
        """End the connections that have waited for too long."""
        self.now = time.monotonic()
        for connection in tuple(self._connections):
            connection.check()

    async def drain(self) -> None:
        """Let what is under way finish, within DRAIN_TIMEOUT; answer what still comes."""
        self.draining = True
        self._forget()
        end = time.monotonic() + DRAIN_TIMEOUT
        grace = time.monotonic() + 1.0
        while self._connections and time.monotonic() < end:
            await asyncio.sleep(0.05)
            if time.monotonic() > grace:
                for connection in tuple(self._connections):
                    if connection.idle:
                        connection.transport.close()


class Connection(asyncio.Protocol):
    """One client's connection: it is read only as fast as it takes what it is sent."""

    __slots__ = ("_arrived", "_forward", "_front", "_paused", "_refused", "since", "transport")

    transport: asyncio.Transport

    def __init__(self, front: Front) -> None:
        self._front = front
        self._arrived = b""
        self._paused = self._refused = False
        self._forward: Forward | None = None
        self.since = front.now

    @property
    def idle(self) -> bool:
        """Whether nothing is under way but the wait for a request."""
        return not (self._arrived or self._paused or self._forward)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's own are of no such class
        self._front.joined(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._front.left(self)
        if self._forward:
            self._forward.abort()

    def data_received(self, data: bytes) -> None:
        front = self._front
        if front.stale:
            front.look()
        if self._refused:
            return
        if self._forward:
            self.since = front.now
            self._forward.send(data)
            return
        if self._arrived:
            self._arrived += data
        else:
            self.since = front.now  # for a head that comes in pieces, since its first one
            wire = front.known(data)
            if wire is not None and not self._paused:
                self._say(wire)
                return
            self._arrived = data
        self._work()

    def pause_writing(self) -> None:
        self._paused = True
        self.since = self._front.now
        self.transport.pause_reading()
        if self._forward:
            self._forward.pause()

    def resume_writing(self) -> None:
        self._paused = False
        self.since = self._front.now
        self.transport.resume_reading()
        if self._forward:
            self._forward.resume()
        else:
            self._work()

    def check(self) -> None:
        """End it where it has waited for too long."""
        waited = self._front.now - self.since
        if self._refused:
            if waited > LINGER:
                self.transport.abort()
        elif self._forward:
            if waited > APP_TIMEOUT:
                self._forward.give_up()
        elif self._paused:
            if waited > STALLED_TIMEOUT:
                self.transport.abort()
        elif self._arrived:
            if waited > HEAD_TIMEOUT:
                self._refuse(TOO_SLOW)
        elif waited > IDLE_TIMEOUT:
            self.transport.close()

    def _work(self) -> None:
        """Answer what has arrived, in order, as long as the client takes the answers."""
        while self._arrived and self._ready():
            head, end, rest = self._arrived.partition(HEAD_ENDS)
            if not end:
                if len(self._arrived) > LARGEST_HEAD:
                    self._refuse(TOO_LARGE)
                return
            self._arrived = rest
            if len(head) > LARGEST_HEAD:
                self._refuse(TOO_LARGE)
            else:
                self._answer(head + end)

    def _ready(self) -> bool:
        busy = self._paused or self._refused or self._forward
        return not (busy or self.transport.is_closing())

    def _answer(self, data: bytes) -> None:
        front = self._front
        wire = front.known(data)
        if wire is None:
            try:
                head = read_head(data)
            except Malformed:
                self._refuse(MALFORMED)
                return
            found = None if head.has_body else self._found(data, head)
            if found is None:
                self._ask_the_app(head)
                return
            wire = found
        self._say(wire)

    def _found(self, data: bytes, head: Head) -> Wire | None:
        """A document's answer; None where the application has to be asked."""
        front = self._front
        wire = front.known(head.key())
        if wire is None:
            answer = front.documents.answer(head.asked())
            if answer is None:
                return None
            keep_alive = head.keep_alive and not front.draining
            wire = Wire(answer, keep_alive=keep_alive, old=head.old)
            if answer.status[0] == "4":
                return wire
        front.remember(data, head, wire)
        return wire

    def _say(self, wire: Wire) -> None:
        head = wire.head(self._front.date)
        self.transport.writelines((head, wire.body) if wire.body else (head,))
        if not wire.keep_alive:
            self.transport.close()

    def _refuse(self, answer: Answer) -> None:
        """Say it, and take no more. To close at once could take back what was said: what still
        comes is read and dropped for a moment (RFC 9112, 9.6)."""
        self._arrived = b""
        if self.transport.is_closing():
            return  # who asked has gone
        wire = Wire(answer, keep_alive=False)
        self.transport.writelines((wire.head(self._front.date), wire.body))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._refused = True
        self.since = self._front.now

    # What is no document

    def _ask_the_app(self, head: Head) -> None:
        if self._front.forwarded >= MOST_FORWARDED:
            self.refuse_app(head.method)
            return
        arrived, self._arrived = self._arrived, b""
        self._forward = Forward(self._front, self, head, arrived)

    def refuse_app(self, method: bytes) -> None:
        """Say that the application cannot be had now; the page itself can."""
        self._refuse(unavailable(method.decode("ascii"), _RETRY_AFTER))


async def _serve(
    sock: socket.socket, documents: Documents, app: Path, trusted: Sequence[str], ready: Ready
) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    front = Front(documents, app, _connections_allowed(), trusted)
    server = await loop.create_server(lambda: Connection(front), sock=sock)
    ready()
    while not ended.is_set():
        front.sweep()
        with suppress(TimeoutError):
            async with asyncio.timeout(_SWEEP_EVERY):
                await ended.wait()
    server.close()
    await front.drain()


def serve(
    sock: socket.socket,
    documents: Documents,
    app: Path,
    ready: Ready,
    trusted: Sequence[str] = (),
) -> None:
    """Serve on a listening socket until the process is asked to end, and then finish.

    `app` is the application's own socket; `ready` is called once connections are accepted;
    `trusted` are the networks of servers in front whose word on visitors' addresses is believed.
    """
    uvloop.run(_serve(sock, documents, app, trusted, ready))


def _connections_allowed() -> int:
    """As many as the system lets a process have, less some for its own files."""
    return max(64, have_many_files() - _DESCRIPTORS_KEPT)
