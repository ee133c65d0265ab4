"""The published documents as they are to be sent: read once, kept while they are what is published.

A document is kept with the generation, that is the stamp of the target's watermark, that it was
read in. One `stat` of the watermark tells whether anything was published since; if so, the stamps
of the document's own files tell whether it is among what changed. So every process sees a
publication at once, and a refreshed home page does not make all else be read again.
"""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from errno import ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR
from hashlib import blake2b
from pathlib import Path
from threading import Lock

from statuspage._negotiation import CODINGS, IDENTITY

WATERMARK = ".avviso.json"
"""The target's own file: replaced after whatever else was."""

_NOT_THERE = frozenset({ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP})
_FORMS = {IDENTITY: "", **CODINGS}

CAPACITY = 64 * 1024 * 1024
"""Bytes of documents that a process keeps in memory where nothing else is said."""

Headers = list[tuple[str, str]]
Stamp = tuple[int, int, int, int]
"""Inode, change and modification in nanoseconds, size: a renamed-in file has another one."""


@dataclass(frozen=True, slots=True)
class Form:
    """A document in one content coding."""

    body: bytes
    etag: str
    headers: Headers


@dataclass(frozen=True, slots=True)
class Entry:
    """A document in all its codings, with the stamps of the files that they were read from."""

    forms: Mapping[str, Form]
    stamps: tuple[Stamp | None, ...]
    generation: Stamp | None

    @property
    def size(self) -> int:
        return sum(len(form.body) for form in self.forms.values())


Describe = Callable[[str, str, bytes, str], Headers]
"""Makes the headers of a document: its path, coding, body and entity tag."""


class Shelf:
    """Hands out documents below `root`; keeps the latest asked for, up to `capacity` bytes.

    For many threads. Paths are taken as safe: relative, with "/" between names.
    """

    def __init__(self, root: Path, describe: Describe, capacity: int = CAPACITY) -> None:
        self._root = f"{root}{os.sep}"
        self._watermark = self._root + WATERMARK
        self._describe = describe
        self._capacity = capacity
        self._kept: OrderedDict[str, Entry] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def generation(self) -> Stamp | None:
        """What was published last, to be compared; None before anything was."""
        return _stamp(self._watermark)

    def find(self, path: str) -> Entry | None:
        """The document; None when there is none. Raises `OSError` when it cannot be read."""
        # Stamped before reading: what is published meanwhile changes the stamp, never missed.
        generation = self.generation()
        with self._lock:
            kept = self._kept.get(path)
            if kept:
                self._kept.move_to_end(path)
        if kept and generation and kept.generation == generation:
            return kept
        return self._refreshed(path, generation, kept)

    def has(self, path: str) -> bool:
        """Whether there is such a document; it is not read."""
        try:
            return stat.S_ISREG(os.stat(self._root + path).st_mode)  # noqa: PTH116 - hot path
        except OSError:
            return False

    def _refreshed(self, path: str, generation: Stamp | None, kept: Entry | None) -> Entry | None:
        try:
            if kept and kept.stamps == self._stamps(path):
                entry: Entry | None = Entry(kept.forms, kept.stamps, generation)
            else:
                entry = self._read(path, generation)
        except OSError:
            # An old page is better than none, while the disk or the descriptors are exhausted.
            if kept:
                return kept
            raise
        self._keep(path, entry)
        return entry

    def _stamps(self, path: str) -> tuple[Stamp | None, ...]:
        return tuple(_stamp(self._root + path + ending) for ending in _FORMS.values())

    def _read(self, path: str, generation: Stamp | None) -> Entry | None:
        files = {coding: _contents(self._root + path + end) for coding, end in _FORMS.items()}
        if files[IDENTITY] is None:
            return None
        return Entry(
            forms={
                coding: self._form(path, coding, file[0]) for coding, file in files.items() if file
            },
            stamps=tuple(file and file[1] for file in files.values()),
            generation=generation,
        )

    def _form(self, path: str, coding: str, body: bytes) -> Form:
        digest = blake2b(body, digest_size=12).hexdigest()
        etag = f'"{digest}"' if coding == IDENTITY else f'"{digest}-{coding}"'
        return Form(body, etag, self._describe(path, coding, body, etag))

    def _keep(self, path: str, entry: Entry | None) -> None:
        with self._lock:
            old = self._kept.pop(path, None)
            self._size -= old.size if old else 0
            if entry is None or entry.size > self._capacity // 8:
                return
            self._kept[path] = entry
            self._size += entry.size
            while self._size > self._capacity:
                self._size -= self._kept.popitem(last=False)[1].size


def _stamp(path: str) -> Stamp | None:
    try:
        return _stamp_of(os.stat(path))  # noqa: PTH116 - once per request, and Path costs as much
    except OSError as fault:
        if fault.errno in _NOT_THERE:
            return None
        raise


def _stamp_of(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_ctime_ns, status.st_mtime_ns, status.st_size


def _contents(path: str) -> tuple[bytes, Stamp] | None:
    """A regular file's bytes and stamp. Published files are renamed in, so it is always whole."""
    try:
        # Not to wait for a writer, should somebody have put a pipe there.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as fault:
        if fault.errno in _NOT_THERE:
            return None
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(), _stamp_of(status)
    finally:
        os.close(descriptor)
