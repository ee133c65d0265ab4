"""How evenly everyone is told: what each channel took, the skew, and who is left behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from incidents import actions, outbox, queries
from incidents.actions import Desk
from incidents.alike import Lag, Reached, left_behind, nearest_rank, skew, times
from incidents.models import Delivery, Publication
from incidents.queries import Alike
from incidents.status import DeliveryState
from tests.conftest import NOON, ROME
from tests.incidents._history import CHANNELS
from tests.incidents.builders import MINUTE, declared, updated
from tests.incidents.test_plans import ENTRIES, Lived, faults, kind, listening, lived

__all__ = ["kind", "lived"]

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
SENT, FAILED = DeliveryState.SENT, DeliveryState.FAILED
PENDING, UNCONFIRMED = DeliveryState.PENDING, DeliveryState.UNCONFIRMED


def reached(
    channel: str = "x",
    state: DeliveryState = SENT,
    due_at: datetime = NOON,
    sent_at: datetime | None = None,
) -> Reached:
    return Reached(channel, state, due_at, sent_at)


def settle(desk: Desk, channel: str, publication: str | None = None, **values: Any) -> int:
    """Make a channel's delivery, the newest unless told, look like this; answers its number."""
    with desk.db.claim() as session:
        found = select(Delivery).where(Delivery.channel == channel).order_by(Delivery.id.desc())
        if publication:
            found = found.where(Delivery.publication_id == publication)
        row = session.scalars(found).first()
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)
        return row.id


def sent(desk: Desk, channel: str, after: float, since: datetime = NOON) -> None:
    settle(desk, channel, state=SENT, sent_at=since + after * SECOND)


def look(desk: Desk, now: datetime = NOON + MINUTE, days: int = 30, tasks: Any = ()) -> Alike:
    accounts = [name for name in desk.channels if name not in tasks]
    with desk.db.read() as session:
        return queries.alike(session, now, ROME, days, accounts, tasks)


# What many durations come to


@pytest.mark.parametrize(
    ("share", "value"), [(0.5, 2.0), (0.51, 3.0), (0.95, 4.0), (1.0, 4.0), (0.01, 1.0)]
)
def test_the_nearest_rank_is_one_of_them(share: float, value: float) -> None:
    assert nearest_rank([1.0, 2.0, 3.0, 4.0], share) == value


def test_nothing_is_no_duration_and_not_zero_seconds() -> None:
    assert (times([]).number, times([]).p50, times([]).slowest) == (0, None, None)


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_as_many_as_said_are_no_slower(values: list[float]) -> None:
    found = times(values)
    assert found.p95 is not None
    assert found.slowest == max(values)
    assert sum(value <= found.p95 for value in values) >= 0.95 * len(values)


# The skew, and who is left behind


def test_what_was_meant_to_wait_counts_from_then_on() -> None:
    quiet = reached("log", due_at=NOON + 60 * MINUTE, sent_at=NOON + 60 * MINUTE + 2 * SECOND)
    assert skew([reached(sent_at=NOON + SECOND), quiet]) == 1.0


def test_a_clock_that_was_set_back_makes_nothing_fast() -> None:
    assert reached(sent_at=NOON - SECOND).took == 0.0


@pytest.mark.parametrize(
    ("each", "passed", "lag"),
    [
        (reached(sent_at=NOON + 119 * SECOND), 10 * MINUTE, None),
        (reached(sent_at=NOON + 122 * SECOND), 10 * MINUTE, Lag.LATE),
        (reached(state=PENDING), 2 * MINUTE, None),
        (reached(state=PENDING), 2 * MINUTE + SECOND, Lag.WAITING),
        (reached(state=PENDING, due_at=NOON + 60 * MINUTE), 10 * MINUTE, None),
        (reached(state=DeliveryState.SENDING), 3 * MINUTE, Lag.WAITING),
        (reached(state=UNCONFIRMED), MINUTE, None),
        (reached(state=UNCONFIRMED), 3 * MINUTE, Lag.UNCONFIRMED),
        (reached(state=FAILED), timedelta(0), Lag.FAILED),
        (reached(state=DeliveryState.SUPERSEDED), 10 * MINUTE, None),
    ],
)
def test_who_has_not_what_others_have_is_named(
    each: Reached, passed: timedelta, lag: Lag | None
) -> None:
    found = left_behind([reached("log", sent_at=NOON + SECOND), each], NOON + passed)
    assert found == ({"x": lag} if lag else {})


