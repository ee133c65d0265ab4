"""What every fake of a company's service is made of: an HTTP server, with faults on demand.

A fake subclasses `FakeService` and says what its API answers. Each request takes the next fault
from the queue, if there is one:

    with FakeX() as x:
        x.faults.append(Answer(429, {}, {"Retry-After": "300"}))

The faults that do as asked and then answer badly are what no documentation mentions.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Answer:
    """Answer this and do nothing. `body` is JSON, or bytes that go out as they are."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hang:
    """Read the request and never answer."""


@dataclass(frozen=True)
class Drip:
    """Do as asked, then answer a byte at a time, for ever."""

    in_headers: bool = False


@dataclass(frozen=True)
class Cut:
    """Do as asked, then close the connection: before the answer, or in the middle of it."""

    in_the_middle: bool = False


@dataclass(frozen=True)
class Garbage:
    """Do as asked, then answer something that is no API's answer."""

    body: bytes = b"<html>It works!</html>"


@dataclass(frozen=True)
class Kill:
    """Kill a process with -9, as a machine would that lost its power: before doing as asked, or
    after it and before the answer."""

    pid: int
    done: bool = True


Fault = Answer | Hang | Drip | Cut | Garbage | Kill


@dataclass(frozen=True)
class Request:
    """What was asked. `headers` have lower-case names; `body` is the parsed JSON or form, or under
    "" the bytes of a picture."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


class FakeService(ABC):
    """A service on this machine. `clock_skew` is how far its clock is ahead of ours."""

    secrets: Mapping[str, str]

    def __init__(self) -> None:
        self.faults: deque[Fault | None] = deque()
        """What each request in turn meets; None is no fault."""
        self.always: Fault | None = None
        """A fault that every request meets while it is set, once the queue is empty."""
        self.requests: list[Request] = []
        self.clock_skew = timedelta(0)
        self.released = threading.Event()
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.fake = self  # type: ignore[attr-defined]  # http.server's way to reach it
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let go of those that hang, and end."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    @abstractmethod
    def texts(self) -> list[str]:
        """What the service holds by now, oldest first."""

    def now(self) -> datetime:
        return datetime.now(UTC) + self.clock_skew

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """What the API does with a request; called with `lock` held."""

    def headers(self, answer: Answer) -> Mapping[str, str]:
        """Headers that the service sends with every answer, before the answer's own."""
        del answer
        return {"Content-Type": "application/json; charset=utf-8"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float] = 30

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_PATCH(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as in http.server
        """Nothing: the test's own log is what is looked at."""

    @property
    def fake(self) -> FakeService:
        fake: FakeService = self.server.fake  # type: ignore[attr-defined]  # set by FakeService
        return fake

    def _handle(self) -> None:
        request = self._request()
        self.fake.requests.append(request)
        fault = self.fake.faults.popleft() if self.fake.faults else self.fake.always
        if isinstance(fault, Answer):
            self._send(fault)
        elif isinstance(fault, Hang):
            self.fake.released.wait()
            self.close_connection = True
        elif isinstance(fault, Kill) and not fault.done:
            self._kill(fault)
        else:
            self._send_badly(self._answer(request), fault)

    def _request(self) -> Request:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            _parsed(body, headers.get("content-type", "")),
            headers,
        )

    def _answer(self, request: Request) -> Answer:
        with self.fake.lock:
            return self.fake.answer(request)

    def _kill(self, fault: Kill) -> None:
        os.kill(fault.pid, signal.SIGKILL)
        self.close_connection = True

    def _send(self, answer: Answer) -> None:
        self.wfile.write(self._head(answer) + _encoded(answer))

    def _head(self, answer: Answer) -> bytes:
        headers = {
            "Date": format_datetime(self.fake.now(), usegmt=True),
            "Content-Length": str(len(_encoded(answer))),
            **self.fake.headers(answer),
            **answer.headers,
        }
        lines = [f"HTTP/1.1 {answer.status} X", *(f"{k}: {v}" for k, v in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode()

    def _send_badly(self, answer: Answer, fault: Fault | None) -> None:
        whole = self._head(answer) + _encoded(answer)
        if isinstance(fault, Garbage):
            self._send(Answer(answer.status, fault.body))
        elif isinstance(fault, Drip):
            self._drip(b"HTTP/1.1 200 X\r\nx-slow: " if fault.in_headers else self._head(answer))
        elif isinstance(fault, Cut):
            self.wfile.write(whole[:-10] if fault.in_the_middle else b"")
            self.close_connection = True
        elif isinstance(fault, Kill):
            self._kill(fault)
        else:
            self.wfile.write(whole)

    def _drip(self, begin: bytes) -> None:
        self.close_connection = True
        try:
            self.wfile.write(begin)
            while not self.fake.released.wait(0.02):
                self.wfile.write(b" ")
        except OSError:
            return  # the client has had enough, which is what this is for


def _parsed(body: bytes, content_type: str) -> Mapping[str, Any]:
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    if content_type.startswith("multipart/form-data"):
        return _form(body, content_type)
    if content_type.startswith("image/"):
        return {"": body}
    parsed = json.loads(body or b"{}")
    return parsed if isinstance(parsed, dict) else {}


def _form(body: bytes, content_type: str) -> dict[str, Any]:
    """A form's fields by name; of a file its bytes."""
    read = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {content_type}\r\n\r\n".encode() + body
    )
    fields: dict[str, Any] = {}
    for part in read.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(name, str)
        assert isinstance(content, bytes)
        fields[name] = content if part.get_filename() else content.decode()
    return fields


def _encoded(answer: Answer) -> bytes:
    if isinstance(answer.body, bytes):
        return answer.body
    return b"" if answer.body is None else json.dumps(answer.body).encode()
