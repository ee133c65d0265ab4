"""Wrong, huge, replayed, unsigned, malformed: a 4xx in one shape, and nothing is done."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from statuspage.alarms._base import LARGEST
from tests.alarms._house import SHOWN, Monitored, signed
from tests.alarms.test_drafts import alert, message
from tests.conftest import NOON

ENDS = NOON + timedelta(minutes=5)


def began(kind: str = "alarm.began", **data: Any) -> dict[str, Any]:
    told = {"id": "disk", "summary": "no room", "labels": {"service": "wallet"}, **data}
    return {"type": kind, "timestamp": NOON.isoformat(), "data": told}


def refused(house: Monitored, response: TestResponse, status: int) -> str:
    assert response.status_code == status, response.text
    assert set(response.json or {}) == {"error", "message"}
    alarms, drafts, incidents = house.rows()
    assert (alarms, drafts, incidents) == ([], [], [])
    assert response.json
    return str(response.json["message"])


@pytest.fixture
def house(with_settings: Callable[..., Monitored]) -> Monitored:
    return with_settings()


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {SHOWN}x",
        f"Token {SHOWN}",
        "Bearer \N{LATIN SMALL LETTER E WITH GRAVE}",
        "Basic !!!",
        "Basic " + base64.b64encode(b"any:wrong").decode(),
        "Basic " + base64.b64encode(SHOWN.encode()).decode(),
    ],
)
@pytest.mark.parametrize("name", ["prom", "grafana", "kuma"])
def test_whoever_does_not_show_the_secret(house: Monitored, name: str, shown: str) -> None:
    headers = {"Authorization": shown} if shown else {}
    response = house.client.post(f"/alarms/{name}", json=message(alert()), headers=headers)
    refused(house, response, 401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert SHOWN not in response.text


def test_the_secret_as_a_password_lets_in(house: Monitored) -> None:
    response = house.client.post("/alarms/prom", json=message(alert()), auth=("whoever", SHOWN))
    assert response.status_code == 200


def test_a_name_that_is_not_set(house: Monitored) -> None:
    refused(house, house.send("nobody", message(alert())), 404)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "the body"),
        (b"{", "the body"),
        (b"\xff\xfe", "the body"),
        (b"[" * 100_000, "the body"),
        (b'{"alerts": NaN}', "the body"),
        (b'{"alerts": "\\u0000"}', "U+0000"),
        (b'{"alerts": "\\ud800"}', "the body"),
        (b"[]", "the body"),
        (b"{}", "alerts"),
        (b'{"alerts": [{}]}', "alerts.0"),
        (b'{"alerts": [{"status": "fine"}]}', "alerts.0"),
    ],
)
def test_what_is_no_message(house: Monitored, body: bytes, says: str) -> None:
    response = house.client.post(
        "/alarms/prom", data=body, headers={"Authorization": f"Bearer {SHOWN}"}
    )
    assert says in refused(house, response, 400)


@pytest.mark.parametrize(
    "wrong",
    [
        {"startsAt": "yesterday"},
        {"startsAt": "2020-12-07T11:00:00"},
        {"startsAt": "0001-01-01T00:00:00Z"},
        {"status": "resolved"},
        {"fingerprint": ""},
        {"fingerprint": "f" * 256},
        {"labels": {"service": ["wallet"]}},
        {"labels": None},
    ],
)
def test_one_alarm_that_is_wrong_and_none_is_taken(house: Monitored, wrong: dict[str, Any]) -> None:
    refused(house, house.send("prom", message(alert("f1"), {**alert("f2"), **wrong})), 400)


def test_too_much_at_once(house: Monitored) -> None:
    refused(house, house.send("prom", message(*[alert()] * 501)), 400)
    long = {**message(alert()), "receiver": "x" * LARGEST}
    assert "larger" in refused(house, house.send("prom", long), 413)


def test_a_signed_message_is_taken(house: Monitored) -> None:
    response = house.client.post("/alarms/signed", **signed(began(), NOON))
    assert response.status_code == 200, response.text
    assert house.drafts[0].input["components"] == {"wallet": "partial_outage"}


def test_one_of_several_signatures_is_enough(house: Monitored) -> None:
    sent = signed(began(), NOON)
    good = sent["headers"]["webhook-signature"]
    sent["headers"]["webhook-signature"] = f"v1,AAAA v2,x {good}"
    assert house.client.post("/alarms/signed", **sent).status_code == 200


@pytest.mark.parametrize("without", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_message_that_is_not_signed(house: Monitored, without: str) -> None:
    sent = signed(began(), NOON)
    del sent["headers"][without]
    assert without in refused(house, house.client.post("/alarms/signed", **sent), 401)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook-id", "msg_2"),
        ("webhook-id", "m" * 256),
        ("webhook-timestamp", "1607338801"),
        ("webhook-timestamp", "-1"),
        ("webhook-timestamp", "\N{SUPERSCRIPT TWO}"),
        ("webhook-timestamp", "9" * 400),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,\N{SUPERSCRIPT TWO}"),
        ("webhook-signature", "v1a," + "A" * 44),
    ],
)
def test_a_signature_of_something_else(house: Monitored, header: str, value: str) -> None:
    sent = signed(began(), NOON)
    sent["headers"][header] = value
    refused(house, house.client.post("/alarms/signed", **sent), 401)


def test_a_body_that_was_changed(house: Monitored) -> None:
    sent = signed(began(), NOON)
    sent["data"] = sent["data"].replace(b"disk", b"desk")
    refused(house, house.client.post("/alarms/signed", **sent), 401)


def test_a_signature_with_another_key(house: Monitored) -> None:
    sent = signed(began(), NOON, key=bytes(32))
    refused(house, house.client.post("/alarms/signed", **sent), 401)


@pytest.mark.parametrize("apart", [timedelta(seconds=301), timedelta(seconds=-301)])
def test_a_signature_of_another_time(house: Monitored, apart: timedelta) -> None:
    sent = signed(began(), NOON + apart)
    assert "5 minutes" in refused(house, house.client.post("/alarms/signed", **sent), 401)


def test_the_same_message_again_is_refused_and_a_new_try_is_not(house: Monitored) -> None:
    sent = signed(began(), NOON)
    assert house.client.post("/alarms/signed", **sent).status_code == 200
    before = house.events()
    again = house.client.post("/alarms/signed", **sent)
    assert again.status_code == 409
    house.clock.at += timedelta(minutes=1)
    later = house.client.post("/alarms/signed", **signed(began("alarm.ended"), house.clock.at))
    assert later.json is not None
    assert (later.status_code, later.json["over"]) == (200, 0)
    assert house.events() == before


@pytest.mark.parametrize(
    "body",
    [
        {**began(), "type": "alarm.maybe"},
        {**began(), "timestamp": "noon"},
        began(id=""),
        began(extra=1),
        began(labels={"service": ""}),
    ],
)
def test_a_signed_message_that_says_nothing(house: Monitored, body: dict[str, Any]) -> None:
    refused(house, house.client.post("/alarms/signed", **signed(body, NOON)), 400)


def test_a_refused_message_does_not_use_up_its_name(house: Monitored) -> None:
    refused(house, house.client.post("/alarms/signed", **signed({}, NOON)), 400)
    assert house.client.post("/alarms/signed", **signed(began(), NOON)).status_code == 200


def test_a_database_that_is_gone_asks_to_send_again(
    house: Monitored, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.house.close()
    path = house.house.settings.data_path / "avviso.db"
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    response = house.send("prom", message(alert()))
    assert response.status_code == 503
    assert set(response.json or {}) == {"error", "message"}
