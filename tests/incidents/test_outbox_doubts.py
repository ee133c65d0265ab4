"""The outbox when it is in doubt: dead workers, clocks set back, what is stale and maybe out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incidents import actions, outbox
from incidents.actions import Desk
from incidents.outbox import Sent
from incidents.status import Certainty
from tests.conftest import NOON
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, updated, words
from tests.incidents.test_outbox import LATER, SECOND, claim, delivery, sent, states, taken

KEYED = Certainty.KEYED


def doubted(desk: Desk, certainty: Certainty = KEYED) -> outbox.Claimed:
    """A first delivery of which nobody knows what became."""
    held = taken(desk, certainty=certainty)
    outbox.settle_unknown(desk.db, held, LATER, "time-out", certainty, "the text")
    return held


# What is stale and may be out


def test_what_was_overtaken_and_may_be_out_is_looked_for_but_not_sent(desk: Desk) -> None:
    first = declared(desk)
    doubted(desk)
    updated(desk, first.incident_id, NOON + HOUR)
    old = taken(desk, NOON + 2 * HOUR, certainty=KEYED)
    assert "latest state" in old.stale
    outbox.settle_stale(desk.db, old, NOON + 2 * HOUR)
    assert states(desk) == ["superseded", "pending"]
    latest = taken(desk, NOON + 2 * HOUR, certainty=KEYED)
    assert (latest.publication.update_number, latest.stale, latest.standalone) == (2, "", False)


def test_what_was_overtaken_and_is_found_is_the_parent_of_the_latest(desk: Desk) -> None:
    first = declared(desk)
    doubted(desk)
    updated(desk, first.incident_id, NOON + HOUR)
    sent(desk, taken(desk, NOON + 2 * HOUR, certainty=KEYED), NOON + 2 * HOUR, "first")
    latest = taken(desk, NOON + 2 * HOUR, certainty=KEYED)
    assert latest.thread.parent == Sent("first", "https://x.test/first")


def test_what_expired_and_may_be_out_is_failed_when_it_is_not_found(desk: Desk) -> None:
    declared(desk)
    doubted(desk)
    old = taken(desk, NOON + 49 * HOUR, certainty=KEYED)
    assert "expired" in old.stale
    outbox.settle_stale(desk.db, old, NOON + 49 * HOUR)
    assert states(desk) == ["failed"]


def test_what_is_not_stale_goes_again_by_its_key(desk: Desk) -> None:
    declared(desk)
    first = doubted(desk)
    again = taken(desk, LATER + MINUTE, certainty=KEYED)
    assert (again.key, again.maybe_sent, again.stale) == (first.key, True, "")


def test_a_stale_delivery_that_somebody_else_holds_by_now_is_left_alone(desk: Desk) -> None:
    first = declared(desk)
    doubted(desk)
    updated(desk, first.incident_id, NOON + HOUR)
    old = taken(desk, NOON + 2 * HOUR, certainty=KEYED)
    other = claim(desk, NOON + 3 * HOUR, certainty=KEYED, worker="w2")
    assert other is not None
    outbox.settle_stale(desk.db, old, NOON + 3 * HOUR)
    assert states(desk) == ["sending", "pending"]


def corrected(desk: Desk, incident: str | None, now: timedelta) -> None:
    said = {
        "incident": incident,
        "update": "1",
        "texts": words("Giusto"),
        "reason": {"it": "Errore.", "en": "Mistake."},
    }
    actions.correct_update(desk, "bea", NOON + now, said)


def test_what_readers_have_before_them_is_corrected_even_after_a_long_fault(desk: Desk) -> None:
    first = declared(desk)
    sent(desk, taken(desk), LATER, "wrong")
    corrected(desk, first.incident_id, MINUTE)
    updated(desk, first.incident_id, NOON + HOUR)
    back = NOON + 3 * HOUR
    correction = taken(desk, back)
    assert str(correction.publication.kind) == "correction"
    assert correction.stale == ""
    sent(desk, correction, back, "correction")
    assert taken(desk, back).publication.update_number == 2


def test_a_correction_expires_like_everything_else(desk: Desk) -> None:
    first = declared(desk)
    sent(desk, taken(desk), LATER, "wrong")
    corrected(desk, first.incident_id, MINUTE)
    updated(desk, first.incident_id, NOON + HOUR)
    assert taken(desk, NOON + 48 * HOUR + 30 * MINUTE).publication.update_number == 2
    assert states(desk) == ["sent", "failed", "sending"]


def test_what_waited_in_a_paused_channel_is_old_when_others_heard_more_meanwhile(
    desk: Desk,
) -> None:
    first = declared(desk)
    actions.pause_channel(desk, "carlo", NOON + SECOND, "x", "holiday")
    resolved(desk, first.incident_id, NOON + MINUTE)
    actions.resume_channel(desk, "carlo", NOON + HOUR, "x")
    assert claim(desk, NOON + HOUR) is None
    assert states(desk) == ["superseded"]


def test_what_readers_never_saw_needs_no_correction(desk: Desk) -> None:
    first = declared(desk)
    corrected(desk, first.incident_id, MINUTE)
    updated(desk, first.incident_id, NOON + HOUR)
    latest = taken(desk, NOON + 3 * HOUR)
    assert latest.publication.update_number == 2
    assert states(desk) == ["superseded", "superseded", "sending"]


# A network that could not be looked at


def test_a_post_that_could_not_be_looked_for_yet_puts_the_network_in_doubt(desk: Desk) -> None:
    declared(desk)
    assert not taken(desk).in_doubt
    declared(desk, components={"login": "partial_outage"})
    outbox.settle_unknown(
        desk.db, taken(desk, LATER), LATER, "time-out", Certainty.READABLE, "the text"
    )
    declared(desk, NOON + MINUTE, components={"messages": "partial_outage"})
    assert taken(desk, NOON + 2 * MINUTE).in_doubt
    assert not taken(desk, NOON + 2 * MINUTE, "log").in_doubt, "other channels are not in doubt"


def test_once_it_was_looked_for_the_network_is_trusted_again(desk: Desk) -> None:
    declared(desk)
    outbox.settle_unknown(desk.db, taken(desk), LATER, "time-out", Certainty.READABLE)
    for number in range(3):
        assert outbox.due_looks(desk.db, "x", "w1", LATER + number * 2 * MINUTE)
    declared(desk, NOON + HOUR, components={"login": "partial_outage"})
    assert not taken(desk, NOON + 2 * HOUR).in_doubt


def test_what_may_be_there_is_kept_for_whoever_looks(desk: Desk) -> None:
    declared(desk)
    held = doubted(desk, Certainty.READABLE)
    assert delivery(desk, held.id).text == "the text"


def test_a_catch_up_replies_to_what_is_known_to_be_out(desk: Desk) -> None:
    """The one before it is not known, but it was overtaken by others that readers missed too."""
    first = declared(desk)
    sent(desk, taken(desk), LATER, "root")
    updated(desk, first.incident_id, NOON + 30 * MINUTE)
    lost = taken(desk, NOON + 31 * MINUTE)
    outbox.settle_unknown(
        desk.db, lost, NOON + 31 * MINUTE, "time-out", Certainty.READABLE, "the text"
    )
    for number in range(2, 6):
        updated(desk, first.incident_id, NOON + number * 30 * MINUTE)
    latest = taken(desk, NOON + 6 * HOUR)
    assert states(desk) == ["sent", "unconfirmed", *["superseded"] * 3, "sending"]
    assert (latest.standalone, latest.thread.parent) == (
        False,
        Sent("root", "https://x.test/root"),
    )


# A worker that is gone


def test_what_a_worker_held_that_is_gone_is_taken_at_once(desk: Desk) -> None:
    declared(desk)
    first = taken(desk)
    outbox.end_leases(desk.db, LATER, lambda name: name == "another")
    assert claim(desk, LATER + SECOND, worker="w2", certainty=KEYED) is None
    outbox.end_leases(desk.db, LATER + SECOND, lambda name: name == "w1")
    again = claim(desk, LATER + SECOND, worker="w2", certainty=KEYED)
    assert again is not None
    assert (again.id, again.maybe_sent) == (first.id, True)


# A clock that is set back


def test_a_delivery_that_was_put_off_does_not_wait_for_the_hour_to_come_again(desk: Desk) -> None:
    declared(desk)
    outbox.settle_later(desk.db, taken(desk), LATER, "busy", timedelta(minutes=5))
    assert claim(desk, LATER + 4 * MINUTE) is None
    assert claim(desk, LATER - HOUR) is not None


def test_a_delivery_from_the_future_goes_now(desk: Desk) -> None:
    declared(desk, NOON + HOUR)
    assert claim(desk, NOON) is not None


def test_clocks_that_are_seconds_apart_are_no_reason_to_hurry(desk: Desk) -> None:
    declared(desk, NOON + 30 * SECOND)
    assert claim(desk, NOON) is None


def test_a_lease_from_the_future_is_no_lease(desk: Desk) -> None:
    declared(desk)
    taken(desk, certainty=KEYED)
    assert claim(desk, LATER - MINUTE, worker="w2", certainty=KEYED) is None
    assert claim(desk, LATER - HOUR, worker="w2", certainty=KEYED) is not None


def test_a_failure_from_the_future_holds_nothing_up(desk: Desk) -> None:
    first = declared(desk)
    outbox.settle_rejected(desk.db, taken(desk), LATER, "no")
    updated(desk, first.incident_id, NOON + SECOND)
    assert claim(desk, LATER + MINUTE) is None
    assert claim(desk, LATER - HOUR) is not None


def test_a_look_from_the_future_is_made_now(desk: Desk) -> None:
    declared(desk)
    sent(desk, taken(desk), LATER)
    assert outbox.due_looks(desk.db, "x", "w1", LATER - MINUTE) == []
    assert outbox.due_looks(desk.db, "x", "w1", LATER - HOUR) != []


# Edits and persons


def test_an_edit_is_no_post_of_its_own(desk: Desk) -> None:
    """A correction that edited the first post must not become the thread's latest."""
    first = declared(desk)
    sent(desk, taken(desk), LATER, "root")
    updated(desk, first.incident_id, NOON + MINUTE)
    sent(desk, taken(desk, NOON + 2 * MINUTE), NOON + 2 * MINUTE, "second")
    corrected(desk, first.incident_id, 3 * MINUTE)
    sent(desk, taken(desk, NOON + 4 * MINUTE), NOON + 4 * MINUTE, "root")
    updated(desk, first.incident_id, NOON + 5 * MINUTE)
    latest = taken(desk, NOON + 6 * MINUTE)
    assert latest.thread.parent == Sent("second", "https://x.test/second")
    assert latest.thread.root == Sent("root", "https://x.test/root")


