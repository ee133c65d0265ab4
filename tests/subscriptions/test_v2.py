"""Statuspage's public subscriber API: as programs call it, and what its ids are good for."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from incidents import subscribers
from incidents.status import ListMode
from statuspage.subscriber_links import Purpose
from tests.subscriptions.conftest import Public

ADA = "ada@example.org"
ADDRESS = "/api/v2/subscribers.json"


def body(answer: TestResponse) -> Any:
    return answer.get_json()


def ask(visitor: Public, **fields: Any) -> Any:
    return visitor.client.post(ADDRESS, json={"subscriber": fields})


def test_an_address_is_subscribed_when_its_owner_confirms(visitor: Public) -> None:
    answer = ask(visitor, email=ADA)
    assert answer.status_code == 201
    told = answer.json["subscriber"]
    (row,) = visitor.rows()
    assert (told["id"], told["email"], told["mode"]) == (row.id, ADA, "email_sms")
    assert (told["state"], told["can_select_components"]) == ("unconfirmed", True)
    assert answer.json["page"]["url"] == "https://stato.example.it"
    assert answer.json["page"]["time_zone"] == "Europe/Rome"
    assert visitor.letters() == [("confirm", row.number)]
    visitor.post(f"/subscriptions/confirm/{visitor.confirm_token(row.id)}")
    looked = body(visitor.get(f"/api/v2/subscribers/{row.id}.json"))
    assert (looked["subscriber"]["id"], looked["subscriber"]["state"]) == (row.id, "active")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"subscriber[email]=ada@example.org", "application/x-www-form-urlencoded"),
        (b"subscriber%5Bemail%5D=ada%40example.org", "application/x-www-form-urlencoded"),
        (b'{"subscriber": {"email": "ada@example.org"}}', "application/json"),
        (b'{"email": "ada@example.org"}', "application/json"),
    ],
)
def test_as_a_form_or_as_json(visitor: Public, body: bytes, content_type: str) -> None:
    assert visitor.post(ADDRESS, body, content_type=content_type).status_code == 201
    assert visitor.rows()[0].address == ADA


def test_components(visitor: Public) -> None:
    wallet, login = visitor.components["wallet"], visitor.components["login"]
    ask(visitor, email=ADA, component_id=wallet)
    ask(visitor, email=ADA, component_ids=[wallet, login])
    form = f"subscriber[email]={ADA}&subscriber[component_ids][]={wallet}".encode()
    told = body(visitor.post(ADDRESS, form, content_type="application/x-www-form-urlencoded"))
    assert told["subscriber"]["components"] == [wallet]
    with visitor.db.read() as session:
        kept = [subscribers.choices_of(session, row).components for row in visitor.rows()]
    assert [set(each or ()) for each in kept] == [{wallet}, {wallet, login}, {wallet}]


def test_a_webhook(visitor: Public) -> None:
    told = ask(visitor, email=ADA, endpoint="https://hook.example.org/a").json["subscriber"]
    assert (told["mode"], told["endpoint"]) == ("webhook", "https://hook.example.org/a")
    (row,) = visitor.rows()
    assert (row.mode, row.contact) == ("webhook", ADA)


@pytest.mark.parametrize(
    "fields",
    [{}, {"email": "ada"}, {"email": 5}, {"email": ADA, "component_id": "nope"},
     {"endpoint": "https://hook.example.org"}, {"email": ADA, "endpoint": "http://a.example"},
     {"email": ADA, "endpoint": "https://user:pw@a.example"}],
)  # fmt: skip
def test_what_is_wrong_is_said(visitor: Public, fields: dict[str, Any]) -> None:
    answer = ask(visitor, **fields)
    assert answer.status_code == 422
    assert answer.json["error"] == answer.json["message"] != ""
    assert visitor.rows() == []


def test_what_is_no_request_is_refused(visitor: Public) -> None:
    assert visitor.post(ADDRESS, b"{", content_type="application/json").status_code == 400
    assert visitor.get("/api/v2/subscribers/nothing.json").status_code == 404
    assert body(visitor.get("/api/v2/subscribers/nothing.json"))["error"]
    assert visitor.client.delete("/api/v2/subscribers/nothing.json").status_code == 404
    assert visitor.post("/api/v2/subscriptions/nothing/resend_confirmation").status_code == 404
    assert visitor.get(ADDRESS).status_code in {404, 405}


def test_nobody_learns_whether_an_address_is_known(visitor: Public) -> None:
    answers = []
    for _ in range(2):
        told = ask(visitor, email=ADA).json
        told["subscriber"].pop("id")
        answers.append(told)
        visitor.subscribe(ADA)
    assert answers[0] == answers[1]


def test_a_request_is_taken_back(visitor: Public) -> None:
    visitor.subscribe(ADA)
    taken = body(ask(visitor, email=ADA))["subscriber"]["id"]
    answer = visitor.client.delete(f"/api/v2/subscribers/{taken}.json")
    assert (answer.status_code, body(answer)["subscriber"]["id"]) == (200, taken)
    assert [str(row.state) for row in visitor.rows()] == ["active"]
    assert visitor.get(f"/api/v2/subscribers/{taken}.json").status_code == 404


def test_what_its_owner_confirmed_is_theirs(visitor: Public) -> None:
    """Whoever typed the address holds an id: it must not end what somebody else wants."""
    known = body(ask(visitor, email=ADA))["subscriber"]["id"]
    visitor.post(f"/subscriptions/confirm/{visitor.confirm_token(known)}")
    answer = visitor.client.delete(f"/api/v2/subscribers/{known}.json")
    assert answer.status_code == 202
    assert "owner" in body(answer)["message"]
    (row,) = visitor.rows()
    assert row.state == "active"
    assert visitor.letters()[-1] == ("manage", row.number)
    # What the owner does next is not told to whoever typed the address.
    before = body(visitor.get(f"/api/v2/subscribers/{known}.json"))["subscriber"]
    manage = visitor.token(Purpose.MANAGE, ADA)
    wallet = visitor.components["wallet"]
    chosen = {"scope": "some", "component": wallet, "kind": "incident", "locale": "en"}
    assert visitor.post(f"/subscriptions/manage/{manage}", chosen).status_code == 303
    subscribers.leave(visitor.db, ListMode.EMAIL, row.address_key, visitor.clock.now())
    assert body(visitor.get(f"/api/v2/subscribers/{known}.json"))["subscriber"] == before


def test_the_link_is_sent_once_more(visitor: Public) -> None:
    asked = body(ask(visitor, email=ADA))["subscriber"]["id"]
    for _ in range(4):
        answer = visitor.post(f"/api/v2/subscriptions/{asked}/resend_confirmation")
        assert answer.status_code == 200
    (row,) = visitor.rows()
    assert visitor.letters() == [("confirm", row.number)] * 3


def test_a_neighbourhood_is_slowed_down(visitor: Public) -> None:
    for number in range(subscribers.PER_NEIGHBOURHOOD):
        ask(visitor, email=f"a{number}@example.org")
    answer = ask(visitor, email=ADA)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert answer.content_type == "application/json"


def test_the_address_decides_the_language(visitor: Public) -> None:
    visitor.client.post("/en" + ADDRESS, json={"email": ADA})
    assert visitor.rows()[0].locale == "en"
