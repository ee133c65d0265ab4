"""What the pages of texts show: the list, a text as readers see it, how long it may become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.texts import ANSWER, NOTICE, TextLibrary, TextName
from publishers.channels._x_text import weighted_length


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the list."""

    name: TextName
    title: str
    how: str
    """"shipped", "reworded" or "own"."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A text in one language, with the usual examples; `longest` with the longest ones."""

    locale: str
    title: str
    headline: str
    short: str
    body: str
    dates: Sequence[str]
    longest_headline: int
    longest_short: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version in the list of them."""

    number: int
    at: datetime
    author: str
    languages: Sequence[str]
    """Those that differ from the shipped text, by their own names."""


def shown_of(texts: TextLibrary, name: TextName) -> list[Shown]:
    """A text with the examples of its own head, in every language."""
    return [_shown_in(texts, name, locale) for locale in texts.words]


def _shown_in(texts: TextLibrary, name: TextName, locale: str) -> Shown:
    if name.kind == NOTICE:
        text, longest = texts.usual(name.key, locale), texts.longest(name.key, locale)
        title = texts.notice(name.key, locale).title
        lengths = len(longest.headline), weighted_length(longest.short)
        return Shown(locale, title, text.headline, text.short, text.body, (), *lengths)
    answer = texts.usual_answer(name.key, locale)
    length = weighted_length(texts.longest_answer(name.key, locale).short)
    question = answer.question
    return Shown(locale, question, "", answer.short, answer.answer, answer.dates, 0, length)


def names_of(texts: TextLibrary) -> list[TextName]:
    """Every text, the notices first."""
    notices = [TextName(NOTICE, key) for key in texts.notice_keys()]
    return notices + [TextName(ANSWER, key) for key in texts.answer_keys()]


def title_of(texts: TextLibrary, name: TextName, locale: str) -> str:
    """A notice's title or an answer's question."""
    if name.kind == NOTICE:
        return texts.notice(name.key, locale).title
    return texts.answer(name.key, locale).question


def how_it_is(texts: TextLibrary, name: TextName, own: Mapping[TextName, object]) -> str:
    """As in "shipped", "reworded" or "own"."""
    if not texts.shipped.has(name):
        return "own"
    return "reworded" if name in own else "shipped"
