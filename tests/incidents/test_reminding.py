"""Reminders of planned work: once, at their hour, and never of what is not to come any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incidents import actions
from incidents.actions import Desk
from incidents.models import Delivery, Publication
from incidents.reminders import Reminders
from incidents.status import DeliveryState, PublicationKind
from tests.conftest import NOON
from tests.incidents.builders import HOUR, MINUTE, scheduled
from tests.incidents.test_actions_incident import overview

DAY = timedelta(days=1)
STARTS = NOON + 10 * DAY


@pytest.fixture
def remembering(desk: Desk) -> Desk:
    return replace(desk, reminders=Reminders((7 * DAY, DAY), frozenset({"log"})))


def planned(desk: Desk, **data: Any) -> str:
    return scheduled(desk, starts_at=STARTS, ends_at=STARTS + 2 * HOUR, **data).incident_id or ""


def reminders(desk: Desk) -> list[Publication]:
    with desk.db.read() as session:
        query = select(Publication).where(Publication.kind == PublicationKind.REMINDER)
        return list(session.scalars(query.order_by(Publication.event_seq)))


def deliveries(desk: Desk) -> list[Delivery]:
    with desk.db.read() as session:
        query = select(Delivery).join(Publication)
        found = query.where(Publication.kind == PublicationKind.REMINDER)
        return list(session.scalars(found.order_by(Delivery.seq)))


def test_each_hour_of_it_has_one_reminder(remembering: Desk) -> None:
    planned(remembering)
    assert actions.catch_up(remembering, STARTS - 7 * DAY - MINUTE) == []
    for moment in (STARTS - 7 * DAY, STARTS - 7 * DAY + MINUTE, STARTS - DAY, STARTS - HOUR):
        actions.catch_up(remembering, moment)
    assert [row.at for row in reminders(remembering)] == [STARTS - 7 * DAY, STARTS - DAY]


def test_it_says_when_in_every_language_and_until_then(remembering: Desk) -> None:
    planned(remembering)
    actions.catch_up(remembering, STARTS - DAY)
    (said,) = reminders(remembering)
    assert set(said.texts) == {"it", "en"}
    assert said.texts["it"]["short"] == (
        "Promemoria: Lavori al Portafoglio, dalle 12:00 di giovedì 17 dicembre "
        "alle 14:00 di giovedì 17 dicembre."
    )
    assert "Thursday 17 December 2020" in said.texts["en"]["body"]
    (delivery,) = deliveries(remembering)
    assert (delivery.channel, delivery.expires_at) == ("log", STARTS)


def test_lists_get_it_and_other_accounts_do_not(remembering: Desk) -> None:
    desk = replace(remembering, channels=("x", "log", "email"), lists=("email",))
    planned(desk)
    actions.catch_up(desk, STARTS - DAY)
    assert {row.channel for row in deliveries(desk)} == {"log", "email"}


def test_feeds_have_it(remembering: Desk) -> None:
    planned(remembering)
    actions.catch_up(remembering, STARTS - DAY)
    newest = overview(remembering, STARTS - DAY).publications[0]
    assert newest.kind is PublicationKind.REMINDER


def test_of_what_was_missed_only_the_latest_is_said(remembering: Desk) -> None:
    planned(remembering)
    actions.catch_up(remembering, STARTS - HOUR)
    assert [row.at for row in reminders(remembering)] == [STARTS - HOUR]


def test_none_of_work_that_has_begun_meanwhile(remembering: Desk) -> None:
    planned(remembering)
    actions.catch_up(remembering, STARTS + MINUTE)
    assert reminders(remembering) == []


def test_none_where_it_was_announced_later(remembering: Desk) -> None:
    scheduled(remembering, starts_at=NOON + 12 * HOUR, ends_at=NOON + 13 * HOUR)
    actions.catch_up(remembering, NOON + HOUR)
    assert reminders(remembering) == []


def test_none_of_what_was_called_off_and_none_that_still_waits(remembering: Desk) -> None:
    incident = planned(remembering)
    actions.catch_up(remembering, STARTS - 7 * DAY)
    actions.cancel(remembering, "bea", STARTS - 6 * DAY, incident)
    actions.catch_up(remembering, STARTS - DAY)
    assert len(reminders(remembering)) == 1
    assert [row.state for row in deliveries(remembering)] == [DeliveryState.SUPERSEDED]


def test_none_of_an_expected_strain_and_none_unless_they_are_wanted(
    remembering: Desk, desk: Desk
) -> None:
    planned(remembering, kind="advance_notice")
    actions.catch_up(remembering, STARTS - DAY)
    planned(desk, key="other")
    actions.catch_up(desk, STARTS - DAY)
    assert reminders(remembering) == []
