"""Webhooks: what a receiver gets, how it knows that it is ours, and what its answers mean."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from incidents.status import PublicationKind
from publishers.channels._base import ChannelBroken
from publishers.lists._base import Gone, Later, Outcome, Refused, Taken
from publishers.lists._outgoing import Outgoing
from publishers.lists.webhook import REPLAY_WINDOW, List, sign
from tests.publishers.lists._news import NEWS, letter, news
from tests.publishers.lists._receiver import OK, Heard, Receiver, answer, receiver

NOW = 1_607_374_140


def carrier(*, timeout: float = 5, private: bool = True) -> List:
    def secrets(subscriber: str) -> list[str]:
        return [f"new {subscriber}", f"old {subscriber}"]

    outgoing = Outgoing(timeout=timeout, private=private)
    return List(secrets, "Avviso/0 (+https://stato.example.it)", outgoing, lambda: NOW + 0.9)


@pytest.fixture
def hooks() -> Iterator[List]:
    made = carrier()
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def test_each_gets_the_message_with_a_link_of_its_own(hooks: List, server: Receiver) -> None:
    urls = [server.url("/one"), server.url("/two")]
    carried = hooks.carry([letter(url) for url in urls])
    assert carried.stopped is None
    assert carried.outcomes == [Taken(), Taken()]
    told = {heard.path: json.loads(heard.body) for heard in server.heard}
    for path in ("/one", "/two"):
        meta = told[path].pop("meta")
        assert list(meta) == ["unsubscribe", "documentation", "generated_at"]
        assert meta["unsubscribe"] == letter(path).links.unsubscribe
        assert told[path] == {
            "page": {"id": "cashback0001"},
            "incident": {"name": "Accesso «lento»"},
        }


def test_it_is_in_the_subscribers_language(hooks: List, server: Receiver) -> None:
    hooks.carry([letter(server.url("/en"), locale="en"), letter(server.url("/de"), locale="de")])
    names = {heard.path: json.loads(heard.body)["incident"]["name"] for heard in server.heard}
    assert names == {"/en": "Slow sign-in", "/de": "Accesso «lento»"}


def test_it_says_what_it_is_and_who_calls(hooks: List, server: Receiver) -> None:
    hooks.carry([letter(server.url("/one"))])
    headers = server.heard[0].headers
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == "Avviso/0 (+https://stato.example.it)"
    assert headers["Avviso-Delivery"] == "key-/one"


def test_it_is_signed_with_every_key(hooks: List, server: Receiver) -> None:
    hooks.carry([letter(server.url("/one"), subscriber="ada")])
    heard = server.heard[0]
    moment, *macs = heard.headers["Avviso-Signature"].split(",")
    assert moment == f"t={NOW}"
    assert macs == [
        "v1="
        + hmac.new(
            f"{age} ada".encode(), f"{NOW}.".encode() + heard.body, hashlib.sha256
        ).hexdigest()
        for age in ("new", "old")
    ]


def test_a_signature_is_of_time_and_body_both() -> None:
    known = sign(["secret"], NOW, b"{}")
    assert known == sign(["secret"], NOW, b"{}")
    others = [
        sign(["secret"], NOW + 1, b"{}"),
        sign(["secret"], NOW, b"{ }"),
        sign(["s"], NOW, b""),
    ]
    assert len({known.split(",")[1], *(each.split(",")[1] for each in others)}) == 4


def documented() -> Callable[..., bool]:
    """What the documentation shows to receivers."""
    page = Path(__file__).parents[3] / "docs" / "channels" / "webhook.md"
    (code,) = re.findall(
        r"^```python\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    found: Callable[..., bool] = namespace["is_ours"]
    return found


def test_a_receiver_that_does_as_documented_knows_it(hooks: List, server: Receiver) -> None:
    is_ours = documented()
    hooks.carry([letter(server.url("/one"), subscriber="ada")])
    heard = server.heard[0]
    signature = heard.headers["Avviso-Signature"]
    for age in ("new", "old"):
        assert is_ours(f"{age} ada", signature, heard.body, NOW + 299)
        assert is_ours(f"{age} ada", signature, heard.body, NOW - 299)
    assert not is_ours("another", signature, heard.body, NOW)
    assert not is_ours("new ada", signature, heard.body + b" ", NOW)
    for late in (NOW + REPLAY_WINDOW + 1, NOW - REPLAY_WINDOW - 1):
        assert not is_ours("new ada", signature, heard.body, late)
    for forged in ("", "t=,v1=", "v1=abc", signature.replace(f"t={NOW}", f"t={NOW + 1}")):
        assert not is_ours("new ada", forged, heard.body, NOW)


ANSWERS: dict[str, tuple[bytes, Outcome]] = {
    "taken": (OK, Taken()),
    "taken without a word": (b"HTTP/1.1 204 No Content\r\n\r\n", Taken()),
    "gone": (answer("410 Gone"), Gone("it answered 410: nobody is there any more")),
    "not there": (answer("404 Not Found"), Later("it answered 404")),
    "not understood": (answer("400 Bad Request"), Later("it answered 400")),
    "not allowed": (answer("401 Unauthorized"), Later("it answered 401")),
    "broken": (answer("500 Internal Server Error"), Later("it answered 500")),
    "moved": (
        answer("302 Found", "Location: https://example.org/\r\n"),
        Later("it answered 302: redirects are not followed"),
    ),
    "busy": (
        answer("429 Too Many Requests", "Retry-After: 90\r\n"),
        Later("it answered 429", timedelta(seconds=90)),
    ),
    "away": (
        answer("503 Service Unavailable", "Retry-After: 999999\r\n"),
        Later("it answered 503", timedelta(hours=1)),
    ),
    "cut off": (b"HTTP/1.1 200", Later("the connection was cut off")),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_an_answer_means(hooks: List, name: str) -> None:
    said, outcome = ANSWERS[name]
    with receiver(lambda heard: said, closes=True) as server:
        assert hooks.carry([letter(server.url())]).outcomes == [outcome]


def test_who_hangs_is_tried_again_and_nobody_else_waits() -> None:
    def reply(heard: Heard) -> bytes | None:
        return None if heard.path == "/hang" else OK

    hooks = carrier(timeout=0.3)
    with receiver(reply) as server:
        carried = hooks.carry([letter(server.url(path)) for path in ("/hang", "/fine")])
        hooks.close()
    assert carried.outcomes == [Later("no answer within 0.3 seconds"), Taken()]
    assert carried.stopped is None


def test_what_leads_inside_is_refused(server: Receiver) -> None:
    hooks = carrier(private=False)
    carried = hooks.carry([letter(server.url()), letter("https://169.254.169.254/")])
    hooks.close()
    assert [type(outcome) for outcome in carried.outcomes] == [Refused, Refused]
    assert server.connections == 0


def test_what_is_no_message_for_programs_is_not_sent(hooks: List, server: Receiver) -> None:
    urls = server.url("/none"), server.url("/hide"), server.url("/fine")
    letters = [letter(urls[0], None), letter(urls[1], news(payload={})), letter(urls[2])]
    assert [type(each) for each in hooks.carry(letters).outcomes] == [Refused, Refused, Taken]
    assert [heard.path for heard in server.heard] == ["/fine"]


def test_the_preview_is_the_message(hooks: List) -> None:
    told = json.loads(hooks.preview(NEWS, "en").text)
    assert told["incident"] == {"name": "Slow sign-in"}
    assert list(told["meta"]) == ["unsubscribe", "documentation", "generated_at"]
    assert hooks.preview(news(payload={}), "en").text == ""


def test_an_answer_to_a_question_changes_nothing_of_an_incident() -> None:
    assert set(PublicationKind) - set(List.KINDS) == {PublicationKind.ANSWER}


def test_the_check_counts_the_keys(hooks: List) -> None:
    assert hooks.check() == "messages are signed with 2 keys"
    unsigned = List(lambda subscriber: [], "Avviso", Outgoing(timeout=1))
    with pytest.raises(ChannelBroken):
        unsigned.check()
