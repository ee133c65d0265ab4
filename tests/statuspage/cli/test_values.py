"""How times and things per locale are written on the command line."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.errors import InvalidInput
from statuspage.cli import _values as values
from tests.conftest import ROME


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = utc("2020-12-08T13:26:10")  # 14:26:10 in Rome
BEFORE_SUMMER = utc("2020-03-28T22:00")  # 23:00, three hours before the clocks skip 2:00 to 3:00
BEFORE_WINTER = utc("2020-10-24T21:00")  # 23:00, before 2:00 to 3:00 comes twice


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("2020-12-08T18:30", NOW, "2020-12-08T17:30"),
        ("2020-12-08 18:30", NOW, "2020-12-08T17:30"),
        ("2020-07-08T18:30", NOW, "2020-07-08T16:30"),
        ("2020-12-08T18:30+05:00", NOW, "2020-12-08T13:30"),
        ("2020-12-08T18:30Z", NOW, "2020-12-08T18:30"),
        ("18:30", NOW, "2020-12-08T17:30"),
        ("14:26", NOW, "2020-12-09T13:26"),
        ("14:27", NOW, "2020-12-08T13:27"),
        ("9:05", NOW, "2020-12-09T08:05"),
        ("00:00", NOW, "2020-12-08T23:00"),
        ("02:30", BEFORE_SUMMER, "2020-03-29T01:30"),
        ("02:30", BEFORE_WINTER, "2020-10-25T00:30"),
        ("12:00", BEFORE_SUMMER, "2020-03-29T10:00"),
        ("+30m", NOW, "2020-12-08T13:57"),
        ("+2h", NOW, "2020-12-08T15:27"),
        ("+1d", NOW, "2020-12-09T13:27"),
        ("+0m", NOW, "2020-12-08T13:27"),
        ("+5m", utc("2020-12-08T13:26"), "2020-12-08T13:31"),
    ],
)
def test_a_moment(text: str, now: datetime, expected: str) -> None:
    assert values.moment(text, now, ROME, "--at").astimezone(UTC) == utc(expected)


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("14:26", NOW, "2020-12-08T13:26"),
        ("14:27", NOW, "2020-12-07T13:27"),
        ("18:30", NOW, "2020-12-07T17:30"),
        ("2020-12-08T10:00", NOW, "2020-12-08T09:00"),
        ("2020-12-09T10:00", NOW, "2020-12-09T09:00"),
        ("23:30", BEFORE_SUMMER, "2020-03-27T22:30"),
    ],
)
def test_a_past_moment(text: str, now: datetime, expected: str) -> None:
    assert values.past_moment(text, now, ROME, "--at").astimezone(UTC) == utc(expected)


@given(st.integers(0, 7_000_000_000), st.times())
def test_a_time_of_day_is_within_a_day(seconds: int, clock: time) -> None:
    now, text = datetime.fromtimestamp(seconds, UTC), f"{clock:%H:%M}"
    later = values.moment(text, now, ROME, "--at").astimezone(UTC)
    sooner = values.past_moment(text, now, ROME, "--at").astimezone(UTC)
    longest = timedelta(hours=26)  # where the clocks are set back, and a skipped hour moves on
    assert now < later <= now + longest
    assert now - longest <= sooner <= now


@given(st.text())
def test_a_moment_is_read_or_refused(text: str) -> None:
    for read in (values.moment, values.past_moment):
        try:
            found = read(text, NOW, ROME, "--at")
        except InvalidInput as problem:
            said = str(problem)
        else:
            said = f"--at: {found.isoformat()}"
        assert said.startswith("--at: ")


@pytest.mark.parametrize(
    ("items", "types", "expected"),
    [
        ((), {}, {}),
        (("a=b=c", "d="), {}, {"a": "b=c", "d": ""}),
        (("a.it=x", "a.en=y"), {}, {"a": {"it": "x", "en": "y"}}),
        (("n=12", "m=2.5", "o=-3"), dict.fromkeys("nmo", "number"), {"n": 12, "m": 2.5, "o": -3}),
        (("n.it=12",), {"n": "number"}, {"n": {"it": 12}}),
        (("l=x", "l=y"), {"l": "list"}, {"l": ["x", "y"]}),
        (("l.it=x", "l.it=y", "l.en=z"), {"l": "list"}, {"l": {"it": ["x", "y"], "en": ["z"]}}),
    ],
)
def test_fields(items: tuple[str, ...], types: dict[str, str], expected: object) -> None:
    assert values.fields(items, types) == expected


@pytest.mark.parametrize(
    "item", ["n=", "n=x", "n=1e9", "n=1,5", "n=\u0661", f"n={'9' * 16}", "n=nan"]
)
def test_what_is_no_number(item: str) -> None:
    with pytest.raises(InvalidInput, match=r"--field: n is a number; write it as in 1500 or 2\.5"):
        values.fields([item], {"n": "number"})


def test_times_in_a_file_are_the_services_own() -> None:
    file = tomllib.loads("a = 2020-12-08T18:30:00\nb = [{c = 2020-07-08T18:30:00}]")
    read = values.with_zone(file, ROME)
    assert read["a"].astimezone(UTC) == utc("2020-12-08T17:30")
    assert read["b"][0]["c"].astimezone(UTC) == utc("2020-07-08T16:30")


def test_times_among_fields_stay_as_they_were_typed() -> None:
    file = tomllib.loads("[fields]\nat = 2020-12-08T18:30:00\nn = 3\nl = [2020-01-01, 18:30:00]")
    assert values.with_zone(file, ROME) == {
        "fields": {"at": "2020-12-08T18:30:00", "n": 3, "l": ["2020-01-01", "18:30:00"]}
    }
