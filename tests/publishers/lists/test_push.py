"""Web push: a service that takes messages, a browser that reads them, and what answers mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import structlog

from incidents.status import Impact, IncidentKind, PublicationKind, Status
from incidents.view import PublicText
from publishers.lists._base import Gone, Later, Letter, Outcome, Refused, Taken
from publishers.lists._outgoing import Outgoing
from publishers.lists._push_crypto import Vapid, new_private_key, public_key
from publishers.lists.push import LONGEST, List, message, ttl, urgency
from tests.publishers.lists._browser import Device
from tests.publishers.lists._news import AT, NEWS, letter, news
from tests.publishers.lists._receiver import OK, Heard, answer, certified, receiver
from tests.publishers.lists.test_push_crypto import claims

KEY = new_private_key()
CONTACT = "mailto:web@example.org"
NOW = AT.timestamp() + 60


def carrier(timeout: float = 5) -> List:
    outgoing = Outgoing(timeout=timeout, private=True)
    return List(Vapid(KEY, CONTACT), "Avviso/0", outgoing, lambda: NOW)


@pytest.fixture
def push() -> Iterator[List]:
    made = carrier()
    yield made
    made.close()


def to(device: Device, url: str, of: object = NEWS) -> Letter:
    return letter(url, of, keys=device.keys)  # type: ignore[arg-type]


def test_each_browser_reads_its_own_message(push: List) -> None:
    devices = {f"/push/{number}": Device() for number in range(5)}
    with receiver(lambda heard: answer("201 Created")) as service:
        letters = [to(device, service.url(path)) for path, device in devices.items()]
        assert push.carry(letters).outcomes == [Taken()] * 5
    for heard in service.heard:
        told = json.loads(devices[heard.path].read(heard.body))
        assert told == {
            "title": "Stiamo verificando: Accesso lento",
            "body": "Entrare richiede più tempo.",
            "url": "https://stato.example.it/incidents/abcdefghijkl/1/",
            "lang": "it",
            "tag": "abcdefghijkl",
        }


def test_a_service_is_told_what_it_has_to_know(push: List) -> None:
    with receiver() as service:
        push.carry([to(Device(), service.url("/push/a?b=c"), news(expires_at=AT))])
        push.carry([to(Device(), service.url("/push/b"))])
    headers = service.heard[1].headers
    assert claims(headers.pop("Authorization"))["aud"] == service.url("")
    assert int(headers.pop("Content-Length")) > 100
    assert headers == {
        "Host": f"127.0.0.1:{service.port}",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(48 * 3600),
        "Topic": "abcdefghijkl",
        "Urgency": "high",
        "User-Agent": "Avviso/0",
    }
    assert service.heard[0].headers["TTL"] == "0"


def test_over_tls_too(tmp_path: Path) -> None:
    tls = certified(tmp_path, "push.example.org")
    outgoing = Outgoing(
        timeout=5, private=True, tls=tls.client, resolve=lambda host, port: ["127.0.0.1"]
    )
    push = List(Vapid(KEY, CONTACT), "Avviso/0", outgoing, lambda: NOW)
    device = Device()
    with receiver(tls=tls.server) as service:
        url = service.url("/push/a", "https", "push.example.org")
        assert push.carry([to(device, url)]).outcomes == [Taken()]
        push.close()
    assert json.loads(device.read(service.heard[0].body))["tag"] == "abcdefghijkl"
    origin = f"https://push.example.org:{service.port}"
    assert claims(service.heard[0].headers["Authorization"])["aud"] == origin


ANSWERS: dict[str, tuple[bytes, Outcome]] = {
    "taken": (OK, Taken()),
    "taken for later": (answer("202 Accepted"), Taken()),
    "gone": (answer("410 Gone"), Gone("its service answered 410: nobody is subscribed there")),
    "unknown": (answer("404 No"), Gone("its service answered 404: nobody is subscribed there")),
    "too long": (
        answer("413 Too Large"),
        Refused("its service answered 413: the message is too long"),
    ),
    "another key": (
        answer("403 Forbidden"),
        Later("its service answered 403: it does not take our key"),
    ),
    "no key": (answer("401 No"), Later("its service answered 401: it does not take our key")),
    "not understood": (answer("400 Bad Request"), Later("its service answered 400")),
    "busy": (
        answer("429 Too Many Requests", "Retry-After: 60\r\n"),
        Later("its service answered 429", timedelta(minutes=1)),
    ),
    "away": (answer("500 No"), Later("its service answered 500")),
    "cut off": (b"HTTP/1.1 2", Later("the connection was cut off")),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_an_answer_means(push: List, name: str) -> None:
    said, outcome = ANSWERS[name]
    with receiver(lambda heard: said, closes=True) as service:
        carried = push.carry([to(Device(), service.url())])
    assert carried.outcomes == [outcome]
    assert carried.stopped is None


def test_dead_subscriptions_are_told_from_living_ones(push: List) -> None:
    def reply(heard: Heard) -> bytes | None:
        return {"/dead": answer("410 Gone"), "/fine": OK}[heard.path]

    with receiver(reply) as service:
        letters = [
            to(Device(), service.url("/fine")),
            letter(service.url("/keys"), keys={"p256dh": "BA", "auth": ""}),
            to(Device(), service.url("/dead")),
            letter(service.url("/none")),
            to(Device(), "https://169.254.169.254/push"),
            to(Device(), service.url("/change"), news(names={})),
            to(Device(), service.url("/fine"), None),
            to(Device(), service.url("/fine")),
        ]
        outcomes = push.carry(letters).outcomes
    kinds = [Taken, Gone, Gone, Gone, Refused, Refused, Refused, Taken]
    assert [type(each) for each in outcomes] == kinds
    assert sorted(heard.path for heard in service.heard) == ["/dead", "/fine", "/fine"]


def test_a_service_that_hangs_is_tried_again() -> None:
    push = carrier(timeout=0.3)
    with receiver(lambda heard: None) as service:
        assert push.carry([to(Device(), service.url())]).outcomes == [
            Later("no answer within 0.3 seconds")
        ]
        push.close()


def test_operators_see_that_our_key_is_refused(push: List) -> None:
    said = StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(said))
    with receiver(lambda heard: answer("403 Forbidden")) as service:
        push.carry([to(Device(), service.url()) for _ in range(3)])
    assert "push_key_refused" in said.getvalue()
    assert "127.0.0.1" not in said.getvalue()


def test_it_is_in_the_browsers_language() -> None:
    assert json.loads(message(NEWS, "en"))["title"] == "Investigating: Slow sign-in"
    assert json.loads(message(NEWS, "de"))["lang"] == "it"


def test_a_text_that_is_too_long_is_left_out_and_nothing_is_cut() -> None:
    long = {"it": PublicText("Titolo", "è" * LONGEST, "")}
    told = json.loads(message(news(texts=long), "it"))
    assert told["body"] == ""
    assert told["title"] == "Stiamo verificando: Accesso lento"
    assert len(message(news(texts=long), "it")) <= LONGEST


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "high"),
        ({"impact": Impact.CRITICAL}, "high"),
        ({"impact": Impact.MINOR}, "normal"),
        ({"first": False}, "normal"),
        ({"kind": PublicationKind.REMINDER}, "low"),
        ({"entry_kind": IncidentKind.MAINTENANCE}, "low"),
        ({"entry_kind": IncidentKind.ADVANCE_NOTICE}, "low"),
    ],
)
def test_what_a_device_is_woken_for(changes: dict[str, object], expected: str) -> None:
    assert urgency(news(**changes)) == expected


@pytest.mark.parametrize(
    ("changes", "hours"),
    [
        ({}, 48),
        ({"expires_at": AT + timedelta(hours=3)}, 3),
        ({"expires_at": AT + timedelta(days=9)}, 48),
        ({"expires_at": AT - timedelta(hours=1)}, 0),
        ({"status": Status.RESOLVED}, 12),
        ({"status": Status.COMPLETED, "expires_at": AT + timedelta(hours=48)}, 12),
    ],
)
def test_how_long_it_is_kept(changes: dict[str, object], hours: int) -> None:
    assert ttl(news(**changes), AT.timestamp()) == hours * 3600


def test_the_preview_is_what_is_shown(push: List) -> None:
    post = push.preview(NEWS, "en")
    assert post.text.splitlines() == [
        "Investigating: Slow sign-in",
        "Signing in takes longer.",
        "https://stato.example.it/en/incidents/abcdefghijkl/1/",
    ]
    assert post.length <= post.limit
    assert push.preview(news(names={}), "en").text == ""


def test_the_check_names_the_public_key_alone(push: List) -> None:
    assert public_key(KEY) in push.check()
    assert KEY not in push.check()
