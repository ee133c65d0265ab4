"""Lists are as calm as accounts: quiet hours, and one letter for what flaps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from incidents.actions import Desk
from incidents.calm import Calm, QuietHours
from incidents.db import Database
from tests.conftest import ROME
from tests.incidents.builders import declared, updated
from tests.incidents.subscribers.builders import subscribed
from tests.statuspage.test_lists import EMAIL, ATime, lists_of, rounds_of

NIGHT = QuietHours(time(22), time(7))
EVENING = datetime(2020, 12, 8, 23, tzinfo=ROME)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(make_desk: Callable[..., Desk], db: Database) -> Desk:
    return make_desk(db, ("x", "email", "webhook"))


def test_a_quiet_list_tells_the_latest_state_in_the_morning(desk: Desk) -> None:
    desk = replace(desk, calm=Calm(quiet={"email": NIGHT}))
    subscribed(desk, "anna@example.org")
    slow = {"wallet": "degraded_performance"}
    incident = declared(desk, EVENING, components=slow).incident_id
    updated(desk, incident, EVENING + MINUTE, status="identified", components=slow)
    lists = lists_of(desk)
    assert isinstance(lists.clock, ATime)
    for minutes, expected in ((5, []), (479, []), (481, ["Causa trovata"])):
        lists.clock.at = EVENING + minutes * MINUTE
        while lists.walk_next(EMAIL):
            pass
        told = [each.news.statuses["it"] for each in rounds_of(lists).taken if each.news]
        assert told == expected
