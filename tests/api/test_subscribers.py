"""Subscribers through the API, as Statuspage has them; nobody reads an address who may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from sqlalchemy import select

from incidents import subscribers
from incidents.access._replies import KeptReply
from incidents.models import Event
from incidents.status import ListMode
from incidents.subscribers import Subscriber
from statuspage.api._describing import document
from tests.api.conftest import Program
from tests.conftest import NOON

ANNA = {"email": "anna@example.org"}
HOOK = {"email": "owner@example.org", "endpoint": "https://hook.example.org/1"}
READS = ("/subscribers", "/subscribers/unsubscribed")


def added(program: Program, **said: Any) -> Any:
    said.setdefault("skip_confirmation_notification", True)
    return program.done("POST", "/subscribers", {"subscriber": {**ANNA, **said}})


def quarantine(program: Program, subscriber_id: str) -> None:
    house = program.place.house
    with house.db.read() as session:
        number = subscribers.one(session, subscriber_id).number
    subscribers.quarantine(house.db, number, NOON, "550 no such user")


def listed(program: Program, query: str = "") -> list[str]:
    return [one["email"] for one in program.done("GET", f"/subscribers{query}")]


def test_one_from_the_first_to_the_last(on_each: Program) -> None:
    program = on_each
    made = program.done("POST", "/subscribers", {"subscriber": ANNA})
    assert (made["mode"], made["email"], made["avviso"]["state"]) == (
        "email",
        "anna@example.org",
        "unconfirmed",
    )
    assert made["purge_at"] == "2020-12-09T12:00:00.000+01:00"
    assert listed(program) == []
    assert listed(program, "?state=unconfirmed") == ["anna@example.org"]
    one = f"/subscribers/{made['id']}"
    assert program("POST", f"{one}/resend_confirmation").status_code == 201
    changed = program.done("PATCH", one, {"component_ids": ["wallet"], "locale": "en"})
    assert len(changed["components"]) == 1
    assert changed["avviso"]["locale"] == "en"
    assert program.done("PATCH", one, {})["components"] == []
    assert program.done("GET", one)["avviso"]["locale"] == "en"
    assert program.done("DELETE", one)["id"] == made["id"]
    program.refused(404, "GET", one)


def test_an_object_is_as_it_is_described(program: Program) -> None:
    described = {"$ref": "#/components/schemas/SubscriberObject", **document("x")}
    for said in ({}, HOOK):
        jsonschema.validate(added(program, **said), described)


def test_who_agreed_elsewhere_is_active_and_the_trail_says_so(program: Program) -> None:
    made = added(program, consent="modulo di carta")
    assert made["avviso"]["state"] == "active"
    with program.place.house.db.read() as session:
        event = session.scalars(select(Event).order_by(Event.seq.desc()).limit(1)).one()
    assert (event.kind, event.data["consent"]) == ("subscriber_added", "modulo di carta")
    assert "anna" not in json.dumps(event.data)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "email"),
        ({"email": "anna"}, "email"),
        ({"phone_number": "333", **ANNA}, "phone_number"),
        ({**HOOK, "email": ""}, "email"),
        ({**HOOK, "endpoint": "http://hook.example.org"}, "endpoint"),
        ({**ANNA, "component_ids": ["nothing"]}, "component_ids"),
        ({**ANNA, "locale": "fr"}, "language"),
        ({**ANNA, "kinds": ["gossip"]}, "kinds"),
        ({**ANNA, "skip_confirmation_notification": True, "consent": "a@b"}, "consent"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(program: Program, said: Any, field: str) -> None:
    told = program.refused(422, "POST", "/subscribers", {"subscriber": said})
    assert told.startswith(f"subscriber.{field}")
    assert listed(program, "?state=all") == []


def test_the_same_address_is_not_added_twice(program: Program) -> None:
    added(program)
    again = {"subscriber": {"email": "ANNA@example.org"}}
    assert "already" in program.refused(422, "POST", "/subscribers", again)


def test_lists_are_filtered_and_paged_from_0(program: Program) -> None:
    for number in range(3):
        added(program, email=f"a{number}@example.org")
    added(program, **HOOK)
    assert listed(program, "?type=email") == [f"a{number}@example.org" for number in (2, 1, 0)]
    assert listed(program, "?type=webhook") == ["owner@example.org"]
    assert listed(program, "?q=A1@") == ["a1@example.org"]
    first = program("GET", "/subscribers?limit=2&page=0")
    assert first.headers["Total-Count"] == "4"
    assert '/subscribers?limit=2&page=1>; rel="next"' in first.headers["Link"]
    assert listed(program, "?limit=2&page=1") == ["a1@example.org", "a0@example.org"]
    for query in ("type=sms", "state=gone", "page=-1", "limit=101"):
        program.refused(422, "GET", f"/subscribers?{query}")


def test_a_browser_is_listed_without_its_address(program: Program) -> None:
    house = program.place.house
    keys = {"p256dh": "p", "auth": "a"}
    push = subscribers.Request(
        ListMode.PUSH, "https://push.example.org/secret", subscribers.Choices("it"), keys=keys
    )
    subscribers.confirm(house.desk, subscribers.ask(house.desk, push, NOON), NOON)
    answer = program("GET", "/subscribers?type=push")
    assert "secret" not in answer.text
    assert (answer.json or [])[0]["avviso"]["push_service"] == "push.example.org"


def test_they_are_counted(program: Program) -> None:
    added(program)
    added(program, **HOOK)
    program.done("POST", "/subscribers", {"subscriber": {"email": "b@example.org"}})
    counted = program.done("GET", "/subscribers/count")
    assert (counted["email"], counted["webhook"], counted["sms"]) == (1, 1, 0)
    assert program.done("GET", "/subscribers/count?state=all&type=email")["email"] == 2
    assert program.done("GET", "/subscribers/count?type=email")["webhook"] == 0
    states = program.done("GET", "/subscribers/histogram_by_state")
    assert states["email"] == {"active": 1, "unconfirmed": 1, "quarantined": 0, "total": 2}


def test_what_came_back_is_shown_with_why_and_reactivated(program: Program) -> None:
    ids = [added(program, email=f"a{number}@example.org")["id"] for number in range(3)]
    for each in ids:
        quarantine(program, each)
    shown = program.done("GET", "/subscribers?state=quarantined")[0]
    assert shown["avviso"]["why"] == "550 no such user"
    assert shown["quarantined_at"] == "2020-12-07T12:00:00.000+01:00"
    assert shown["purge_at"] == "2021-03-07T12:00:00.000+01:00"
    named = {"subscribers": ids[:1]}
    assert program("POST", "/subscribers/reactivate", named).status_code == 201
    assert listed(program) == ["a0@example.org"]
    program.refused(422, "POST", "/subscribers/reactivate", named)
    program.refused(404, "POST", "/subscribers/reactivate", {"subscribers": ["nobody"]})
    assert program("POST", "/subscribers/reactivate", {"subscribers": "all"}).status_code == 201
    assert len(listed(program)) == 3


def test_a_list_is_unsubscribed(program: Program) -> None:
    ids = [added(program, email=f"a{number}@example.org")["id"] for number in range(3)]
    program.done("POST", "/subscribers/unsubscribe", {"subscribers": ids[:2]})
    gone = program.done("GET", "/subscribers/unsubscribed")
    assert {one["id"] for one in gone} == set(ids[:2])
    assert gone[0]["purge_at"] == "2020-12-14T12:00:00.000+01:00"
    program.done("POST", "/subscribers/unsubscribe", {"subscribers": "all", "type": "webhook"})
    assert len(listed(program)) == 1
    program.done("POST", "/subscribers/unsubscribe", {"subscribers": "all"})
    assert listed(program) == []
    program.done("POST", "/subscribers/unsubscribe", {"subscribers": "all"})


def test_those_who_wait_are_asked_again(program: Program) -> None:
    made = program.done("POST", "/subscribers", {"subscriber": ANNA})
    before = program.events()
    program.done("POST", "/subscribers/resend_confirmation", {"subscribers": "all"})
    program.done("POST", "/subscribers/resend_confirmation", {"subscribers": [made["id"]]})
    assert program.events() == before + 2


def test_followers_of_one_entry(program: Program) -> None:
    entry = program.declared()
    place = f"/incidents/{entry['id']}/subscribers"
    said = {"subscriber": {**ANNA, "skip_confirmation_notification": True}}
    made = program.done("POST", place, said)
    assert made["avviso"]["follows"] is False
    assert made["avviso"]["incidents"] == [entry["id"]]
    bruno = added(program, email="bruno@example.org")
    also = program.done("POST", place, {"subscriber": {"email": "Bruno@example.org"}})
    assert (also["id"], also["avviso"]["follows"]) == (bruno["id"], True)
    assert len(program.done("GET", place)) == 2
    assert program.done("GET", f"{place}/{made['id']}") == made
    assert program("POST", f"{place}/{made['id']}/resend_confirmation").status_code == 201
    other = program.declared()
    program.refused(404, "GET", f"/incidents/{other['id']}/subscribers/{made['id']}")
    for one in (made, bruno):
        program.done("DELETE", f"{place}/{one['id']}")
    assert program.done("GET", place) == []
    assert listed(program, "?state=all") == ["bruno@example.org"]
    program.refused(404, "GET", "/incidents/none/subscribers")


@pytest.mark.parametrize(
    ("role", "scopes", "says"),
    [
        ("admin", (), "has not the scope 'subscribers'"),
        ("admin", ("write", "components"), "has not the scope 'subscribers'"),
        ("viewer", ("subscribers",), "is viewer; this needs admin"),
        ("approver", ("subscribers", "write"), "is approver; this needs admin"),
    ],
)
def test_who_may_not_reads_no_address_and_changes_nothing(
    program: Program,
    program_of: Callable[..., Program],
    role: str,
    scopes: tuple[str, ...],
    says: str,
) -> None:
    kept = added(program)["id"]
    entry = program.declared()["id"]
    other = program_of(role, *scopes)
    asked = [
        *(("GET", path) for path in (*READS, f"/subscribers/{kept}")),
        ("GET", f"/incidents/{entry}/subscribers"),
        ("POST", "/subscribers"),
        ("PATCH", f"/subscribers/{kept}"),
        ("DELETE", f"/subscribers/{kept}"),
        *(
            ("POST", f"/subscribers/{what}")
            for what in ("unsubscribe", "reactivate", "resend_confirmation")
        ),
    ]
    for method, path in asked:
        assert says in other.refused(403, method, path, None if method == "GET" else {})
    assert other.done("GET", "/subscribers/count")["email"] == 1
    assert other.done("GET", "/subscribers/histogram_by_state")["email"]["total"] == 1
    assert listed(program) == ["anna@example.org"]


def test_the_same_request_again_keeps_no_address(program: Program) -> None:
    key = {"Idempotency-Key": "one"}
    made = program.done("POST", "/subscribers", {"subscriber": ANNA}, headers=key)
    again = program("POST", "/subscribers", {"subscriber": ANNA}, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.json) == (201, {"id": made["id"]})
    with program.place.house.db.read() as session:
        kept = session.scalars(select(KeptReply)).all()
        assert len(kept) == 1
        assert "example" not in (kept[0].body or "")
        assert len(session.scalars(select(Subscriber)).all()) == 1


def test_forms_are_read_as_well(program: Program) -> None:
    answer = program(
        "POST",
        "/subscribers.json",
        data={"subscriber[email]": "anna@example.org", "subscriber[component_ids][]": "wallet"},
    )
    assert answer.status_code == 201
    assert len((answer.json or {})["components"]) == 1


def test_the_page_says_whom_it_tells(program: Program) -> None:
    told = program.done("GET", program.page)
    assert told["allow_email_subscribers"] is False
