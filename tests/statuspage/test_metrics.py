"""What is measured of a page, and who may read it."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, update

from incidents import actions, outbox, queries
from incidents.actions import Desk
from incidents.db import Database
from incidents.models import Channel, Delivery
from incidents.status import ChannelState, DeliveryState
from statuspage.app import create_app
from statuspage.settings import Settings
from tests.conftest import NOON
from tests.incidents.builders import MINUTE, declared, resolved, updated, words
from tests.statuspage._watched import TOKEN, scraped, watched
from tests.statuspage._worker import HandClock

SECOND = timedelta(seconds=1)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return watched(tmp_path, database_url)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def client(settings: Settings, clock: HandClock) -> FlaskClient:
    return create_app(settings, clock).test_client()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN}", 200),
        (f"Basic {TOKEN}", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        ("Bearer", 401),
        ("Bearer \xe9", 401),
        (TOKEN, 401),
        (None, 401),
    ],
)
def test_metrics_are_for_the_bearer(client: FlaskClient, sent: str | None, status: int) -> None:
    answer = client.get("/metrics", headers={"Authorization": sent} if sent else {})
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["WWW-Authenticate"].lower().startswith("bearer ")
        assert "avviso_" not in answer.text
    assert TOKEN not in answer.text


def test_without_a_token_there_are_no_metrics(settings: Settings) -> None:
    monitor = dataclasses.replace(settings.monitor, token="")
    client = create_app(dataclasses.replace(settings, monitor=monitor)).test_client()
    for sent in ("Bearer ", "Bearer", ""):
        assert client.get("/metrics", headers={"Authorization": sent}).status_code == 404


def test_an_empty_page_is_measured(client: FlaskClient, desk: Desk) -> None:
    found = scraped(client)
    assert found["avviso_database_up"] == {(): 1.0}
    assert found["avviso_heartbeat_age_seconds"] == {(): float("inf")}
    assert set(found["avviso_deliveries"].values()) == {0.0}
    assert len(found["avviso_deliveries"]) == 2 * len(DeliveryState)
    assert found["avviso_channel_state"]["log", "on"] == 1.0
    assert found["avviso_promises_total"] == {("kept",): 0.0, ("broken",): 0.0}
    assert "avviso_recent_skew_seconds" not in found


def sent(desk: Desk, delivery: int, at: datetime) -> None:
    with desk.db.claim() as session:
        out = {"state": DeliveryState.SENT, "sent_at": at}
        session.execute(update(Delivery).where(Delivery.id == delivery).values(out))


def test_deliveries_and_channels(client: FlaskClient, desk: Desk, clock: HandClock) -> None:
    declared(desk)
    sent(desk, 1, NOON + 2 * SECOND)
    with desk.db.claim() as session:
        session.add(Channel(name="log", state=ChannelState.BROKEN, why="gone", since=NOON))
    clock.moment = NOON + 90 * SECOND
    found = scraped(client)
    counts = {key: value for key, value in found["avviso_deliveries"].items() if value}
    assert sorted(counts) == [("log", "pending"), ("x", "sent")]
    assert found["avviso_oldest_waiting_delivery_seconds"] == {("x",): 0.0, ("log",): 90.0}
    states = found["avviso_channel_state"]
    assert {key for key, value in states.items() if value} == {("x", "on"), ("log", "broken")}


def test_how_evenly_it_went_out(client: FlaskClient, desk: Desk) -> None:
    declared(desk)
    for delivery, seconds in ((1, 1), (2, 5)):
        sent(desk, delivery, NOON + seconds * SECOND)
    declared(desk, NOON + MINUTE, components={"login": "partial_outage"})
    sent(desk, 3, NOON + MINUTE + 3 * SECOND)
    found = scraped(client)
    assert set(found["avviso_recent_skew_seconds"]) == {("0.5",), ("0.9",), ("0.95",), ("1",)}
    assert set(found["avviso_recent_skew_seconds"].values()) == {4.0}
    first_posts = found["avviso_recent_first_post_seconds"]
    assert (first_posts["0.5",], first_posts["0.9",], first_posts["1",]) == (1.0, 3.0, 3.0)
    took = found["avviso_recent_delivery_seconds"]
    assert (took["x", "0.5"], took["x", "0.95"], took["log", "0.5"]) == (1.0, 3.0, 5.0)


def test_a_channel_that_has_not_what_the_page_has(
    client: FlaskClient, desk: Desk, clock: HandClock
) -> None:
    declared(desk)
    sent(desk, 1, NOON + SECOND)
    clock.moment = NOON + 3 * MINUTE
    assert scraped(client)["avviso_channel_behind"] == {("x",): 0.0, ("log",): 1.0}
    sent(desk, 2, NOON + 3 * MINUTE)
    assert scraped(client)["avviso_channel_behind"] == {("x",): 0.0, ("log",): 0.0}


def test_promises(client: FlaskClient, desk: Desk, clock: HandClock) -> None:
    first = declared(desk, next_update_by=NOON + 10 * MINUTE).incident_id
    updated(desk, first, NOON + 9 * MINUTE, next_update_by=NOON + 20 * MINUTE)
    updated(desk, first, NOON + 25 * MINUTE)
    resolved(desk, first, NOON + 30 * MINUTE)
    declared(desk, NOON, components={"login": "partial_outage"}, next_update_by=NOON + MINUTE)
    clock.moment = NOON + 2 * MINUTE
    found = scraped(client)
    assert found["avviso_promises_total"] == {("kept",): 1.0, ("broken",): 1.0}
    assert found["avviso_promises_overdue"] == {(): 1.0}
    open_now = {key: value for key, value in found["avviso_incidents_open"].items() if value}
    assert open_now == {("major",): 1.0}


def test_a_fault_that_nobody_was_told_of(client: FlaskClient, desk: Desk, clock: HandClock) -> None:
    said = {
        "name": {"it": "A", "en": "A"},
        "components": {"wallet": "major_outage"},
        "texts": words("A"),
    }
    for minutes in (4, 9):
        started = {"started_at": NOON - minutes * MINUTE}
        actions.save_draft(desk, "bea", NOON, "declare_incident", {**said, **started})
    assert scraped(client)["avviso_unannounced_fault_seconds"] == {(): 540.0}


def test_how_far_behind_a_target_is(client: FlaskClient, desk: Desk, clock: HandClock) -> None:
    latest = declared(desk).event
    outbox.show(desk.db, "one/page", latest - 1, NOON)
    outbox.show(desk.db, "two/page", latest, NOON)
    clock.moment = NOON + 30 * SECOND
    behind = scraped(client)["avviso_target_behind_seconds"]
    assert behind == {("one/page",): 30.0, ("two/page",): 0.0}


def test_a_scrape_is_a_few_statements_whatever_there_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def statements() -> int:
        counted: list[str] = []
        with desk.db.read() as session:
            connection: Any = session.connection()

            def note(*arguments: Any) -> None:
                counted.append(arguments[2])

            event.listen(connection, "before_cursor_execute", note)
            queries.readings(session, NOON + MINUTE, ["x", "log"])
        return len(counted)

    few = statements()
    for number in range(4):
        declared(desk, NOON + number * SECOND)
    outbox.show(desk.db, "page", 1, NOON + MINUTE)
    assert statements() == few <= 14


def test_actions_are_not_disturbed(client: FlaskClient, desk: Desk, db: Database) -> None:
    """Whoever watches takes no lock that a publication would wait for."""
    with db.write():
        # A busy machine may need longer than one scrape is given; a lock would hold all of them.
        assert any(scraped(client)["avviso_database_up"] == {(): 1.0} for _ in range(5))
