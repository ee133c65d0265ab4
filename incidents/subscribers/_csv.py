"""Files of subscribers: how they are written, and how they are read, from here or elsewhere. Pure.

A spreadsheet takes a text for a formula that begins like one: such a text is written with an
apostrophe before it, which is taken away again when the file is read.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from io import StringIO
from itertools import chain

from incidents.errors import InvalidInput
from incidents.subscribers._finding import Found

LONGEST_CELL = 8000
NONE = "-"
"""Where a subscriber wants no kind of news beside single incidents."""
EXPORTED = (
    "mode",
    "address",
    "contact",
    "language",
    "components",
    "kinds",
    "incidents",
    "state",
    "created_at",
)
_NAMES: Mapping[str, str] = {
    "mode": "mode",
    "type": "mode",
    "address": "address",
    "email": "email",
    "email address": "email",
    "e-mail": "email",
    "endpoint": "endpoint",
    "webhook": "endpoint",
    "webhook url": "endpoint",
    "url": "endpoint",
    "contact": "contact",
    "language": "language",
    "locale": "language",
    "components": "components",
    "component ids": "components",
    "kinds": "kinds",
    "incidents": "incidents",
    "state": "state",
    "status": "state",
}
"""Ours and Statuspage's columns, in small letters and with spaces; others are passed over."""
_ADDRESSES = frozenset({"address", "email", "endpoint"})
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_APOSTROPHE = re.compile(r"^'(?='*[=+\-@\t\r])")
_BETWEEN = re.compile(r"[\s,|;]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, as it was written."""

    number: int
    mode: str = ""
    address: str = ""
    contact: str = ""
    language: str = ""
    components: str = ""
    kinds: str = ""
    incidents: str = ""
    state: str = ""

    def packed(self) -> list[str | int]:
        return [getattr(self, each.name) for each in fields(self)]


def unpacked(row: Iterable[str | int]) -> Line:
    """The line again."""
    number, *texts = row
    return Line(int(number), *map(str, texts))


def read_lines(text: Iterable[str]) -> Iterator[Line]:
    """Read a file line by line; the first names the columns. Raises `InvalidInput`.

    Commas, semicolons or tabs stand between cells, whichever the first line has more of.
    """
    rows = _numbered(text)
    first = next(rows, None)
    if first is None:
        raise InvalidInput("file: is empty")
    columns = _columns(first[1])
    if _looks_like_data(first[1]):
        yield _line(columns, *first)
    for number, row in rows:
        yield _line(columns, number, row)


def _numbered(text: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with the number of the line on which it begins."""
    began = 1
    try:
        lines = iter(text)
        head = next(lines, "")
        reader = csv.reader(chain([head], lines), delimiter=max(",;\t", key=head.count))
        for row in reader:
            if any(cell.strip() for cell in row):
                yield began, row
            began = reader.line_num + 1
    except csv.Error as problem:
        raise InvalidInput(f"file: line {began} cannot be read: {problem}") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"file: is not UTF-8, from line {began} on; save it as UTF-8") from None


def _looks_like_data(row: list[str]) -> bool:
    """Statuspage's form for imports has no names of columns: "email,ada@example.org"."""
    return len(row) > 1 and ("@" in row[1] or "://" in row[1])


def _columns(head: list[str]) -> list[str]:
    if _looks_like_data(head):
        return ["mode", "address"]
    found = [_NAMES.get(_plain(name), "") for name in head]
    if not _ADDRESSES.intersection(found):
        raise InvalidInput(
            "file: the first line should name the columns, 'address' or 'email' among them"
        )
    twice = next((name for name in found if name and found.count(name) > 1), "")
    if twice:
        raise InvalidInput(f"file: the column {twice!r} is there twice")
    return found


def _plain(name: str) -> str:
    return " ".join(re.split(r"[\s_]+", name.strip().lower().removeprefix("\ufeff").strip()))


def _line(columns: list[str], number: int, row: list[str]) -> Line:
    said = {
        name: _APOSTROPHE.sub("", cell.strip())[:LONGEST_CELL]
        for name, cell in zip(columns, row, strict=False)
        if name
    }
    email, endpoint = said.pop("email", ""), said.pop("endpoint", "")
    if endpoint and not said.get("address"):
        said = {"contact": email, **said, "address": endpoint}
        said["mode"] = said.get("mode") or "webhook"
    elif email and not said.get("address"):
        said["address"] = email
    said["mode"] = (said.get("mode") or "email").lower()
    return Line(number, **said)


def words_in(cell: str) -> list[str]:
    """What a cell lists: with commas, bars or spaces between, or as JSON, as Statuspage has it."""
    if cell.startswith("["):
        try:
            found = json.loads(cell)
        except ValueError:
            return [cell]
        return [str(each) for each in found] if isinstance(found, list) else [cell]
    return [word for word in _BETWEEN.split(cell) if word]


def written(found: Iterable[Found], keys: Mapping[str, str]) -> Iterator[str]:
    """RFC 4180 with the names of the columns; `keys` are the components', by their ids."""
    yield _as_line(EXPORTED)
    for one in found:
        choices = one.choices
        chosen = _listed(keys[each] for each in choices.components or ())
        yield _as_line(
            (
                one.mode,
                one.address,
                one.contact or "",
                choices.locale,
                chosen,
                _listed(choices.kinds) if choices.follows else NONE,
                _listed(choices.incidents),
                one.state,
                one.created_at.isoformat(timespec="seconds"),
            )
        )


def _listed(words: Iterable[str]) -> str:
    return "|".join(words)


def _as_line(cells: Iterable[str]) -> str:
    out = StringIO()
    csv.writer(out).writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells])
    return out.getvalue()
