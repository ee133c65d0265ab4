"""Calls strangers' servers, hundreds at a time, on one event loop in a thread of its own.

A server that hangs costs one waiting request and nothing else. Every request ends in time, however
slowly its answer drips; redirects are not followed, no proxy is asked, no cookie is kept.
Connections to a host serve again while there is more for that host.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock, Thread

import structlog
import uvloop

from publishers.channels._httpx import tls as trusted
from publishers.lists._connecting import Connector, Resolve, Unconnected, resolve
from publishers.lists._guard import NotAllowed, Place, read_place
from publishers.lists._http1 import Answer, Connection, CutOff

log = structlog.get_logger()

AT_ONCE = 400
"""Requests on their way: each holds a file, and systems give a process 1024 of them."""
AT_ONE_HOST = 40
"""Of these to one host: many may subscribe with the same service, and none gets a flood."""
PATIENCE = 45.0
"""Seconds that a request waits for its turn."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A POST to a stranger's address."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer came; the next time there may be one."""

    why: str


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The guard does not let us call there."""

    why: str


Result = Answer | Unanswered | Forbidden


@dataclass(slots=True)
class _Host:
    """The connections to one host, while anybody uses them."""

    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONE_HOST))
    idle: list[Connection] = field(default_factory=list)
    users: int = 0


@dataclass(slots=True)
class _Work:
    """What lives on the loop."""

    loop: asyncio.AbstractEventLoop
    connector: Connector
    slots: asyncio.Semaphore
    hosts: dict[str, _Host] = field(default_factory=dict)


class Outgoing:
    """Any number of threads may ask at a time. Its own thread begins with the first request."""

    def __init__(
        self,
        *,
        timeout: float,
        private: bool = False,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
        at_once: int = AT_ONCE,
        patience: float = PATIENCE,
    ) -> None:
        """`timeout` is the seconds of one request, `patience` those that it may wait before.

        `tls` and `resolve` say whom to trust and where hosts are; left out, as the system does.
        """
        self._timeout = timeout
        self._private = private
        self._tls = tls
        self._resolve = resolve
        self._at_once = at_once
        self._patience = patience
        self._lock = Lock()
        self._work: _Work | None = None

    def place(self, url: str) -> Place:
        """Where an address leads. Raises `NotAllowed`."""
        return read_place(url, private=self._private)

    def post(self, asks: Sequence[Ask]) -> list[Result]:
        """What became of each, in their order. Raises nothing of its own."""
        work = self._at_work()
        return asyncio.run_coroutine_threadsafe(self._all(work, asks), work.loop).result()

    def close(self) -> None:
        """End the thread."""
        with self._lock:
            work, self._work = self._work, None
        if work:
            work.loop.call_soon_threadsafe(work.loop.stop)

    def _at_work(self) -> _Work:
        with self._lock:
            if self._work is None:
                connector = Connector(self._tls or trusted(), self._resolve, private=self._private)
                loop = uvloop.new_event_loop()
                self._work = _Work(loop, connector, asyncio.Semaphore(self._at_once))
                Thread(target=_run, args=(self._work,), name="outgoing", daemon=True).start()
            return self._work

    async def _all(self, work: _Work, asks: Sequence[Ask]) -> list[Result]:
        calls = (self._one(work, ask) for ask in asks)
        return [_told(each) for each in await asyncio.gather(*calls, return_exceptions=True)]

    async def _one(self, work: _Work, ask: Ask) -> Result:
        try:
            return await self._in_turn(work, self.place(ask.url), ask)
        except NotAllowed as problem:
            return Forbidden(str(problem))
        except (CutOff, Unconnected) as problem:
            return Unanswered(str(problem))

    async def _in_turn(self, work: _Work, place: Place, ask: Ask) -> Result:
        host = work.hosts.setdefault(place.origin, _Host())
        host.users += 1
        why = "its host is busy with others of our messages"
        try:
            async with asyncio.timeout(self._patience) as limit, host.slots, work.slots:
                why = f"no answer within {self._timeout:g} seconds"
                limit.reschedule(work.loop.time() + self._timeout)
                return await _called(work.connector, host, place, ask, limit)
        except TimeoutError:
            return Unanswered(why)
        finally:
            host.users -= 1
            if not host.users:
                del work.hosts[place.origin]
                for connection in host.idle:
                    connection.close()


async def _called(
    connector: Connector, host: _Host, place: Place, ask: Ask, limit: asyncio.Timeout
) -> Answer:
    """A connection that was used before may have ended meanwhile: then a new one is tried."""
    while host.idle:
        connection = host.idle.pop()
        if connection.reusable:
            try:
                return await _posted(connection, host, place, ask, limit)
            except CutOff:
                break
        connection.close()
    return await _posted(Connection(await connector.connect(place)), host, place, ask, limit)


async def _posted(
    connection: Connection, host: _Host, place: Place, ask: Ask, limit: asyncio.Timeout
) -> Answer:
    try:
        answer = await connection.post(place, ask.headers, ask.body)
        limit.reschedule(None)  # it has answered, however long it goes on
        await connection.read_away()
        if connection.reusable:
            host.idle.append(connection)
            return answer
    except BaseException:
        connection.close()
        raise
    connection.close()
    return answer


def _run(work: _Work) -> None:
    """The thread."""
    work.loop.run_forever()
    for host in work.hosts.values():
        for connection in host.idle:
            connection.close()
    work.connector.close()
    work.loop.run_until_complete(work.loop.shutdown_asyncgens())
    work.loop.close()


def _told(found: Result | BaseException) -> Result:
    """A fault of our own costs one message one try, and is for us to see."""
    if isinstance(found, BaseException):
        log.error("call_failed", why=type(found).__name__)
        return Unanswered("it could not be sent")
    return found