def asked(desk: Desk, now: timedelta = 11 * SECOND) -> outbox.Claimed:
    """A job that a person has on the list."""
    job = taken(desk, NOON + now, certainty=Certainty.PERSONAL)
    outbox.settle_asked(desk.db, job, NOON + now, "the text", "Call centre")
    return job


def test_a_job_waits_for_a_person_and_holds_nothing_up(desk: Desk) -> None:
    first = declared(desk)
    job = asked(desk)
    row = delivery(desk, job.id)
    assert (row.state, row.text, row.error) == ("unconfirmed", "the text", "Call centre")
    assert outbox.due_looks(desk.db, "x", "w1", LATER + HOUR) == []
    updated(desk, first.incident_id, NOON + MINUTE)
    job = asked(desk, MINUTE + 11 * SECOND)
    assert not job.standalone
    assert states(desk) == ["superseded", "unconfirmed"], "the later one takes its place"


def test_a_job_that_is_done_stays_done(desk: Desk) -> None:
    first = declared(desk)
    job = asked(desk)
    actions.settle_unconfirmed(desk, "bea", LATER, job.id, there=True)
    resolved(desk, first.incident_id, NOON + MINUTE)
    asked(desk, MINUTE + 11 * SECOND)
    assert states(desk) == ["sent", "unconfirmed"]


