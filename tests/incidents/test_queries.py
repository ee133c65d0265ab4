"""What the public may see and what has to be rendered, read from both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from incidents import actions, outbox, queries
from incidents.actions import Desk
from incidents.errors import NotFound
from incidents.outbox import Sent
from incidents.queries import NEWEST, Kept, Reader, Touched
from incidents.status import Certainty, ComponentStatus, DeliveryState
from incidents.view import IncidentView, Overview
from tests.conftest import NOON
from tests.incidents.builders import (
    HOUR,
    MINUTE,
    declared,
    resolved,
    scheduled,
    updated,
    words,
)

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def overview(desk: Desk, now: datetime = NOON) -> Overview:
    with desk.db.read() as session:
        return Reader(session, desk.service, desk.texts, now, {"x": "x"}).overview()


def view(desk: Desk, incident: str | None, now: datetime = NOON) -> IncidentView:
    with desk.db.read() as session:
        found = Reader(session, desk.service, desk.texts, now).incident(incident or "")
    assert found is not None
    return found


def touched(desk: Desk, after: int, since: datetime, now: datetime) -> Touched:
    with desk.db.read() as session:
        archived = queries.last_event(session)
        return queries.touched(session, desk.service, after, since, now, archived)


def ids(desk: Desk, *keys: str) -> frozenset[str]:
    with desk.db.read() as session:
        return frozenset(part.id for part in queries.components(session) if part.key in keys)


def last_event(desk: Desk) -> int:
    with desk.db.read() as session:
        return queries.last_event(session)


def backdated(desk: Desk, began: datetime, now: datetime = NOON) -> actions.Outcome:
    said = {
        "name": {"it": "Allora", "en": "Then"},
        "started_at": began,
        "resolved_at": began + HOUR,
        "components": {"wallet": "partial_outage"},
        "texts": words("Allora"),
    }
    return actions.backdate_incident(desk, "bea", now, said)


def hide(desk: Desk, key: str, *, hidden: bool = True) -> None:
    name = {"it": key.capitalize(), "en": key.capitalize()}
    actions.save_component(desk, "ada", NOON, {"key": key, "name": name, "hidden": hidden})


# Finding an entry by what a person or a program calls it


@pytest.mark.parametrize("reference", ["#1", "1", "000000001", "the-key", "ID"])
def test_an_entry_is_found_by_its_number_key_or_id(desk: Desk, reference: str) -> None:
    outcome = declared(desk, key="the-key")
    reference = (outcome.incident_id or "") if reference == "ID" else reference
    with desk.db.read() as session:
        assert queries.find_incident(session, reference).id == outcome.incident_id


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "#",
        "##1",
        "#0",
        "0",
        "-1",
        "+1",
        "1.0",
        " 1",
        "1 ",
        "2",
        "#999999999",
        "9999999999",
        "9" * 400,
        "#" + "9" * 5000,
        "' OR 1=1 --",
        "1; DROP TABLE incidents",
        "%",
        "_",
        "NULL",
        "the-key'",
        "THE-KEY",
        "²",
        "①",
        "🔥",
        "it's",
    ],
)
def test_any_other_reference_is_refused_in_words(desk: Desk, reference: str) -> None:
    declared(desk, key="the-key")
    with desk.db.read() as session, pytest.raises(NotFound, match="incident: there is no"):
        queries.find_incident(session, reference)


@pytest.mark.parametrize("reference", ["١", "#１"])
def test_digits_of_other_scripts_are_digits(desk: Desk, reference: str) -> None:
    outcome = declared(desk)
    with desk.db.read() as session:
        assert queries.find_incident(session, reference).number == outcome.number


def test_the_field_that_was_wrong_is_named(desk: Desk) -> None:
    with desk.db.read() as session, pytest.raises(NotFound, match="from_notice: there is no 'x'"):
        queries.find_incident(session, "x", "from_notice")


@pytest.mark.parametrize(("reference", "number"), [(None, 2), ("1", 1), ("2", 2), ("key-2", 2)])
def test_an_update_is_found(desk: Desk, reference: str | None, number: int) -> None:
    outcome = declared(desk)
    updated(desk, outcome.incident_id, NOON + MINUTE, key="key-2")
    with desk.db.read() as session:
        entry = queries.find_incident(session, "#1")
        assert queries.find_update(session, entry, reference).number == number
        with pytest.raises(NotFound, match="has no update '3'; it has 1 to 2"):
            queries.find_update(session, entry, "3")


# The overview


def test_a_page_without_incidents_has_no_problem_reported(desk: Desk) -> None:
    seen = overview(desk)
    assert (seen.active, seen.past, seen.upcoming, seen.latest_month) == ((), (), (), None)
    assert [component.key for component in seen.components] == ["wallet", "login", "messages"]


def test_a_hidden_component_is_nowhere(desk: Desk) -> None:
    declared(desk, components={"wallet": "major_outage", "login": "partial_outage"})
    hide(desk, "wallet")
    seen = overview(desk, NOON + MINUTE)
    (incident,) = seen.active
    assert "wallet" not in {component.key for component in seen.components}
    assert [component.key for component in incident.components] == ["login"]
    assert len(incident.affected) == len(incident.updates[0].changes) == 1
    hide(desk, "wallet", hidden=False)
    assert len(overview(desk, NOON + MINUTE).active[0].affected) == 2


def test_a_hidden_component_does_not_colour_the_page(desk: Desk) -> None:
    actions.set_component_status(desk, "bea", NOON, "login", ComponentStatus.MAJOR_OUTAGE)
    assert str(overview(desk).indicator) != "none"
    hide(desk, "login")
    assert str(overview(desk).indicator) == "none"


def test_entries_stand_where_they_belong(desk: Desk) -> None:
    over = declared(desk)
    resolved(desk, over.incident_id, NOON + MINUTE)
    old = backdated(desk, NOON - 15 * DAY)
    recent = backdated(desk, NOON - 13 * DAY)
    first = declared(desk)
    second = declared(desk, NOON + MINUTE, components={"login": "partial_outage"})
    later = scheduled(desk, starts_at=NOON + 3 * HOUR, ends_at=NOON + 4 * HOUR)
    sooner = scheduled(desk, kind="advance_notice", components=[])
    updated(desk, first.incident_id, NOON + 2 * MINUTE)
    seen = overview(desk, NOON + 3 * MINUTE)
    assert [i.id for i in seen.active] == [first.incident_id, second.incident_id]
    assert [i.id for i in seen.upcoming] == [sooner.incident_id, later.incident_id]
    assert [i.id for i in seen.past] == [over.incident_id, recent.incident_id]
    assert old.incident_id in {i.id for i in seen.incidents}
    assert {i.id for i in seen.maintenances} == {later.incident_id, sooner.incident_id}
    assert seen.latest_month == "2020-12"


def test_lists_end_at_fifty_but_nothing_open_is_left_out(desk: Desk) -> None:
    """Statuspage's API gives the fifty latest; what is open must be on the page, however old."""
    for number in range(NEWEST + 3):
        declared(desk, NOON + number * SECOND, components={"login": "partial_outage"})
    later = NOON + HOUR
    seen = overview(desk, later)
    assert len(seen.active) == len(seen.incidents) == NEWEST + 3
    assert len(seen.publications) == NEWEST
    assert seen.publications[0].at == NOON + (NEWEST + 2) * SECOND
    with desk.db.read() as session:
        ids = [entry.id for entry in queries.incidents(session, only_open=True)]
    for incident in ids:
        updated(desk, incident, later, status="resolved", components={"login": "operational"})
    seen = overview(desk, later + MINUTE)
    assert len(seen.past) == len(seen.incidents) == NEWEST
    assert seen.active == ()


