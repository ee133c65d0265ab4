"""Everybody whom a publication is for, each once, however often whoever walks is killed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from incidents import actions, outbox, subscribers
from incidents.actions import Desk
from incidents.calm import Calm
from incidents.db import Database
from incidents.models import Delivery, Publication
from incidents.outbox import Claimed
from incidents.status import (
    Certainty,
    ComponentStatus,
    IncidentKind,
    ListMode,
    PublicationKind,
    Status,
)
from incidents.subscribers import Done, Letter, PutOff, Round, SubscriberState, Walk
from tests.conftest import NOON, ROME
from tests.incidents.builders import declared, resolved, scheduled, updated
from tests.incidents.subscribers.builders import many, subscribed

LATER = NOON + timedelta(seconds=11)
CALM = (Calm(), ROME)
"""When a delivery goes out even if no target has shown its page."""
LISTS = ("x", "email", "webhook")


@pytest.fixture
def desk(make_desk: Callable[..., Desk], db: Database) -> Desk:
    return make_desk(db, LISTS)


def claimed(
    desk: Desk, now: datetime = LATER, channel: str = "email", worker: str = "w"
) -> Claimed:
    found = outbox.claim(desk.db, channel, worker, now, Certainty.KEYED)
    assert found is not None
    return found


def walk_of(desk: Desk, now: datetime = LATER, channel: str = "email") -> Walk:
    return subscribers.begin(desk.db, ListMode(channel), claimed(desk, now, channel), now)


def reached(desk: Desk, walk: Walk, now: datetime = LATER) -> list[str]:
    """Walk to the end; the addresses in order."""
    found = []
    while (held := subscribers.next_batch(desk.db, walk, now)) is not None:
        found += [to.address for to in held.recipients]
        subscribers.settle_batch(desk.db, walk, held, Done(sent=len(held.recipients)), now)
    return found


def told(desk: Desk, now: datetime = LATER) -> list[str]:
    held = claimed(desk, now)
    walk = subscribers.begin(desk.db, ListMode.EMAIL, held, now)
    found = reached(desk, walk, now)
    ended(desk, walk, held, now)
    return found


def ended(desk: Desk, walk: Walk, held: Claimed, now: datetime = LATER) -> None:
    assert subscribers.finish(desk.db, walk, now)
    receipt = outbox.Sent("all", None)
    outbox.settle_sent(
        desk.db, held, now, receipt, "", standalone=False, fallback=False, verify=False
    )


def round_of(desk: Desk) -> Round:
    with desk.db.read() as session:
        return session.scalars(select(Round).order_by(Round.id.desc())).first() or Round()


def test_a_round_reaches_everybody_once_in_batches(desk: Desk) -> None:
    many(desk, 250)
    declared(desk)
    walk = walk_of(desk)
    sizes = []
    addresses: list[str] = []
    while (held := subscribers.next_batch(desk.db, walk, LATER)) is not None:
        sizes.append(len(held.recipients))
        addresses += [to.address for to in held.recipients]
        subscribers.settle_batch(desk.db, walk, held, Done(sent=len(held.recipients)), LATER)
    assert sizes == [100, 100, 50]
    assert len(set(addresses)) == len(addresses) == walk.total == 250
    assert subscribers.finish(desk.db, walk, LATER)
    assert (round_of(desk).sent, round_of(desk).done_at) == (250, LATER)


def test_who_is_killed_leaves_one_batch_and_nobody_is_missed(desk: Desk) -> None:
    many(desk, 250)
    declared(desk)
    walk = walk_of(desk)
    first = subscribers.next_batch(desk.db, walk, LATER)
    assert first is not None
    subscribers.settle_batch(desk.db, walk, first, Done(sent=100), LATER)
    killed = subscribers.next_batch(desk.db, walk, LATER)  # it was sent, and nobody knows
    assert killed is not None
    assert not subscribers.finish(desk.db, walk, LATER)

    again = LATER + outbox.LEASE + timedelta(seconds=1)
    taken_over = walk_of(desk, again)
    assert taken_over.id == walk.id
    (left,) = subscribers.left_batches(desk.db, taken_over)
    assert left.recipients == killed.recipients
    subscribers.settle_batch(desk.db, taken_over, left, Done(sent=100), again)
    subscribers.settle_batch(desk.db, walk, killed, Done(sent=100), again)  # woken from the dead
    assert len(reached(desk, taken_over, again)) == 50
    assert subscribers.finish(desk.db, taken_over, again)
    assert round_of(desk).sent == 250


def test_a_batch_renews_the_lease(desk: Desk) -> None:
    many(desk, 150)
    declared(desk)
    walk = walk_of(desk)
    almost = LATER + outbox.LEASE - timedelta(seconds=1)
    assert subscribers.next_batch(desk.db, walk, almost) is not None
    after = LATER + outbox.LEASE + timedelta(seconds=1)
    assert outbox.claim(desk.db, "email", "w2", after, Certainty.KEYED) is None


def told_of(desk: Desk, incident: str | None, now: datetime) -> list[str]:
    assert incident is not None
    return sorted(name.partition("@")[0] for name in told(desk, now))


def test_components_and_kinds_are_what_was_chosen(desk: Desk) -> None:
    subscribed(desk, "all@example.org")
    subscribed(desk, "wallet@example.org", components=["wallet"])
    subscribed(desk, "login@example.org", components=["login"])
    subscribed(desk, "work@example.org", kinds=(IncidentKind.MAINTENANCE,))
    incident = declared(desk, components={"wallet": "major_outage"}).incident_id
    assert told_of(desk, incident, LATER) == ["all", "wallet"]


def test_maintenances_go_to_those_who_want_them(desk: Desk) -> None:
    subscribed(desk, "all@example.org")
    subscribed(desk, "faults@example.org", kinds=(IncidentKind.INCIDENT,))
    subscribed(desk, "work@example.org", kinds=(IncidentKind.MAINTENANCE,))
    assert told_of(desk, scheduled(desk).incident_id, LATER) == ["all", "work"]


def test_who_chose_one_of_the_components_hears_of_all_of_planned_work(desk: Desk) -> None:
    subscribed(desk, "wallet@example.org", components=["wallet"])
    subscribed(desk, "login@example.org", components=["login"])
    work = scheduled(desk).incident_id
    assert told_of(desk, work, LATER) == ["wallet"]
    begun = NOON + timedelta(hours=1)
    updated(desk, work, begun, status=Status.IN_PROGRESS)
    assert told_of(desk, work, begun + timedelta(seconds=11)) == ["wallet"]
    over = begun + timedelta(hours=1)
    updated(desk, work, over, status=Status.COMPLETED)
    assert told_of(desk, work, over + timedelta(seconds=11)) == ["wallet"]


def test_a_status_that_is_said_again_is_no_news(desk: Desk) -> None:
    many(desk, 1, ListMode.WEBHOOK)
    down = {"wallet": "major_outage"}
    incident = declared(desk, components=down).incident_id
    changes, at = [], NOON + timedelta(minutes=1)
    updated(desk, incident, at, components=down)
    hour = timedelta(hours=1)
    while found := subscribers.next_change(desk.db, "webhook", "w", at, hour, *CALM):
        changes.append(found[1].new_status)
        subscribers.finish(desk.db, found[0], at)
    assert changes == ["major_outage"]


def test_who_chose_a_component_is_told_of_the_end_as_well(desk: Desk) -> None:
    subscribed(desk, "wallet@example.org", components=["wallet"])
    incident = declared(desk, components={"wallet": "major_outage"}).incident_id
    assert told_of(desk, incident, LATER) == ["wallet"]
    at = NOON + timedelta(minutes=5)
    resolved(desk, incident, at, components={"wallet": "operational"})
    assert told_of(desk, incident, at + timedelta(seconds=11)) == ["wallet"]


def test_a_single_incident_is_followed_and_no_other(desk: Desk) -> None:
    incident = declared(desk).incident_id
    assert incident is not None
    told(desk)
    subscribed(desk, "one@example.org", now=LATER, follows=False, incidents=(incident,))
    at = NOON + timedelta(minutes=5)
    updated(desk, incident, at)
    assert told_of(desk, incident, at + timedelta(seconds=11)) == ["one"]
    other = declared(desk, at + timedelta(minutes=1)).incident_id
    assert told_of(desk, other, at + timedelta(minutes=2)) == []


def test_who_comes_later_is_not_told_what_was_published_before(desk: Desk) -> None:
    declared(desk)
    subscribed(desk, "late@example.org", now=NOON + timedelta(seconds=1))
    assert told(desk) == []


@pytest.mark.parametrize("leaves", ["unconfirmed", "unsubscribed", "quarantined"])
def test_only_the_active_are_told(desk: Desk, leaves: str) -> None:
    row = subscribed(desk)
    declared(desk)
    with desk.db.claim() as session:
        session.merge(row).state = SubscriberState(leaves)
    assert told(desk) == []


def test_hidden_components_reach_nobody_by_their_name(desk: Desk) -> None:
    subscribed(desk, "wallet@example.org", components=["wallet"])
    actions.save_component(
        desk, "ada", NOON, {"key": "wallet", "name": {"it": "P", "en": "W"}, "hidden": True}
    )
    declared(desk, components={"wallet": "major_outage"})
    assert told(desk) == []


def put_off(desk: Desk, walk: Walk, numbers: Sequence[int], until: datetime) -> None:
    held = subscribers.next_batch(desk.db, walk, LATER)
    assert held is not None
    later = [PutOff(number, "busy", until) for number in numbers]
    done = Done(sent=len(held.recipients) - len(numbers), later=later)
    subscribers.settle_batch(desk.db, walk, held, done, LATER)


def test_who_could_not_be_reached_gets_a_letter_of_their_own(desk: Desk) -> None:
    many(desk, 5)
    declared(desk)
    walk = walk_of(desk)
    due = LATER + timedelta(minutes=1)
    put_off(desk, walk, [2, 4], due)
    assert subscribers.finish(desk.db, walk, LATER)
    assert not subscribers.claim_letters(desk.db, "email", "w", LATER, 10)
    kept = subscribers.claim_letters(desk.db, "email", "w", due, 10)
    assert [each.recipient.number for each in kept] == [2, 4]
    assert not subscribers.claim_letters(desk.db, "email", "w2", due, 10)  # they are held
    subscribers.settle_taken(desk.db, kept[0], "w")
    assert not subscribers.settle_put_off(desk.db, kept[1], "w", due, "busy still", None)
    assert round_of(desk).sent == 4
    day = due + timedelta(hours=25)
    (last,) = subscribers.claim_letters(desk.db, "email", "w", day, 10)
    assert subscribers.settle_put_off(desk.db, last, "w", day, "busy for ever", None)
    assert (round_of(desk).sent, round_of(desk).failed) == (4, 1)
    assert not subscribers.claim_letters(desk.db, "email", "w", day, 10)


def test_who_stays_away_for_a_day_is_asked_some_thirty_times(desk: Desk) -> None:
    many(desk, 2)
    declared(desk)
    due = LATER + timedelta(seconds=5)
    put_off(desk, walk_of(desk), [2], due)
    asked = [due]
    while True:
        (kept,) = subscribers.claim_letters(desk.db, "email", "w", asked[-1], 10)
        if subscribers.settle_put_off(desk.db, kept, "w", asked[-1], "busy", None):
            break
        with desk.db.read() as session:
            asked.append(session.scalars(select(Letter.not_before)).one())
    waits = [later - earlier for earlier, later in pairwise(asked)]
    assert waits == sorted(waits)
    assert waits[0] < timedelta(minutes=1)
    assert waits[-1] == timedelta(hours=1)
    assert timedelta(hours=22) < asked[-1] - due < timedelta(hours=24)
    assert 25 < len(asked) < 40


def test_old_news_is_not_sent_after_newer(desk: Desk) -> None:
    many(desk, 3)
    incident = declared(desk).incident_id
    assert incident is not None
    held = claimed(desk)
    walk = subscribers.begin(desk.db, ListMode.EMAIL, held, LATER)
    put_off(desk, walk, [2], LATER + timedelta(minutes=10))
    ended(desk, walk, held)
    at = NOON + timedelta(minutes=5)
    resolved(desk, incident, at)
    assert len(told(desk, at + timedelta(seconds=11))) == 3
    due = LATER + timedelta(minutes=11)
    assert not subscribers.claim_letters(desk.db, "email", "w", due, 10)
    with desk.db.read() as session:
        assert session.scalars(select(Letter)).all() == []


def test_a_components_change_is_a_round_of_its_own(desk: Desk) -> None:
    many(desk, 2, ListMode.WEBHOOK)
    declared(desk, components={"wallet": "major_outage", "login": "degraded_performance"})
    since = timedelta(hours=1)
    seen = []
    while (
        found := subscribers.next_change(desk.db, "webhook", "w", LATER, since, *CALM)
    ) is not None:
        walk, change = found
        seen.append((change.new_status.value, reached(desk, walk)))
        subscribers.finish(desk.db, walk, LATER)
    both = ["https://s1.example.org/", "https://s2.example.org/"]
    assert seen == [("major_outage", both), ("degraded_performance", both)]


def test_old_changes_and_those_of_hidden_components_are_passed_over(desk: Desk) -> None:
    many(desk, 1, ListMode.WEBHOOK)
    actions.save_component(
        desk, "ada", NOON, {"key": "login", "name": {"it": "A", "en": "S"}, "hidden": True}
    )
    declared(desk, components={"wallet": "major_outage"})
    actions.set_component_status(
        desk, "bea", NOON + timedelta(hours=2), "login", ComponentStatus.MAJOR_OUTAGE
    )
    late = NOON + timedelta(hours=2)
    assert subscribers.next_change(desk.db, "webhook", "w", late, timedelta(hours=1), *CALM) is None


def test_a_change_in_somebodys_hands_is_not_walked_twice(desk: Desk) -> None:
    many(desk, 1, ListMode.WEBHOOK)
    declared(desk, components={"wallet": "major_outage"})
    hour = timedelta(hours=1)
    first = subscribers.next_change(desk.db, "webhook", "w", LATER, hour, *CALM)
    assert first is not None
    assert subscribers.next_change(desk.db, "webhook", "w2", LATER, hour, *CALM) is None
    subscribers.end_holds(desk.db, ["w"], LATER)
    again = subscribers.next_change(desk.db, "webhook", "w2", LATER, hour, *CALM)
    assert again is not None
    assert again[0].id == first[0].id


def test_an_answer_is_no_news_for_programs(desk: Desk) -> None:
    answers = [{"key": "debit-or-credit", "fields": {}}]
    declared(desk, answers=answers)
    with desk.db.read() as session:
        told_ones = session.execute(
            select(Publication.kind, Delivery.channel)
            .join(Delivery, Delivery.publication_id == Publication.id)
            .order_by(Delivery.channel)
        ).all()
    assert (PublicationKind.ANSWER, "email") in told_ones
    assert (PublicationKind.ANSWER, "webhook") not in told_ones
