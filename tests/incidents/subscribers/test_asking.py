"""Only the owner of an address makes anything count, and nobody learns whose it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from incidents import subscribers
from incidents.actions import Desk
from incidents.errors import InvalidInput, NotFound
from incidents.status import IncidentKind, ListMode
from incidents.subscribers import Choices, Letter, LetterKind, Retention, SubscriberState
from tests.conftest import NOON
from tests.incidents.builders import declared, resolved
from tests.incidents.subscribers.builders import (
    BEFORE,
    all_of,
    asked,
    component_id,
    many,
    subscribed,
)

EMAIL = ListMode.EMAIL
DAY = timedelta(days=1)


def letters(desk: Desk) -> list[LetterKind]:
    with desk.db.read() as session:
        return list(session.scalars(select(Letter.kind).order_by(Letter.id)))


def key_of(address: str, mode: ListMode = EMAIL) -> str:
    return subscribers.address_key(mode, subscribers.read_address(mode, address))


def test_asking_changes_nothing_until_the_owner_says_so(desk: Desk) -> None:
    asked(desk)
    (row,) = all_of(desk)
    assert row.state is SubscriberState.UNCONFIRMED
    assert row.active_since is None
    assert letters(desk) == [LetterKind.CONFIRM]


def test_who_confirms_is_active_and_twice_is_once(desk: Desk) -> None:
    request = asked(desk)
    subscribers.confirm(desk, request, NOON)
    subscribers.confirm(desk, request, NOON + DAY)
    (row,) = all_of(desk)
    assert (row.state, row.active_since) == (SubscriberState.ACTIVE, NOON)


def test_whoever_subscribes_again_is_there_once_with_the_latest_choices(desk: Desk) -> None:
    subscribed(desk, "anna@example.org")
    subscribed(desk, "ANNA@example.org", components=["wallet"], kinds=(IncidentKind.INCIDENT,))
    (row,) = all_of(desk)
    with desk.db.read() as session:
        found = subscribers.look_up(session, EMAIL, row.address_key)
    assert found is not None
    assert found.choices.components == (component_id(desk, "wallet"),)
    assert found.choices.kinds == (IncidentKind.INCIDENT,)


def test_a_stranger_who_types_an_address_changes_nothing_of_its_owners(desk: Desk) -> None:
    subscribed(desk, components=["wallet"])
    asked(desk, components=["login"], now=NOON)
    with desk.db.read() as session:
        found = subscribers.look_up(session, EMAIL, key_of("anna@example.org"))
    assert found is not None
    assert found.choices.components == (component_id(desk, "wallet"),)
    assert found.state is SubscriberState.ACTIVE


def test_one_more_incident_takes_nothing_away(desk: Desk) -> None:
    subscribed(desk, components=["wallet"])
    incident = declared(desk).incident_id
    assert incident is not None
    subscribed(desk, now=NOON, follows=False, incidents=(incident,))
    with desk.db.read() as session:
        found = subscribers.look_up(session, EMAIL, key_of("anna@example.org"))
    assert found is not None
    assert found.choices.follows
    assert found.choices.components == (component_id(desk, "wallet"),)
    assert found.choices.incidents == (incident,)


def test_an_address_gets_no_flood_of_letters_whoever_asks(desk: Desk) -> None:
    ids = {asked(desk, now=NOON) for _ in range(6)}
    assert len(ids) == 6  # and each has been answered as the first
    assert letters(desk) == [LetterKind.CONFIRM] * 3
    asked(desk, now=NOON + timedelta(minutes=16))
    assert len(letters(desk)) == 4


def test_the_link_to_ones_choices_is_sent_to_the_owner_alone(desk: Desk) -> None:
    subscribed(desk)
    subscribers.ask_for_link(desk.db, EMAIL, "Anna@EXAMPLE.org", NOON)
    assert letters(desk) == [LetterKind.CONFIRM, LetterKind.MANAGE]
    subscribers.ask_for_link(desk.db, EMAIL, "nobody@example.org", NOON)
    asked(desk, "only-asked@example.org", now=NOON)
    subscribers.ask_for_link(desk.db, EMAIL, "only-asked@example.org", NOON)
    assert letters(desk).count(LetterKind.MANAGE) == 1


def test_who_leaves_gets_nothing_and_may_come_back_while_it_is_kept(desk: Desk) -> None:
    row = subscribed(desk)
    assert subscribers.leave(desk.db, EMAIL, row.address_key, NOON)
    assert not subscribers.leave(desk.db, EMAIL, row.address_key, NOON)
    assert all_of(desk)[0].state is SubscriberState.UNSUBSCRIBED
    assert letters(desk) == []
    assert subscribers.come_back(desk.db, EMAIL, row.address_key, NOON + DAY)
    assert all_of(desk)[0].active_since == NOON + DAY
    assert not subscribers.come_back(desk.db, EMAIL, "another-key", NOON)


def test_leaving_touches_no_other_address_and_no_other_list(desk: Desk) -> None:
    anna = subscribed(desk, "anna@example.org")
    subscribed(desk, "bea@example.org")
    hook = subscribed(desk, "https://example.org/", mode=ListMode.WEBHOOK)
    subscribers.leave(desk.db, EMAIL, anna.address_key, NOON)
    subscribers.leave(desk.db, EMAIL, hook.address_key, NOON)
    states = {row.address: row.state for row in all_of(desk)}
    assert states == {
        "anna@example.org": SubscriberState.UNSUBSCRIBED,
        "bea@example.org": SubscriberState.ACTIVE,
        "https://example.org/": SubscriberState.ACTIVE,
    }


def test_erasing_leaves_nothing_of_an_address(desk: Desk) -> None:
    row = subscribed(desk, components=["wallet"])
    asked(desk, now=NOON)
    subscribed(desk, "bea@example.org")
    assert subscribers.erase(desk.db, EMAIL, row.address_key)
    assert [left.address for left in all_of(desk)] == ["bea@example.org"]
    with desk.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Letter)) == 1
    assert not subscribers.erase(desk.db, EMAIL, row.address_key)


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        (Choices("fr"), "language"),
        (Choices("it", kinds=()), "kinds"),
        (Choices("it", components=()), "components"),
        (Choices("it", components=("nothing",)), "components"),
        (Choices("it", follows=False), "incident"),
        (Choices("it", incidents=("nothing",)), "incident"),
    ],
)
def test_wrong_choices_are_refused_by_their_field(desk: Desk, choices: Choices, field: str) -> None:
    request = subscribers.Request(EMAIL, "anna@example.org", choices)
    with pytest.raises(InvalidInput, match=f"^{field}: "):
        subscribers.ask(desk, request, NOON)
    assert all_of(desk) == []


def test_a_webhook_names_who_reads_mail_for_it(desk: Desk) -> None:
    request = subscribers.Request(ListMode.WEBHOOK, "https://example.org/", Choices("it"))
    with pytest.raises(InvalidInput, match=r"^email: say where you read mail"):
        subscribers.ask(desk, request, NOON)


def test_a_webhook_has_as_many_owners_as_asked_for_it(desk: Desk) -> None:
    """Each is sent a link of their own; none takes the place of another."""
    hook, contacts = "https://example.org/hook", ("anna@example.org", "bea@example.org")
    for contact in (*contacts, "ANNA@example.org"):
        request = subscribers.Request(ListMode.WEBHOOK, hook, Choices("it"), contact)
        subscribers.confirm(desk, subscribers.ask(desk, request, BEFORE), BEFORE)
    assert sorted(str(row.contact) for row in all_of(desk)) == ["ANNA@example.org", contacts[1]]
    before = len(letters(desk))
    subscribers.ask_for_link(desk.db, ListMode.WEBHOOK, "https://EXAMPLE.org/hook", NOON)
    assert letters(desk)[before:] == [LetterKind.MANAGE] * 2


def test_an_unknown_request_cannot_be_confirmed(desk: Desk) -> None:
    with pytest.raises(NotFound):
        subscribers.confirm(desk, "000000000000", NOON)


def test_the_clock_erases_what_the_privacy_page_says(desk: Desk) -> None:
    kept = Retention(timedelta(hours=48), timedelta(days=7), timedelta(days=90))
    asked(desk, "asked@example.org", now=NOON)
    left = subscribed(desk, "left@example.org", now=NOON)
    subscribers.leave(desk.db, EMAIL, left.address_key, NOON)
    bounced = subscribed(desk, "bounced@example.org", now=NOON)
    subscribers.quarantine(desk.db, bounced.number, NOON, "no such mailbox")
    subscribed(desk, "active@example.org", now=NOON)

    def there(after: timedelta) -> set[str]:
        subscribers.tidy(desk.db, NOON + after, kept)
        return {row.address.partition("@")[0] for row in all_of(desk)}

    assert there(timedelta(hours=47)) == {"asked", "left", "bounced", "active"}
    assert there(timedelta(hours=48)) == {"left", "bounced", "active"}
    assert there(timedelta(days=7)) == {"bounced", "active"}
    assert there(timedelta(days=90)) == {"active"}


def test_who_followed_one_incident_is_forgotten_a_month_after_its_end(desk: Desk) -> None:
    incident = declared(desk).incident_id
    assert incident is not None
    subscribed(desk, "one@example.org", now=NOON, follows=False, incidents=(incident,))
    subscribed(desk, "both@example.org", now=NOON, incidents=(incident,))
    subscribers.tidy(desk.db, NOON + 40 * DAY, Retention())
    assert len(all_of(desk)) == 2  # it is still open
    resolved(desk, incident, NOON + 40 * DAY)
    subscribers.tidy(desk.db, NOON + 71 * DAY, Retention())
    assert [row.address for row in all_of(desk)] == ["both@example.org"]


def test_subscribers_stand_in_no_event(desk: Desk) -> None:
    from incidents.models import Event

    with desk.db.read() as session:
        before = session.scalar(select(func.count()).select_from(Event))
    row = subscribed(desk)
    subscribers.leave(desk.db, EMAIL, row.address_key, NOON)
    many(desk, 3)
    with desk.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == before
    assert BEFORE < NOON
