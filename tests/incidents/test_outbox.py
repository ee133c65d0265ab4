"""Never lost, never twice, in order, never stale: the outbox's promises, without any network."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from incidents import actions, outbox, queries
from incidents.actions import Desk
from incidents.db import Database
from incidents.errors import NotPossible
from incidents.models import Delivery, Event
from incidents.outbox import Claimed, Sent
from incidents.status import Certainty, ChannelState, DeliveryState
from tests.conftest import NOON
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, updated

SECOND = timedelta(seconds=1)
LATER = NOON + 11 * SECOND
"""When a delivery goes out even if no target has shown its page."""


def claim(
    desk: Desk,
    now: datetime = LATER,
    channel: str = "x",
    certainty: Certainty = Certainty.READABLE,
    worker: str = "w1",
) -> Claimed | None:
    return outbox.claim(desk.db, channel, worker, now, certainty)


def taken(desk: Desk, now: datetime = LATER, channel: str = "x", **others: Certainty) -> Claimed:
    found = claim(desk, now, channel, **others)
    assert found is not None
    return found


def sent(desk: Desk, claimed: Claimed, now: datetime, remote: str = "1") -> None:
    receipt = Sent(remote, f"https://x.test/{remote}")
    outbox.settle_sent(
        desk.db, claimed, now, receipt, "text", standalone=False, fallback=False, verify=True
    )


def states(desk: Desk, channel: str = "x") -> list[str]:
    with desk.db.read() as session:
        query = select(Delivery.state).where(Delivery.channel == channel).order_by(Delivery.seq)
        return [str(state) for state in session.scalars(query)]


def delivery(desk: Desk, delivery_id: int) -> Delivery:
    with desk.db.read() as session:
        return session.get_one(Delivery, delivery_id)


def test_a_delivery_waits_for_its_page_but_not_for_more_than_ten_seconds(desk: Desk) -> None:
    declared(desk)
    assert claim(desk, NOON + 9 * SECOND) is None
    assert claim(desk, NOON + 10 * SECOND) is not None


def test_a_delivery_goes_as_soon_as_every_target_shows_its_event(desk: Desk) -> None:
    outcome = declared(desk)
    outbox.show(desk.db, "a/page", outcome.event, NOON)
    outbox.show(desk.db, "a/disk", outcome.event - 1, NOON)
    assert claim(desk, NOON + SECOND) is None
    outbox.forget_targets(desk.db, "a", ["a/page"], NOON)
    assert claim(desk, NOON + SECOND) is not None


def test_what_one_worker_holds_no_other_gets(desk: Desk) -> None:
    declared(desk)
    assert claim(desk, worker="w1") is not None
    assert claim(desk, worker="w2") is None


def test_it_is_committed_as_sending_with_a_lease_before_the_network(desk: Desk) -> None:
    declared(desk)
    row = delivery(desk, taken(desk).id)
    assert row.state is DeliveryState.SENDING
    assert row.lease_until == LATER + outbox.LEASE
    assert row.attempts == 1


def test_each_thread_goes_in_order_and_replies_to_what_is_out(desk: Desk) -> None:
    first = declared(desk)
    updated(desk, first.incident_id, NOON + SECOND)
    root = taken(desk)
    assert claim(desk) is None, "the second waits for the first"
    sent(desk, root, LATER)
    reply = taken(desk, LATER + 2 * SECOND)
    assert root.thread.parent is None
    assert (reply.thread.parent, reply.thread.root) == (Sent("1", "https://x.test/1"),) * 2


def test_other_incidents_do_not_wait(desk: Desk) -> None:
    declared(desk)
    declared(desk, NOON + SECOND, components={"login": "partial_outage"})
    assert claim(desk) is not None
    assert claim(desk, LATER + SECOND) is not None


def test_what_is_the_same_again_months_later_replies_to_nothing_of_then(desk: Desk) -> None:
    outcome = declared(desk)
    sent(desk, taken(desk), LATER)
    resolved(desk, outcome.incident_id, LATER + SECOND)
    sent(desk, taken(desk, LATER + HOUR), LATER + HOUR, "2")
    months_later = LATER + timedelta(days=90)
    declared(desk, months_later)
    again = taken(desk, months_later + MINUTE)
    assert (again.thread.parent, again.thread.root) == (None, None)


def test_a_receipt_with_an_address_writes_an_event_so_that_the_page_links_to_it(
    desk: Desk,
) -> None:
    outcome = declared(desk)
    with desk.db.read() as session:
        before = queries.last_event(session)
    sent(desk, taken(desk), LATER)
    with desk.db.read() as session:
        event = session.scalars(select(Event).where(Event.seq > before)).one()
        assert (event.kind, event.incident_id) == ("delivery_sent", outcome.incident_id)
        view = queries.Reader(session, desk.service, desk.texts, LATER, {"x": "x"}).incident(
            outcome.incident_id or ""
        )
    assert view is not None
    assert [(post.kind, post.url) for post in view.incident.posts] == [("x", "https://x.test/1")]


def test_later_means_no_sooner_than_the_network_asked_for(desk: Desk) -> None:
    declared(desk)
    claimed = taken(desk)
    outbox.settle_later(desk.db, claimed, LATER, "busy", timedelta(minutes=1))
    assert claim(desk, LATER + timedelta(seconds=59)) is None
    assert taken(desk, LATER + timedelta(seconds=61)).attempts == 2


@given(attempts=st.integers(0, 10_000), jitter=st.floats(0, 1))
def test_the_back_off_stays_between_its_bounds(attempts: int, jitter: float) -> None:
    seconds = outbox.backoff(attempts, jitter).total_seconds()
    assert 3.75 <= seconds <= 375


def test_the_back_off_grows() -> None:
    waits = [outbox.backoff(attempts, 0.5).total_seconds() for attempts in range(1, 10)]
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_what_the_network_refuses_is_never_sent_again(desk: Desk) -> None:
    declared(desk)
    outbox.settle_rejected(desk.db, taken(desk), LATER, "no such words")
    assert claim(desk, LATER + 10 * HOUR) is None
    assert states(desk) == ["failed"]


def test_a_failed_delivery_holds_its_thread_for_two_minutes_then_the_next_stands_alone(
    desk: Desk,
) -> None:
    first = declared(desk)
    sent(desk, taken(desk), LATER, "1")
    updated(desk, first.incident_id, NOON + MINUTE)
    outbox.settle_rejected(desk.db, taken(desk, NOON + 2 * MINUTE), NOON + 2 * MINUTE, "no")
    updated(desk, first.incident_id, NOON + 3 * MINUTE)
    assert claim(desk, NOON + 4 * MINUTE - SECOND) is None
    third = taken(desk, NOON + 4 * MINUTE)
    assert third.standalone
    assert third.thread.parent is None


def test_a_skipped_delivery_holds_nothing_up(desk: Desk) -> None:
    first = declared(desk)
    claimed = taken(desk)
    outbox.settle_rejected(desk.db, claimed, LATER, "no")
    updated(desk, first.incident_id, NOON + SECOND)
    actions.skip_delivery(desk, "bea", LATER, claimed.id)
    assert not taken(desk, LATER + SECOND).standalone


def test_quick_updates_all_go_out(desk: Desk) -> None:
    first = declared(desk)
    for second in (10, 20, 30):
        updated(desk, first.incident_id, NOON + second * SECOND)
    for number in range(4):
        sent(desk, taken(desk, NOON + (41 + number) * SECOND), NOON + 50 * SECOND, str(number))
    assert states(desk) == ["sent"] * 4


def test_after_a_long_fault_only_the_latest_state_is_said_in_thread(desk: Desk) -> None:
    first = declared(desk)
    sent(desk, taken(desk), LATER, "root")
    for number in range(1, 13):
        updated(desk, first.incident_id, NOON + number * 30 * MINUTE)
        held = claim(desk, NOON + number * 30 * MINUTE + 11 * SECOND)
        if held is not None:
            now = NOON + number * 30 * MINUTE + 12 * SECOND
            outbox.settle_later(desk.db, held, now, "down", None)
    back = NOON + 7 * HOUR
    last = taken(desk, back)
    sent(desk, last, back, "last")
    assert last.publication.update_number == 13
    assert last.thread.parent == Sent("root", "https://x.test/root")
    assert claim(desk, back + HOUR) is None
    assert states(desk) == ["sent", *["superseded"] * 11, "sent"]


def test_investigating_never_goes_out_after_resolved(desk: Desk) -> None:
    first = declared(desk)
    outbox.settle_later(desk.db, taken(desk), LATER, "down", timedelta(minutes=5))
    resolved(desk, first.incident_id, NOON + 4 * MINUTE)
    closing = taken(desk, NOON + 10 * MINUTE)
    sent(desk, closing, NOON + 10 * MINUTE)
    assert str(closing.publication.status) == "resolved"
    assert states(desk) == ["superseded", "sent"]


def test_an_answer_does_not_overtake_the_update_that_it_follows(desk: Desk) -> None:
    declared(desk, answers=["is-my-data-safe"])
    now = NOON + 10 * MINUTE
    first = taken(desk, now)
    sent(desk, first, now, "1")
    second = taken(desk, now + SECOND)
    assert (str(first.publication.kind), str(second.publication.kind)) == ("update", "answer")


def test_nothing_stale_goes_out(desk: Desk) -> None:
    declared(desk)
    assert claim(desk, NOON + 48 * HOUR) is None
    assert states(desk) == ["failed"]


def test_a_scheduled_announcement_is_stale_once_the_work_has_begun(desk: Desk) -> None:
    from tests.incidents.builders import scheduled

    scheduled(desk)
    assert claim(desk, NOON + HOUR) is None
    assert states(desk) == ["failed"]


@pytest.mark.parametrize(
    ("certainty", "state"),
    [
        (Certainty.KEYED, "pending"),
        (Certainty.READABLE, "unconfirmed"),
        (Certainty.BLIND, "unconfirmed"),
    ],
)
def test_a_worker_that_died_while_sending_leaves_a_doubt(
    desk: Desk, certainty: Certainty, state: str
) -> None:
    declared(desk)
    first = taken(desk)
    after = LATER + outbox.LEASE + SECOND
    again = claim(desk, after, certainty=certainty)
    if certainty is Certainty.KEYED:
        assert again is not None
        assert (again.key, again.maybe_sent) == (first.key, True)
    else:
        assert again is None
        assert states(desk) == [state]


def test_a_doubtful_post_is_looked_for_three_times_then_an_operator_must(desk: Desk) -> None:
    declared(desk)
    outbox.settle_unknown(desk.db, taken(desk), LATER, "time-out", Certainty.READABLE)
    looks = []
    now = LATER
    for _ in range(10):
        looks += [now for _ in outbox.due_looks(desk.db, "x", "w1", now)]
        now += 30 * SECOND
    assert len(looks) == 3
    assert states(desk) == ["unconfirmed"]
    assert claim(desk, LATER + HOUR) is None, "a readable kind is never sent again by itself"


def test_a_doubtful_post_that_is_found_is_sent(desk: Desk) -> None:
    declared(desk)
    outbox.settle_unknown(desk.db, taken(desk), LATER, "time-out", Certainty.READABLE)
    (look,) = outbox.due_looks(desk.db, "x", "w1", LATER)
    outbox.settle_found(desk.db, look, LATER + SECOND, Sent("7", "https://x.test/7"), "text")
    assert states(desk) == ["sent"]


def test_a_blind_kind_is_never_looked_for(desk: Desk) -> None:
    declared(desk)
    outbox.settle_unknown(desk.db, taken(desk), LATER, "time-out", Certainty.BLIND)
    assert outbox.due_looks(desk.db, "x", "w1", LATER + HOUR) == []


def test_a_receipt_that_comes_after_the_lease_ran_out_settles_the_doubt(desk: Desk) -> None:
    declared(desk)
    slow = taken(desk)
    assert claim(desk, LATER + outbox.LEASE + SECOND) is None
    sent(desk, slow, LATER + 2 * outbox.LEASE)
    assert states(desk) == ["sent"]


def test_a_receipt_for_what_another_worker_holds_is_not_believed(desk: Desk) -> None:
    declared(desk)
    slow = taken(desk, certainty=Certainty.KEYED)
    other = claim(desk, LATER + outbox.LEASE + SECOND, certainty=Certainty.KEYED, worker="w2")
    assert other is not None
    outbox.settle_rejected(desk.db, slow, LATER + 2 * outbox.LEASE, "no")
    assert states(desk) == ["sending"]


def test_an_operator_says_that_it_is_there(desk: Desk) -> None:
    declared(desk)
    claimed = taken(desk)
    outbox.settle_unknown(desk.db, claimed, LATER, "time-out", Certainty.BLIND)
    with pytest.raises(NotPossible, match="look at the network first"):
        actions.retry_delivery(desk, "bea", LATER, claimed.id)
    url = "https://x.test/9"
    actions.settle_unconfirmed(desk, "bea", LATER, claimed.id, there=True, url=url)
    assert delivery(desk, claimed.id).remote_url == url
    assert states(desk) == ["sent"]


def test_an_operator_says_that_it_is_not_there_and_it_goes_again(desk: Desk) -> None:
    declared(desk)
    claimed = taken(desk)
    outbox.settle_unknown(desk.db, claimed, LATER, "time-out", Certainty.BLIND)
    actions.settle_unconfirmed(desk, "bea", LATER, claimed.id, there=False)
    assert taken(desk, LATER + SECOND).id == claimed.id


def test_a_broken_channel_stops_and_keeps_its_deliveries(desk: Desk) -> None:
    declared(desk)
    outbox.settle_broken(desk.db, taken(desk), LATER, "credentials refused")
    assert claim(desk, LATER + MINUTE) is None
    with desk.db.read() as session:
        row = queries.channel_states(session)["x"]
    assert (row.state, row.why) == (ChannelState.BROKEN, "credentials refused")
    assert claim(desk, LATER + MINUTE, channel="log") is not None, "others go on"
    actions.resume_channel(desk, "carlo", LATER + MINUTE, "x")
    assert claim(desk, LATER + 2 * MINUTE) is not None


def test_a_paused_channel_gets_nothing_new(desk: Desk) -> None:
    actions.pause_channel(desk, "carlo", NOON, "x", "holiday")
    declared(desk)
    assert states(desk, "x") == []
    assert states(desk, "log") == ["pending"]


def test_seen_by_a_reader_is_verified(desk: Desk) -> None:
    declared(desk)
    sent(desk, taken(desk), LATER)
    assert outbox.due_looks(desk.db, "x", "w1", LATER + SECOND) == []
    (look,) = outbox.due_looks(desk.db, "x", "w1", LATER + outbox.VERIFY_AFTER)
    outbox.settle_seen(desk.db, look, LATER, outbox.Sight(reader=True))
    assert states(desk) == ["verified"]


def test_not_seen_is_said_and_looked_at_again(desk: Desk) -> None:
    declared(desk)
    claimed = taken(desk)
    sent(desk, claimed, LATER)
    (look,) = outbox.due_looks(desk.db, "x", "w1", LATER + outbox.VERIFY_AFTER)
    outbox.settle_seen(desk.db, look, LATER, outbox.Sight(reader=False))
    assert "does not see it" in (delivery(desk, claimed.id).error or "")
    assert outbox.due_looks(desk.db, "x", "w1", LATER + HOUR) != []


def test_a_correction_speaks_of_the_post_of_its_update(desk: Desk) -> None:
    from tests.incidents.builders import words

    first = declared(desk)
    sent(desk, taken(desk), LATER, "wrong")
    updated(desk, first.incident_id, NOON + MINUTE)
    sent(desk, taken(desk, NOON + 2 * MINUTE), NOON + 2 * MINUTE, "other")
    said = {
        "incident": first.incident_id,
        "update": "1",
        "texts": words("Giusto"),
        "reason": {"it": "Errore.", "en": "Mistake."},
    }
    actions.correct_update(desk, "bea", NOON + 3 * MINUTE, said)
    correction = taken(desk, NOON + 4 * MINUTE)
    assert correction.thread.target is not None
    assert correction.thread.target.remote_id == "wrong"
    assert correction.thread.parent is not None
    assert correction.thread.parent.remote_id == "other"


def test_the_next_moment_that_matters_is_known(desk: Desk) -> None:
    declared(desk)
    outbox.settle_later(desk.db, taken(desk), LATER, "busy", timedelta(minutes=1))
    with desk.db.read() as session:
        assert outbox.next_due(session, ["x"], LATER) == LATER + MINUTE


def test_many_workers_never_hold_the_same_delivery(desk: Desk, database_url: str) -> None:
    """Sixteen claims from four threads on four engines: each delivery is held once."""
    import threading

    for number in range(12):
        declared(desk, NOON + number * SECOND, components={"login": "partial_outage"})
    held: list[int] = []

    def work(name: str) -> None:
        database = Database(database_url)
        for _ in range(4):
            found = outbox.claim(database, "x", name, NOON + MINUTE, Certainty.KEYED)
            if found is not None:
                held.append(found.id)
        database.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with desk.db.read() as session:
        sending = session.scalar(
            select(func.count()).where(Delivery.state == DeliveryState.SENDING)
        )
    assert len(held) == len(set(held)) == sending
