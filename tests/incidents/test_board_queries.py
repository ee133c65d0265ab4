"""What the board and the trail read: clocks, what waits, who is on duty; each row by an index."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incidents import actions, outbox, queries
from incidents.actions import Desk
from incidents.errors import InvalidInput, NotAllowed, NotFound, NotPossible
from incidents.models import Delivery, Event, Incident, ShownEvent
from incidents.queries import Board, Clock, TrailFilter
from incidents.status import Certainty, DeliveryState, IncidentKind, Role, Status
from tests.conftest import NOON
from tests.incidents._history import CHANNELS
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, scheduled, updated, words
from tests.incidents.test_plans import ENTRIES, Lived, faults, kind, listening, lived

__all__ = ["kind", "lived"]

SECOND = timedelta(seconds=1)
MOST_STATEMENTS = 22
"""Of one look at the board, however much there is."""


def board(desk: Desk, now: Any = NOON, tasks: tuple[str, ...] = ()) -> Board:
    accounts = [name for name in desk.channels if name not in tasks]
    with desk.db.read() as session:
        return queries.board(session, now, accounts, tasks)


def settle(desk: Desk, channel: str, **values: Any) -> int:
    """Make a channel's newest delivery look like this; answers its number."""
    with desk.db.claim() as session:
        newest = select(Delivery).where(Delivery.channel == channel).order_by(Delivery.id.desc())
        row = session.scalars(newest).first()
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)
        return row.id


# Clocks


@pytest.mark.parametrize(
    ("promised", "stands"),
    [
        (None, Clock.NONE),
        (NOON + 11 * MINUTE, Clock.CALM),
        (NOON + 10 * MINUTE, Clock.NEAR),
        (NOON + SECOND, Clock.NEAR),
        (NOON, Clock.LATE),
        (NOON - HOUR, Clock.LATE),
    ],
)
def test_a_promise_is_calm_then_near_then_late(promised: Any, stands: Clock) -> None:
    assert queries.promise_clock(Incident(next_update_by=promised), NOON) is stands


def test_how_early_it_warns_can_be_set() -> None:
    entry = Incident(next_update_by=NOON + 20 * MINUTE)
    assert queries.promise_clock(entry, NOON, 30 * MINUTE) is Clock.NEAR


@pytest.mark.parametrize(
    ("status", "by_itself", "moment", "overdue"),
    [
        (Status.SCHEDULED, False, NOON - SECOND, True),
        (Status.SCHEDULED, False, NOON + SECOND, False),
        (Status.SCHEDULED, True, NOON - 59 * SECOND, False),
        (Status.SCHEDULED, True, NOON - 61 * SECOND, True),
        (Status.IN_PROGRESS, False, NOON - SECOND, True),
        (Status.IN_PROGRESS, True, NOON - 61 * SECOND, True),
    ],
)
def test_work_that_should_have_begun_or_ended_is_overdue(
    status: Status, by_itself: bool, moment: Any, overdue: bool
) -> None:
    begins = status is Status.SCHEDULED
    entry = Incident(
        kind=IncidentKind.MAINTENANCE,
        status=status,
        scheduled_for=moment if begins else NOON - HOUR,
        scheduled_until=NOON + HOUR if begins else moment,
        starts_itself=by_itself,
        ends_itself=by_itself,
    )
    assert queries.is_overdue(entry, NOON) is overdue


def test_the_first_notice_is_late_after_five_minutes(desk: Desk) -> None:
    declared(desk, started_at=NOON - 5 * MINUTE)
    declared(desk, started_at=NOON - 6 * MINUTE)
    later, earlier = sorted(board(desk).incidents, key=lambda e: e.incident.number, reverse=True)
    assert (earlier.first_notice, earlier.first_notice_late) == (5, False)
    assert (later.first_notice, later.first_notice_late) == (6, True)


@pytest.mark.parametrize(
    ("passed", "stands"),
    [
        (timedelta(0), Clock.CALM),
        (3 * MINUTE - SECOND, Clock.CALM),
        (3 * MINUTE, Clock.NEAR),
        (6 * MINUTE - SECOND, Clock.NEAR),
        (6 * MINUTE, Clock.LATE),
        (-MINUTE, Clock.CALM),
    ],
)
def test_before_the_first_notice_a_clock_runs_too(passed: timedelta, stands: Clock) -> None:
    """It is late from the moment when a notice would be called late."""
    assert queries.first_notice_clock(NOON, NOON + passed) is stands


FAULT = {
    "name": {"it": "A", "en": "A"},
    "components": {"wallet": "major_outage"},
    "texts": words("A"),
}