def test_a_notice_that_came_true_leads_to_its_incident(desk: Desk) -> None:
    notice = scheduled(desk, kind="advance_notice", components=[])
    incident = declared(desk, NOON + MINUTE, from_notice=notice.incident_id)
    assert view(desk, notice.incident_id).incident.incident_id == incident.incident_id
    assert view(desk, incident.incident_id).incident.notice_id == notice.incident_id
    assert view(desk, incident.incident_id).incident.incident_id is None


def test_posts_are_named_by_kind_and_only_those_with_an_address(desk: Desk) -> None:
    outcome = declared(desk)
    for channel, url in (("x", "https://x.test/7"), ("log", None)):
        claimed = outbox.claim(desk.db, channel, "w", NOON + MINUTE, Certainty.READABLE)
        assert claimed is not None
        receipt = Sent("7", url)
        outbox.settle_sent(
            desk.db, claimed, NOON, receipt, "t", standalone=False, fallback=False, verify=False
        )
    (incident,) = overview(desk, NOON + MINUTE).active
    assert [(p.update_number, p.channel, p.kind, p.url) for p in incident.posts] == [
        (1, "x", "x", "https://x.test/7")
    ]
    assert incident.id == outcome.incident_id


def test_a_promise_is_overdue_after_its_minute_and_forgotten_when_it_is_over(desk: Desk) -> None:
    outcome = declared(desk, next_update_by=NOON + HOUR)
    assert not view(desk, outcome.incident_id, NOON + HOUR).incident.overdue
    assert view(desk, outcome.incident_id, NOON + HOUR + SECOND).incident.overdue
    resolved(desk, outcome.incident_id, NOON + 2 * HOUR)
    seen = view(desk, outcome.incident_id, NOON + 3 * HOUR).incident
    assert (seen.next_update_by, seen.overdue) == (None, False)


