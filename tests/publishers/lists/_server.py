"""A mail relay: aiosmtpd in a thread, which can be told to go wrong."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "pass word"
CUT = "cut"
"""In place of an answer: hang up without one."""
HANG = "hang"
"""In place of an answer: say nothing."""


@dataclass
class Behaviour:
    """How the relay answers, and what it took."""

    pipelining: bool = True
    smtputf8: bool = True
    size: int = 0
    sender: Callable[[str], str] = lambda _: "250 OK"
    recipient: Callable[[str], str] = lambda _: "250 OK"
    """By address."""
    letter: Callable[[int], str] = lambda _: "250 OK"
    """By how many came before."""
    taken: list[Envelope] = field(default_factory=list)
    """Letters that it said it took."""
    came: int = 0
    connections: int = 0
    commands: list[str] = field(default_factory=list)

    def recipients(self) -> list[str]:
        return sorted(to for envelope in self.taken for to in envelope.rcpt_tos)


class _Relay(SMTP):
    """One connection. Answers that are words of ours happen at the connection."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        transports = self.event_handler.transports
        transports.append(transport)
        if self.session is not None and self.session.ssl is None:
            self.event_handler.behaviour.connections += 1

    async def push(self, status: Any) -> None:
        text = status.decode() if isinstance(status, bytes) else status
        if text == HANG:
            await asyncio.Event().wait()
        if text == CUT:
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.abort()
            return
        await super().push(status)
        if text.startswith("421"):
            assert self.transport is not None
            self.transport.close()


class _Handler:
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.transports: list[Any] = []

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, name: str, said: list[str]
    ) -> list[str]:
        session.host_name = name
        if self.behaviour.pipelining:
            said.insert(1, "250-PIPELINING")
        if not self.behaviour.smtputf8:
            said = [line for line in said if "SMTPUTF8" not in line]
        return said

    async def handle_MAIL(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.behaviour.commands.append(f"MAIL {address} {' '.join(options)}".strip())
        answer = self.behaviour.sender(address)
        if answer.startswith("2"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.behaviour.commands.append(f"RCPT {address}")
        answer = self.behaviour.recipient(address)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        answer = self.behaviour.letter(self.behaviour.came)
        self.behaviour.came += 1
        if answer.startswith("2"):
            self.behaviour.taken.append(envelope)
        return answer


@dataclass(frozen=True)
class Running:
    port: int
    behaviour: Behaviour


@contextmanager
def relay(
    behaviour: Behaviour | None = None, certificate: Path | None = None, **options: Any
) -> Iterator[Running]:
    """A relay on a port of this machine; with a folder of a certificate it knows STARTTLS."""
    behaviour = behaviour or Behaviour()
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate / "page.pem", certificate / "page.key")
    handler = _Handler(behaviour)
    at_once = options.pop("tls_at_once", False)

    def factory() -> SMTP:
        return _Relay(
            handler,
            hostname="relay.test",
            enable_SMTPUTF8=behaviour.smtputf8,
            data_size_limit=behaviour.size or 10_000_000,
            tls_context=None if at_once else context,
            authenticator=_authenticate,
            loop=loop,
            **options,
        )

    loop = asyncio.new_event_loop()
    starting = loop.create_server(factory, "127.0.0.1", 0, ssl=context if at_once else None)
    server = loop.run_until_complete(starting)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Running(server.sockets[0].getsockname()[1], behaviour)
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_end_all(handler), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end_all(handler: _Handler) -> None:
    for transport in handler.transports:
        transport.abort()
    await asyncio.sleep(0)
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _authenticate(
    server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (b"avviso", PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextmanager
def silent() -> Iterator[int]:
    """A port where connections are taken and nobody ever says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def saying(*lines: str) -> Iterator[int]:
    """A port where each line that comes is answered by the next of these, "" by nothing; the first
    one is the banner."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk() -> None:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                for line in lines:
                    if line:
                        stream.write(line.encode() + b"\r\n")
                        stream.flush()
                    if not stream.readline():
                        return

        thread = threading.Thread(target=talk)
        thread.start()
        yield listening.getsockname()[1]
        listening.close()
        thread.join()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
