"""Operators' own words in the place of the shipped ones: read, compared, laid over a library.

A text that cannot be used any more (a field went, a language came) gives way to the shipped one:
an upgrade must never leave the page without words. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from incidents.texts.loading import Loaded, differences
from incidents.texts.model import KINDS, AnswerTemplate, NoticeTemplate, TextError
from incidents.texts.reading import read_answer, read_notice
from incidents.texts.sandbox import Sandbox

NOTICE = "notice"
ANSWER = "answer"

_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_KEY = 100

Item = NoticeTemplate | AnswerTemplate


@dataclass(frozen=True, slots=True)
class TextName:
    """Which text: `kind` is "notice" or "answer", `key` as in "apology/high-traffic"."""

    kind: str
    key: str

    def path(self, locale: str) -> Path:
        """Where it would lie below templates/, for messages that name a line."""
        folder = "notices" if self.kind == NOTICE else "answers"
        return Path(folder) / f"{self.key}.{locale}.md"


Own = Mapping[TextName, Mapping[str, str]]
"""Whole texts as files have them, per locale; only the languages that somebody reworded."""


def name_problem(name: TextName) -> str:
    """What is wrong with the address of a new text; "" where nothing is."""
    kind, slash, key = name.key.rpartition("/")
    if name.kind == NOTICE and (not slash or kind not in KINDS):
        return f"begin with one of: {', '.join(f'{known}/' for known in KINDS)}"
    if name.kind == ANSWER and slash:
        return "an answer's key has no '/'"
    if not _KEY.fullmatch(key) or len(name.key) > _LONGEST_KEY:
        return f"use small letters, digits and '-', {_LONGEST_KEY} at most, as in 'lost-card'"
    return ""


def lay_over(shipped: Loaded, own: Own, trial: Callable[[Loaded, TextName], None]) -> Loaded:
    """The shipped texts with operators' own in their place.

    `trial` raises `TextError` for a text that cannot be rendered. What is wrong is gathered in
    `problems` of the answer, and the shipped text stays.
    """
    result = replace(
        shipped,
        notices={locale: dict(items) for locale, items in shipped.notices.items()},
        answers={locale: dict(items) for locale, items in shipped.answers.items()},
        problems=[],
    )
    sandboxes = {locale: Sandbox(words) for locale, words in shipped.words.items()}
    for name, sources in own.items():
        before = _of(result, name)
        try:
            _put(result, name, _read(name, sources, sandboxes))
            _must_agree(result, name)
            trial(result, name)
        except TextError as error:
            result.problems.extend(error.problems)
            _put_back(result, name, before)
    return result


def _items(loaded: Loaded, kind: str) -> dict[str, dict[str, Item]]:
    return loaded.notices if kind == NOTICE else loaded.answers  # type: ignore[return-value]


def _of(loaded: Loaded, name: TextName) -> dict[str, Item]:
    items = _items(loaded, name.kind)
    return {locale: own[name.key] for locale, own in items.items() if name.key in own}


def _put(loaded: Loaded, name: TextName, found: Mapping[str, Item]) -> None:
    for locale, item in found.items():
        _items(loaded, name.kind)[locale][name.key] = item


def _put_back(loaded: Loaded, name: TextName, before: Mapping[str, Item]) -> None:
    for items in _items(loaded, name.kind).values():
        items.pop(name.key, None)
    _put(loaded, name, before)


def _read(
    name: TextName, sources: Mapping[str, str], sandboxes: Mapping[str, Sandbox]
) -> dict[str, Item]:
    """The text in each of the page's languages that it is written in. Raises `TextError`."""
    found: dict[str, Item] = {}
    problems: list[str] = []
    for locale in sandboxes.keys() & sources.keys():
        try:
            found[locale] = _read_one(name, locale, sources[locale], sandboxes[locale])
        except TextError as error:
            problems.extend(error.problems)
    if problems:
        raise TextError(*sorted(problems))
    return found


def _read_one(name: TextName, locale: str, source: str, sandbox: Sandbox) -> Item:
    path = name.path(locale)
    if name.kind == NOTICE:
        return read_notice(path, name.key.partition("/")[0], locale, sandbox, source)
    return read_answer(path, locale, sandbox, source)


def _must_agree(loaded: Loaded, name: TextName) -> None:
    """Every language has it, with the same fields and rule. Raises `TextError`."""
    versions = _of(loaded, name)
    problems = list(_missing(loaded, name, versions))
    problems.extend(differences(tuple(versions.values())))
    if problems:
        raise TextError(*problems)


def _missing(loaded: Loaded, name: TextName, versions: Mapping[str, Item]) -> Iterator[str]:
    for locale in loaded.words:
        if locale not in versions:
            yield f"{name.path(locale)}:1: is missing; write it in this language too"
