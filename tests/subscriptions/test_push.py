"""Browsers: what the page's script sends, what is let in, and that the secret is what opens it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from incidents import subscribers
from incidents.status import ListMode
from tests.subscriptions.conftest import ENDPOINT, POINT, SECRET, Public, words_of

KEYS = {"p256dh": POINT, "auth": SECRET}
EVERYTHING = {"locale": "it", "everything": True, "kinds": ["incident", "maintenance"]}
OTHER = base64.urlsafe_b64encode(b"another  browser").decode()


def ask(
    visitor: Public, endpoint: str = ENDPOINT, keys: Any = KEYS, choices: Any = EVERYTHING
) -> Any:
    body = {"endpoint": endpoint, "keys": keys, "choices": choices}
    return visitor.client.post("/subscribe/push", json=body)


def own(visitor: Public, do: str = "look", auth: Any = SECRET, **more: Any) -> Any:
    body = {"endpoint": ENDPOINT, "keys": {"auth": auth}, "do": do, **more}
    return visitor.client.post("/en/subscriptions/push", json=body)


def test_a_browser_is_told_from_now_on(visitor: Public) -> None:
    answer = ask(visitor)
    assert (answer.status_code, answer.json) == (201, {"state": "active"})
    (row,) = visitor.rows()
    assert (row.mode, row.address, row.state) == ("push", ENDPOINT, "active")
    assert row.keys == KEYS
    assert visitor.letters() == []


def test_it_asks_again_and_is_one(visitor: Public) -> None:
    ask(visitor)
    wallet = visitor.components["wallet"]
    ask(visitor, choices={"everything": False, "components": [wallet], "kinds": ["incident"]})
    (row,) = visitor.rows()
    with visitor.db.read() as session:
        assert subscribers.choices_of(session, row).components == (wallet,)


def test_one_incident_alone(visitor: Public, incident: Callable[..., str]) -> None:
    wanted = incident()
    ask(visitor, choices={"incident": wanted, "locale": "en"})
    with visitor.db.read() as session:
        choices = subscribers.choices_of(session, visitor.rows()[0])
    assert (choices.follows, choices.incidents, choices.locale) == (False, (wanted,), "en")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilgoogleapis.com/x",
        "https://fcm.googleapis.com@evil.example/x",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://evil.example/?fcm.googleapis.com",
        "https://evil.example#.push.apple.com",
        "https://evil.example\\.push.apple.com/",
        "",
    ],
)
def test_only_known_push_services_are_written_to(visitor: Public, endpoint: str) -> None:
    assert ask(visitor, endpoint).status_code == 422
    assert visitor.rows() == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/a:b",
        "https://updates.push.services.mozilla.com/wpush/v2/x",
        "https://web.push.apple.com/Q",
        "https://db5p.notify.windows.com/w/?token=B",
    ],
)
def test_those_of_the_browsers_are(visitor: Public, endpoint: str) -> None:
    assert ask(visitor, endpoint).status_code == 201
    assert visitor.rows()[0].address == endpoint


OFF_THE_CURVE = base64.urlsafe_b64encode(b"\x04" + bytes(63) + b"\x01").decode()


@pytest.mark.parametrize(
    "keys",
    [
        {"p256dh": OFF_THE_CURVE, "auth": SECRET},
        {"p256dh": POINT[:-4], "auth": SECRET},
        {"p256dh": POINT, "auth": SECRET[:-4]},
        {"p256dh": POINT, "auth": ""},
        {"p256dh": POINT, "auth": 7},
        {"p256dh": "é", "auth": SECRET},
        {"p256dh": ["x"], "auth": SECRET},
        {},
        "keys",
        None,
    ],
)
def test_keys_are_checked(visitor: Public, keys: Any) -> None:
    assert ask(visitor, keys=keys).status_code == 422
    assert visitor.rows() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{", b'{"endpoint": {"a": 1}}'])
def test_what_is_no_request_is_refused(visitor: Public, body: bytes) -> None:
    for path in ("/subscribe/push", "/subscriptions/push"):
        answer = visitor.post(path, body, content_type="application/json")
        assert answer.status_code in {400, 422} or answer.json == {"state": "none"}
    assert visitor.rows() == []


def test_other_sites_cannot_ask_without_asking_first(visitor: Public) -> None:
    """JSON needs a preflight (Fetch, 4.8), and nothing here answers one."""
    assert visitor.post("/subscribe/push", b"{}", content_type="text/plain").status_code == 400
    asked = visitor.client.options("/subscribe/push", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in asked.headers


def test_what_a_browser_gets_is_told_to_it_alone(visitor: Public) -> None:
    ask(visitor)
    answer = own(visitor)
    assert answer.json["state"] == "active"
    page = visitor.get(f"/en/subscriptions/{answer.json['manage']}")
    assert page.status_code == 200
    assert "What you get, in this browser" in words_of(page)
    assert ENDPOINT not in page.text
    for auth in (OTHER, "", "é", None, 5):
        assert own(visitor, auth=auth).json == {"state": "none"}
        assert own(visitor, "stop", auth=auth).json == {"state": "none"}
    assert len(visitor.rows()) == 1


def test_another_browser_cannot_take_its_place(visitor: Public) -> None:
    ask(visitor)
    assert ask(visitor, keys={"p256dh": POINT, "auth": OTHER}).status_code == 403
    assert visitor.rows()[0].keys == KEYS


def test_it_stops_and_nothing_is_kept(visitor: Public) -> None:
    ask(visitor)
    assert own(visitor, "stop").json == {"state": "none"}
    assert visitor.rows() == []
    assert own(visitor).json == {"state": "none"}


def test_it_moves_with_its_choices(visitor: Public) -> None:
    wallet = visitor.components["wallet"]
    ask(visitor, choices={"everything": False, "components": [wallet], "kinds": ["incident"]})
    to = {"endpoint": ENDPOINT + "2", "keys": {"p256dh": POINT, "auth": OTHER}}
    assert own(visitor, "move", to=to).json == {"state": "active"}
    (row,) = visitor.rows()
    assert row.address == ENDPOINT + "2"
    with visitor.db.read() as session:
        assert subscribers.choices_of(session, row).components == (wallet,)
    assert own(visitor, "move", to={"endpoint": "https://evil.example/"}).json == {"state": "none"}


def test_a_neighbourhood_is_slowed_down(visitor: Public) -> None:
    for number in range(subscribers.PER_NEIGHBOURHOOD):
        ask(visitor, f"{ENDPOINT}{number}")
    assert ask(visitor).status_code == 429


def test_a_browser_gets_no_letters_by_its_address(visitor: Public) -> None:
    ask(visitor)
    visitor.post("/subscribe/link", {"address": ENDPOINT})
    assert visitor.letters() == []
    assert visitor.rows()[0].mode is ListMode.PUSH