@pytest.mark.parametrize(("update", "left"), [("1", "superseded"), ("2", "unconfirmed")])
def test_a_correction_takes_the_place_of_the_job_that_it_speaks_of(
    desk: Desk, update: str, left: str
) -> None:
    first = declared(desk)
    done = asked(desk)
    actions.settle_unconfirmed(desk, "bea", LATER, done.id, there=True)
    updated(desk, first.incident_id, NOON + MINUTE)
    asked(desk, MINUTE + 11 * SECOND)
    said = {
        "incident": first.incident_id,
        "update": "2" if update == "1" else "1",
        "texts": words("Giusto"),
        "reason": {"it": "Errore.", "en": "Mistake."},
    }
    actions.correct_update(desk, "bea", NOON + 2 * MINUTE, said)
    asked(desk, 2 * MINUTE + 11 * SECOND)
    assert states(desk) == ["sent", left, "unconfirmed"]


def test_what_mends_a_job_that_is_done_stays_on_the_list(desk: Desk) -> None:
    first = declared(desk)
    done = asked(desk)
    actions.settle_unconfirmed(desk, "bea", LATER, done.id, there=True)
    corrected(desk, first.incident_id, MINUTE)
    asked(desk, MINUTE + 11 * SECOND)
    updated(desk, first.incident_id, NOON + 2 * MINUTE)
    asked(desk, 2 * MINUTE + 11 * SECOND)
    assert states(desk) == ["sent", "unconfirmed", "unconfirmed"]


def test_what_mends_a_job_that_nobody_did_goes_with_it(desk: Desk) -> None:
    first = declared(desk)
    asked(desk)
    corrected(desk, first.incident_id, MINUTE)
    asked(desk, MINUTE + 11 * SECOND)
    updated(desk, first.incident_id, NOON + 2 * MINUTE)
    asked(desk, 2 * MINUTE + 11 * SECOND)
    assert states(desk) == ["superseded", "superseded", "unconfirmed"]


def test_a_job_that_is_done_is_mended_even_after_a_long_fault(desk: Desk) -> None:
    first = declared(desk)
    done = asked(desk)
    actions.settle_unconfirmed(desk, "bea", LATER, done.id, there=True)
    corrected(desk, first.incident_id, MINUTE)
    updated(desk, first.incident_id, NOON + HOUR)
    job = taken(desk, NOON + 2 * HOUR, certainty=Certainty.PERSONAL)
    assert str(job.publication.kind) == "correction"


def test_other_incidents_keep_their_jobs(desk: Desk) -> None:
    declared(desk)
    declared(desk, NOON + SECOND, components={"login": "partial_outage"})
    asked(desk)
    asked(desk, 13 * SECOND)
    assert states(desk) == ["unconfirmed", "unconfirmed"]


def test_a_worker_that_died_while_it_asked_asks_again(desk: Desk) -> None:
    declared(desk)
    first = taken(desk, certainty=Certainty.PERSONAL)
    after = LATER + outbox.LEASE + SECOND
    assert taken(desk, after, certainty=Certainty.PERSONAL).id == first.id