def test_a_fault_that_only_a_draft_tells_of_alarms_the_board(desk: Desk) -> None:
    said = {**FAULT, "started_at": NOON}
    kept = actions.save_draft(desk, "bea", NOON + MINUTE, "declare_incident", said).draft_id
    assert kept is not None
    early, late = board(desk, NOON + 4 * MINUTE), board(desk, NOON + 6 * MINUTE)
    assert (early.unannounced[kept].stands, early.alarmed) == (Clock.NEAR, False)
    assert late.unannounced == {kept: queries.Unannounced(NOON, Clock.LATE)}
    assert late.alarmed
    actions.publish_draft(desk, "carlo", NOON + 7 * MINUTE, kept)
    assert board(desk, NOON + 7 * MINUTE).unannounced == {}


def test_a_draft_without_a_beginning_has_no_clock(desk: Desk) -> None:
    actions.save_draft(desk, "bea", NOON, "declare_incident", FAULT)
    times = {"starts_at": NOON + HOUR, "ends_at": NOON + 2 * HOUR}
    plan = {**FAULT, **times, "kind": "maintenance", "components": ["wallet"]}
    actions.save_draft(desk, "bea", NOON, "schedule", plan)
    found = board(desk, NOON + HOUR)
    assert (len(found.drafts), found.unannounced, found.alarmed) == (2, {}, False)


# What is on it


def test_open_entries_stand_by_kind_the_latest_first(desk: Desk) -> None:
    first = declared(desk, started_at=NOON - HOUR)
    second = declared(desk)
    over = declared(desk)
    resolved(desk, over.incident_id, NOON)
    soon = scheduled(desk, starts_at=NOON + HOUR)
    sooner = scheduled(desk, starts_at=NOON + MINUTE)
    found = board(desk)
    assert [e.incident.id for e in found.incidents] == [second.incident_id, first.incident_id]
    assert [e.incident.id for e in found.planned] == [sooner.incident_id, soon.incident_id]
    assert found.running == []
    actions.catch_up(desk, NOON + 2 * MINUTE)
    found = board(desk, NOON + 2 * MINUTE)
    assert [e.incident.id for e in found.running] == [sooner.incident_id]
    assert {s.publication.incident_id for s in found.latest} == {over.incident_id}


def test_it_alarms_when_a_promise_is_late(desk: Desk) -> None:
    declared(desk, next_update_by=NOON + HOUR)
    assert not board(desk).alarmed
    assert board(desk, NOON + HOUR).alarmed


def test_each_entry_has_its_three_newest_publications_and_their_deliveries(desk: Desk) -> None:
    entry = declared(desk)
    for minute in range(1, 5):
        updated(desk, entry.incident_id, NOON + minute * MINUTE)
    for _ in range(12):  # others that push it out of the newest ten
        declared(desk, NOON + HOUR)
    [old] = [e for e in board(desk).incidents if e.incident.id == entry.incident_id]
    assert [s.publication.update_number for s in old.sendings] == [5, 4, 3]
    assert [row.channel for row in old.sendings[0].deliveries] == ["x", "log"]


def test_skew_is_from_the_first_account_to_the_last(desk: Desk) -> None:
    declared(desk)
    settle(desk, "x", state=DeliveryState.SENT, sent_at=NOON)
    assert board(desk).incidents[0].sendings[0].skew is None
    settle(desk, "log", state=DeliveryState.SENT, sent_at=NOON + 3 * SECOND)
    assert board(desk).incidents[0].sendings[0].skew == 3 * SECOND
    assert board(desk, tasks=("log",)).incidents[0].sendings[0].skew is None


def test_what_failed_and_what_is_unconfirmed_waits_for_a_decision(desk: Desk) -> None:
    declared(desk)
    failed = settle(desk, "x", state=DeliveryState.FAILED, error="no")
    unsure = settle(desk, "log", state=DeliveryState.UNCONFIRMED)
    assert [row.id for row in board(desk).troubles] == [failed, unsure]
    found = board(desk, tasks=("log",))
    assert ([row.id for row in found.troubles], [row.id for row in found.tasks]) == (
        [failed],
        [unsure],
    )
    assert found.troubles[0].publication.reference == "1/1"
    a_week_on = board(desk, NOON + timedelta(days=8))
    assert [row.id for row in a_week_on.troubles] == [unsure]


