"""Shows what would be said: one JSON line per post in a file, for a demo or a rehearsal.

Never says anything to anyone.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from incidents.status import Certainty
from publishers.channels._base import Message, Post, Publisher, Receipt, Rejected, Seen, TryLater
from publishers.channels._composing import compose, reply_target
from publishers.channels._x_text import LIMIT, weighted_length

_PUBLIC_URL = "https://status.example.org/"
_NOTES = ("This channel only writes to a file: nobody reads it but you.",)


class Channel(Publisher):
    """Appends to `posts/{channel}.jsonl`, composed and counted as X would."""

    certainty = Certainty.KEYED

    @property
    def path(self) -> Path:
        """The file: JSON lines of key, at, locale, text, reply_to and reference."""
        return self.data / "posts" / f"{quote(self.options.name, safe='')}.jsonl"

    def compose(self, message: Message) -> Post:
        """What X would say: 280 by its weighted count."""
        post = compose(
            message,
            self.options,
            limit=LIMIT,
            measure=weighted_length,
            reference=not self.options.link,
            # A page tried out on this machine has an address that X would not shorten.
            counted_url=_PUBLIC_URL,
        )
        return replace(post, notes=_NOTES)

    def publish(self, message: Message, post: Post) -> Receipt:
        """Append it and sync it to the disk, unless a line with this key is there already."""
        if post.length > post.limit:
            raise Rejected(f"the post has {post.length} characters, X takes {post.limit}")
        try:
            self._append_once(self._line(message, post))
        except OSError as problem:
            raise TryLater(f"{self.path} cannot be written: {problem.strerror}") from problem
        return Receipt(message.key)

    def find(self, message: Message, post: Post) -> Receipt | None:
        """The line with this key; also after a crash that left the last line torn."""
        del post
        return Receipt(message.key) if message.key in self._keys() else None

    def look(self, receipt: Receipt) -> Seen:
        """Whether the line is in the file."""
        return Seen(reader=receipt.remote_id in self._keys())

    def check(self) -> str:
        """Open the file for writing; answers its name."""
        try:
            with self._locked():
                return f"posts/{self.path.name}"
        except OSError as problem:
            raise TryLater(f"{self.path} cannot be written: {problem.strerror}") from problem

    def _line(self, message: Message, post: Post) -> Mapping[str, Any]:
        target = reply_target(message, self.options)
        return {
            "key": message.key,
            "at": message.at.isoformat(),
            "locale": message.locale,
            "text": post.text,
            "reply_to": target.remote_id if target else None,
            "reference": message.reference,
        }

    def _append_once(self, line: Mapping[str, Any]) -> None:
        with self._locked() as file:
            content = file.read()
            if json.dumps(line["key"]).encode() in content and line["key"] in _keys_of(content):
                return
            torn = b"" if content.endswith(b"\n") or not content else b"\n"
            file.write(torn + json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _keys(self) -> set[str]:
        try:
            return _keys_of(self.path.read_bytes())
        except FileNotFoundError:
            return set()
        except OSError as problem:
            raise TryLater(f"{self.path} cannot be read: {problem.strerror}") from problem

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            yield file


def _keys_of(content: bytes) -> set[str]:
    lines = (_parsed(line) for line in content.split(b"\n"))
    return {line["key"] for line in lines if isinstance(line, dict) and "key" in line}


def _parsed(line: bytes) -> Any:
    """The line's JSON; None for a blank line, or one that a crash tore."""
    try:
        return json.loads(line)
    except ValueError:
        return None
