"""Ten thousand receivers on this machine, in a process of their own: some hang, some fail.

They are one server for many names, over TLS. What a name begins with says how it behaves. They tell
when a well-behaved one had its message, by the system's monotonic clock, which all processes share.
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from tests.publishers.lists._receiver import certified

DOMAIN = "receivers.example.org"
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno"


@dataclass(frozen=True)
class Receivers:
    """As the measuring process knows them."""

    port: int
    tls: ssl.SSLContext
    _told: Connection

    def url(self, number: int, behaviour: str = "fine") -> str:
        return f"https://{behaviour}-{number}.{DOMAIN}:{self.port}/hook"

    def heard(self) -> list[float]:
        """When each well-behaved one was done with its message, since it was last asked."""
        self._told.send("heard")
        found: list[float] = self._told.recv()
        return found


def resolve(host: str, port: int) -> Sequence[str]:
    """Where they all are."""
    del host, port
    return ["127.0.0.1"]


@contextmanager
def receivers(delay: float) -> Iterator[Receivers]:
    """Start them, and end them. `delay` is how many seconds a message keeps one of them busy."""
    ours, theirs = get_context("spawn").Pipe()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tls = certified(folder, f"*.{DOMAIN}")
        process = get_context("spawn").Process(
            target=_run, args=(theirs, folder, delay), daemon=True
        )
        process.start()
        yield Receivers(ours.recv(), tls.client, ours)
        ours.send(None)
        process.join(30)


def _run(told: Connection, folder: Path, delay: float) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "receiver.pem", folder / "receiver.key")
    asyncio.run(_serve(told, context, delay))


async def _serve(told: Connection, tls: ssl.SSLContext, delay: float) -> None:
    heard: list[float] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            while True:
                behaviour = await _read(reader)
                if behaviour == "hang":
                    await reader.read()
                    break
                await asyncio.sleep(delay)
                writer.write(_BROKEN if behaviour == "fail" else _OK)
                await writer.drain()
                if behaviour == "fine":
                    heard.append(time.monotonic())
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls, backlog=4096)
    told.send(server.sockets[0].getsockname()[1])
    while await asyncio.to_thread(told.recv):
        told.send(heard.copy())
        heard.clear()


async def _read(reader: asyncio.StreamReader) -> str:
    """How the receiver behaves that a request is for."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    headers = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
    await reader.readexactly(int(headers["Content-Length"]))
    return headers["Host"].partition("-")[0]
