"""Lists are as calm as accounts: quiet hours, and one letter for what flaps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from incidents import actions
from incidents.actions import Desk
from incidents.calm import Calm, QuietHours
from incidents.db import Database
from incidents.status import ListMode
from statuspage.lists import Lists
from tests.conftest import NOON, ROME
from tests.incidents.builders import declared, resolved, scheduled, updated
from tests.incidents.subscribers.builders import subscribed
from tests.statuspage.test_lists import EMAIL, ATime, Recording, lists_of, rounds_of

NIGHT = QuietHours(time(22), time(7))
EVENING = datetime(2020, 12, 8, 23, tzinfo=ROME)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
WEBHOOK = ListMode.WEBHOOK


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


# What a component's change is to programs


@dataclass
class Hooks:
    """A list of webhooks, and the components' changes that it was told of."""

    lists: Lists

    def by(self, moment: datetime) -> list[str]:
        assert isinstance(self.lists.clock, ATime)
        self.lists.clock.at = moment
        while self.lists.walk_next(WEBHOOK):
            pass
        sent = [each.news for each in rounds_of(self.lists, WEBHOOK).taken if each.news]
        payloads = [news.payload["it"] for news in sent if "component_update" in news.payload["it"]]
        return [each["component_update"]["new_status"] for each in payloads]


@pytest.fixture
def flapping(desk: Desk) -> tuple[Desk, Hooks]:
    desk = replace(desk, calm=Calm(window=15 * MINUTE))
    subscribed(desk, "https://hooks.example.org/a", mode=WEBHOOK)
    return desk, Hooks(lists_of(desk, Recording, WEBHOOK))


def test_programs_are_told_once_a_window_of_a_component_that_flaps(
    flapping: tuple[Desk, Hooks],
) -> None:
    desk, hooks = flapping
    program = replace(desk, by_program=True)
    assert hooks.by(NOON) == []
    for minutes in range(0, 14, 2):
        incident = declared(program, NOON + minutes * MINUTE).incident_id
        hooks.by(NOON + minutes * MINUTE + 11 * SECOND)
        resolved(program, incident, NOON + (minutes + 1) * MINUTE)
        told = hooks.by(NOON + (minutes + 1) * MINUTE + 11 * SECOND)
        assert told == ["major_outage"]
    assert hooks.by(NOON + 16 * MINUTE) == ["major_outage", "operational"]
    assert hooks.by(NOON + 60 * MINUTE) == ["major_outage", "operational"]


def test_what_is_again_as_programs_know_it_is_not_told(flapping: tuple[Desk, Hooks]) -> None:
    desk, hooks = flapping
    program = replace(desk, by_program=True)
    incident = declared(program, NOON).incident_id
    hooks.by(NOON + 11 * SECOND)
    resolved(program, incident, NOON + MINUTE)
    declared(program, NOON + 2 * MINUTE)
    assert hooks.by(NOON + 60 * MINUTE) == ["major_outage"]


def test_a_persons_change_waits_for_no_window(flapping: tuple[Desk, Hooks]) -> None:
    desk, hooks = flapping
    incident = declared(replace(desk, by_program=True), NOON).incident_id
    hooks.by(NOON + 11 * SECOND)
    resolved(desk, incident, NOON + MINUTE)
    assert hooks.by(NOON + MINUTE + 11 * SECOND) == ["major_outage", "operational"]


def test_another_component_has_a_window_of_its_own(flapping: tuple[Desk, Hooks]) -> None:
    desk, hooks = flapping
    program = replace(desk, by_program=True)
    incident = declared(program, NOON).incident_id
    hooks.by(NOON + 11 * SECOND)
    resolved(program, incident, NOON + MINUTE)
    declared(program, NOON + 2 * MINUTE, components={"login": "degraded_performance"})
    told = hooks.by(NOON + 3 * MINUTE)
    assert told == ["major_outage", "degraded_performance"]
    assert hooks.by(NOON + 16 * MINUTE) == [*told, "operational"]


def test_small_changes_wait_for_the_morning(desk: Desk) -> None:
    desk = replace(desk, calm=Calm(quiet={"webhook": NIGHT}))
    subscribed(desk, "https://hooks.example.org/a", mode=WEBHOOK)
    hooks = Hooks(lists_of(desk, Recording, WEBHOOK))
    slow = declared(desk, EVENING, components={"wallet": "degraded_performance"}).incident_id
    declared(desk, EVENING + MINUTE, components={"login": "major_outage"})
    assert hooks.by(EVENING + 10 * MINUTE) == ["major_outage"]
    resolved(desk, slow, EVENING + 60 * MINUTE)
    assert hooks.by(EVENING + 479 * MINUTE) == ["major_outage"]
    assert hooks.by(EVENING + 481 * MINUTE) == ["major_outage", "operational"]


# Who follows one incident alone


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"follows": False}, [(0, "Risolto")]),
        ({}, [(0, "Risolto"), (1, "Stiamo verificando")]),
        (None, [(1, "Stiamo verificando")]),
    ],
)
def test_who_follows_one_incident_hears_its_end_though_it_flaps(
    desk: Desk, chosen: dict[str, bool] | None, expected: list[tuple[int, str]]
) -> None:
    desk = replace(desk, calm=Calm(window=15 * MINUTE), lists=("email",))
    program = replace(desk, by_program=True)
    lists = lists_of(desk)
    assert isinstance(lists.clock, ATime)
    first = declared(program, NOON).incident_id or ""
    followed: dict[str, Any] = {} if chosen is None else {"incidents": (first,), **chosen}
    subscribed(desk, "anna@example.org", **followed)
    lists.walk_next(EMAIL)
    resolved(program, first, NOON + MINUTE)
    entries = [first, declared(program, NOON + 2 * MINUTE).incident_id]
    lists.clock.at = NOON + 60 * MINUTE
    while lists.walk_next(EMAIL):
        pass
    news = [each.news for each in rounds_of(lists).taken[1:] if each.news]
    assert [(entries.index(each.entry), each.statuses["it"]) for each in news] == expected


def test_work_that_is_called_off_is_not_called_completed(desk: Desk) -> None:
    subscribed(desk, "anna@example.org")
    lists = lists_of(desk)
    incident = scheduled(desk, NOON).incident_id or ""
    lists.walk_next(EMAIL)
    actions.cancel(desk, "bea", NOON + SECOND, incident)
    assert isinstance(lists.clock, ATime)
    lists.clock.at = NOON + MINUTE
    assert lists.walk_next(EMAIL)
    told = [each.news.statuses["it"] for each in rounds_of(lists).taken if each.news]
    assert told == ["In programma", "Annullato"]
