"""Checks of what is said: word lists, times of day, figures in a text, tags, links, capitals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import regex

from incidents.checks.model import Found, Notice, Prose
from incidents.checks.reading import all_prose, plain, prose_of, readability, sentences
from incidents.checks.words import Words, language_of
from incidents.status import IncidentKind, PublicationKind
from incidents.view import PublicFigure

AllWords = Mapping[str, Words]
_NONE = Words({})
_TOLD_OTHERWISE = ("date", "zone", "estimate", "vague_time", "supplier", "internal", "slang")
"""Lists whose words are no unexplained acronyms: readers know them, or another check says more."""

_CLOCK = re.compile(r"(?<![\d:.])\d{1,2}:\d{2}(?![\d:])")
_DAY = re.compile(
    r"\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}\.\d{1,2}\.\d{4}\b"
)
_GROUPED = r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+(?![\d.,]\d)|\d{5,}"
_QUANTITY = re.compile(rf"(?<![\w./:#-])(?:{_GROUPED}|\d+(?:[.,]\d+)?)(?![\d_/:])")
_BRACKET = re.compile(r"\((?=[^()\d]*\d)[^()]*\)")
_TAG = re.compile(r"(?<![\w&/.@#$])(?:@[A-Za-z_]\w+(?!\.\w)|#[^\W\d_]\w*|\$[A-Za-z]{1,6}\b)")
_JOINED = re.compile(r"(?<![\w.@/])[^\W\d_]{3,}\.[^\W\d_a-zà-ÿ][a-zà-ÿ]+")
_ENDED = re.compile(r"(?<![\w.@/])[^\W\d_]{3,}\.([a-z]{2,3})(?![\w.@/-])")
_ACRONYM = re.compile(r"(?<![\w.-])[A-ZÀ-Þ][A-ZÀ-Þ0-9]{1,5}(?![\w-])")
_SHOUT = re.compile(
    r"(?<![\w'])[A-ZÀ-Þ']{2,}+(?!\w)(?:[ ,!?.]++[A-ZÀ-Þ']{2,}+(?!\w)){2,}"
    r"|(?<![\w-])[A-ZÀ-Þ]{8,}+(?![\w-])"
)
_EXPLAINED = re.compile(
    r"\(([A-ZÀ-Þ][A-ZÀ-Þ0-9]{1,5})\)|(?<!\w)([A-ZÀ-Þ][A-ZÀ-Þ0-9]{1,5}) \((?=[^()]{6})"
)
_EMOJI = regex.compile(
    r"(?:(?![#*0-9©®™])\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\u2764)"
    r"|(?<!\w)(?:[:;]-?[)(DPp/]|<3|\^\^|xD)(?!\w)"
)


def words_in(name: str) -> Callable[[Notice, AllWords], Iterator[Found]]:
    """A check that finds what one word list names."""

    def find(notice: Notice, words: AllWords) -> Iterator[Found]:
        for prose in all_prose(notice):
            found = _of(words, prose).find(name, prose.text)
            if found:
                yield Found(prose.locale, prose.field, found)

    return find


def estimate(notice: Notice, words: AllWords) -> Iterator[Found]:
    """Promises of when it works again; planned work has its end, and says so."""
    if notice.about is IncidentKind.INCIDENT:
        yield from words_in("estimate")(notice, words)


def vague_time(notice: Notice, words: AllWords) -> Iterator[Found]:
    """Times that readers cannot tell; "tomorrow, Tuesday 8 December" they can."""
    for prose in all_prose(notice):
        own = _of(words, prose)
        found = own.find("vague_time", _without_dated_days(prose.text, own))
        if found:
            yield Found(prose.locale, prose.field, found)


def _without_dated_days(text: str, own: Words) -> str:
    """The text without each "tomorrow" that has its date beside it, in the same clause."""
    for day in own.find("relative_day", text):
        clause = re.compile(rf"(?<!\w){re.escape(day)}([^.;:!?\n]{{1,30}})")
        text = clause.sub(
            lambda found: found[1] if own.find("date", found[1]) else found.group(), text
        )
    return text


def supplier(notice: Notice, words: AllWords) -> Iterator[Found]:
    """Suppliers by name; a name that is the service's own, or a component's, is no supplier's."""
    own = {word.casefold() for word in _own_names(notice)}
    for found in words_in("supplier")(notice, words):
        others = tuple(name for name in found.where if not own.issuperset(name.casefold().split()))
        if others:
            yield Found(found.locale, found.field, others)


def _own_names(notice: Notice) -> set[str]:
    """The words of the names that readers know."""
    return {word for name in notice.familiar for word in re.findall(r"\w+", name)}


def _of(words: AllWords, prose: Prose) -> Words:
    return words.get(language_of(prose.locale), _NONE)


def emoji(notice: Notice) -> Iterator[Found]:
    yield from _matches(notice, _EMOJI)


def capitals(notice: Notice) -> Iterator[Found]:
    yield from _matches(notice, _SHOUT)


def _matches(notice: Notice, pattern: re.Pattern[str] | regex.Pattern[str]) -> Iterator[Found]:
    for prose in all_prose(notice):
        found = tuple(match.group().strip() for match in pattern.finditer(prose.text))
        if found:
            yield Found(prose.locale, prose.field, found)