# A period


def test_each_channel_is_told_with_what_it_took(desk: Desk) -> None:
    for minute, (one, other) in enumerate([(1, 2), (3, 10), (2, 3)]):
        at = NOON + minute * MINUTE
        declared(desk, now=at)
        sent(desk, "x", one, at)
        sent(desk, "log", other, at)
    declared(desk, now=NOON + 4 * MINUTE)
    settle(desk, "x", state=FAILED)
    settle(desk, "log", state=UNCONFIRMED)
    found = look(desk, NOON + 5 * MINUTE)
    x, log = found.channels
    assert (x.channel, x.times.number, x.times.p50, x.times.p95) == ("x", 3, 2.0, 3.0)
    assert (x.failed, x.unconfirmed, log.failed, log.unconfirmed) == (1, 0, 0, 1)
    assert log.times.slowest == 10.0
    assert (found.skew.number, found.skew.p50, found.skew.p95) == (3, 1.0, 7.0)


def test_a_persons_job_is_told_but_is_in_no_skew(desk: Desk) -> None:
    declared(desk)
    sent(desk, "x", 1)
    sent(desk, "log", 500)
    found = look(desk, NOON + 60 * MINUTE, tasks=("log",))
    assert [(each.channel, each.personal) for each in found.channels] == [
        ("x", False),
        ("log", True),
    ]
    assert found.channels[1].times.p50 == 500.0
    assert (found.skew.number, found.recent[0].skew, found.behind) == (0, None, [])


def test_each_local_day_is_a_step_and_a_long_period_goes_by_the_week(desk: Desk) -> None:
    late = NOON.replace(hour=22, minute=59)  # 23:59 in Rome, where the next day begins at 23:00
    for at in (late, late + 2 * MINUTE):
        declared(desk, now=at)
        sent(desk, "x", 1, at)
        sent(desk, "log", 2, at)
    found = look(desk, late + 2 * MINUTE, days=3)
    assert [step.skew.number for step in found.steps] == [0, 1, 1]
    assert [step.channels["x"].number for step in found.steps] == [0, 1, 1]
    assert [step.start.astimezone(ROME).hour for step in found.steps] == [0, 0, 0]
    assert not found.weekly
    weeks = look(desk, late + 2 * MINUTE, days=60)
    assert (weeks.weekly, len(weeks.steps), weeks.steps[-1].skew.number) == (True, 9, 2)


def test_what_is_older_than_the_period_is_left_out(desk: Desk) -> None:
    declared(desk)
    sent(desk, "x", 1)
    later = NOON + 7 * DAY
    assert look(desk, later, days=8).channels[0].times.number == 1
    assert look(desk, later, days=7).channels[0].times.number == 0


def test_without_a_publication_there_is_nothing_to_tell(desk: Desk) -> None:
    found = look(desk)
    assert (found.skew.number, found.page.number, found.recent) == (0, 0, [])
    assert [each.times.number for each in found.channels] == [0, 0]


def test_sent_again_by_a_person_counts_from_the_beginning(desk: Desk) -> None:
    declared(desk)
    delivery = settle(desk, "x", state=FAILED)
    for minutes in (10, 20):
        actions.retry_delivery(desk, "bea", NOON + minutes * MINUTE, delivery)
        settle(desk, "x", state=FAILED)
    settle(desk, "x", state=SENT, sent_at=NOON + 20 * MINUTE + SECOND)
    assert look(desk, NOON + 30 * MINUTE).channels[0].times.p50 == 1201.0


# The page


def publication(desk: Desk) -> Publication:
    with desk.db.read() as session:
        row = session.scalars(select(Publication).order_by(Publication.event_seq.desc())).first()
        assert row is not None
        return row


def test_when_the_page_had_it_is_known_from_the_first_place_that_showed_it(desk: Desk) -> None:
    event = declared(desk).event
    outbox.show(desk.db, "one/page", event - 1, NOON, 5)
    assert publication(desk).shown_at is None
    outbox.show(desk.db, "one/page", event, NOON, 250, timedelta(milliseconds=250))
    outbox.show(desk.db, "two/page", event, NOON + MINUTE, 60_000)
    found = look(desk)
    assert (found.page.number, found.page.p50) == (1, 0.25)
    sent(desk, "x", 1)
    assert look(desk).recent[0].page == 0.25


