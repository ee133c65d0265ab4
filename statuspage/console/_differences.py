"""What is different between two texts, line by line and within a line word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_AROUND = 2
"""Lines that are alike and shown before and after a difference."""
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `how` is "same", "gone", "new" or "left out" (alike, and not shown).

    `pieces` are its words, each with whether it is one that makes the difference.
    """

    how: str
    pieces: tuple[tuple[str, bool], ...] = ()


def differences(before: str, after: str) -> list[Line]:
    """The lines that differ, each with its neighbours; none where the texts are alike."""
    if before == after:
        return []
    old, new = before.rstrip("\n").split("\n"), after.rstrip("\n").split("\n")
    found: list[Line] = []
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for place, (what, i, j, k, m) in enumerate(codes):
        if what == "equal":
            found += _alike(old[i:j], first=place == 0, last=place == len(codes) - 1)
        elif j - i == m - k:
            for one, other in zip(old[i:j], new[k:m], strict=True):
                found += _reworded(one, other)
        else:
            found += [Line("gone", ((line, True),)) for line in old[i:j]]
            found += [Line("new", ((line, True),)) for line in new[k:m]]
    return found


def _alike(lines: Sequence[str], *, first: bool, last: bool) -> Iterator[Line]:
    head = 0 if first else _AROUND
    tail = 0 if last else _AROUND
    if len(lines) <= head + tail + 1:
        yield from (Line("same", ((line, False),)) for line in lines)
        return
    yield from (Line("same", ((line, False),)) for line in lines[:head])
    yield Line("left out")
    yield from (Line("same", ((line, False),)) for line in lines[len(lines) - tail :])


def _reworded(before: str, after: str) -> Iterator[Line]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    gone: list[tuple[str, bool]] = []
    come: list[tuple[str, bool]] = []
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if i < j:
            gone.append(("".join(old[i:j]), what != "equal"))
        if k < m:
            come.append(("".join(new[k:m]), what != "equal"))
    yield Line("gone", tuple(gone))
    yield Line("new", tuple(come))
