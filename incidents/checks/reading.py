"""How easy a text is to read, and the parts of a text that the checks look at. Pure.

Gulpease for Italian (Lucisano and Piemontese, 1988): 89 + (300 sentences - 10 letters) / words;
below 40 a text is hard for who left school at 18, below 60 for who left it at 14. Flesch reading
ease for English (Flesch, 1948): 206.835 - 1.015 words / sentences - 84.6 syllables / words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from incidents.checks.model import Notice, Prose

LEAST_WORDS = 25
"""A shorter text is not measured: one long name would decide."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:;](?=\s|$)|\n\s*\n|\n\s*[-*]\s")
_CODE = re.compile(r"`[^`]*`")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_ADDRESS = re.compile(
    r"(?:https?://|mailto:)\S+|(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+|<[^<>\s]+>"
)
_MARKUP = re.compile(r"\*\*|__|(?m:^#{1,6} |^> )")
_VOWELS = re.compile(r"[aeiouy]+")


def prose_of(notice: Notice) -> Iterator[Prose]:
    """The message in every language, as people read it."""
    for locale, text in notice.texts.items():
        yield Prose(locale, "headline", plain(text.headline))
        if text.short != text.headline:
            yield Prose(locale, "short", plain(text.short))
        yield Prose(locale, "body", plain(text.body))
    for name in ("name", "still_cannot", "to_do", "not_to_do"):
        for locale, line in getattr(notice, name).items():
            if line:
                yield Prose(locale, name, plain(line))


def small_print(notice: Notice) -> Iterator[Prose]:
    """What people read beside the message: why it was corrected, and the words of its figures."""
    said = {"reason": notice.reason} | {
        f"figures.{figure.key}.{name}": getattr(figure, name)
        for figure in notice.figures
        for name in ("unit", "definition", "source", "caveat")
    }
    for name, localized in said.items():
        for locale, line in localized.items():
            if line:
                yield Prose(locale, name, plain(line))


def all_prose(notice: Notice) -> Iterator[Prose]:
    """Both."""
    yield from prose_of(notice)
    yield from small_print(notice)


def plain(text: str) -> str:
    """Markdown without code, addresses and marks."""
    text = _LINK.sub(r"\1", _CODE.sub(" ", text))
    return _MARKUP.sub("", _ADDRESS.sub(" ", text)).strip()


def sentences(text: str) -> list[str]:
    """The sentences of a plain text; a colon, a semicolon and a list's item end one."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part and part.strip()]


def readability(text: str, index: str) -> float | None:
    """How easy it is by an index; None for too short a text or an index that is not known."""
    words = _WORD.findall(text)
    measure = _INDEXES.get(index)
    if measure is None or len(words) < LEAST_WORDS:
        return None
    counted = [part for part in sentences(text) if _WORD.search(part)]
    return measure(words, max(len(counted), 1))


def _gulpease(words: list[str], count: int) -> float:
    letters = sum(len(word) for word in words)
    return 89 + (300 * count - 10 * letters) / len(words)


def _flesch(words: list[str], count: int) -> float:
    syllables = sum(_syllables(word) for word in words)
    return 206.835 - 1.015 * len(words) / count - 84.6 * syllables / len(words)


def _syllables(word: str) -> int:
    lower = word.lower()
    groups = len(_VOWELS.findall(lower))
    silent = lower.endswith("e") and not lower.endswith("le") and groups > 1
    return max(groups - silent, 1)


_INDEXES: Mapping[str, Callable[[list[str], int], float]] = {
    "gulpease": _gulpease,
    "flesch": _flesch,
}