def test_a_new_place_says_nothing_of_what_is_old(desk: Desk) -> None:
    event = declared(desk).event
    outbox.show(desk.db, "new/page", event, NOON + 2 * DAY, None)
    assert publication(desk).shown_at is None
    outbox.show(desk.db, "newer/page", event, NOON + 2 * DAY, 5)
    assert publication(desk).shown_at is None


# One by one, and now


def test_recent_publications_name_who_was_left_behind(desk: Desk) -> None:
    entry = declared(desk).incident_id
    sent(desk, "x", 1)
    sent(desk, "log", 301)
    updated(desk, entry, NOON + 10 * MINUTE)
    settle(desk, "x", state=SENT, sent_at=NOON + 10 * MINUTE)
    newer, older = look(desk, NOON + 13 * MINUTE).recent
    assert (older.skew, older.behind, older.reference) == (300.0, {"log": Lag.LATE}, "1/1")
    assert (newer.skew, newer.behind) == (None, {"log": Lag.WAITING})
    assert [each.channel for each in newer.reached] == ["x", "log"]


def behind(desk: Desk, now: datetime) -> list[tuple[str, Lag, int, str]]:
    with desk.db.read() as session:
        found = queries.laggards(session, now, desk.channels)
    return [(each.channel, each.why, each.number, each.reference) for each in found]


def test_who_is_left_behind_now_is_named_with_why(desk: Desk) -> None:
    declared(desk)
    sent(desk, "log", 1)
    assert behind(desk, NOON + 2 * MINUTE - SECOND) == []
    assert behind(desk, NOON + 3 * MINUTE) == [("x", Lag.WAITING, 1, "1/1")]
    settle(desk, "x", state=FAILED)
    assert behind(desk, NOON + SECOND) == [("x", Lag.FAILED, 1, "1/1")]
    assert behind(desk, NOON + 8 * DAY) == []
    settle(desk, "x", state=DeliveryState.SUPERSEDED)
    assert behind(desk, NOON + 3 * MINUTE) == []


def test_who_has_the_latest_of_an_entry_is_not_behind(desk: Desk) -> None:
    entry = declared(desk).incident_id
    sent(desk, "log", 1)
    settle(desk, "x", state=FAILED)
    updated(desk, entry, NOON + 5 * MINUTE)
    sent(desk, "log", 1, NOON + 5 * MINUTE)
    assert behind(desk, NOON + 5 * MINUTE) == [("x", Lag.FAILED, 1, "1/1")]
    sent(desk, "x", 1, NOON + 5 * MINUTE)
    assert behind(desk, NOON + 8 * MINUTE) == []


def test_a_channel_that_stands_still_is_behind_once_something_was_published(desk: Desk) -> None:
    actions.pause_channel(desk, "carlo", NOON - MINUTE, "x", "credito")
    assert behind(desk, NOON) == []
    declared(desk)
    sent(desk, "log", 1)
    assert behind(desk, NOON + SECOND) == [("x", Lag.PAUSED, 0, "")]
    outbox.break_channel(desk.db, "log", NOON + MINUTE, "no credit")
    assert behind(desk, NOON + 2 * MINUTE) == [("x", Lag.PAUSED, 0, "")]


def test_what_waits_behind_a_broken_account_is_said_to_be_broken(desk: Desk) -> None:
    declared(desk)
    sent(desk, "log", 1)
    outbox.break_channel(desk.db, "x", NOON + MINUTE, "no credit")
    assert behind(desk, NOON + 3 * MINUTE) == [("x", Lag.BROKEN, 1, "1/1")]


# However much there is


def test_nothing_is_looked_for_without_an_index(kind: str, lived: Lived) -> None:
    desk = lived(kind, ENTRIES).desk
    with listening(desk.db) as asked, desk.db.read() as session:
        found = queries.alike(session, NOON, ROME, 7, CHANNELS)
    assert found.skew.number > 50
    assert asked.count <= 8
    assert faults(desk.db, asked) == {}
