"""Webhooks and browsers, told by the lists' process over real connections."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incidents import actions
from incidents.actions import Desk
from incidents.db import Database
from incidents.models import Delivery
from incidents.status import DeliveryState, ListMode
from incidents.subscribers import Retention
from publishers.lists._base import Carrier
from publishers.lists._outgoing import Outgoing
from publishers.lists._push_crypto import Vapid, new_private_key
from publishers.lists.push import List as Push
from publishers.lists.webhook import List as Webhooks
from statuspage.clock import Clock
from statuspage.letters import Writer
from statuspage.lists import Lists
from statuspage.subscriber_links import Purpose, read_token, webhook_secret
from tests.conftest import NOON
from tests.incidents.builders import declared, resolved
from tests.incidents.subscribers.builders import all_of, subscribed
from tests.publishers.lists._browser import Device
from tests.publishers.lists._receiver import (
    OK,
    Certified,
    Heard,
    Receiver,
    answer,
    certified,
    receiver,
)

KEY = "k" * 40
OLD_KEY = "o" * 40
WEBHOOK, PUSH = ListMode.WEBHOOK, ListMode.PUSH
HOST = "hooks.example.org"


class ATime(Clock):
    """Stands still where it was put."""

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON + timedelta(seconds=11)

    def now(self) -> Any:
        return self.at


@pytest.fixture
def desk(make_desk: Callable[..., Desk], db: Database) -> Desk:
    return make_desk(db, ("x", "webhook", "push"))


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return certified(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture
def server(tls: Certified) -> Iterator[Receiver]:
    with receiver(tls=tls.server) as made:
        yield made


@pytest.fixture
def lists(desk: Desk, tls: Certified) -> Iterator[Lists]:
    def outgoing() -> Outgoing:
        return Outgoing(
            timeout=5, private=True, tls=tls.client, resolve=lambda host, port: ["127.0.0.1"]
        )

    def secrets(subscriber: str) -> list[str]:
        return [webhook_secret(key, subscriber) for key in (KEY, OLD_KEY)]

    vapid = Vapid(new_private_key(), "mailto:web@example.org")
    makers: dict[ListMode, Callable[[], Carrier]] = {
        WEBHOOK: lambda: Webhooks(secrets, "Avviso", outgoing()),
        PUSH: lambda: Push(vapid, "Avviso", outgoing()),
    }
    writer = Writer(desk, [KEY, OLD_KEY], timedelta(hours=48), timedelta(hours=24))
    made = Lists(desk, ATime(), writer, makers, Retention())
    yield made
    for carrier in (*made.rounds.values(), *made.letters.values()):
        carrier.close()


def later(lists: Lists, by: timedelta) -> None:
    assert isinstance(lists.clock, ATime)
    lists.clock.at += by


def hooked(desk: Desk, server: Receiver, path: str = "/hook", **chosen: Any) -> str:
    url = server.url(path, "https", HOST)
    return subscribed(desk, url, mode=WEBHOOK, **chosen).address_key


def told(server: Receiver, what: str) -> list[dict[str, Any]]:
    messages = [json.loads(heard.body) for heard in server.heard]
    return [message for message in messages if what in message]


def test_a_receiver_hears_of_the_incident_and_of_the_component(
    desk: Desk, lists: Lists, server: Receiver
) -> None:
    hooked(desk, server)
    declared(desk)
    while lists.walk_next(WEBHOOK):
        pass
    (incident,) = told(server, "incident")
    assert incident["incident"]["status"] == "investigating"
    assert incident["incident"]["components"][0]["name"] == "Portafoglio"
    (change,) = told(server, "component")
    assert change["component_update"]["new_status"] == "major_outage"
    keys = [heard.headers["Avviso-Delivery"] for heard in server.heard]
    assert len(set(keys)) == 2


def test_its_signature_is_by_the_secrets_that_its_owner_was_shown(
    desk: Desk, lists: Lists, server: Receiver
) -> None:
    known = hooked(desk, server)
    declared(desk)
    lists.walk_next(WEBHOOK)
    heard = server.heard[0]
    moment, *macs = heard.headers["Avviso-Signature"].split(",")
    signed = f"{moment.removeprefix('t=')}.".encode() + heard.body
    assert macs == [
        f"v1={hmac.digest(webhook_secret(key, known).encode(), signed, 'sha256').hex()}"
        for key in (KEY, OLD_KEY)
    ]


def test_the_link_in_it_unsubscribes_this_receiver_alone(
    desk: Desk, lists: Lists, server: Receiver
) -> None:
    known = {path: hooked(desk, server, path) for path in ("/one", "/two")}
    declared(desk)
    lists.walk_next(WEBHOOK)
    for heard in server.heard:
        link = json.loads(heard.body)["meta"]["unsubscribe"]
        token = read_token([KEY], Purpose.UNSUBSCRIBE, link.rpartition("/")[2], NOON)
        assert token is not None
        assert (token.mode, token.subject) == (WEBHOOK, known[heard.path])


def test_an_answer_to_a_question_is_no_news_for_a_program(
    desk: Desk, lists: Lists, server: Receiver
) -> None:
    hooked(desk, server)
    incident = declared(desk).incident_id
    lists.walk_next(WEBHOOK)
    before = len(server.heard)
    later(lists, timedelta(minutes=1))
    actions.post_answer(
        desk, "bea", lists.clock.now(), {"incident": incident, "answer": "transaction-counting"}
    )
    later(lists, timedelta(seconds=11))
    assert lists.walk_next(WEBHOOK)
    assert not told(server, "incident")[before:]
    with desk.db.read() as session:
        states = session.scalars(select(Delivery.state).where(Delivery.channel == "webhook"))
        assert set(states) == {DeliveryState.SENT}


def test_what_is_tried_again_tells_how_it_is_by_then(
    desk: Desk, lists: Lists, tls: Certified
) -> None:
    answers = iter([answer("503 Away"), OK, OK])
    with receiver(lambda heard: next(answers), tls.server) as server:
        hooked(desk, server)
        incident = declared(desk, components={}).incident_id
        lists.walk_next(WEBHOOK)
        later(lists, timedelta(minutes=1))
        resolved(desk, incident, lists.clock.now(), components={})
        assert lists.write_next(WEBHOOK)
    first, second = server.heard
    assert first.headers["Avviso-Delivery"] == second.headers["Avviso-Delivery"]
    states = [json.loads(heard.body)["incident"]["status"] for heard in server.heard]
    assert states == ["investigating", "resolved"]


def test_a_browser_reads_what_happened_and_one_that_is_gone_is_forgotten(
    desk: Desk, lists: Lists, tls: Certified
) -> None:
    devices = {"/alive": Device(), "/gone": Device()}

    def reply(heard: Heard) -> bytes:
        return OK if heard.path == "/alive" else answer("410 Gone")

    with receiver(reply, tls.server) as service:
        for path, device in devices.items():
            endpoint = service.url(path, "https", HOST)
            row = subscribed(desk, endpoint, mode=PUSH)
            with desk.db.claim() as session:
                session.merge(row).keys = device.keys
        declared(desk)
        lists.walk_next(PUSH)
    read = {heard.path: json.loads(devices[heard.path].read(heard.body)) for heard in service.heard}
    assert read["/alive"]["title"] == "Stiamo verificando: Portafoglio non disponibile"
    assert read["/alive"]["body"] == "Guasto in breve"
    assert [row.address for row in all_of(desk)] == [service.url("/alive", "https", HOST)]