def test_what_is_not_there_is_none(desk: Desk) -> None:
    with desk.db.read() as session:
        reader = Reader(session, desk.service, desk.texts, NOON)
        assert reader.incident("nowhere") is None
        assert reader.month("1999-01") is None


def statements(desk: Desk, work: Any) -> int:
    """How many statements reach the database."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        seen.append(statement)

    event.listen(desk.db.engine, "before_cursor_execute", note)
    work()
    event.remove(desk.db.engine, "before_cursor_execute", note)
    return len(seen)


def test_the_overview_asks_no_more_often_when_there_is_more(desk: Desk) -> None:
    """Else a long night would slow the page down when it is needed most."""
    first = declared(desk)
    scheduled(desk)
    few = statements(desk, lambda: overview(desk))
    for number in range(1, 12):
        updated(desk, first.incident_id, NOON + number * MINUTE)
        declared(desk, components={"login": "partial_outage"})
        scheduled(desk, components=["login"])
    assert statements(desk, lambda: overview(desk)) == few


# Months


def test_months_are_those_of_the_service_and_name_their_neighbours(desk: Desk) -> None:
    """23:30 UTC of the last of November is December in Rome."""
    backdated(desk, datetime.fromisoformat("2020-11-30T23:30:00+00:00"))
    backdated(desk, datetime.fromisoformat("2020-11-30T22:30:00+00:00"))
    backdated(desk, datetime.fromisoformat("2020-07-15T10:00:00+00:00"))
    with desk.db.read() as session:
        reader = Reader(session, desk.service, desk.texts, NOON)
        seen = {m: reader.month(m) for m in ("2020-07", "2020-11", "2020-12")}
        neighbours = {m: (v.previous, v.next) for m, v in seen.items() if v}
        assert {m: len(v.incidents) for m, v in seen.items() if v} == dict.fromkeys(seen, 1)
    assert neighbours == {
        "2020-07": (None, "2020-11"),
        "2020-11": ("2020-07", "2020-12"),
        "2020-12": ("2020-11", None),
    }


# What has to be rendered


def test_nothing_new_touches_nothing(desk: Desk) -> None:
    assert not touched(desk, last_event(desk), NOON, NOON + 30 * SECOND)


@pytest.mark.parametrize(
    ("until", "home", "overview"),
    [
        (NOON + MINUTE, True, False),
        (NOON + HOUR, True, False),
        (datetime.fromisoformat("2020-12-07T22:59:59+00:00"), True, False),
        (datetime.fromisoformat("2020-12-07T23:00:00+00:00"), True, True),
    ],
    ids=["a minute", "an hour", "just before midnight in Rome", "midnight in Rome"],
)
def test_time_alone_touches(desk: Desk, until: datetime, home: bool, overview: bool) -> None:
    outcome = declared(desk)
    seen = touched(desk, last_event(desk), NOON, until)
    assert (seen.home, seen.overview) == (home, overview)
    assert seen.incidents == (frozenset({outcome.incident_id}) if overview else frozenset())


def test_an_event_touches_its_incident_and_its_months(desk: Desk) -> None:
    other = declared(desk)
    before = last_event(desk)
    outcome = declared(desk, NOON + SECOND)
    seen = touched(desk, before, NOON + SECOND, NOON + SECOND)
    assert seen == Touched(
        home=True,
        overview=True,
        incidents=frozenset({outcome.incident_id or ""}),
        months=frozenset({"2020-12"}),
        components=ids(desk, "wallet"),
        archive=True,
    )
    assert other.incident_id not in seen.incidents


def test_what_no_document_shows_touches_nothing(desk: Desk) -> None:
    outcome = declared(desk)
    before = last_event(desk)
    actions.pause_channel(desk, "carlo", NOON, "x", "holiday")
    actions.save_draft(
        desk,
        "bea",
        NOON,
        "post_update",
        {"incident": outcome.incident_id, "texts": words("Bozza")},
    )
    assert last_event(desk) > before
    assert not touched(desk, before, NOON, NOON)


def test_a_new_month_touches_its_neighbours(desk: Desk) -> None:
    """They link to it from now on."""
    backdated(desk, NOON - 90 * DAY)
    declared(desk)
    before = last_event(desk)
    backdated(desk, NOON - 40 * DAY)
    assert touched(desk, before, NOON, NOON).months == {"2020-09", "2020-10", "2020-12"}
    before = last_event(desk)
    backdated(desk, NOON - 40 * DAY)
    backdated(desk, NOON - 90 * DAY)
    assert touched(desk, before, NOON, NOON).months >= {"2020-09", "2020-10"}


def test_a_broken_promise_touches_its_incident_once(desk: Desk) -> None:
    outcome = declared(desk, next_update_by=NOON + HOUR)
    declared(desk, components={"login": "partial_outage"})
    before = last_event(desk)
    promise = NOON + HOUR
    assert touched(desk, before, NOON, promise).incidents == frozenset()
    assert touched(desk, before, NOON, promise + SECOND).incidents == {outcome.incident_id}
    assert touched(desk, before, promise + SECOND, promise + MINUTE).incidents == frozenset()


def test_a_clock_put_back_renders_again_what_shows_the_time(desk: Desk) -> None:
    declared(desk)
    seen = touched(desk, last_event(desk), NOON, NOON - 2 * DAY)
    assert (seen.home, seen.overview) == (True, True)


# When the page changes by itself


@pytest.mark.parametrize(
    ("promise", "expected"),
    [
        (None, datetime.fromisoformat("2020-12-07T23:00:00+00:00")),
        (NOON + HOUR, NOON + HOUR + SECOND),
        (NOON + 20 * HOUR, datetime.fromisoformat("2020-12-07T23:00:00+00:00")),
    ],
    ids=["nothing promised", "a promise", "a promise for tomorrow"],
)
def test_the_next_change_is_a_promise_or_midnight(
    desk: Desk, promise: datetime | None, expected: datetime
) -> None:
    declared(desk, next_update_by=promise)
    with desk.db.read() as session:
        assert queries.next_change(session, desk.service, NOON) == expected


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        ("2020-10-24T12:00:00+00:00", "2020-10-24T22:00:00+00:00"),
        ("2020-10-25T12:00:00+00:00", "2020-10-25T23:00:00+00:00"),
        ("2021-03-28T00:30:00+00:00", "2021-03-28T22:00:00+00:00"),
    ],
    ids=["before summer time ends", "the day of 25 hours", "the day of 23 hours"],
)
def test_midnight_is_the_zone_s_own(desk: Desk, now: str, midnight: str) -> None:
    with desk.db.read() as session:
        found = queries.next_change(session, desk.service, datetime.fromisoformat(now))
    assert found == datetime.fromisoformat(midnight)


def test_a_promise_that_was_kept_or_is_past_is_no_change(desk: Desk) -> None:
    outcome = declared(desk, next_update_by=NOON + HOUR)
    resolved(desk, outcome.incident_id, NOON + MINUTE)
    declared(desk, NOON, components={"login": "partial_outage"}, next_update_by=NOON + MINUTE)
    with desk.db.read() as session:
        found = queries.next_change(session, desk.service, NOON + 2 * HOUR)
    assert found == datetime.fromisoformat("2020-12-07T23:00:00+00:00")


# What operators look at


def test_deliveries_are_listed_newest_first_and_by_what_is_asked(desk: Desk) -> None:
    first, second = declared(desk), declared(desk, NOON + SECOND)
    with desk.db.read() as session:
        rows = queries.deliveries(session)
        assert [row.thread for row in rows][::2] == [second.incident_id, first.incident_id]
        assert len(queries.deliveries(session, channel="x")) == 2
        assert len(queries.deliveries(session, incident="#1")) == 2
        assert len(queries.deliveries(session, limit=1)) == 1
        assert queries.deliveries(session, state=DeliveryState.SENT) == []
        with pytest.raises(NotFound):
            queries.deliveries(session, incident="#3")


def test_a_page_that_was_never_set_up_has_no_id(desk: Desk) -> None:
    with desk.db.read() as session:
        assert queries.page_id(session) == desk.service.id
        assert queries.channel_states(session) == {}
    assert replace(desk.service, id="") != desk.service


# What an earlier reader left


def seen(desk: Desk, kept: Kept, now: datetime) -> tuple[Overview, Overview]:
    """The page as it is read with what was kept, and as it is read anew."""
    with desk.db.read() as session:
        with_it = Reader(session, desk.service, desk.texts, now, {"x": "x"}, kept).overview()
        return with_it, Reader(session, desk.service, desk.texts, now, {"x": "x"}).overview()


def test_what_is_over_is_read_once(desk: Desk) -> None:
    over = declared(desk)
    resolved(desk, over.incident_id, NOON + MINUTE)
    kept = Kept()
    assert len(set(map(id, seen(desk, kept, NOON + HOUR)[0].past))) == 1
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(desk.db.engine, "before_cursor_execute", note)
    with desk.db.read() as session:
        again = Reader(session, desk.service, desk.texts, NOON + HOUR, {"x": "x"}, kept).overview()
    event.remove(desk.db.engine, "before_cursor_execute", note)
    assert [entry.id for entry in again.past] == [over.incident_id]
    assert not [statement for statement in statements if "incident_updates" in statement]


def test_what_was_kept_is_what_is_read_anew(desk: Desk) -> None:
    kept = Kept()
    first = declared(desk)
    second = declared(desk, NOON + MINUTE, components={"login": "partial_outage"})
    changes: tuple[Callable[[datetime], object], ...] = (
        lambda now: resolved(desk, first.incident_id, now),
        lambda now: resolved(desk, second.incident_id, now, components={"login": "operational"}),
        lambda now: correct(desk, first.incident_id, now),
        lambda now: set_status(desk, "wallet", now),
        lambda _now: hide(desk, "wallet"),
        lambda _now: hide(desk, "wallet", hidden=False),
        lambda now: updated(desk, second.incident_id, now, status="postmortem"),
    )
    for number, change in enumerate(changes, start=2):
        now = NOON + number * MINUTE
        change(now)
        with_it, anew = seen(desk, kept, now)
        assert with_it == anew, number


def correct(desk: Desk, incident: str | None, now: datetime) -> None:
    reason = {"it": "Un errore", "en": "A mistake"}
    said = {"incident": incident, "update": "1", "texts": words("Altro"), "reason": reason}
    actions.correct_update(desk, "bea", now, said)


def set_status(desk: Desk, key: str, now: datetime) -> None:
    actions.set_component_status(desk, "bea", now, key, ComponentStatus.PARTIAL_OUTAGE)
