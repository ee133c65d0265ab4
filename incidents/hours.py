"""When people answer: the staffed hours of a week, public holidays left out.

Pure: everything follows from the hours and `now`. Local times that the clocks skip move forward,
and one that comes twice is the first, as everywhere (`rules.resolve_local`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from incidents.rules import resolve_local

HORIZON = 366
"""Days that are looked ahead for an opening or a closing."""

_DAY = 24 * 60
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_PLACE = re.compile(r"[A-Z]{2}(-[A-Za-z0-9 ]+)?")


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a local day, half-open, in minutes after its midnight; 1440 is the day's end."""

    start: int
    end: int

    @property
    def said(self) -> tuple[str, str]:
        """As in ("08:00", "20:00"); the day's end is "24:00"."""
        return clock(self.start), clock(self.end)


def clock(minutes: int) -> str:
    """Minutes after midnight as in "08:00"."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def parse_spans(texts: Sequence[str]) -> tuple[Span, ...]:
    """As in ["08:00-13:00", "14:00-20:00"], of one day, in any order.

    Raises `ValueError`: no such time, over midnight, overlapping or adjacent.
    """
    spans = sorted((_parse(text) for text in texts), key=lambda span: span.start)
    for before, after in pairwise(spans):
        if after.start <= before.end:
            first, second = ("-".join(span.said) for span in (before, after))
            raise ValueError(f"{first} and {second} overlap or touch: write them as one")
    return tuple(spans)


def _parse(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} should be like 08:00-20:00")
    hours, minutes, end_hours, end_minutes = map(int, match.groups())
    span = Span(hours * 60 + minutes, end_hours * 60 + end_minutes)
    if max(minutes, end_minutes) > 59 or max(span.start, span.end) > _DAY:
        raise ValueError(f"{text!r} has a time that is none; the day's end is 24:00")
    if span.end == span.start:
        raise ValueError(f"{text!r} ends when it begins; a whole day is 00:00-24:00")
    if span.end < span.start:
        first, last = span.said
        raise ValueError(
            f"{text!r} goes over midnight: split it, {first}-24:00 on this day and "
            f"00:00-{last} on the next"
        )
    return span


@dataclass(frozen=True, slots=True)
class StaffedDay:
    """The staffed hours as they look at one moment of a local day."""

    day: date
    spans: tuple[Span, ...]
    """In order; none on a holiday, or when nobody is there."""
    holiday: Mapping[str, str]
    """The public holiday's name per locale, where the library has it; empty on other days."""
    staffed: bool
    """Whether somebody answers at this very moment."""
    more_today: bool
    """Whether somebody answers now or later on this day."""
    next_opening: datetime | None
    """When somebody answers again; None within `HORIZON` days, never."""
    next_closing: datetime | None
    """Until when somebody answers without a break; None where there is no end, or nobody."""


@dataclass(frozen=True, slots=True)
class StaffedHours:
    """A week's hours in a zone, the days on which they do not count, and what follows of them."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    """Seven days, Monday first; a day without spans is closed."""
    holidays: str = ""
    """A country or part of it, as the `holidays` library calls it: "IT", "IT-RM"; "" for none."""
    closed: tuple[date, ...] = field(default=())
    """Other local days on which nobody is there."""

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """When somebody is there on a local day."""
        if day in self.closed or self._is_holiday(day):
            return ()
        return self.week[day.weekday()]

    def holiday_on(self, day: date, locales: Sequence[str]) -> Mapping[str, str]:
        """The holiday's name in those of the locales that the library speaks.

        Where it speaks none of them, in its own first language, under the first locale.
        """
        if not self._is_holiday(day):
            return {}
        spoken = {locale: language_for(self.holidays, locale) for locale in locales}
        named = {
            locale: _calendar(self.holidays, language)[day]
            for locale, language in spoken.items()
            if language
        }
        own = getattr(_calendar(self.holidays, None), "default_language", None)
        return named or {locales[0]: _calendar(self.holidays, own)[day]}

    def as_of(self, now: datetime, locales: Sequence[str]) -> StaffedDay:
        """Everything that a page says of the hours at an instant."""
        day = now.astimezone(self.zone).date()
        return StaffedDay(
            day=day,
            spans=self.spans_on(day),
            holiday=self.holiday_on(day, locales),
            staffed=self.staffed_at(now),
            more_today=any(now < end for _, end in self._stretches(now, days=1)),
            next_opening=self.next_opening(now),
            next_closing=self.next_closing(now),
        )

    def staffed_at(self, now: datetime) -> bool:
        """Whether somebody is there at an instant; not any more at the very end."""
        return any(start <= now < end for start, end in self._stretches(now, days=1))

    def next_opening(self, now: datetime) -> datetime | None:
        """The first instant after `now` at which somebody comes, having been away."""
        ends: datetime | None = None
        for start, end in self._stretches(now):
            if start > now and start != ends:
                return start
            ends = end
        return None

    def next_closing(self, now: datetime) -> datetime | None:
        """When somebody who is there goes; None while nobody is, or where there is no end."""
        last: datetime | None = None
        for start, end in self._stretches(now):
            if last is None and not start <= now < end:
                continue
            if last is not None and start > last:
                return last
            last = end
        return None

    def _stretches(self, now: datetime, days: int = HORIZON) -> Iterator[tuple[datetime, datetime]]:
        """Beginnings and ends, in order, from the local day of `now` on."""
        today = now.astimezone(self.zone).date()
        for ahead in range(days):
            day = today + timedelta(days=ahead)
            for span in self.spans_on(day):
                start, end = self._instant(day, span.start), self._instant(day, span.end)
                if start < end:  # else the clocks skip all of it
                    yield start, end

    def _instant(self, day: date, minutes: int) -> datetime:
        whole, rest = divmod(minutes, _DAY)
        local = resolve_local(day + timedelta(days=whole), time(rest // 60, rest % 60), self.zone)
        return local.astimezone(UTC)  # two times of one zone would be compared by the wall clock

    def _is_holiday(self, day: date) -> bool:
        return bool(self.holidays) and day in _calendar(self.holidays, None)


def place_fault(place: str) -> str:
    """Why the library knows no holidays of a place such as "IT-RM"; "" where it knows them."""
    try:
        known = bool(_PLACE.fullmatch(place)) and _calendar(place, None) is not None
    except NotImplementedError:
        known = False
    if known:
        return ""
    return f"{place!r} should be a country, or a part of one, with known holidays: IT, IT-RM"


@cache
def language_for(place: str, locale: str) -> str | None:
    """The library's own name of a locale, as in "it_IT" for "it"; None where it has none."""
    language = locale.replace("_", "-").split("-")[0]
    spoken: Sequence[str] = getattr(_calendar(place, None), "supported_languages", ())
    return next((name for name in spoken if name.split("_")[0] == language), None)


@cache
def _calendar(place: str, language: str | None) -> Mapping[date, str]:
    """All holidays of a place, each year worked out when it is first asked for.

    Without a language their names are in that of the process: for their dates alone.
    """
    import holidays  # takes its time, and most pages have no staffed hours

    country, _, part = place.partition("-")
    calendar: Mapping[date, str] = holidays.country_holidays(
        country, subdiv=part or None, language=language
    )
    return calendar
