"""What is no document, on its way from the front to the application and back."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from statuspage._http1 import Head
from statuspage._proxies import says_https, visitors_address

if TYPE_CHECKING:  # the front hands itself in
    from statuspage.front import Connection, Front

log = logging.getLogger(__name__)

APP_CONNECT_TIMEOUT = 5.0
"""Seconds for the application to take a connection; it may be starting."""


class Forward(asyncio.Protocol):
    """One request on its way to the application and its response on the way back.

    The connection serves this one request, so that nothing of the response has to be understood.
    """

    def __init__(self, front: Front, client: Connection, head: Head, arrived: bytes) -> None:
        self._front = front
        self._client = client
        self._method = head.method
        said = _said_by_the_front(client.transport, head, front.trusted)
        self._waiting = [head.forwarded(said), arrived]
        self._transport: asyncio.Transport | None = None
        self._answered = False
        self._counted = True
        front.forwarded += 1
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(APP_CONNECT_TIMEOUT):
                await self._connected()
        except OSError as problem:
            log.error("the application does not answer: %s", problem.strerror or "time-out")
            self.give_up()

    async def _connected(self) -> None:
        """It is waited for while it starts: nothing of the request has been sent yet."""
        loop = asyncio.get_running_loop()
        while True:
            with suppress(FileNotFoundError, ConnectionRefusedError):
                await loop.create_unix_connection(lambda: self, str(self._front.app))
                return
            await asyncio.sleep(0.05)

    def send(self, data: bytes) -> None:
        """More of the request's body."""
        if self._transport is None:
            self._waiting.append(data)
            self._client.transport.pause_reading()
        else:
            self._transport.write(data)

    def pause(self) -> None:
        """The client does not take more at the moment."""
        if self._transport:
            self._transport.pause_reading()

    def resume(self) -> None:
        """The client takes more again."""
        if self._transport:
            self._transport.resume_reading()

    def give_up(self) -> None:
        """Do not wait any longer. Who has heard nothing yet is told so."""
        self.abort()
        if self._answered:
            self._client.transport.abort()
        else:
            self._answered = True
            self._client.refuse_app(self._method)

    def abort(self) -> None:
        """Let go of the application."""
        if self._counted:
            self._counted = False
            self._front.forwarded -= 1
        if asyncio.current_task() is not self._connecting:
            self._connecting.cancel()
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.writelines(self._waiting)
        self._waiting.clear()
        self._client.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        self._answered = True
        self._client.since = self._front.now
        self._client.transport.write(data)

    def pause_writing(self) -> None:
        self._client.transport.pause_reading()

    def resume_writing(self) -> None:
        self._client.transport.resume_reading()

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._answered:
            self.abort()
            self._client.transport.close()
        else:
            self.give_up()


def _said_by_the_front(
    client: asyncio.Transport, head: Head, trusted: Sequence[str]
) -> list[tuple[bytes, bytes]]:
    """What the application may believe: nothing else reaches it, and a client's own is dropped,
    but for what a trusted server in front of us says of the visitor."""
    peer: Any = client.get_extra_info("peername")
    address = str(peer[0]) if peer else "unknown"
    https = b""
    if trusted:
        if says_https(address, head.header(b"x-forwarded-proto"), trusted):
            https = b"https"
        address = visitors_address(address, head.header(b"x-forwarded-for"), trusted)
    return [
        (b"x-forwarded-for", address.encode("ascii", "replace")),
        (b"x-forwarded-proto", https or b"http"),
        (b"x-request-id", secrets.token_hex(8).encode()),
    ]
