"""Staffed hours: days, holidays, the clocks' two odd nights, and spans that cannot be."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.hours import Span, StaffedHours, clock, parse_spans, place_fault

ROME = ZoneInfo("Europe/Rome")
OFFICE = parse_spans(["08:00-13:00", "14:00-20:00"])
WEEK = StaffedHours(ROME, (OFFICE,) * 5 + ((), ()), "IT", (date(2020, 12, 24),))
ALWAYS = StaffedHours(ROME, (parse_spans(["00:00-24:00"]),) * 7)
LOCALES = ("it", "en", "de")


def rome(day: int, hour: int, minute: int = 0, month: int = 12, fold: int = 0) -> datetime:
    return datetime(2020, month, day, hour, minute, tzinfo=ROME, fold=fold).astimezone(UTC)


def nightly(*spans: str) -> StaffedHours:
    return StaffedHours(ROME, (parse_spans(spans),) * 7)


# What may be written.


def test_spans_in_any_order() -> None:
    assert parse_spans(["14:00-24:00", "08:00-13:00"]) == (Span(480, 780), Span(840, 1440))
    assert parse_spans([]) == ()
    assert Span(480, 1440).said == ("08:00", "24:00")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["8:00-20:00"], "should be like 08:00-20:00"),
        (["08:00–20:00"], "should be like"),
        (["٠٨:00-20:00"], "should be like"),
        (["08:60-20:00"], "has a time that is none"),
        (["08:00-24:01"], "has a time that is none"),
        (["08:00-08:00"], "a whole day is 00:00-24:00"),
        (["22:00-06:00"], "split it, 22:00-24:00 on this day and 00:00-06:00 on the next"),
        (["08:00-13:00", "13:00-20:00"], "08:00-13:00 and 13:00-20:00 overlap or touch"),
        (["14:00-20:00", "08:00-15:00"], "08:00-15:00 and 14:00-20:00 overlap or touch"),
    ],
)
def test_spans_that_cannot_be(texts: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_spans(texts)


@pytest.mark.parametrize("place", ["IT", "IT-RM", "DE-BY"])
def test_places_with_holidays(place: str) -> None:
    assert place_fault(place) == ""


@pytest.mark.parametrize("place", ["it", "XX", "IT-QQ", "IT-", "Italy", "__doc__", ""])
def test_places_without(place: str) -> None:
    assert "should be a country" in place_fault(place)


# A week.


@pytest.mark.parametrize(
    ("now", "staffed", "opening", "closing"),
    [
        (rome(7, 7, 59), False, rome(7, 8), None),
        (rome(7, 8), True, rome(7, 14), rome(7, 13)),
        (rome(7, 12, 59), True, rome(7, 14), rome(7, 13)),
        (rome(7, 13), False, rome(7, 14), None),
        (rome(7, 19, 59), True, rome(9, 8), rome(7, 20)),
        (rome(7, 20), False, rome(9, 8), None),  # the 8th is a holiday
        (rome(8, 10), False, rome(9, 8), None),
        (rome(11, 20), False, rome(14, 8), None),  # a week-end
        (rome(23, 21), False, rome(28, 8), None),  # the 24th is closed, then Christmas
    ],
)
def test_when_somebody_answers(
    now: datetime, staffed: bool, opening: datetime, closing: datetime | None
) -> None:
    assert WEEK.staffed_at(now) is staffed
    assert WEEK.next_opening(now) == opening
    assert WEEK.next_closing(now) == closing


def test_a_day_as_a_page_shows_it() -> None:
    seen = WEEK.as_of(rome(7, 13, 30), LOCALES)
    assert (seen.day, seen.spans, seen.holiday) == (date(2020, 12, 7), OFFICE, {})
    assert (seen.staffed, seen.more_today) == (False, True)
    assert WEEK.as_of(rome(7, 20), LOCALES).more_today is False


def test_a_holiday_has_its_name_in_the_languages_that_are_known() -> None:
    seen = WEEK.as_of(rome(8, 10), LOCALES)
    assert seen.holiday == {"it": "Immacolata Concezione", "en": "Immaculate Conception"}
    assert (seen.spans, seen.more_today) == ((), False)
    assert WEEK.holiday_on(date(2020, 12, 8), ("de",)) == {"de": "Immacolata Concezione"}
    assert WEEK.holiday_on(date(2020, 12, 24), LOCALES) == {}


def test_a_patrons_day_is_one_of_its_town_alone() -> None:
    saints = date(2020, 6, 29)
    assert WEEK.spans_on(saints) == OFFICE
    assert StaffedHours(ROME, WEEK.week, "IT-RM").spans_on(saints) == ()


# Ends of days, and odd nights.


def test_a_night_shift_has_no_break_at_midnight() -> None:
    night = nightly("00:00-06:00", "22:00-24:00")
    assert night.next_closing(rome(7, 23)) == rome(8, 6)
    assert night.next_opening(rome(7, 23)) == rome(8, 22)
    assert night.staffed_at(rome(8, 0))


def test_around_the_clock_there_is_no_end() -> None:
    seen = ALWAYS.as_of(rome(7, 3), LOCALES)
    assert (seen.staffed, seen.next_opening, seen.next_closing) == (True, None, None)


def test_nobody_for_longer_than_is_looked_ahead() -> None:
    never = StaffedHours(ROME, ((),) * 7)
    seen = never.as_of(rome(7, 3), LOCALES)
    assert (seen.staffed, seen.next_opening, seen.next_closing) == (False, None, None)


def test_in_spring_what_the_clocks_skip_is_not_there() -> None:
    assert nightly("02:00-03:00").next_opening(rome(28, 12, month=3)) == rome(30, 2, month=3)
    # 02:30 does not exist on the 29th: it is 03:30.
    late = nightly("02:30-05:00")
    assert late.next_opening(rome(28, 12, month=3)) == datetime(2020, 3, 29, 1, 30, tzinfo=UTC)


def test_in_autumn_an_hour_that_comes_twice_is_the_first() -> None:
    hours = nightly("01:00-02:30")
    end = datetime(2020, 10, 25, 0, 30, tzinfo=UTC)
    assert hours.next_closing(datetime(2020, 10, 25, 0, 29, tzinfo=UTC)) == end
    assert not hours.staffed_at(end)
    assert not hours.staffed_at(datetime(2020, 10, 25, 1, 15, tzinfo=UTC))  # 02:15 once more


def test_a_local_now_is_compared_as_an_instant() -> None:
    hours = nightly("01:00-02:30")
    assert not hours.staffed_at(datetime(2020, 10, 25, 2, 15, tzinfo=ROME, fold=1))


@given(st.integers(0, 2 * 365 * 24 * 60))
def test_what_is_next_fits_together(minutes: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    opening, closing = WEEK.next_opening(now), WEEK.next_closing(now)
    assert opening is not None
    assert opening > now
    assert WEEK.staffed_at(opening)
    assert (closing is not None) == WEEK.staffed_at(now)
    if closing is not None:
        assert now < closing < opening
        assert not WEEK.staffed_at(closing)


@given(st.integers(0, 1439), st.integers(1, 1440))
def test_what_is_written_is_read_back(start: int, length: int) -> None:
    end = min(start + length, 1440)
    assert parse_spans([f"{clock(start)}-{clock(end)}"]) == (Span(start, end),)


def test_hours_look_the_same_in_each_process() -> None:
    """The site's fingerprint is made of them."""
    assert repr(WEEK) == repr(StaffedHours(ROME, WEEK.week, "IT", (date(2020, 12, 24),)))
    assert "object at" not in repr(WEEK)
