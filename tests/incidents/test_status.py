"""The rules on statuses, as tables; the uptime also as a property."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.status import (
    ComponentStatus,
    Impact,
    IncidentKind,
    Status,
    Uptime,
    at_least,
    badness,
    impact_of,
    may_follow,
    page_indicator,
    statuses_of,
    still_bad,
    uptime,
    worst,
)

UP = ComponentStatus.OPERATIONAL
SLOW = ComponentStatus.DEGRADED_PERFORMANCE
PARTIAL = ComponentStatus.PARTIAL_OUTAGE
DOWN = ComponentStatus.MAJOR_OUTAGE
WORK = ComponentStatus.UNDER_MAINTENANCE

NOON = datetime(2020, 12, 8, 12, tzinfo=UTC)

# What may follow, by first letters: the life of an incident, then that of planned work.
LIVES = {
    "investigating": "investigating identified monitoring resolved",
    "identified": "investigating identified monitoring resolved",
    "monitoring": "investigating identified monitoring resolved",
    "resolved": "investigating identified monitoring resolved postmortem",
    "postmortem": "investigating identified monitoring postmortem",
    "scheduled": "scheduled in_progress completed",
    "in_progress": "in_progress verifying completed",
    "verifying": "in_progress verifying completed",
    "completed": "completed",
}


@pytest.mark.parametrize(("old", "new"), list(product(Status, Status)))
def test_may_follow(old: Status, new: Status) -> None:
    assert may_follow(old, new) is (new in LIVES[old].split())


def test_statuses_of_a_kind() -> None:
    incident = ("investigating", "identified", "monitoring", "resolved", "postmortem")
    planned = ("scheduled", "in_progress", "verifying", "completed")
    assert statuses_of(IncidentKind.INCIDENT) == incident
    assert statuses_of(IncidentKind.MAINTENANCE) == planned
    assert statuses_of(IncidentKind.ADVANCE_NOTICE) == planned


def test_nothing_leads_from_one_kind_of_life_to_another() -> None:
    incident, planned = (
        set(statuses_of(kind)) for kind in (IncidentKind.INCIDENT, IncidentKind.MAINTENANCE)
    )
    assert not any(may_follow(a, b) or may_follow(b, a) for a in incident for b in planned)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], UP),
        ([UP, UP], UP),
        ([UP, WORK], WORK),
        ([WORK, SLOW], SLOW),
        ([SLOW, PARTIAL, UP], PARTIAL),
        ([PARTIAL, DOWN, WORK], DOWN),
    ],
)
def test_worst(statuses: list[ComponentStatus], expected: ComponentStatus) -> None:
    assert worst(statuses) is expected


def test_badness_orders_them() -> None:
    assert [badness(status) for status in (UP, WORK, SLOW, PARTIAL, DOWN)] == [0, 1, 2, 3, 4]


@given(st.lists(st.sampled_from(ComponentStatus), min_size=1))
def test_the_worst_is_one_of_them_and_none_is_worse(statuses: list[ComponentStatus]) -> None:
    assert worst(statuses) in statuses
    assert badness(worst(statuses)) == max(map(badness, statuses))


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], Impact.NONE),
        ([UP], Impact.NONE),
        ([UP, WORK], Impact.MAINTENANCE),
        ([SLOW, WORK], Impact.MINOR),
        ([SLOW, PARTIAL], Impact.MAJOR),
        ([UP, DOWN], Impact.CRITICAL),
    ],
)
def test_impact_of(statuses: list[ComponentStatus], expected: Impact) -> None:
    assert impact_of(statuses) is expected


@pytest.mark.parametrize(
    ("components", "open_impacts", "expected"),
    [
        ([], [], Impact.NONE),
        ([], [Impact.CRITICAL], Impact.CRITICAL),
        # One component maps straight to its impact.
        ([UP], [], Impact.NONE),
        ([WORK], [], Impact.MAINTENANCE),
        ([SLOW], [], Impact.MINOR),
        ([PARTIAL], [], Impact.MAJOR),
        ([DOWN], [], Impact.CRITICAL),
        # Several are blended: all down is critical, some down is major.
        ([DOWN, DOWN], [], Impact.CRITICAL),
        ([DOWN, UP], [], Impact.MAJOR),
        ([DOWN, PARTIAL], [], Impact.MAJOR),
        ([PARTIAL, UP], [], Impact.MAJOR),
        ([SLOW, UP, WORK], [], Impact.MINOR),
        ([WORK, UP], [], Impact.MAINTENANCE),
        # A person's judgement lifts it, and never lowers it.
        ([UP, UP], [Impact.NONE], Impact.NONE),
        ([UP, UP], [Impact.MINOR], Impact.MINOR),
        ([UP, UP], [Impact.MAINTENANCE], Impact.MAINTENANCE),
        ([DOWN, UP], [Impact.MINOR, Impact.CRITICAL], Impact.CRITICAL),
        ([DOWN, UP], [Impact.MINOR], Impact.MAJOR),
        ([SLOW, UP], [Impact.MAINTENANCE], Impact.MINOR),
    ],
)
def test_page_indicator(
    components: list[ComponentStatus], open_impacts: list[Impact], expected: Impact
) -> None:
    assert page_indicator(components, open_impacts) is expected


def test_at_least() -> None:
    order = (Impact.NONE, Impact.MAINTENANCE, Impact.MINOR, Impact.MAJOR, Impact.CRITICAL)
    assert all(at_least(impact, impact) for impact in order)
    assert all(at_least(more, less) for less, more in pairwise(order))
    assert not any(at_least(less, more) for less, more in pairwise(order))


def test_still_bad_names_what_forbids_resolved() -> None:
    affected = {"Portafoglio": UP, "Carte": PARTIAL, "IBAN": WORK, "Accesso": SLOW, "E-mail": DOWN}
    assert still_bad(affected) == ("Carte", "Accesso", "E-mail")
    assert still_bad({}) == ()


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


class TestUptime:
    @pytest.mark.parametrize(
        ("changes", "expected", "ratio"),
        [
            ([], Uptime(0, 0, 0), None),
            ([(100, UP)], Uptime(0, 0, 0), None),
            ([(-60, UP)], Uptime(6000, 0, 0), 1.0),
            # Time before the first change is not watched.
            ([(50, UP)], Uptime(3000, 0, 0), 1.0),
            ([(-60, DOWN)], Uptime(6000, 0, 6000), 0.0),
            ([(-60, UP), (50, DOWN)], Uptime(6000, 0, 3000), 0.5),
            ([(-60, UP), (50, PARTIAL)], Uptime(6000, 3000, 0), 0.85),
            ([(-60, UP), (20, DOWN), (30, PARTIAL), (50, UP)], Uptime(6000, 1200, 600), 0.84),
            # Slowness and planned work are not downtime.
            ([(-60, SLOW), (50, WORK)], Uptime(6000, 0, 0), 1.0),
            # What lies outside the window does not count.
            ([(-60, DOWN), (-1, UP), (100, DOWN), (200, UP)], Uptime(6000, 0, 0), 1.0),
            ([(-60, DOWN), (10, UP)], Uptime(6000, 0, 600), 0.9),
        ],
    )
    def test_of_a_hundred_minutes(
        self,
        changes: list[tuple[float, ComponentStatus]],
        expected: Uptime,
        ratio: float | None,
    ) -> None:
        found = uptime([(after(at), status) for at, status in changes], NOON, after(100))
        assert found == expected
        assert found.ratio == (None if ratio is None else pytest.approx(ratio))

    def test_an_empty_window(self) -> None:
        assert uptime([(NOON, DOWN)], after(5), after(5)).ratio is None

    histories = st.lists(
        st.tuples(st.integers(-100, 300), st.sampled_from(ComponentStatus)), max_size=12
    ).map(lambda found: [(after(at), status) for at, status in sorted(found)])

    @given(histories, st.integers(-50, 250), st.integers(0, 100), st.integers(0, 100))
    def test_a_split_window_sums_up(
        self, history: list[tuple[datetime, ComponentStatus]], start: int, first: int, second: int
    ) -> None:
        begin, middle, end = after(start), after(start + first), after(start + first + second)
        whole = uptime(history, begin, end)
        parts = (uptime(history, begin, middle), uptime(history, middle, end))
        assert whole.watched == sum(part.watched for part in parts)
        assert whole.partial == sum(part.partial for part in parts)
        assert whole.major == sum(part.major for part in parts)
        assert whole.watched <= (end - begin).total_seconds()

    @given(histories, st.integers(-50, 250), st.integers(0, 100))
    def test_the_ratio_is_one(
        self, history: list[tuple[datetime, ComponentStatus]], start: int, length: int
    ) -> None:
        found = uptime(history, after(start), after(start + length))
        assert (found.ratio is None) is (found.watched == 0)
        assert found.ratio is None or 0 <= found.ratio <= 1
