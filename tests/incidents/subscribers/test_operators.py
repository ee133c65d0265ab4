"""Administrators alone change subscribers; the trail has no address; nobody is flooded."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incidents import subscribers
from incidents.actions import Desk
from incidents.errors import InvalidInput, NotAllowed, NotFound, NotPossible
from incidents.models import Event
from incidents.status import IncidentKind, ListMode
from incidents.subscribers import (
    Choices,
    Letter,
    LetterKind,
    Request,
    Search,
    SubscriberState,
)
from tests.conftest import NOON
from tests.incidents.builders import declared
from tests.incidents.subscribers.builders import all_of, component_id, many, subscribed

EMAIL, WEBHOOK = ListMode.EMAIL, ListMode.WEBHOOK
EVERYBODY = Search()
MINUTE = timedelta(minutes=1)
ANNA = Request(EMAIL, "anna@example.org", Choices("it"))
AT_THE_DESK = "modulo del 3 dicembre 2020"


def events(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    with desk.db.read() as session:
        rows = session.scalars(select(Event).where(Event.kind.startswith("subscriber")))
        return [(row.kind, row.data) for row in rows.all()]


def letters(desk: Desk) -> list[LetterKind]:
    with desk.db.read() as session:
        return list(session.scalars(select(Letter.kind).order_by(Letter.id)))


def found(desk: Desk, asked: Search = EVERYBODY, page: int = 1, size: int = 50) -> list[str]:
    with desk.db.read() as session:
        return [one.address for one in subscribers.search(session, asked, page, size).subscribers]


def quarantined(desk: Desk, address: str = "anna@example.org") -> str:
    subscribed(desk, address)
    row = next(row for row in all_of(desk) if row.address == address)
    subscribers.quarantine(desk.db, row.number, NOON, "550 no such user")
    return row.id


def test_who_is_added_is_asked_to_confirm(desk: Desk) -> None:
    added = subscribers.add(desk, "ada", NOON, ANNA)
    (row,) = all_of(desk)
    assert added.asked
    assert (row.id, row.state) == (added.id, SubscriberState.UNCONFIRMED)
    assert letters(desk) == [LetterKind.CONFIRM]


def test_who_agreed_elsewhere_is_active_at_once_and_the_trail_says_where(desk: Desk) -> None:
    added = subscribers.add(desk, "ada", NOON, ANNA, consent=AT_THE_DESK)
    (row,) = all_of(desk)
    assert (row.state, row.active_since) == (SubscriberState.ACTIVE, NOON)
    assert letters(desk) == []
    told = {"subscriber": added.id, "mode": "email", "consent": AT_THE_DESK}
    assert events(desk) == [("subscriber_added", told)]


@pytest.mark.parametrize("note", ["", "  ", "anna@example.org said so", "x" * 201, "a\0b"])
def test_a_note_says_something_and_names_nobody(desk: Desk, note: str) -> None:
    with pytest.raises(InvalidInput, match="consent: "):
        subscribers.add(desk, "ada", NOON, ANNA, consent=note)
    assert all_of(desk) == []


def test_nobody_is_added_twice_and_whoever_left_is_asked(desk: Desk) -> None:
    subscribed(desk)
    again = Request(EMAIL, "ANNA@Example.ORG", Choices("it"))
    with pytest.raises(InvalidInput, match="email: is subscribed already"):
        subscribers.add(desk, "ada", NOON, again)
    subscribers.unsubscribe(desk, "ada", NOON, [all_of(desk)[0].id])
    with pytest.raises(InvalidInput, match="unsubscribed; let a letter ask"):
        subscribers.add(desk, "ada", NOON, again, consent=AT_THE_DESK)
    assert subscribers.add(desk, "ada", NOON, again).asked


def test_a_browser_is_not_added_and_a_webhook_has_an_owner(desk: Desk) -> None:
    push = Request(ListMode.PUSH, "https://push.example.org/1", Choices("it"))
    with pytest.raises(InvalidInput, match="mode: "):
        subscribers.add(desk, "ada", NOON, push)
    hook = Request(WEBHOOK, "https://hook.example.org/1", Choices("it"))
    with pytest.raises(InvalidInput, match="email: "):
        subscribers.add(desk, "ada", NOON, hook)


@pytest.mark.parametrize("login", ["vera", "bea", "carlo"])
def test_who_is_no_administrator_does_none_of_it(desk: Desk, login: str) -> None:
    kept = quarantined(desk)
    for work in (
        lambda: subscribers.add(desk, login, NOON, ANNA),
        lambda: subscribers.change(desk, login, NOON, kept, Choices("en")),
        lambda: subscribers.remove(desk, login, NOON, [kept]),
        lambda: subscribers.unsubscribe(desk, login, NOON, [kept]),
        lambda: subscribers.reactivate(desk, login, NOON, [kept]),
        lambda: subscribers.reactivate_all(desk, login, NOON),
        lambda: subscribers.resend(desk, login, NOON, [kept]),
        lambda: subscribers.note_export(desk, login, NOON, 1),
        lambda: subscribers.keep(desk, login, NOON, ["email\n", "a@example.org\n"], None),
    ):
        with pytest.raises(NotAllowed):
            work()
    (row,) = all_of(desk)
    assert row.state is SubscriberState.QUARANTINED
    assert events(desk) == []


def test_choices_are_changed(desk: Desk) -> None:
    subscribed(desk)
    (row,) = all_of(desk)
    wanted = Choices(
        "en", components=(component_id(desk, "wallet"),), kinds=(IncidentKind.INCIDENT,)
    )
    subscribers.change(desk, "ada", NOON, row.id, wanted)
    subscribers.change(desk, "ada", NOON, row.id, wanted)
    with desk.db.read() as session:
        assert subscribers.one(session, row.id).choices == wanted
    assert events(desk) == [("subscriber_changed", {"subscriber": row.id})]
    with pytest.raises(InvalidInput, match="components: "):
        subscribers.change(desk, "ada", NOON, row.id, Choices("it", components=("nothing",)))
    with pytest.raises(NotFound):
        subscribers.change(desk, "ada", NOON, "nobody", wanted)


def test_who_is_removed_is_gone(desk: Desk) -> None:
    for name in ("anna", "bruno", "carla"):
        subscribed(desk, f"{name}@example.org")
    ids = [row.id for row in all_of(desk)]
    assert subscribers.remove(desk, "ada", NOON, ids[:1]) == 1
    assert subscribers.remove(desk, "ada", NOON, ids[1:]) == 2
    assert all_of(desk) == []
    assert events(desk) == [
        ("subscribers_removed", {"subscriber": ids[0]}),
        ("subscribers_removed", {"count": 2, "subscribers": sorted(ids[1:])}),
    ]


def test_one_unknown_id_and_nobody_is_removed(desk: Desk) -> None:
    subscribed(desk)
    (row,) = all_of(desk)
    with pytest.raises(NotFound):
        subscribers.remove(desk, "ada", NOON, [row.id, "nobody"])
    for ids in ([], [str(number) for number in range(101)]):
        with pytest.raises(InvalidInput, match="subscribers: name 1 to 100"):
            subscribers.remove(desk, "ada", NOON, ids)
    assert len(all_of(desk)) == 1


def test_only_who_is_quarantined_is_reactivated(desk: Desk) -> None:
    kept = quarantined(desk)
    assert subscribers.reactivate(desk, "ada", NOON + MINUTE, [kept]) == 1
    (row,) = all_of(desk)
    assert (row.state, row.why, row.bounces) == (SubscriberState.ACTIVE, "", 0)
    assert row.active_since == NOON + MINUTE
    with pytest.raises(NotPossible):
        subscribers.reactivate(desk, "ada", NOON, [kept])
    subscribers.unsubscribe(desk, "ada", NOON, [kept])
    with pytest.raises(NotPossible):
        subscribers.reactivate(desk, "ada", NOON, [kept])


def test_all_that_are_quarantined_are_reactivated_and_nobody_else(desk: Desk) -> None:
    for name in ("anna", "bruno"):
        quarantined(desk, f"{name}@example.org")
    subscribed(desk, "carla@example.org")
    subscribers.unsubscribe(desk, "ada", NOON, [all_of(desk)[-1].id])
    assert subscribers.reactivate_all(desk, "ada", NOON, (WEBHOOK,)) == 0
    assert subscribers.reactivate_all(desk, "ada", NOON, (EMAIL,)) == 2
    states = [row.state for row in all_of(desk)]
    assert states == [SubscriberState.ACTIVE, SubscriberState.ACTIVE, SubscriberState.UNSUBSCRIBED]


def test_a_confirmation_is_sent_again_but_nobody_is_flooded(desk: Desk) -> None:
    added = subscribers.add(desk, "ada", NOON, ANNA)
    for _ in range(5):
        assert subscribers.resend(desk, "ada", NOON, [added.id]) == 1
    assert letters(desk) == [LetterKind.CONFIRM] * 3


def test_who_confirmed_is_not_asked_again(desk: Desk) -> None:
    subscribed(desk)
    before = letters(desk)
    assert subscribers.resend(desk, "ada", NOON, [all_of(desk)[0].id]) == 0
    assert letters(desk) == before


def test_unsubscribed_is_erased_later_and_a_request_at_once(desk: Desk) -> None:
    subscribed(desk)
    request = subscribers.add(desk, "ada", NOON, Request(EMAIL, "b@example.org", Choices("it")))
    ids = [row.id for row in all_of(desk)]
    assert subscribers.unsubscribe(desk, "ada", NOON, ids) == 2
    (row,) = all_of(desk)
    assert row.id != request.id
    assert (row.state, row.changed_at) == (SubscriberState.UNSUBSCRIBED, NOON)
    assert letters(desk) == []


def test_they_are_counted_by_list_and_state(desk: Desk) -> None:
    quarantined(desk)
    subscribed(desk, "bruno@example.org")
    subscribers.add(desk, "ada", NOON, Request(EMAIL, "c@example.org", Choices("it")))
    with desk.db.read() as session:
        counted = subscribers.histogram(session)
    assert set(counted) == set(ListMode)
    assert counted[EMAIL] == {
        SubscriberState.ACTIVE: 1,
        SubscriberState.QUARANTINED: 1,
        SubscriberState.UNCONFIRMED: 1,
        SubscriberState.UNSUBSCRIBED: 0,
    }
    assert set(counted[WEBHOOK].values()) == {0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ANNA", ["anna@example.org"]),
        ("a@example.ORG", ["anna@example.org"]),
        ("carla@MÜNCHEN.example", ["Carla@xn--mnchen-3ya.example"]),
        ("carla", ["Carla@xn--mnchen-3ya.example"]),
        ("%", []),
        ("_", []),
        ("owner", ["https://hook.example.org/Path"]),
        ("https://HOOK.example.ORG:443/Path", ["https://hook.example.org/Path"]),
        ("", ["https://hook.example.org/Path", "Carla@xn--mnchen-3ya.example"]),
    ],
)
def test_part_of_an_address_finds_it(desk: Desk, text: str, expected: list[str]) -> None:
    for address in ("anna@example.org", "bruno@example.org", "Carla@München.example"):
        subscribed(desk, address)
    hook = Request(
        WEBHOOK, "https://hook.example.org/Path", Choices("it"), contact="owner@example.net"
    )
    subscribers.add(desk, "ada", NOON, hook, consent=AT_THE_DESK)
    assert found(desk, Search(text))[: len(expected) or None] == expected


def test_pages_modes_states_components_and_incidents(desk: Desk) -> None:
    incident = declared(desk).incident_id
    assert incident is not None
    for number in range(5):
        subscribed(desk, f"a{number}@example.org", components=["wallet"] if number % 2 else None)
    follower = Choices("it", follows=False, incidents=(incident,))
    request = Request(EMAIL, "f@example.org", follower)
    subscribers.add(desk, "ada", NOON, request, consent=AT_THE_DESK)
    assert found(desk, page=2, size=2) == ["a3@example.org", "a2@example.org"]
    assert found(desk, page=9) == []
    wallet = component_id(desk, "wallet")
    assert found(desk, Search(component=wallet)) == ["a3@example.org", "a1@example.org"]
    assert found(desk, Search(incident=incident)) == ["f@example.org"]
    assert found(desk, Search(modes=(WEBHOOK,))) == []
    assert found(desk, Search(states=(SubscriberState.QUARANTINED,))) == []
    with desk.db.read() as session:
        assert subscribers.search(session, Search("a1"), 1, 2).total == 1
    with pytest.raises(InvalidInput, match="q: "):
        found(desk, Search("a" * 255))


def test_too_many_are_not_chosen_by_a_word(desk: Desk) -> None:
    many(desk, 101)
    with pytest.raises(InvalidInput, match="more than 100"):
        subscribers.named_or_all(desk, Search(modes=(EMAIL,)))
    assert subscribers.named_or_all(desk, Search(modes=(WEBHOOK,))) == []


def test_the_trail_has_no_address(desk: Desk) -> None:
    added = subscribers.add(desk, "ada", NOON, ANNA)
    subscribers.resend(desk, "ada", NOON, [added.id])
    subscribers.remove(desk, "ada", NOON, [added.id])
    assert len(events(desk)) == 3
    assert "example" not in json.dumps(events(desk))
