"""A folder of plain files, which the edge, nginx or any other static server reads.

Readers never see half a file: every one is written beside its place and renamed into it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field

from publishers.documents._base import Document
from publishers.targets import _base
from publishers.targets._base import TargetOptions, Watermark, check_path
from publishers.targets._encodings import ENDINGS, holds, siblings, squeezed
from publishers.targets._files import (
    beside,
    drop_empty,
    held,
    make_folder,
    read,
    write,
    write_forms,
)

WATERMARK = ".avviso.json"
LOCK = ".avviso.lock"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class ForeignFolder(OSError):
    """The folder holds files that Avviso did not make; writing there could destroy them."""


class Options(TargetOptions):
    """`path` is the folder, relative to the data folder."""

    PLACED_BY = "path"

    path: Annotated[str, Field(min_length=1, max_length=200)]
    """The folder, relative to the data folder. It belongs to Avviso alone."""

    def place(self, data: Path) -> str:
        """The folder, absolute."""
        return str((data / Path(self.path).expanduser()).resolve()).rstrip("/") + "/"


class Target(_base.Target):
    """Puts documents under one folder, with gzip and Brotli siblings beside texts.

    The whole folder belongs to Avviso: a full rebuild removes whatever else is in it.
    """

    Options = Options

    def __init__(self, path: Path) -> None:
        self.root = path

    @classmethod
    def configured(cls, options: TargetOptions, secrets: Mapping[str, str], data: Path) -> Self:
        del secrets  # A folder has none.
        return cls(Path(options.place(data)))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder against other threads and processes of this machine; not reentrant.

        Raises `ForeignFolder`, or another `OSError` where the folder cannot be made.
        """
        self._claim()
        with held(self.root / LOCK):
            yield

    def watermark(self) -> Watermark | None:
        """What the folder shows; None when it is new, garbled, or from before the last boot.

        Nothing is synced to the disk, because a page is rendered anew in a second and syncing
        every file would slow each publication. The price: after a power cut a renamed file may
        be empty though the watermark is there. So it is believed only within the boot that
        wrote it. (A system without boot ids cannot tell; there it is always believed.)
        """
        try:
            found = json.loads((self.root / WATERMARK).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        trusted = isinstance(found, dict) and found.get("boot") == _boot()
        return Watermark.of(found) if trusted else None

    def put(self, documents: Iterable[Document], watermark: Watermark) -> int:
        """Put each document atomically, in the order given, then the watermark.

        Raises `OSError`, `ForeignFolder` among them, or `ValueError` for an unsafe path; the
        old watermark then stays, so that the same event is put again.
        """
        self._claim()
        changed = sum(self._apply(document, _same) for document in documents)
        self._mark(watermark)
        return changed

    def replace(self, documents: Iterable[Document], watermark: Watermark) -> int:
        """As `put`, and remove all else; siblings are checked as well, which `put` trusts."""
        self._claim()
        kept = {WATERMARK, LOCK}
        changed = 0
        for document in documents:
            changed += self._apply(document, _intact)
            if document.body is not None:
                kept.update(document.path + ending for ending in ("", *ENDINGS))
        changed += self._sweep(kept)
        self._mark(watermark)
        return changed

    def _claim(self) -> None:
        """Make the folder ours if it is empty. Raises `ForeignFolder` if it is another's."""
        make_folder(self.root)
        empty = not any(self.root.iterdir())
        # Asked after looking for files, because ours are never there without one of these.
        ours = any((self.root / name).exists() for name in (LOCK, WATERMARK))
        if not (empty or ours):
            raise ForeignFolder(
                f"{self.root} is not empty and was not made by Avviso; choose an empty folder"
            )
        (self.root / LOCK).touch(0o644)

    def _apply(self, document: Document, unchanged: Callable[[Path, bytes], bool]) -> bool:
        """Put or remove one document; whether anything changed."""
        check_path(document.path)
        place = self.root / document.path
        if document.body is None:
            return self._remove(place)
        if unchanged(place, document.body):
            return False
        self._publish(place, document.body, squeezed(document).squeezed or {})
        self._touch()
        return True

    def _publish(self, place: Path, body: bytes, forms: Mapping[str, bytes]) -> None:
        try:
            make_folder(place.parent)
            with _named(place):
                write_forms(place, body, forms, ENDINGS)
        except OSError:
            drop_empty(place.parent, self.root)
            raise

    def _touch(self) -> None:
        """Let whoever keeps documents in memory know that one has changed: the watermark's time
        tells them, and what it says is written when all are there."""
        with suppress(FileNotFoundError):
            os.utime(self.root / WATERMARK)

    def _remove(self, place: Path) -> bool:
        """Remove a document, siblings first, and the folders that it leaves empty."""
        for ending in ENDINGS:
            beside(place, ending).unlink(missing_ok=True)
        there = place.exists()
        place.unlink(missing_ok=True)
        drop_empty(place.parent, self.root)
        return there

    def _sweep(self, kept: Container[str]) -> int:
        """Remove every file that is not kept; answers how many documents were among them."""
        swept = 0
        for folder, subfolders, names in os.walk(self.root, topdown=False):
            links = [name for name in subfolders if Path(folder, name).is_symlink()]
            for place in (Path(folder, name) for name in (*names, *links)):
                if place.relative_to(self.root).as_posix() not in kept:
                    place.unlink(missing_ok=True)
                    swept += place.suffix not in ENDINGS and not place.name.startswith(".")
            drop_empty(Path(folder), self.root)
        return swept

    def _mark(self, watermark: Watermark) -> None:
        shown = {**watermark.told(), "boot": _boot()}
        with _named(self.root / WATERMARK):
            write(self.root / WATERMARK, json.dumps(shown).encode())


@contextmanager
def _named(place: Path) -> Iterator[None]:
    """Let a fault name the file that was to be written: a full disk names none, and a temporary
    file's name tells nobody anything."""
    try:
        yield
    except OSError as problem:
        problem.filename = str(place)
        raise


def _same(place: Path, body: bytes) -> bool:
    """Whether the document is as it should be, and no sibling was lost in a crash."""
    if read(place) != body:
        return False
    missing = {ending for ending in ENDINGS if not beside(place, ending).exists()}
    return not missing or missing.isdisjoint(siblings(place.name, body))


def _intact(place: Path, body: bytes) -> bool:
    """As `_same`, and no sibling is broken either."""
    found = {ending: read(beside(place, ending)) for ending in ENDINGS}
    return _same(place, body) and all(
        holds(ending, squeezed, body) for ending, squeezed in found.items() if squeezed is not None
    )


def _boot() -> str:
    """Changes each time the machine starts; empty where the system has no such id."""
    return (read(_BOOT_ID) or b"").decode().strip()
