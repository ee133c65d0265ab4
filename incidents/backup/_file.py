"""The file: lines of JSON, gzipped, of which the first says what is in it and the last that it is
whole.

First the head; then for each table a line with its name and columns, and a line for each row; at
the end the number of lines and the SHA-256 of all that came before.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

from incidents.errors import ActionError

FORMAT = 1
Progress = Callable[[int, int], None]
"""Called with (rows done, rows in all)."""


class NoBackup(ActionError):
    """The file is not a backup, or not a whole one, or not one for this version."""


@dataclass(frozen=True)
class Head:
    """What is in a backup."""

    version: str
    """Avviso's, when it was made."""
    revision: str
    """Of the tables that it was read from."""
    made_at: datetime
    page: str
    """The page's id."""
    rows: Mapping[str, int]
    """By table, in the order in which they have to be put back."""
    under_way: Mapping[str, int]
    """By channel: deliveries of which nobody can say, later, whether they went out since."""

    @property
    def total(self) -> int:
        """How many rows there are in all."""
        return sum(self.rows.values())


class Part(NamedTuple):
    """One table in the file."""

    table: str
    columns: Mapping[str, str]
    """The kind of each column's values, by its name."""


class Writer:
    """Writes lines one by one. What ends without the last one is seen to be no whole backup."""

    def __init__(self, out: BinaryIO, head: Head) -> None:
        self._out = gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=6, mtime=0)
        self._digest = hashlib.sha256()
        self._lines = 0
        self._line({"avviso_backup": FORMAT, **asdict(head), "made_at": head.made_at.isoformat()})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if problem is None:
            self._line({"end": {"lines": self._lines, "sha256": self._digest.hexdigest()}})
            self._out.close()

    def part(self, part: Part) -> None:
        """Begin a table."""
        self._line(part._asdict())

    def row(self, row: Sequence[Any]) -> None:
        """A row of the table that was begun last."""
        self._line(row)

    def _line(self, value: Any) -> None:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._digest.update(line)
        self._lines += 1
        self._out.write(line)


def head_of(path: Path) -> Head:
    """What a file says of itself. Raises `NoBackup`, in words."""
    try:
        with gzip.open(path) as file:
            found = json.loads(file.readline())
        number = int(found["avviso_backup"])
    except (EOFError, gzip.BadGzipFile, zlib.error, ValueError, LookupError, TypeError):
        raise NoBackup(f"{path} is no backup that Avviso made") from None
    if number != FORMAT:
        raise NoBackup(f"{path} was made by a newer version of Avviso: restore it with that one")
    try:
        return Head(
            version=found["version"],
            revision=found["revision"],
            made_at=datetime.fromisoformat(found["made_at"]),
            page=found["page"],
            rows={str(table): int(count) for table, count in found["rows"].items()},
            under_way=found["under_way"],
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        raise _damaged(path) from None


def look(path: Path, progress: Progress | None = None) -> Head:
    """Look a whole file through: every row is there, and as it was written. Raises `NoBackup`."""
    head = head_of(path)
    for number, _ in enumerate(rows(path), 1):
        if progress is not None and number % 1000 == 0:
            progress(number, head.total)
    return head


def rows(path: Path) -> Iterator[tuple[Part, list[Any]]]:
    """Each row with the part that it belongs to. Raises `NoBackup`, at the latest at the end."""
    expected, found = head_of(path).rows, Counter[str]()
    try:
        with gzip.open(path) as file:
            lines = _lines(file)
            next(lines)
            part: Part | None = None
            for line in lines:
                if isinstance(line, dict):
                    part = Part(line["table"], line["columns"])
                else:
                    assert part is not None
                    found[part.table] += 1
                    yield part, line
    except _CutOff:
        raise NoBackup(f"{path} was cut off: the end is missing; take another backup") from None
    except (EOFError, gzip.BadGzipFile, zlib.error, ValueError, LookupError, TypeError):
        raise _damaged(path) from None
    if found != Counter(expected):
        raise _damaged(path)


class _CutOff(Exception):
    """There is no last line."""


def _lines(file: Any) -> Iterator[Any]:
    """Each line but the last, which is checked. Raises `ValueError`, `_CutOff` and gzip's own."""
    digest = hashlib.sha256()
    for count, line in enumerate(file):
        value = json.loads(line)
        if isinstance(value, dict) and "end" in value:
            if value["end"] != {"lines": count, "sha256": digest.hexdigest()} or file.read(1):
                raise ValueError("it is not what was written")
            return
        digest.update(line)
        yield value
    raise _CutOff


def _damaged(path: Path) -> NoBackup:
    return NoBackup(f"{path} is damaged: it is not what was written; take another backup")