def test_what_waits_is_counted_by_channel(desk: Desk) -> None:
    declared(desk)
    declared(desk, NOON + MINUTE)
    settle(desk, "x", state=DeliveryState.VERIFIED)
    waiting = board(desk, NOON + HOUR).waiting
    assert (waiting["x"].number, waiting["log"].number) == (1, 2)
    assert waiting["log"].since == NOON


def test_a_target_is_behind_ten_seconds_after_an_event_that_it_does_not_show(desk: Desk) -> None:
    with desk.db.read() as session:
        last = queries.last_event(session)
    outbox.show(desk.db, "node/page", last, NOON)
    declared(desk)
    assert board(desk, NOON + 9 * SECOND).behind == {}
    late = board(desk, NOON + 11 * SECOND)
    assert (late.behind, late.looked_after) == ({"node/page": NOON}, {"node/page"})
    with desk.db.claim() as session:
        session.get_one(ShownEvent, "node/page").at = NOON - HOUR
    assert board(desk, NOON + 11 * SECOND).looked_after == set()


def test_stopped_channels_and_drafts_are_there(desk: Desk) -> None:
    actions.pause_channel(desk, "carlo", NOON, "x", "moving house")
    said = {
        "name": {"it": "A", "en": "A"},
        "components": {"wallet": "major_outage"},
        "texts": words("A"),
    }
    actions.save_draft(desk, "bea", NOON, "declare_incident", said)
    found = board(desk)
    assert found.channels["x"].why == "moving house"
    assert [found.names[draft.author_id] for draft in found.drafts] == ["Bea"]


# Duty


def test_duty_is_taken_handed_over_and_left(desk: Desk) -> None:
    assert board(desk).duty is None
    actions.take_duty(desk, "bea", NOON)
    actions.hand_over_duty(desk, "bea", NOON + HOUR, "carlo")
    duty = board(desk).duty
    assert duty is not None
    assert (duty.login, duty.name, duty.since) == ("carlo", "Carlo", NOON + HOUR)
    with pytest.raises(NotPossible, match="Carlo is on duty already"):
        actions.take_duty(desk, "carlo", NOON)
    actions.leave_duty(desk, "carlo", NOON)
    with pytest.raises(NotPossible):
        actions.leave_duty(desk, "carlo", NOON)
    told = [(e.kind, e.data) for e in trail(desk) if e.kind.startswith("duty")]
    assert told == [
        ("duty_left", {"old": "carlo", "new": None}),
        ("duty_handed_over", {"old": "bea", "new": "carlo"}),
        ("duty_taken", {"old": None, "new": "bea"}),
    ]


@pytest.mark.parametrize("to", ["nobody", "avviso", "vera", "ada"])
def test_duty_goes_to_nobody_who_could_not_act(desk: Desk, to: str) -> None:
    actions.disable_operator(desk, actions.AVVISO, NOON, "ada")
    with pytest.raises(InvalidInput, match="to: "):
        actions.hand_over_duty(desk, "bea", NOON, to)
    assert board(desk).duty is None
    assert [row.login for row in board(desk).people] == ["bea", "carlo"]


