"""How components fared, day by day and month by month; and what has to be rendered for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents import actions, queries
from incidents.actions import Desk
from incidents.queries import Kept, Reader, Touched
from incidents.queries._days import days_of, midnight
from incidents.status import ComponentStatus, Role, uptime
from incidents.view import ComponentHistory, ComponentView, DayStatus, MonthView
from tests.conftest import NOON, ROME
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, scheduled, updated, words

OK = ComponentStatus.OPERATIONAL
SLOW = ComponentStatus.DEGRADED_PERFORMANCE
PARTIAL = ComponentStatus.PARTIAL_OUTAGE
DOWN = ComponentStatus.MAJOR_OUTAGE
WORK = ComponentStatus.UNDER_MAINTENANCE
DAY = timedelta(days=1)
TODAY = date(2020, 12, 7)


def rome(day: date, hour: int = 0, minute: int = 0) -> datetime:
    there = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ROME)
    return there.astimezone(UTC)


def component_id(desk: Desk, key: str = "wallet") -> str:
    with desk.db.read() as session:
        return next(part.id for part in queries.components(session) if part.key == key)


def fared(
    desk: Desk, now: datetime, key: str = "wallet", kept: Kept | None = None
) -> ComponentHistory:
    """As the home page tells it."""
    with desk.db.read() as session:
        view = Reader(session, desk.service, desk.texts, now, {}, kept or Kept()).home()
    return view.histories[component_id(desk, key)]


def page(desk: Desk, now: datetime, key: str = "wallet") -> ComponentView | None:
    with desk.db.read() as session:
        return Reader(session, desk.service, desk.texts, now).component(component_id(desk, key))


def shown(desk: Desk, now: datetime, key: str = "wallet") -> ComponentView:
    view = page(desk, now, key)
    assert view is not None
    return view


def month(desk: Desk, name: str, now: datetime) -> MonthView:
    with desk.db.read() as session:
        view = Reader(session, desk.service, desk.texts, now).month(name)
    assert view is not None
    return view


def touched(
    desk: Desk, after: int, since: datetime, now: datetime, archived: int | None = None
) -> Touched:
    """With an archive that shows all of it, unless told otherwise."""
    with desk.db.read() as session:
        known = queries.last_event(session) if archived is None else archived
        return queries.touched(session, desk.service, after, since, now, known)


def last_event(desk: Desk) -> int:
    with desk.db.read() as session:
        return queries.last_event(session)


def set_status(desk: Desk, now: datetime, status: ComponentStatus, key: str = "wallet") -> None:
    actions.set_component_status(desk, "bea", now, key, status)


def save(desk: Desk, now: datetime, key: str, *, hidden: bool = False) -> None:
    said = {"key": key, "name": {"it": key, "en": key}, "hidden": hidden}
    actions.save_component(desk, "ada", now, said)


def backdated(desk: Desk, began: datetime, ended: datetime, now: datetime) -> None:
    said = {
        "name": {"it": "Allora", "en": "Then"},
        "started_at": began,
        "resolved_at": ended,
        "components": {"wallet": "major_outage"},
        "texts": words("Allora"),
    }
    actions.backdate_incident(desk, "bea", now, said)


# Days, from changes alone


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2020, 10, 25), 25), (date(2021, 3, 28), 23), (date(2020, 12, 8), 24)],
    ids=["the clocks go back", "the clocks go forward", "any other day"],
)
def test_a_day_lasts_from_midnight_to_midnight_of_the_zone(day: date, hours: int) -> None:
    changes = [(rome(day - DAY), DOWN), (rome(day + 2 * DAY), OK)]
    found = days_of(changes, rome(day - DAY), rome(day + 3 * DAY), ROME)
    assert [piece.day for piece in found] == [day - DAY, day, day + DAY]
    assert found[1].public() == DayStatus(day, DOWN, hours * 60)
    assert found[1].major == hours * 3600


def test_a_change_at_midnight_marks_the_day_that_begins_alone() -> None:
    start, end = rome(TODAY), rome(TODAY + DAY)
    found = days_of([(start, SLOW), (end, OK)], start - DAY, end + DAY, ROME)
    assert [piece.public() for piece in found] == [DayStatus(TODAY, SLOW, 24 * 60)]


@pytest.mark.parametrize(
    ("statuses", "worst", "bad"),
    [
        ([SLOW, DOWN, PARTIAL, OK], DOWN, 180),
        ([WORK, OK], WORK, 0),
        ([WORK, SLOW, OK], SLOW, 60),
        ([SLOW, WORK, OK], SLOW, 60),
    ],
)
def test_the_worst_of_a_day_is_told(
    statuses: list[ComponentStatus], worst: ComponentStatus, bad: int
) -> None:
    """Maintenance is worse than operational, better than any fault, and never counted."""
    changes = [(NOON + number * HOUR, status) for number, status in enumerate(statuses)]
    (day,) = days_of(changes, NOON - DAY, NOON + DAY, ROME)
    assert (day.worst, day.public().bad) == (worst, bad)


def test_several_changes_at_one_instant_leave_the_last_alone() -> None:
    changes = [(NOON, DOWN), (NOON, SLOW), (NOON + HOUR, OK)]
    (day,) = days_of(changes, NOON - DAY, NOON + DAY, ROME)
    assert (day.worst, day.major) == (SLOW, 0)


@given(
    st.lists(
        st.tuples(st.integers(0, 200 * 24 * 60), st.sampled_from(list(ComponentStatus))),
        min_size=1,
        max_size=30,
    )
)
def test_days_add_up_to_the_uptime_of_the_whole(minutes: list[tuple[int, ComponentStatus]]) -> None:
    start, end = rome(date(2020, 9, 1)), rome(date(2021, 4, 10), 7)
    changes = [(start + at * MINUTE, status) for at, status in sorted(minutes, key=lambda m: m[0])]
    days = days_of(changes, start, end, ROME)
    whole = uptime(changes, start, end)
    assert sum(day.major for day in days) == pytest.approx(whole.major)
    assert sum(day.partial for day in days) == pytest.approx(whole.partial)
    assert [day.day for day in days] == sorted({day.day for day in days})


def test_a_midnight_that_the_clocks_skip_moves_forward() -> None:
    santiago = ZoneInfo("America/Santiago")
    assert midnight(date(2020, 9, 6), santiago) == datetime(2020, 9, 6, 4, tzinfo=UTC)


# The last 90 days


def test_a_new_component_is_known_from_its_first_day(desk: Desk) -> None:
    history = fared(desk, NOON + HOUR)
    assert (history.start, history.today) == (TODAY - 89 * DAY, TODAY)
    assert (history.known, history.marked, history.uptime) == (TODAY, (), None)
    assert [day.worst for day in history.days] == [None] * 89 + [OK]


def test_an_incident_marks_its_days(desk: Desk) -> None:
    entry = declared(desk, NOON)
    resolved(desk, entry.incident_id, NOON + 13 * HOUR)
    history = fared(desk, NOON + 2 * DAY)
    assert history.marked == (
        DayStatus(TODAY, DOWN, 12 * 60),
        DayStatus(TODAY + DAY, DOWN, 60),
    )
    assert history.uptime == pytest.approx(1 - 13 / 36)


def test_today_is_marked_at_once_and_counted_when_it_is_over(desk: Desk) -> None:
    """Nothing but an event or a new day changes a page: minutes would."""
    declared(desk, NOON)
    assert fared(desk, NOON).marked == (DayStatus(TODAY, DOWN, None),)
    assert fared(desk, NOON) == fared(desk, NOON + 12 * HOUR - MINUTE)
    assert shown(desk, NOON) == shown(desk, NOON + 12 * HOUR - MINUTE)
    assert fared(desk, NOON + 12 * HOUR).marked[0] == DayStatus(TODAY, DOWN, 12 * 60)


def test_what_was_better_again_today_leaves_its_mark(desk: Desk) -> None:
    entry = declared(desk, NOON)
    resolved(desk, entry.incident_id, NOON + MINUTE)
    assert fared(desk, NOON + HOUR).marked == (DayStatus(TODAY, DOWN, None),)


def test_what_lasts_since_before_the_window_fills_it(desk: Desk) -> None:
    set_status(desk, NOON, PARTIAL)
    history = fared(desk, NOON + 200 * DAY)
    assert {day.worst for day in history.days} == {PARTIAL}
    assert len(history.marked) == 90
    assert history.uptime == pytest.approx(0.7)


def test_what_was_over_before_the_window_is_not_in_it(desk: Desk) -> None:
    set_status(desk, NOON, DOWN)
    set_status(desk, NOON + HOUR, OK)
    history = fared(desk, NOON + 90 * DAY)
    assert (history.known, history.marked, history.uptime) == (history.start, (), 1.0)
    assert fared(desk, NOON + 89 * DAY).marked == (DayStatus(TODAY, DOWN, 60),)


def test_planned_work_is_seen_and_does_not_count(desk: Desk) -> None:
    scheduled(desk, NOON)
    for hours in (1, 3):
        actions.catch_up(desk, NOON + hours * HOUR)
    history = fared(desk, NOON + 4 * HOUR)
    assert history.marked == (DayStatus(TODAY, WORK, None),)
    assert fared(desk, NOON + DAY).marked == (DayStatus(TODAY, WORK, 0),)
    assert (fared(desk, NOON + DAY).uptime, history.bad) == (1.0, ())


def test_what_is_told_afterwards_is_seen_on_its_days(desk: Desk) -> None:
    now = NOON + 5 * DAY
    backdated(desk, NOON + DAY, NOON + DAY + HOUR, now)
    backdated(desk, NOON - 10 * DAY, NOON - 10 * DAY + HOUR, now)
    history = fared(desk, now)
    assert [day.day for day in history.marked] == [TODAY - 10 * DAY, TODAY + DAY]
    assert history.known == TODAY - 10 * DAY


def test_what_is_told_of_this_morning_before_the_component_was_made(desk: Desk) -> None:
    backdated(desk, NOON - 3 * HOUR, NOON - 2 * HOUR, NOON + HOUR)
    assert fared(desk, NOON + HOUR).marked == (DayStatus(TODAY, DOWN, None),)
    history = fared(desk, NOON + DAY)
    assert history.marked == (DayStatus(TODAY, DOWN, 60),)
    assert history.uptime == pytest.approx(1 - 1 / 15)


def test_days_that_are_over_are_kept_until_they_are_told_anew(desk: Desk) -> None:
    kept = Kept()
    entry = declared(desk, NOON)
    resolved(desk, entry.incident_id, NOON + HOUR)
    now = NOON + 3 * DAY
    steps: tuple[Callable[[], None], ...] = (
        lambda: None,
        lambda: set_status(desk, now, SLOW),
        lambda: backdated(desk, NOON + DAY, NOON + DAY + HOUR, now + MINUTE),
        lambda: save(desk, now + MINUTE, "another"),
        lambda: save(desk, now + MINUTE, "login", hidden=True),
    )
    for step in steps:
        step()
        with desk.db.read() as session:
            warm = Reader(session, desk.service, desk.texts, now + HOUR, {}, kept).home()
            cold = Reader(session, desk.service, desk.texts, now + HOUR).home()
        assert warm.histories == cold.histories
    tomorrow = now + DAY
    assert fared(desk, tomorrow, kept=kept) == fared(desk, tomorrow)


# Months


def test_months_tell_the_uptime_newest_first(desk: Desk) -> None:
    entry = declared(desk, NOON)
    resolved(desk, entry.incident_id, NOON + 31 * HOUR)
    months = shown(desk, datetime(2021, 1, 11, 11, tzinfo=UTC)).history.months
    assert [item.month for item in months] == ["2021-01", "2020-12"]
    assert (months[0].uptime, months[0].bad) == (1.0, 0)
    assert months[1].bad == 31 * 60
    watched = rome(date(2021, 1, 1)) - NOON
    assert months[1].uptime == pytest.approx(1 - 31 * HOUR / watched)


def test_no_more_months_than_twelve(desk: Desk) -> None:
    months = shown(desk, NOON + 800 * DAY).history.months
    assert len(months) == 12
    assert {item.uptime for item in months} == {1.0}


def test_a_month_s_page_tells_of_the_components_that_were_there(desk: Desk) -> None:
    entry = declared(desk, NOON)
    resolved(desk, entry.incident_id, NOON + HOUR)
    backdated(desk, NOON - 40 * DAY, NOON - 40 * DAY + HOUR, NOON + HOUR)
    before = month(desk, "2020-10", NOON + 2 * HOUR)
    assert [(part.key, item.bad) for part, item in before.fared] == [("wallet", 60)]
    this = month(desk, "2020-12", NOON + 2 * HOUR)
    assert [part.key for part, _ in this.fared] == ["wallet"], "the others are there since today"
    later = month(desk, "2020-12", NOON + DAY)
    assert [part.key for part, _ in later.fared] == ["wallet", "login", "messages"]
    assert [item.bad for _, item in later.fared] == [60, 0, 0]


# The page of one component


def test_a_component_s_page_has_its_entries_and_publications(desk: Desk) -> None:
    entry = declared(desk, NOON)
    updated(desk, entry.incident_id, NOON + MINUTE)
    declared(desk, NOON + HOUR, components={"login": "partial_outage"})
    notice = scheduled(desk, NOON + 2 * HOUR)
    view = shown(desk, NOON + 3 * HOUR)
    assert {item.id for item in view.incidents} == {entry.incident_id, notice.incident_id}
    assert [item.incident_id for item in view.publications] == [
        notice.incident_id,
        entry.incident_id,
        entry.incident_id,
    ]
    assert view.latest_month == "2020-12"


def test_an_unknown_or_hidden_component_has_no_page(desk: Desk) -> None:
    save(desk, NOON, "wallet", hidden=True)
    assert page(desk, NOON) is None
    with desk.db.read() as session:
        assert Reader(session, desk.service, desk.texts, NOON).component("nobody") is None


def test_a_hidden_component_is_in_no_view(desk: Desk) -> None:
    entry = declared(desk, NOON)
    resolved(desk, entry.incident_id, NOON + HOUR)
    hidden = component_id(desk)
    save(desk, NOON + HOUR, "wallet", hidden=True)
    with desk.db.read() as session:
        found = Reader(session, desk.service, desk.texts, NOON + DAY)
        home, archive = found.home(), found.archive()
        pages = [found.component(part.id) for part in home.components]
        fared_in_month = found.month("2020-12")
    assert hidden not in home.histories
    assert [item.components for item in archive.entries] == [()]
    for view in (home, archive, pages, fared_in_month):
        assert hidden not in repr(view)


# Incidents of their own feeds


@pytest.mark.parametrize(("days", "followed"), [(0, True), (29, True), (30, False)])
def test_an_entry_is_followed_until_thirty_local_days_after(
    desk: Desk, days: int, followed: bool
) -> None:
    entry = declared(desk, NOON)
    resolved(desk, entry.incident_id, NOON + 10 * HOUR)
    now = rome(TODAY + days * DAY, 23, 59)
    with desk.db.read() as session:
        view = Reader(session, desk.service, desk.texts, now).incident(entry.incident_id or "")
    assert view is not None
    assert view.followed is followed
    assert len(view.publications) == 2


def test_the_day_that_ends_it_touches_it(desk: Desk) -> None:
    entry = declared(desk, NOON)
    resolved(desk, entry.incident_id, NOON + 10 * HOUR)
    last = last_event(desk)
    end = rome(TODAY + 30 * DAY)
    assert touched(desk, last, end - MINUTE, end).incidents == {entry.incident_id}
    assert touched(desk, last, end - DAY - MINUTE, end - DAY).incidents == frozenset()
    assert touched(desk, last, end, end + DAY).incidents == frozenset()
    assert touched(desk, last, end - 5 * DAY, end + 5 * DAY).incidents == {entry.incident_id}


# What is rendered


def test_events_touch_the_components_that_they_name(desk: Desk) -> None:
    declared(desk, NOON)
    before = last_event(desk)
    entry = declared(desk, NOON)
    assert touched(desk, before, NOON, NOON).components == {component_id(desk)}
    before = last_event(desk)
    updated(desk, entry.incident_id, NOON, components={"login": "partial_outage"})
    both = {component_id(desk), component_id(desk, "login")}
    assert touched(desk, before, NOON, NOON).components == both


def test_a_new_month_touches_every_component(desk: Desk) -> None:
    """Their pages lead to the newest month."""
    before = last_event(desk)
    declared(desk, NOON)
    keys = ("wallet", "login", "messages")
    assert touched(desk, before, NOON, NOON).components == {component_id(desk, key) for key in keys}


def test_a_component_that_is_saved_or_set_is_touched_first(desk: Desk) -> None:
    declared(desk, NOON)
    steps: tuple[Callable[[], None], ...] = (
        lambda: save(desk, NOON, "messages"),
        lambda: save(desk, NOON, "messages", hidden=True),
        lambda: set_status(desk, NOON, SLOW, "messages"),
    )
    for step in steps:
        before = last_event(desk)
        step()
        seen = touched(desk, before, NOON, NOON)
        assert seen.new_components == seen.components == {component_id(desk, "messages")}


def test_a_saved_component_touches_the_months_that_may_name_it(desk: Desk) -> None:
    declared(desk, NOON)
    before = last_event(desk)
    save(desk, NOON, "messages", hidden=True)
    assert touched(desk, before, NOON, NOON).months == {"2020-12"}
    before = last_event(desk)
    set_status(desk, NOON, SLOW, "login")
    assert touched(desk, before, NOON, NOON).months == frozenset()


def test_a_group_that_is_saved_touches_its_components(desk: Desk) -> None:
    group = {"key": "pay", "name": {"it": "Pagare", "en": "Pay"}}
    actions.save_group(desk, "ada", NOON, group)
    said = {"key": "wallet", "name": {"it": "P", "en": "W"}, "group": "pay"}
    actions.save_component(desk, "ada", NOON, said)
    before = last_event(desk)
    actions.save_group(desk, "ada", NOON, group)
    assert touched(desk, before, NOON, NOON).components == {component_id(desk)}


def test_time_touches_components(desk: Desk) -> None:
    declared(desk, NOON)
    last = last_event(desk)
    every = {component_id(desk, key) for key in ("wallet", "login", "messages")}
    assert touched(desk, last, NOON, NOON + 11 * HOUR).components == frozenset()
    seen = touched(desk, last, NOON, NOON + 12 * HOUR)
    assert seen.components == every
    assert seen.months == {"2020-12"}


def test_everything_is_everything(desk: Desk) -> None:
    with desk.db.read() as session:
        seen = queries.everything(session)
    assert len(seen.components) == 3
    assert seen.archive


def test_what_is_told_afterwards_touches_each_month_in_which_it_lasted(desk: Desk) -> None:
    november, february = datetime(2020, 11, 30, 11, tzinfo=UTC), datetime(2021, 2, 9, tzinfo=UTC)
    for began in (november - 31 * DAY, november, NOON, february):
        backdated(desk, began, began + HOUR, february + DAY)
    before = last_event(desk)
    backdated(desk, november, NOON, february + DAY)
    seen = touched(desk, before, february + DAY, february + DAY)
    assert seen.months == {"2020-11", "2020-12"}
    before = last_event(desk)
    backdated(desk, NOON, february, february + DAY)
    seen = touched(desk, before, february + DAY, february + DAY)
    assert seen.months == {"2020-12", "2021-02"}, "in January nothing began: it has no page"


# The archive


def test_a_short_archive_goes_with_what_happened(desk: Desk) -> None:
    before = last_event(desk)
    declared(desk, NOON)
    assert touched(desk, before, NOON, NOON).archive
    assert not touched(desk, last_event(desk), NOON, NOON).archive


def test_the_archive_waits_for_a_quiet_minute(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("incidents.queries._touched.SHORT_ARCHIVE", 0)
    before = last_event(desk)
    declared(desk, NOON)
    last = last_event(desk)
    for seen_at in (NOON, NOON + DAY):  # a target may have been away
        assert not touched(desk, before, NOON, seen_at, before).archive
        assert not touched(desk, last, seen_at, seen_at + timedelta(seconds=59), before).archive
        assert touched(desk, last, seen_at, seen_at + MINUTE, before).archive
        assert not touched(desk, last, seen_at, seen_at + MINUTE, last).archive


def test_what_the_public_does_not_see_leaves_the_archive_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.queries._touched.SHORT_ARCHIVE", 0)
    declared(desk, NOON)
    known = last_event(desk)
    actions.set_role(desk, "ada", NOON, "bea", Role.VIEWER)
    assert last_event(desk) > known
    assert not touched(desk, last_event(desk), NOON, NOON + MINUTE, known).archive


def test_the_archive_lists_every_entry(desk: Desk) -> None:
    first = declared(desk, NOON)
    resolved(desk, first.incident_id, NOON + 90 * MINUTE)
    second = scheduled(desk, NOON + 2 * HOUR)
    with desk.db.read() as session:
        entries = Reader(session, desk.service, desk.texts, NOON + DAY).archive().entries
    assert [item.id for item in entries] == [second.incident_id, first.incident_id]
    assert (entries[1].minutes, entries[1].first_notice_after) == (90, 0)
    assert (entries[0].minutes, entries[0].first_notice_after) == (None, None)
    assert entries[1].components == ({"it": "Portafoglio", "en": "Wallet"},)
