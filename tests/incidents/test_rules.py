"""From when does it count? Every edge of the real rule, and the nights when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.rules import (
    Rule,
    RuleEnd,
    RuleError,
    counts,
    counts_from,
    counts_until,
    days_that_matter,
    explain,
    in_window,
    parse_local,
    parse_rule,
    resolve_local,
)

ROME = ZoneInfo("Europe/Rome")
CASHBACK = {
    "from": {"event": "activation", "days_after": 1, "at": "00:01"},
    "until": {"event": "deactivation", "days_after": 1, "at": "00:01"},
    "window": ["2020-12-08", "2020-12-31"],
}
RULE = parse_rule(CASHBACK)
NO_WINDOW = parse_rule({"from": CASHBACK["from"], "until": CASHBACK["until"]})
NO_UNTIL = parse_rule({"from": CASHBACK["from"]})
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
around_christmas = st.dates(date(2020, 12, 5), date(2021, 1, 3))
zones = st.sampled_from(
    [ZoneInfo(key) for key in ("Europe/Rome", "America/Sao_Paulo", "Pacific/Apia", "Asia/Beirut")]
)


def local(text: str) -> datetime:
    return parse_local(text, ROME)


class TestParsing:
    def test_the_whole_rule(self) -> None:
        assert (
            Rule(
                from_=RuleEnd(event="activation", days_after=1, at=time(0, 1)),
                until=RuleEnd(event="deactivation", days_after=1, at=time(0, 1)),
                window=(date(2020, 12, 8), date(2020, 12, 31)),
            )
            == RULE
        )

    def test_until_and_window_may_be_absent(self) -> None:
        assert NO_UNTIL.until is None
        assert NO_UNTIL.window is None

    def test_a_window_may_hold_the_dates_that_yaml_reads(self) -> None:
        window = [date(2020, 12, 8), date(2020, 12, 8)]
        assert parse_rule({**CASHBACK, "window": window}).window == tuple(window)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"from": None}, "rule.from"),
            ({"from": {"event": "activation", "days_after": 1}}, "rule.from.at"),
            ({"from": {"event": "", "days_after": 1, "at": "00:01"}}, "rule.from.event"),
            ({"from": {"event": "a", "days_after": -1, "at": "00:01"}}, "rule.from.days_after"),
            ({"from": {"event": "a", "days_after": True, "at": "00:01"}}, "rule.from.days_after"),
            ({"from": {"event": "a", "days_after": "1", "at": "00:01"}}, "rule.from.days_after"),
            ({"from": {"event": "a", "days_after": 1, "at": "24:00"}}, "rule.from.at"),
            ({"from": {"event": "a", "days_after": 1, "at": 750}}, "rule.from.at"),
            ({"until": {"event": "a", "days_after": 1, "at": "0:01"}}, "rule.until.at"),
            ({"until": {"event": "a", "days_after": 1, "at": "00:01", "on": 1}}, "rule.until.on"),
            ({"window": ["2020-12-08"]}, "rule.window"),
            ({"window": ["2020-12-08", "2020-02-30"]}, "rule.window.1"),
            ({"window": [datetime(2020, 12, 8, tzinfo=UTC), "2020-12-31"]}, "rule.window.0"),
            ({"window": ["2020-12-31", "2020-12-08"]}, "window: its last day is before its first"),
            ({"windows": []}, "rule.windows"),
        ],
    )
    def test_errors_name_the_field(self, change: dict[str, object], field: str) -> None:
        with pytest.raises(RuleError) as caught:
            parse_rule({**CASHBACK, **change})
        assert len(caught.value.problems) == 1
        assert field in caught.value.problems[0]

    def test_a_moved_rule_differs_by_its_window_only(self) -> None:
        moved = RULE.moved(timedelta(days=-30))
        assert moved.window == (date(2020, 11, 8), date(2020, 12, 1))
        assert (moved.from_, moved.until) == (RULE.from_, RULE.until)
        assert NO_WINDOW.moved(timedelta(days=5)) == NO_WINDOW

    def test_all_errors_together(self) -> None:
        with pytest.raises(RuleError) as caught:
            parse_rule({"from": {"event": "a", "days_after": -1, "at": 750}, "window": 3})
        assert len(caught.value.problems) == 3


class TestLocalTime:
    @pytest.mark.parametrize(
        ("zone", "day", "at", "expected"),
        [
            ("Europe/Rome", date(2020, 12, 8), time(0, 1), "2020-12-08T00:01:00+01:00"),
            ("Europe/Rome", date(2021, 7, 1), time(0, 1), "2021-07-01T00:01:00+02:00"),
            # Skipped: it moves forward by what the clocks skip.
            ("Europe/Rome", date(2021, 3, 28), time(1, 59, 59), "2021-03-28T01:59:59+01:00"),
            ("Europe/Rome", date(2021, 3, 28), time(2, 30), "2021-03-28T03:30:00+02:00"),
            ("America/Sao_Paulo", date(2018, 11, 4), time(0, 1), "2018-11-04T01:01:00-02:00"),
            # A whole day that Samoa skipped.
            ("Pacific/Apia", date(2011, 12, 30), time(0, 1), "2011-12-31T00:01:00+14:00"),
            # Twice: it is the first.
            ("Europe/Rome", date(2021, 10, 31), time(2, 30), "2021-10-31T02:30:00+02:00"),
            ("Europe/Rome", date(2021, 10, 31), time(2, 30, fold=1), "2021-10-31T02:30:00+02:00"),
            ("Europe/Rome", date(2021, 10, 31), time(3, 0), "2021-10-31T03:00:00+01:00"),
        ],
    )
    def test_skipped_and_repeated_hours(
        self, zone: str, day: date, at: time, expected: str
    ) -> None:
        assert resolve_local(day, at, ZoneInfo(zone)).isoformat() == expected

    @given(days, st.times(), zones)
    def test_it_always_exists_and_never_lies_before_what_was_asked(
        self, day: date, at: time, zone: ZoneInfo
    ) -> None:
        moment = resolve_local(day, at, zone)
        assert moment.astimezone(UTC).astimezone(zone).isoformat() == moment.isoformat()
        assert moment.replace(tzinfo=None) >= datetime.combine(day, at)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2020-12-08T18:30", "2020-12-08T18:30:00+01:00"),
            (" 2020-12-08 18:30:05 ", "2020-12-08T18:30:05+01:00"),
            ("2020-12-08T18:30Z", "2020-12-08T19:30:00+01:00"),
            ("2020-12-08T18:30+02:00", "2020-12-08T17:30:00+01:00"),
            ("2021-03-28T02:30", "2021-03-28T03:30:00+02:00"),
            ("2021-10-31T02:30", "2021-10-31T02:30:00+02:00"),
            ("2021-10-31T02:30+01:00", "2021-10-31T02:30:00+01:00"),
        ],
    )
    def test_parse_local(self, text: str, expected: str) -> None:
        assert local(text).isoformat() == expected

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "now",
            "2020-12-08",
            "8/12/2020 18:30",
            "2020-W50-2T10:00",
            "9999-12-31T00:00",
            "18:30",
        ],
    )
    def test_what_cannot_be_read_is_answered_with_an_example(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"write it as in 2020-12-08T18:30 .*Europe/Rome"):
            local(text)

    @pytest.mark.parametrize("text", ["2020-02-30T10:00", "2020-12-08T24:01", "2020-12-08T10:60"])
    def test_what_does_not_exist_is_said_so(self, text: str) -> None:
        with pytest.raises(ValueError, match="does not exist"):
            local(text)


class TestCounting:
    @pytest.mark.parametrize(
        ("activated", "expected"),
        [
            ("2020-12-08T00:00:00", "2020-12-09T00:01:00+01:00"),
            ("2020-12-08T18:30", "2020-12-09T00:01:00+01:00"),
            ("2020-12-08T23:59:59", "2020-12-09T00:01:00+01:00"),
            ("2020-12-09T00:00:30", "2020-12-10T00:01:00+01:00"),
            # 23:30 UTC is already the next day in Rome.
            ("2020-12-08T23:30Z", "2020-12-10T00:01:00+01:00"),
            ("2020-12-31T12:00", "2021-01-01T00:01:00+01:00"),
            ("2020-02-28T12:00", "2020-02-29T00:01:00+01:00"),
            # The next day is a date, not 24 hours later: 23 and 25 hours in these.
            ("2021-03-27T12:00", "2021-03-28T00:01:00+01:00"),
            ("2021-03-28T12:00", "2021-03-29T00:01:00+02:00"),
            ("2021-10-30T12:00", "2021-10-31T00:01:00+02:00"),
            ("2021-10-31T12:00", "2021-11-01T00:01:00+01:00"),
        ],
    )
    def test_from_one_minute_past_midnight_of_the_next_day(
        self, activated: str, expected: str
    ) -> None:
        assert counts_from(NO_WINDOW, local(activated), ROME).isoformat() == expected
        assert counts_until(NO_WINDOW, local(activated), ROME).isoformat() == expected

    def test_a_bare_day_is_a_local_day(self) -> None:
        expected = local("2020-12-09T00:01")
        assert counts_from(RULE, date(2020, 12, 8), ROME) == expected

    @pytest.mark.parametrize(
        ("purchase", "expected"),
        [
            ("2020-12-08T23:59:59", False),
            ("2020-12-09T00:00:00", False),
            ("2020-12-09T00:00:30", False),
            ("2020-12-09T00:00:59", False),
            ("2020-12-09T00:01:00", True),
            ("2020-12-09T09:00:00", True),
            ("2020-12-20T00:00:59", True),
            ("2020-12-20T00:01:00", False),
        ],
    )
    def test_both_ends(self, purchase: str, expected: bool) -> None:
        activated, deactivated = local("2020-12-08T18:30"), local("2020-12-19T10:00")
        assert counts(RULE, local(purchase), activated, deactivated, ROME) is expected

    @pytest.mark.parametrize(
        ("purchase", "expected"),
        [
            ("2020-12-07T23:59:59", False),
            ("2020-12-08T00:00:00", True),
            ("2020-12-31T23:59:59", True),
            ("2021-01-01T00:00:00", False),
            ("2021-01-01T00:00:30", False),
        ],
    )
    def test_both_days_of_the_window_belong_to_it(self, purchase: str, expected: bool) -> None:
        assert counts(RULE, local(purchase), date(2020, 12, 1), None, ROME) is expected
        assert in_window(RULE, local(purchase), ROME) is expected
        assert in_window(NO_WINDOW, local(purchase), ROME)

    def test_activated_and_deactivated_on_one_day_counts_nothing(self) -> None:
        day = date(2020, 12, 10)
        at = local("2020-12-11T00:01")
        assert not counts(RULE, at, day, day, ROME)
        assert not counts(RULE, at - timedelta(seconds=1), day, day, ROME)

    def test_the_repeated_hour_is_compared_as_instants(self) -> None:
        """Python compares times of one zone by their clocks, which show 02:30 twice."""
        rule = parse_rule(
            {
                "from": {"event": "a", "days_after": 0, "at": "00:00"},
                "until": {"event": "b", "days_after": 0, "at": "02:45"},
            }
        )
        day = date(2021, 10, 31)
        assert counts(rule, local("2021-10-31T02:30+02:00"), day, day, ROME)
        assert not counts(rule, local("2021-10-31T02:30+01:00"), day, day, ROME)

    def test_a_rule_without_until_says_nothing_of_deactivation(self) -> None:
        with pytest.raises(ValueError, match="until"):
            counts(NO_UNTIL, local("2020-12-09T10:00"), date(2020, 12, 1), date(2020, 12, 8), ROME)

    def test_naive_times_are_refused(self) -> None:
        naive = local("2020-12-08T18:30").replace(tzinfo=None)
        with pytest.raises(ValueError, match="no time zone"):
            counts_from(RULE, naive, ROME)
        with pytest.raises(ValueError, match="no time zone"):
            counts(RULE, naive, date(2020, 12, 1), None, ROME)

    @given(days, st.integers(0, 366), st.times(), zones)
    def test_from_is_on_the_right_local_day(
        self, day: date, days_after: int, at: time, zone: ZoneInfo
    ) -> None:
        rule = Rule(from_=RuleEnd(event="a", days_after=days_after, at=at.replace(microsecond=0)))
        start = counts_from(rule, day, zone)
        expected = day + timedelta(days=days_after)
        # Only Samoa skips a whole day.
        assert start.date() == expected or zone.key == "Pacific/Apia"
        assert counts(rule, start, day, None, zone)
        assert not counts(rule, start.astimezone(UTC) - timedelta(seconds=1), day, None, zone)

    @given(st.timedeltas(timedelta(0), timedelta(days=30)), around_christmas, around_christmas)
    def test_what_counts_lies_within_the_explained_interval(
        self, later: timedelta, activated: date, deactivated: date
    ) -> None:
        purchase = datetime(2020, 12, 6, tzinfo=UTC) + later
        why = explain(RULE, activated, deactivated, ROME)
        assert why.counts_until is not None
        inside = why.in_window and why.counts_from <= purchase < why.counts_until
        assert counts(RULE, purchase, activated, deactivated, ROME) is inside


class TestDaysThatMatter:
    @pytest.mark.parametrize(
        ("today", "expected"),
        [
            ("2020-11-30", ["2020-12-07", "2020-12-08", "2020-12-31"]),
            ("2020-12-07", ["2020-12-07", "2020-12-08", "2020-12-31"]),
            ("2020-12-08", ["2020-12-07", "2020-12-08", "2020-12-31"]),
            ("2020-12-09", ["2020-12-08", "2020-12-09", "2020-12-31"]),
            ("2020-12-31", ["2020-12-30", "2020-12-31"]),
            ("2021-01-01", []),
        ],
    )
    def test_of_the_real_rule(self, today: str, expected: list[str]) -> None:
        found = days_that_matter(RULE, date.fromisoformat(today))
        assert [day.isoformat() for day in found] == expected

    def test_without_a_window(self) -> None:
        found = days_that_matter(NO_WINDOW, date(2021, 1, 1))
        assert found == (date(2020, 12, 31), date(2021, 1, 1))

    def test_the_same_day_rule_has_no_day_before_its_window(self) -> None:
        end = RuleEnd(event="deactivation", days_after=0, at=time(0, 0))
        assert days_that_matter(RULE, date(2020, 12, 1), end)[0] == date(2020, 12, 8)

    @given(days, st.integers(0, 40))
    def test_always_sorted_distinct_and_clipped(self, today: date, days_after: int) -> None:
        end = RuleEnd(event="a", days_after=days_after, at=time(0, 1))
        found = days_that_matter(RULE, today, end)
        assert list(found) == sorted(set(found))
        earliest = date(2020, 12, 8) - timedelta(days=days_after)
        assert all(earliest <= day <= date(2020, 12, 31) for day in found)


class TestExplanation:
    def test_the_real_question(self) -> None:
        why = explain(RULE, local("2020-12-08T18:30"), None, ROME)
        assert why.counts_from == local("2020-12-09T00:01")
        assert why.counts_until == local("2021-01-01T00:00")
        assert why.in_window
        activation, window, conclusion, zone = why.steps
        assert activation == (
            "The activation is on Tuesday 8 December 2020; the rule counts from 00:01 the next "
            "day: 00:01 on Wednesday 9 December 2020."
        )
        assert window == (
            "Only what happens from Tuesday 8 December 2020 to Thursday 31 December 2020, both "
            "included, counts."
        )
        assert conclusion == (
            "So it counts from 00:01 on Wednesday 9 December 2020 until 00:00 on Friday 1 January "
            "2021, that instant excluded."
        )
        assert zone == "Times are those of Europe/Rome."

    def test_the_last_day_leads_out_of_the_window(self) -> None:
        why = explain(RULE, date(2020, 12, 31), None, ROME)
        assert why.counts_from == local("2021-01-01T00:01")
        assert not why.in_window
        assert "So nothing counts." in why.steps

    def test_deactivation_ends_it(self) -> None:
        why = explain(RULE, date(2020, 12, 1), date(2020, 12, 19), ROME)
        assert why.counts_from == local("2020-12-08T00:00")
        assert why.counts_until == local("2020-12-20T00:01")
        assert "The deactivation is on Saturday 19 December 2020" in why.steps[1]

    def test_without_window_and_deactivation_there_is_no_end(self) -> None:
        why = explain(NO_UNTIL, date(2020, 12, 8), None, ROME)
        assert why.counts_until is None
        assert why.in_window
        assert "So it counts from 00:01 on Wednesday 9 December 2020." in why.steps

    def test_it_says_that_the_clocks_skip_the_hour(self) -> None:
        rule = parse_rule({"from": {"event": "a", "days_after": 3, "at": "02:30"}})
        why = explain(rule, date(2021, 3, 25), None, ROME)
        assert "3 days on" in why.steps[0]
        assert why.steps[0].endswith("The clocks skip 02:30 that day, so it is 03:30.")
