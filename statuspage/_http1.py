"""HTTP/1.1 as the front speaks it (RFC 9112): request heads in, whole responses out.

Heads are parsed by llhttp, Node's parser, by way of httptools: what it calls malformed is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser, parse_url

from statuspage.edge import Answer, Asked, tell

HEAD_ENDS = b"\r\n\r\n"
LARGEST_HEAD = 16 * 1024
"""Bytes of a request's head; browsers send less than two thousand."""

_UNDERSTOOD = "La richiesta non è stata capita.\nThe request was not understood.\n"
_TOO_LARGE = "La richiesta è troppo grande.\nThe request is too large.\n"
_TOO_SLOW = "La richiesta è arrivata troppo lentamente.\nThe request came too slowly.\n"
MALFORMED = tell("GET", "400 Bad Request", _UNDERSTOOD)
TOO_LARGE = tell("GET", "431 Request Header Fields Too Large", _TOO_LARGE)
TOO_SLOW = tell("GET", "408 Request Timeout", _TOO_SLOW)

# Of one connection only (RFC 9110, 7.6.1), or what only the front may say.
_NOT_FORWARDED = frozenset(
    {
        *(b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade"),
        *(b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"),
        *(b"x-forwarded-port", b"x-forwarded-prefix", b"x-real-ip", b"x-request-id"),
        b"http2-settings",
    }
)


class Malformed(Exception):
    """No request that can be answered."""


class _Reading:
    """What the parser calls back."""

    def __init__(self) -> None:
        self.parser = HttpRequestParser(self)
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.keep_alive = self.complete = False

    def on_url(self, part: bytes) -> None:
        self.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.keep_alive = self.parser.should_keep_alive()  # when the message is complete it forgets

    def on_message_complete(self) -> None:
        self.complete = True


@dataclass(frozen=True, slots=True)
class Head:
    """A request's head. `has_body`: more bytes belong to the request."""

    method: bytes
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    old: bool
    """HTTP/1.0, whose connections end unless both sides say otherwise."""
    keep_alive: bool
    has_body: bool

    def header(self, name: bytes) -> str | None:
        """All values of a header, joined as RFC 9110, 5.2 says; None when it is not there."""
        values = [value for known, value in self.headers if known == name]
        return b", ".join(values).decode("latin-1") if values else None

    def asked(self) -> Asked:
        """What of it matters for a document."""
        path = unquote_to_bytes(self.path) if b"%" in self.path else self.path
        return Asked(
            method=self.method.decode("ascii"),
            path=path.decode("latin-1"),
            query=self.query.decode("latin-1"),
            accept_encoding=self.header(b"accept-encoding"),
            if_none_match=self.header(b"if-none-match"),
        )

    def forwarded(self, extra: Iterable[tuple[bytes, bytes]]) -> bytes:
        """The head as it is sent on, for this one request; `extra` is what the front says."""
        # A name with "_" would look like one with "-" to the application (RFC 3875, 4.1.18).
        kept = [
            header
            for header in self.headers
            if header[0] not in _NOT_FORWARDED and b"_" not in header[0]
        ]
        target = self.path + (b"?" + self.query if self.query else b"")
        lines = [b"%b %b HTTP/1.1" % (self.method, target)]
        lines += [b"%b: %b" % header for header in (*kept, *extra, (b"connection", b"close"))]
        return b"\r\n".join(lines) + HEAD_ENDS


def read_head(data: bytes) -> Head:
    """Parse one head, up to and with the empty line. Raises `Malformed`."""
    reading = _Reading()
    parser = reading.parser
    try:
        parser.feed_data(data)
    except HttpParserUpgrade:
        pass  # nothing here speaks another protocol; an offer may be ignored (RFC 9110, 7.8)
    except HttpParserError as problem:
        raise Malformed from problem
    method = parser.get_method()
    path, query = _path_and_query(method, reading.target)
    old = parser.get_http_version() != "1.1"
    hosts = sum(name == b"host" for name, _ in reading.headers)
    if method == b"CONNECT" or hosts > 1 or not (hosts or old):
        raise Malformed  # RFC 9112, 3.2
    return Head(
        method=method,
        path=path,
        query=query,
        headers=reading.headers,
        old=old,
        keep_alive=reading.keep_alive,
        has_body=not reading.complete,
    )


def _path_and_query(method: bytes, target: bytes) -> tuple[bytes, bytes]:
    if target[:1] == b"/":
        path, _, query = target.partition(b"?")
        return path, query.partition(b"#")[0]
    if target == b"*" and method == b"OPTIONS":
        return b"/", b""
    if target[:4].lower() == b"http":
        try:
            url = parse_url(target)
        except HttpParserError as problem:
            raise Malformed from problem
        return url.path or b"/", url.query or b""
    raise Malformed


class Wire:
    """An answer as bytes, but for the date, which `head` puts in."""

    __slots__ = ("_date", "_end", "_head", "_start", "body", "keep_alive")

    def __init__(self, answer: Answer, *, keep_alive: bool, old: bool = False) -> None:
        lines = [f"{name}: {value}" for name, value in answer.headers]
        if not keep_alive:
            lines.append("Connection: close")
        elif old:
            lines.append("Connection: keep-alive")
        self._start = f"HTTP/1.1 {answer.status}\r\nDate: ".encode()
        self._end = "\r\n".join(["", *lines, "", ""]).encode("latin-1")
        self._date = self._head = b""
        self.body = answer.body
        self.keep_alive = keep_alive

    def head(self, date: bytes) -> bytes:
        """The response's head. `date` is the same object for as long as it is the same second."""
        if self._date is not date:
            self._head = self._start + date + self._end
            self._date = date
        return self._head
