"""Word lists: one file per language, which operators add to and take from.

A phrase is matched as whole words, whatever its capitals. `*` ends a word any way ("disagi*"),
`..` stands for up to six words between ("sarà .. ripristinat*").
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).with_name("words")
"""The lists that come with Avviso, `{language}.toml`."""

LISTS = (
    "allowed",
    "estimate",
    "vague_time",
    "euphemism",
    "blame",
    "supplier",
    "internal",
    "joke",
    "slang",
    "acronym",
    "date",
    "relative_day",
    "zone",
    "source",
    "rate",
    "magnitude",
    "link_end",
)
INDEXES = ("gulpease", "flesch")

_GAP = r"(?:\W+\w+){0,6}?\W+"


class WordsError(Exception):
    """Word lists that cannot be used; `problems` name the file and the key."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Words:
    """The lists of one language, and how its readability is measured."""

    phrases: Mapping[str, tuple[str, ...]]
    clock: str = ""
    """A regular expression for a time of day, besides "21:40"; "" for none."""
    index: str = ""
    """One of `INDEXES`; "" where none is known for the language."""
    least: float = 0
    """The least readability of a text."""
    _patterns: dict[str, re.Pattern[str] | None] = field(
        default_factory=dict, compare=False, repr=False
    )

    def find(self, name: str, text: str) -> tuple[str, ...]:
        """The words of a text that a list names, as they stand there, each once.

        What the list `allowed` names is never found.
        """
        pattern = self._pattern(name)
        if pattern is None:
            return ()
        plain = text.replace("’", "'")
        if pattern.search(plain) is None:
            return ()  # most often so
        allowed = self._pattern("allowed")
        if allowed is not None and name != "allowed":
            plain = allowed.sub(lambda found: "\n" * len(found.group()), plain)
        found = (match.span() for match in pattern.finditer(plain))
        return tuple(dict.fromkeys(text[start:end] for start, end in found))

    def known(self, name: str, word: str) -> bool:
        """Whether a list has exactly this word, capitals and all."""
        return word in self.phrases.get(name, ())

    def _pattern(self, name: str) -> re.Pattern[str] | None:
        if name not in self._patterns:
            phrases = self.phrases.get(name, ())
            self._patterns[name] = _compiled(phrases) if phrases else None
        return self._patterns[name]


def _compiled(phrases: Iterable[str]) -> re.Pattern[str]:
    """One expression for all; where a word goes on, none of them is tried."""
    longest_first = sorted(phrases, key=len, reverse=True)
    words = [_expression(each) for each in longest_first if each[0].isalnum()]
    signs = [_expression(each) for each in longest_first if not each[0].isalnum()]
    whole = [rf"(?<!\w)(?:{'|'.join(words)})"] if words else []
    return re.compile("|".join(whole + signs), re.IGNORECASE)


def _expression(phrase: str) -> str:
    words = phrase.replace("’", "'").split()
    parts: list[str] = []
    for word in words:
        if word == "..":
            parts[-1:] = [_GAP]
            continue
        stem = re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "")
        parts += [stem, r"\s+"]
    end = r"(?!\w)" if words[-1][-1].isalnum() or words[-1].endswith("*") else ""
    return f"{''.join(parts[:-1])}{end}"


def language_of(locale: str) -> str:
    """ "it" of "it_IT"."""
    return re.split("[-_]", locale)[0].lower()


def load_words(own: Path | None = None) -> dict[str, Words]:
    """The lists by language: the shipped ones with what a folder of one's own adds and removes.

    A file of one's own, `{language}.toml`, has tables `[add]` and `[remove]` with lists by name,
    and may set `clock`, `index` and `least`. Raises `WordsError` with every problem.
    """
    shipped = {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}
    if own is None:
        return {language: _shipped(path) for language, path in shipped.items()}
    if not own.is_dir():
        raise WordsError(f"{own}: there is no such folder")
    mine = {path.stem: path for path in sorted(own.glob("*.toml"))}
    problems: list[str] = []
    words = {}
    for language in [*shipped, *(name for name in mine if name not in shipped)]:
        base = _shipped(shipped[language]) if language in shipped else Words({})
        words[language] = _changed(base, mine[language], problems) if language in mine else base
    if problems:
        raise WordsError(*problems)
    return words


@cache
def _shipped(path: Path) -> Words:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Words(
        {name: tuple(data["lists"].get(name, ())) for name in LISTS},
        clock=data.get("clock", ""),
        index=data.get("index", ""),
        least=data.get("least", 0),
    )


def _changed(base: Words, path: Path, problems: list[str]) -> Words:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        problems.append(f"{path}: cannot be read: {fault}")
        return base
    faults = list(_faults(data))
    if faults:
        problems += [f"{path}: {fault}" for fault in faults]
        return base
    add, remove = data.get("add", {}), data.get("remove", {})
    phrases = {
        name: (*_without(base.phrases.get(name, ()), remove.get(name, ())), *add.get(name, ()))
        for name in LISTS
    }
    return Words(
        phrases,
        clock=data.get("clock", base.clock),
        index=data.get("index", base.index),
        least=data.get("least", base.least),
    )


def _without(phrases: Iterable[str], removed: Collection[str]) -> Iterator[str]:
    return (phrase for phrase in phrases if phrase not in removed)


def _faults(data: Mapping[str, Any]) -> Iterator[str]:
    for key in data:
        if key not in ("add", "remove", "clock", "index", "least"):
            yield f"{key}: is not known here; there are add, remove, clock, index and least"
    for table in ("add", "remove"):
        yield from _list_faults(table, data.get(table, {}))
    if data.get("index", "") not in ("", *INDEXES):
        yield f"index: should be one of {', '.join(INDEXES)}"
    if not isinstance(data.get("least", 0), int | float):
        yield "least: should be a number"
    try:
        re.compile(data.get("clock", ""))
    except (re.error, TypeError):
        yield "clock: should be a regular expression"


def _list_faults(table: str, lists: object) -> Iterator[str]:
    if not isinstance(lists, dict):
        yield f"{table}: should be a table of lists"
        return
    for name, phrases in lists.items():
        if name not in LISTS:
            yield f"{table}.{name}: there is no such list; there are {', '.join(LISTS)}"
        elif not _are_phrases(phrases):
            yield f'{table}.{name}: should be a list of phrases, as in ["entro poco"]'


def _are_phrases(phrases: object) -> bool:
    return isinstance(phrases, list) and all(
        isinstance(phrase, str) and phrase.strip(" .*") for phrase in phrases
    )
