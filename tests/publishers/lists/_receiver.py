"""A receiver on this machine: hears requests, and answers as it was told to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Heard:
    """One request; `connection` counts them."""

    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


Reply = Callable[[Heard], "bytes | None"]
"""The bytes to answer with; None: nothing, for ever."""


def answer(status: str, headers: str = "", body: str = "ok") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return f"{head}{body}".encode()


OK = answer("200 OK")


@dataclass
class Receiver:
    reply: Reply = lambda heard: OK
    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    names: list[str | None] = field(default_factory=list)
    """What TLS was asked for, by name."""
    closes: bool = False
    """Whether it ends the connection after each answer, without having said so."""

    def url(self, path: str = "/", scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            with suppress(asyncio.IncompleteReadError, OSError):
                await self._converse(reader, writer, number)
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            heard = await _read(reader, number)
            self.heard.append(heard)
            reply = self.reply(heard)
            if reply is None:
                await reader.read()
                return
            writer.write(reply)
            await writer.drain()
            if self.closes:
                return


async def _read(reader: asyncio.StreamReader, number: int) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    body = await reader.readexactly(int(headers["Content-Length"]))
    return Heard(first.split(" ")[1], headers, body, number)


@contextmanager
def receiver(
    reply: Reply = lambda heard: OK, tls: ssl.SSLContext | None = None, *, closes: bool = False
) -> Iterator[Receiver]:
    """Starts one, and ends it with all its connections."""
    made = Receiver(reply, closes=closes)
    if tls:
        tls.sni_callback = lambda _socket, name, _context: made.names.append(name)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls, backlog=2000)
    )
    made.port = server.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for _ in range(3):  # transports end in the loop's next rounds
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Certified:
    """TLS of a server, and of who trusts it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


def certified(folder: Path, *names: str) -> Certified:
    """A certificate for some hosts, which vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_named(name) for name in names]), False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "receiver.pem", folder / "receiver.key"
    public.write_bytes(certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(public, private)
    return Certified(server, ssl.create_default_context(cafile=str(public)))


def _named(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
