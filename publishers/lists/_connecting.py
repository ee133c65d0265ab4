"""Opens connections to strangers' hosts, and to those alone that the guard lets through.

A host is resolved here, once; every address that it has is looked at, and one of these very
addresses is connected to. Nothing resolves it a second time, so that an answer of the DNS that
changes in between changes nothing. A name that has one bad address is refused as a whole: it was
made to be tried again until the other one comes up.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

from publishers.lists._guard import Address, Place, check_address

Resolve = Callable[[str, int], Sequence[str]]
"""A host's addresses, as text; waits for them. Raises `OSError` where there are none."""

CONNECT_TIMEOUT = 5.0
"""Seconds for finding the host and connecting to it, and as many for the TLS handshake."""
_RESOLVERS = 400
"""Threads at most: the system's resolver keeps a thread waiting as long as it likes."""
_SLOW_RESOLVERS = 20
"""Threads for hosts that were not found in time before: they take none from the others."""
_MOST_SLOW = 10_000
_TRIED = 3
"""Addresses of one host."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Unconnected(Exception):
    """There is no connection, and nothing was sent. Says why."""


def resolve(host: str, port: int) -> Sequence[str]:
    """What the system knows. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Connector:
    """Finds hosts, looks at what was found, and connects to what was looked at."""

    def __init__(
        self, tls: ssl.SSLContext, resolve: Resolve = resolve, *, private: bool = False
    ) -> None:
        self._tls = tls
        self._resolve = resolve
        self._private = private
        self._threads = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolver")
        self._slow_threads = ThreadPoolExecutor(_SLOW_RESOLVERS, thread_name_prefix="slow-resolver")
        self._slow: set[str] = set()

    async def connect(self, place: Place) -> Streams:
        """A connection to where a request goes. Raises `NotAllowed` and `Unconnected`."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT) as finding:
                addresses = (await self._addresses(place))[:_TRIED]
                finding.reschedule(None)
        except TimeoutError as problem:
            self._note_slow(place.host)
            raise Unconnected("its host was not found in time") from problem
        self._slow.discard(place.host)
        for address in addresses[:-1]:
            try:
                return await self._open(address, place, CONNECT_TIMEOUT / len(addresses))
            except Unconnected:
                continue
        return await self._open(addresses[-1], place, CONNECT_TIMEOUT / len(addresses))

    async def _addresses(self, place: Place) -> list[Address]:
        """The host's addresses, each of which may be called."""
        try:
            found: Sequence[str] = [str(ip_address(place.host))]
        except ValueError:
            found = await self._found(place)
        addresses = [ip_address(each) for each in found]
        for address in addresses:
            check_address(address, private=self._private)
        if not addresses:
            raise Unconnected("its host is not known")
        return addresses

    def _note_slow(self, host: str) -> None:
        if len(self._slow) >= _MOST_SLOW:
            self._slow.clear()
        self._slow.add(host)

    async def _found(self, place: Place) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        threads = self._slow_threads if place.host in self._slow else self._threads
        try:
            return await loop.run_in_executor(threads, self._resolve, place.host, place.port)
        except (OSError, UnicodeError) as problem:
            raise Unconnected("its host is not known") from problem

    async def _open(self, address: Address, place: Place, seconds: float) -> Streams:
        """Connect to this very address; the certificate has to be the name's."""
        secured = place.scheme == "https"
        try:
            async with asyncio.timeout(seconds + CONNECT_TIMEOUT * secured):
                return await asyncio.open_connection(
                    str(address),
                    place.port,
                    ssl=self._tls if secured else None,
                    server_hostname=place.host if secured else None,
                    ssl_handshake_timeout=CONNECT_TIMEOUT if secured else None,
                )
        except TimeoutError as problem:
            raise Unconnected("it could not be connected to in time") from problem
        except ssl.SSLError as problem:
            raise Unconnected("its TLS or its certificate is not right") from problem
        except OSError as problem:
            raise Unconnected("it could not be connected to") from problem

    def close(self) -> None:
        """Let go of the threads; one that still waits for the system ends by itself."""
        for threads in (self._threads, self._slow_threads):
            threads.shutdown(wait=False, cancel_futures=True)
