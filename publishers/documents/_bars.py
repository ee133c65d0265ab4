"""The last 90 days of a component: as one small drawing, and in one sentence that says the same.

Runs of equal days are one line each, dashed into days, so that a quiet component costs a few bytes.
What a day was is told by its height and its notches, never by its colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import floor

from markupsafe import Markup

from incidents.locales import Words
from incidents.status import ComponentStatus
from incidents.view import ComponentHistory
from publishers.documents._phrases import component_tone

HEIGHT = 12
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Mark:
    """How a day is drawn: lines of one width, each around its own height from the top."""

    width: float
    middles: tuple[float, ...]


# The worse, the taller. Partly working has a notch, planned work is hollow.
_MARKS: Mapping[str, _Mark] = {
    "working": _Mark(5, (9.5,)),
    "slow": _Mark(8, (8,)),
    "partial": _Mark(4, (4, 10)),
    "down": _Mark(12, (6,)),
    "work": _Mark(1.5, (4.75, 11.25)),
    _UNKNOWN: _Mark(1, (11.5,)),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A component's last days, for the eye and in words."""

    drawn: Markup
    """90 wide (a day is 1) and `HEIGHT` high."""
    said: str


@lru_cache(maxsize=1024)
def bar(words: Words, history: ComponentHistory) -> Bar:
    """The bar of a component in one language. Most components share theirs."""
    said = summary(words, history)
    drawn = Markup(
        '<svg class="bar" role="img" aria-label="{}" viewBox="0 0 90 {}"'
        ' preserveAspectRatio="none">{}</svg>'
    ).format(said, HEIGHT, _paths(history))
    return Bar(drawn, said)


def sample(worst: ComponentStatus | None) -> Markup:
    """A few days that look the same, for the key beside a bar; None: nothing is known of them."""
    tone = _tone(worst)
    drawn = _path(tone, _line(tone, 0, 3))
    return Markup('<svg class="bar" aria-hidden="true" viewBox="0 0 3 {}">{}</svg>').format(
        HEIGHT, drawn
    )


@lru_cache(maxsize=1024)
def _paths(history: ComponentHistory) -> Markup:
    """What stands inside of the drawing, the same in every language."""
    lines: dict[str, str] = {}
    for start, length, tone in _runs(history):
        lines[tone] = lines.get(tone, "") + _line(tone, start, length)
    return Markup("").join(_path(tone, line) for tone, line in lines.items())


def _line(tone: str, start: int, length: int) -> str:
    return "".join(f"M{start} {middle:g}h{length}" for middle in _MARKS[tone].middles)


def _path(tone: str, line: str) -> Markup:
    width = f"{_MARKS[tone].width:g}"
    return Markup('<path class="{}" stroke-width="{}" d="{}"/>').format(tone, width, line)


def _runs(history: ComponentHistory) -> Iterator[tuple[int, int, str]]:
    """(first day, how many days, tone) of each run of days that look the same."""
    place = 0
    for worst, days in groupby(history.days, key=lambda day: day.worst):
        length = len(list(days))
        yield place, length, _tone(worst)
        place += length


def _tone(worst: ComponentStatus | None) -> str:
    return _UNKNOWN if worst is None else component_tone(worst)


def summary(words: Words, history: ComponentHistory) -> str:
    """As in "Last 90 days: 2 days with problems, the latest on Tuesday 8 December 2020; working
    99.1% of the time"."""
    said = words.gettext("{period}: {what}")
    return said.format(period=_period(words, history), what="; ".join(_told(words, history)))


def _period(words: Words, history: ComponentHistory) -> str:
    if history.known > history.start:
        return words.gettext("Since {day}").format(day=words.date(history.known))
    return words.gettext("Last {n} days").format(n=(history.today - history.start).days + 1)


def _told(words: Words, history: ComponentHistory) -> Iterator[str]:
    bad = history.bad
    if bad:
        phrase = words.ngettext(
            "{n} day with problems, on {day}",
            "{n} days with problems, the latest on {day}",
            len(bad),
        )
        yield phrase.format(n=len(bad), day=words.date(bad[-1].day))
    else:
        yield words.gettext("no problem reported")
    if work := [d for d in history.marked if d.worst is ComponentStatus.UNDER_MAINTENANCE]:
        phrase = words.ngettext(
            "{n} day with planned work", "{n} days with planned work", len(work)
        )
        yield phrase.format(n=len(work))
    if history.uptime is not None and history.uptime < 1:
        share = words.gettext("working {share}% of the time")
        yield share.format(share=percent(words, history.uptime))


def percent(words: Words, share: float) -> str:
    """As in "99.1": rounded down, so that what did not work all the time never says 100."""
    # The sum of many seconds may be a hair below a round figure.
    return words.number(floor(share * 10_000 + 1e-6) / 100)
