"""What stands before a real HTTP server: counts its requests, and plays faults on the way to it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import unquote, urlsplit

from tests.fakes._service import Answer, Cut, Hang

Fault = Answer | Cut | Hang | None


@dataclass(frozen=True)
class Passing:
    """A request on its way: `path` is decoded and without its query."""

    method: str
    path: str
    query: str
    beside: int
    """How many others were under way when it came."""


class FrontDoor:
    """Passes requests on to the server at `behind`, and answers its answers.

    `fault` is asked before each: with a `Cut` the server does as asked all the same, as it does
    when a line goes dead before the answer.
    """

    def __init__(self, behind: str) -> None:
        self.behind = urlsplit(behind).netloc
        self.requests: list[Passing] = []
        self.fault: Callable[[Passing], Fault] = lambda passing: None
        self.released = threading.Event()
        self.lock = threading.Lock()
        self.under_way = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.door = self  # type: ignore[attr-defined]  # http.server's way to reach it
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def told(self, method: str) -> list[str]:
        """The paths of all requests by a method so far, in their order."""
        return [passing.path for passing in self.requests if passing.method == method]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float] = 30

    def do_GET(self) -> None:
        door: FrontDoor = self.server.door  # type: ignore[attr-defined]  # set by FrontDoor
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = urlsplit(self.path)
        with door.lock:
            passing = Passing(self.command, unquote(parts.path), parts.query, door.under_way)
            door.requests.append(passing)
            door.under_way += 1
        fault, answer = door.fault(passing), None
        if not isinstance(fault, Answer | Hang):
            answer = self._asked(door, body)
        with door.lock:
            door.under_way -= 1  # before it is answered, lest the next request come too soon
        self._play(door, fault, answer)

    do_PUT = do_POST = do_DELETE = do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as in http.server
        """Nothing: the test's own log is what is looked at."""

    def _play(self, door: FrontDoor, fault: Fault, answer: Answer | None) -> None:
        if isinstance(fault, Hang):
            door.released.wait()
            self.close_connection = True
        elif isinstance(fault, Answer):
            self._answer(fault)
        elif answer is not None:
            self.close_connection = isinstance(fault, Cut)
            if not isinstance(fault, Cut) or fault.in_the_middle:
                self._answer(answer, cut=isinstance(fault, Cut))

    def _asked(self, door: FrontDoor, body: bytes) -> Answer:
        connection = http.client.HTTPConnection(door.behind, timeout=30)
        try:
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            response = connection.getresponse()
            return Answer(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()

    def _answer(self, answer: Answer, cut: bool = False) -> None:
        kept = {"etag", "content-type", "cache-control", "last-modified", "content-encoding"}
        lines = [
            f"{name}: {value}" for name, value in answer.headers.items() if name.lower() in kept
        ]
        body = answer.body or b""
        head = [f"HTTP/1.1 {answer.status} X", *lines, f"Content-Length: {len(body)}", "", ""]
        whole = "\r\n".join(head).encode() + (b"" if self.command == "HEAD" else body)
        self.wfile.write(whole[:-10] if cut else whole)