def test_a_viewer_takes_no_duty(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        actions.take_duty(desk, "vera", NOON)


# The trail


def trail(desk: Desk, **asked: Any) -> list[queries.TrailEvent]:
    with desk.db.read() as session:
        return list(queries.whole_trail(session, TrailFilter(**asked)))


def test_the_trail_is_found_by_person_kind_entry_and_days(desk: Desk) -> None:
    entry = declared(desk, NOON)
    declared(desk, NOON + 2 * HOUR, actor="carlo")
    assert {e.login for e in trail(desk, person="carlo")} == {"carlo"}
    assert [e.entry_number for e in trail(desk, kind="incident_declared")] == [2, 1]
    [told] = trail(desk, entry="#1")
    assert (told.entry_id, told.name, told.kind) == (entry.incident_id, "Bea", "incident_declared")
    assert told.entry_name["en"] == "Wallet unavailable"
    later = trail(desk, since=NOON + HOUR)
    assert [e.entry_number for e in later] == [2]
    assert trail(desk, since=NOON + 3 * HOUR) == trail(desk, until=NOON) == []
    assert len(trail(desk, until=NOON + HOUR)) == len(trail(desk)) - 1
    assert trail(desk, person="nobody-of-that-name") == []
    with pytest.raises(NotFound, match="entry"):
        trail(desk, entry="99")


def test_what_nobody_did_is_found_too(desk: Desk) -> None:
    declared(desk, NOON)
    claimed = outbox.claim(desk.db, "log", "w", NOON + MINUTE, Certainty.KEYED)
    assert claimed is not None
    sent = outbox.Sent("1", "https://posts.test/1")
    alone = {"standalone": False, "fallback": False, "verify": False}
    outbox.settle_sent(desk.db, claimed, NOON + MINUTE, sent, "text", **alone)
    [told] = trail(desk, person="")
    assert (told.kind, told.login, told.data["channel"]) == ("delivery_sent", "", "log")


def test_pages_of_the_trail_follow_each_other(desk: Desk) -> None:
    for _ in range(5):
        declared(desk)
    everything = [e.seq for e in trail(desk)]
    seen, before = [], None
    while True:
        with desk.db.read() as session:
            page = queries.trail(session, TrailFilter(), before, limit=4)
        seen += [e.seq for e in page.events]
        before = page.older
        if before is None:
            break
    assert seen == everything == sorted(everything, reverse=True)


def test_what_changed_is_told_as_it_was_and_as_it_is(desk: Desk) -> None:
    renamed = {"key": "wallet", "name": {"it": "Borsa", "en": "Purse"}, "hidden": True}
    actions.save_component(desk, "ada", NOON, renamed)
    actions.save_group(desk, "ada", NOON, {"key": "g", "name": {"it": "G", "en": "G"}})
    actions.pause_channel(desk, "ada", NOON, "x", "why")
    actions.set_role(desk, "ada", NOON, "bea", Role.VIEWER)
    told = {e.kind: e.data for e in trail(desk)[:6][::-1]}
    assert told["component_saved"]["before"] == {
        "name": {"it": "Portafoglio", "en": "Wallet"},
        "hidden": False,
    }
    assert told["component_saved"]["after"]["name"] == {"it": "Borsa", "en": "Purse"}
    assert told["group_saved"]["before"] == {"name": None, "description": None}
    assert (told["channel_set"]["old"], told["channel_set"]["state"]) == ("on", "paused")
    assert told["operator_role_set"]["new"] == "viewer"
    assert told["operator_role_set"]["operator"] == "bea"


def test_an_update_tells_what_it_changed_of_the_entry(desk: Desk) -> None:
    number, promise = str(declared(desk).number), NOON + HOUR
    updated(desk, number, NOON, status="identified", next_update_by=promise, impact="minor")
    told = trail(desk)[0].data
    assert told["before"] == {
        "status": "investigating",
        "impact": "critical",
        "next_update_by": None,
    }
    assert told["after"] == {
        "status": "identified",
        "impact": "minor",
        "next_update_by": promise.isoformat(),
    }
    updated(desk, number, NOON, next_update_by=promise)
    assert (trail(desk)[0].data["before"], trail(desk)[0].data["after"]) == ({}, {})


def test_the_kinds_that_there_are(desk: Desk) -> None:
    declared(desk)
    with desk.db.read() as session:
        kinds = queries.event_kinds(session)
        assert kinds == sorted(set(session.scalars(select(Event.kind))))


# Channels


def test_a_channel_shows_its_last_post_and_its_last_fault(desk: Desk) -> None:
    declared(desk)
    failed = settle(desk, "x", state=DeliveryState.FAILED, error="no", not_before=NOON)
    declared(desk, NOON + HOUR)
    out = settle(desk, "x", state=DeliveryState.VERIFIED, not_before=NOON + HOUR)
    with desk.db.read() as session:
        x, log, new = queries.channel_looks(session, ["x", "log", "new"])
    assert x.last_post is not None
    assert x.last_fault is not None
    assert (x.last_post.id, x.last_fault.id) == (out, failed)
    assert (log.last_post, log.last_fault, new.last_post, new.row) == (None, None, None, None)


# Plans


def test_every_statement_finds_its_rows_by_an_index(kind: str, lived: Lived) -> None:
    desk = lived(kind, ENTRIES).desk
    now = NOON + HOUR
    with listening(desk.db) as asked, desk.db.read() as session:
        found = queries.board(session, now, CHANNELS)
        assert asked.count <= MOST_STATEMENTS
        queries.channel_looks(session, CHANNELS)
        queries.event_kinds(session)
        for filters in (
            TrailFilter(),
            TrailFilter(person="bea"),
            TrailFilter(person=""),
            TrailFilter(kind="delivery_sent"),
            TrailFilter(kind="component_saved"),
            TrailFilter(entry="5000"),
            TrailFilter(since=NOON - timedelta(days=700), until=NOON - timedelta(days=600)),
            TrailFilter(kind="updated", until=NOON - timedelta(days=600)),
        ):
            queries.trail(session, filters)
    assert found.incidents
    assert faults(desk.db, asked) == {}