def tags(notice: Notice) -> Iterator[Found]:
    allowed = {f"#{tag.casefold()}" for tag in notice.hashtags}
    for prose in all_prose(notice):
        signs = (match.group() for match in _TAG.finditer(prose.text))
        found = tuple(sign for sign in signs if sign.casefold() not in allowed)
        if found:
            yield Found(prose.locale, prose.field, found)


def accidental_link(notice: Notice, words: AllWords) -> Iterator[Found]:
    for prose in all_prose(notice):
        ends = _of(words, prose)
        found = [match.group() for match in _JOINED.finditer(prose.text)]
        found += [
            match.group()
            for match in _ENDED.finditer(prose.text)
            if ends.known("link_end", match.group(1))
        ]
        if found:
            yield Found(prose.locale, prose.field, tuple(found))


def time_without_date(notice: Notice, words: AllWords) -> Iterator[Found]:
    for prose in prose_of(notice):
        own = _of(words, prose)
        if not own.phrases:
            continue  # the names of days are words
        clocks = _clocks(prose, own)
        if clocks and not own.find("date", prose.text) and not _DAY.search(prose.text):
            yield Found(prose.locale, prose.field, clocks)


def time_without_zone(notice: Notice, words: AllWords) -> Iterator[Found]:
    """Of bodies alone: a short text has no room for it, and leads to the page, which says it."""
    for prose in prose_of(notice):
        own = _of(words, prose)
        if prose.field != "body" or not own.phrases:
            continue
        clocks = _clocks(prose, own)
        if clocks and not own.find("zone", prose.text):
            yield Found(prose.locale, prose.field, clocks)


def _clocks(prose: Prose, own: Words) -> tuple[str, ...]:
    found = [match.group() for match in _CLOCK.finditer(prose.text)]
    if own.clock:
        found += [match.group() for match in re.finditer(own.clock, prose.text, re.IGNORECASE)]
    return tuple(dict.fromkeys(found))


def figure_unexplained(notice: Notice, words: AllWords) -> Iterator[Found]:
    """A number in the text that is none of the notice's figures, and whose sentence says neither
    where it comes from nor, in brackets, as of when."""
    if notice.kind is PublicationKind.ANSWER:
        return  # amounts of a rule, approved when the answer was written
    told = {form for figure in notice.figures for form in _forms(figure)}
    for prose in prose_of(notice):
        own = _of(words, prose)
        found: list[str] = []
        for sentence in sentences(prose.text.replace(":", ",")):
            if own.find("source", sentence) or _BRACKET.search(sentence):
                continue
            found += [number for number in _numbers(sentence, own) if number not in told]
        if found:
            yield Found(prose.locale, prose.field, tuple(found))


def _numbers(sentence: str, own: Words) -> Iterator[str]:
    """Those that tell an amount: with thousands, or before a word such as "million" or "%"."""
    for match in _QUANTITY.finditer(sentence):
        after = sentence[match.end() : match.end() + 12].lstrip()
        great = own.find("magnitude", after.split()[0]) if after else ()
        alone = not sentence[match.end() : match.end() + 1].isalpha()
        if great or (alone and re.fullmatch(_GROUPED, match.group())):
            yield f"{match.group()} {great[0]}" if great else match.group()


def _forms(figure: PublicFigure) -> Iterator[str]:
    if figure.value is None:
        return
    for separator in (".", ",", "\u00a0", "\u202f", " ", ""):
        yield f"{figure.value:,}".replace(",", separator)


def hard_to_read(notice: Notice, words: AllWords) -> Iterator[Found]:
    for locale, text in notice.texts.items():
        own = words.get(language_of(locale), _NONE)
        value = readability(plain(text.body), own.index)
        if value is not None and value < own.least:
            yield Found(locale, "body", (f"{own.index} {value:.0f}, at least {own.least:.0f}",))


def acronym(notice: Notice, words: AllWords) -> Iterator[Found]:
    familiar = _own_names(notice)
    for prose in all_prose(notice):
        own = _of(words, prose)
        if not own.phrases:
            continue
        passed = familiar | _shouted(prose.text) | _explained(notice, prose.locale)
        found = tuple(
            word
            for word in dict.fromkeys(_ACRONYM.findall(prose.text))
            if word not in passed
            and not own.known("acronym", word)
            and not any(own.find(name, word) for name in _TOLD_OTHERWISE)
        )
        if found:
            yield Found(prose.locale, prose.field, found)


def _shouted(text: str) -> set[str]:
    """Words of passages all in capitals: they are shouted, which is another matter."""
    return {word for match in _SHOUT.finditer(text) for word in re.findall(r"\w+", match.group())}


def _explained(notice: Notice, locale: str) -> set[str]:
    """What the notice says once in full: "Name (ABC)" or "ABC (name)"."""
    text = notice.texts.get(locale)
    whole = f"{text.headline}\n{text.short}\n{text.body}" if text else ""
    return {word for pair in _EXPLAINED.findall(whole) for word in pair if word}
