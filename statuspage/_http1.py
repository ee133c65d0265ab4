"""HTTP/1.1 as the front speaks it (RFC 9112): request heads in, whole responses out.

Heads are parsed by llhttp, Node's parser, by way of httptools: what it calls malformed is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
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


class Head:
    """A request's head, filled by the parser's callbacks. `read_head` makes it."""

    __slots__ = (
        *("complete", "has_body", "headers", "keep_alive", "method", "old", "parser", "path"),
        *("query", "said", "target"),
    )
    method: bytes
    path: bytes
    query: bytes
    old: bool
    """HTTP/1.0, whose connections end unless both sides say otherwise."""
    has_body: bool
    """More bytes belong to the request."""

    def __init__(self) -> None:
        self.parser = HttpRequestParser(self)
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.said: dict[bytes, bytes] = {}
        self.keep_alive = self.complete = False

    def on_url(self, part: bytes) -> None:
        self.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        self.headers.append((name, value))
        # Several values are one, joined by commas (RFC 9110, 5.2).
        self.said[name] = self.said[name] + b", " + value if name in self.said else value

    def on_headers_complete(self) -> None:
        self.keep_alive = self.parser.should_keep_alive()  # when the message is complete it forgets

    def on_message_complete(self) -> None:
        self.complete = True

    def header(self, name: bytes) -> str | None:
        """A header's value; None when it is not there."""
        value = self.said.get(name)
        return None if value is None else value.decode("latin-1")

    def key(self) -> tuple[object, ...]:
        """Heads with the same key have the same answer, if it is a document's."""
        wanted, known = self.said.get(b"accept-encoding"), self.said.get(b"if-none-match")
        return self.method, self.target, wanted, known, self.keep_alive, self.old

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
    head = Head()
    parser = head.parser
    try:
        parser.feed_data(data)
    except HttpParserUpgrade:
        pass  # nothing here speaks another protocol; an offer may be ignored (RFC 9110, 7.8)
    except HttpParserError as problem:
        raise Malformed from problem
    head.method = parser.get_method()
    head.path, head.query = _path_and_query(head.method, head.target)
    head.old = parser.get_http_version() != "1.1"
    head.has_body = not head.complete
    host = head.said.get(b"host")
    if head.method == b"CONNECT" or (host is None and not head.old) or b"," in (host or b""):
        raise Malformed  # RFC 9112, 3.2: one host, which has no comma; two were joined by one
    return head


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
