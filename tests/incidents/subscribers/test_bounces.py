"""Letters that came back: when nothing more is sent, and when it is only counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incidents import subscribers
from incidents.actions import Desk
from incidents.db import Database
from incidents.status import ListMode
from incidents.subscribers import (
    KEY_PART,
    MOST_FAILURES,
    Bounced,
    BounceKind,
    Standing,
    SubscriberState,
    record_bounce,
)
from tests.conftest import NOON
from tests.incidents.subscribers.builders import asked, subscribed

DAY = timedelta(days=1)
KEY = subscribers.address_key(ListMode.EMAIL, "anna@example.org")


def anna(desk: Desk, key: str = KEY) -> Standing:
    with desk.db.read() as session:
        found = subscribers.look_up(session, ListMode.EMAIL, key)
    assert found is not None
    return found


def bounced(db: Database, days: float = 0, kind: BounceKind = BounceKind.FAILED) -> Bounced:
    return record_bounce(db, KEY[:KEY_PART], kind, NOON + days * DAY, "5.2.2")


def test_where_nobody_is_letters_stop_at_once(desk: Desk) -> None:
    subscribed(desk)
    other = subscribed(desk, "bea@example.org")
    assert bounced(desk.db, kind=BounceKind.NOBODY) is Bounced.QUARANTINED
    assert (anna(desk).state, anna(desk).why) == (
        SubscriberState.QUARANTINED,
        "letters came back: 5.2.2",
    )
    assert anna(desk, other.address_key).state is SubscriberState.ACTIVE


def test_where_somebody_may_be_letters_stop_after_some_days(desk: Desk) -> None:
    subscribed(desk)
    for day in range(MOST_FAILURES - 1):
        assert bounced(desk.db, day) is Bounced.COUNTED
        assert anna(desk).bounces == day + 1
    assert anna(desk).state is SubscriberState.ACTIVE
    assert bounced(desk.db, MOST_FAILURES - 1) is Bounced.QUARANTINED
    assert anna(desk).bounces == MOST_FAILURES


def test_many_letters_of_one_day_count_once(desk: Desk) -> None:
    subscribed(desk)
    for hour in range(MOST_FAILURES * 2):
        assert bounced(desk.db, hour / 24) is Bounced.COUNTED
    assert anna(desk).bounces == 1


def test_after_a_month_counting_begins_anew(desk: Desk) -> None:
    subscribed(desk)
    for day in (0, 1, 2, 3, 34):
        assert bounced(desk.db, day) is Bounced.COUNTED
    assert anna(desk).bounces == 1


def test_a_clock_that_was_set_back_stops_no_counting(desk: Desk) -> None:
    subscribed(desk)
    for day in (20, 0, 1, 2):
        assert bounced(desk.db, day) is Bounced.COUNTED
    assert anna(desk).bounces == 4


def test_who_complains_is_unsubscribed(desk: Desk) -> None:
    subscribed(desk)
    assert bounced(desk.db, kind=BounceKind.COMPLAINT) is Bounced.UNSUBSCRIBED
    assert anna(desk).state is SubscriberState.UNSUBSCRIBED
    assert anna(desk).active_since is None


@pytest.mark.parametrize("kind", BounceKind)
def test_nobody_is_hit_twice_or_by_mistake(desk: Desk, kind: BounceKind) -> None:
    assert bounced(desk.db, kind=kind) is Bounced.UNKNOWN
    asked(desk)
    assert bounced(desk.db, kind=kind) is Bounced.UNKNOWN
    subscribed(desk)
    # A half of a key, or another way to write it, is nobody's.
    for wrong in (KEY[: KEY_PART - 1], KEY[:KEY_PART].swapcase(), KEY, "%", ""):
        assert record_bounce(desk.db, wrong, kind, NOON) is Bounced.UNKNOWN
    bounced(desk.db, kind=BounceKind.NOBODY)
    assert bounced(desk.db, 1, kind=kind) is Bounced.UNKNOWN
    assert anna(desk).state is SubscriberState.QUARANTINED


def test_a_webhook_of_the_same_name_is_not_hit(desk: Desk) -> None:
    hook = subscribed(desk, "https://hook.example.org/", mode=ListMode.WEBHOOK)
    assert record_bounce(desk.db, hook.address_key[:KEY_PART], BounceKind.NOBODY, NOON) is (
        Bounced.UNKNOWN
    )


def test_who_comes_back_begins_anew(desk: Desk) -> None:
    subscribed(desk)
    bounced(desk.db, 0)
    bounced(desk.db, 1, kind=BounceKind.NOBODY)
    assert subscribers.come_back(desk.db, ListMode.EMAIL, KEY, NOON + 2 * DAY)
    assert anna(desk).bounces == 0
    assert bounced(desk.db, 2) is Bounced.COUNTED
    assert anna(desk).bounces == 1
