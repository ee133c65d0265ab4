"""One HTTP/1.1 connection, as small as our few requests need it.

What counts of an answer is its head. Its body is read away, in part, so that a well-behaved server
sees its answer taken and the connection can serve again.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httptools

from publishers.lists._connecting import Streams
from publishers.lists._guard import Place

_PIECE = 16 * 1024
_MOST_READ = 64 * 1024
"""Bytes of an answer, head and body."""
_PATIENCE = 2.0
"""Seconds for the rest of an answer whose head is there."""
_LONGEST_WAIT = timedelta(hours=1)


class CutOff(Exception):
    """The connection ended, or what came was no answer. Whether the request was taken is open."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of what was answered."""

    status: int
    headers: Mapping[str, str]
    """By lower-case names."""

    @property
    def retry_after(self) -> timedelta | None:
        """The wait that it asks for, at most an hour; None where it asks for none.

        Seconds, or a moment by the server's own clock (RFC 9110, 10.2.3).
        """
        asked = self.headers.get("retry-after", "")
        if asked.isascii() and asked.isdecimal():
            wait = timedelta(seconds=int(asked[:9]))
        else:
            wait = _between(self.headers.get("date", ""), asked)
        return min(wait, _LONGEST_WAIT) if wait > timedelta(0) else None


def _between(moment: str, later: str) -> timedelta:
    """From one HTTP date to another; nothing where one of them is none."""
    try:
        wait = parsedate_to_datetime(later) - parsedate_to_datetime(moment)
    except (TypeError, ValueError):
        return timedelta(0)
    return timedelta(seconds=math.ceil(wait.total_seconds()))


class Connection:
    """Serves one request after the other, until `reusable` says no."""

    def __init__(self, streams: Streams) -> None:
        self._reader, self._writer = streams
        self._told: _Told | None = None

    @property
    def reusable(self) -> bool:
        """Whether it can serve once more, as far as we know."""
        served = self._told is None or (self._told.complete and self._told.stays)
        return served and not self._reader.at_eof() and not self._writer.is_closing()

    async def post(self, place: Place, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer's head. Raises `CutOff`. Waits as long as the server likes."""
        self._told = _Told()
        try:
            self._writer.write(_head(place, headers, body) + body)
            await self._writer.drain()
            while self._told.answer is None:
                await self._read(self._told)
        except OSError as problem:
            raise CutOff("the connection was cut off") from problem
        return self._told.answer

    async def read_away(self) -> None:
        """The rest of an answer whose head is there; where it takes too long, it is left."""
        with suppress(OSError, CutOff):  # a time-out is one of the former
            async with asyncio.timeout(_PATIENCE):
                while self._told and not self._told.complete:
                    await self._read(self._told)

    async def _read(self, told: _Told) -> None:
        data = await self._reader.read(_PIECE)
        told.bytes += len(data)
        if not data:
            raise CutOff("the connection was cut off")
        if told.bytes > _MOST_READ:
            raise CutOff("the answer is too long")
        try:
            told.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as problem:
            raise CutOff("what it answers is no HTTP") from problem

    def close(self) -> None:
        """At once: nobody waits for a stranger's last words."""
        self._writer.transport.abort()


class _Told:
    """What the parser tells of one answer."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.answer: Answer | None = None
        self.bytes = 0
        self.complete = False
        self.stays = False
        self._headers: dict[str, str] = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        status = self.parser.get_status_code()
        # Before 200 it only says that an answer will come; a second answer is to nothing we asked.
        if status >= 200 and self.answer is None:
            self.answer = Answer(status, self._headers)
        self._headers = {}

    def on_message_complete(self) -> None:
        is_second = self.complete
        self.complete = self.answer is not None
        self.stays = self.parser.should_keep_alive() and not is_second


def _head(place: Place, headers: Mapping[str, str], body: bytes) -> bytes:
    sent = {"Host": place.authority, "Content-Length": str(len(body)), **headers}
    lines = [f"POST {place.target} HTTP/1.1", *(f"{name}: {sent[name]}" for name in sent), "", ""]
    return "\r\n".join(lines).encode("ascii")
