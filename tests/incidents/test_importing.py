"""Importing: history as it was, once, with ids, times and what it did to components."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from incidents import actions, queries
from incidents.actions import Desk, importing
from incidents.errors import NotAllowed
from incidents.imported import ImportedPage, our_id
from incidents.models import Base, Component, Delivery, Event, Incident, Publication
from incidents.status import ComponentStatus, Impact, IncidentKind, Status
from incidents.view import PublicIncident
from publishers.documents._course import courses
from statuspage.statuspage_v2 import read
from tests.conftest import NOON
from tests.fakes import statuspage as theirs
from tests.incidents.builders import HOUR, declared, words

LATER = NOON + timedelta(days=1)


def page(documents: dict[str, Any] | None = None, now: datetime = NOON) -> ImportedPage:
    found = read((documents or theirs.documents()).items(), now)
    assert found.left == ()
    return found.page


def imported(desk: Desk, found: ImportedPage, now: datetime = NOON, locale: str = "it") -> int:
    """What `avviso import` does; answers how many entries had something new."""
    with desk.db.read() as session:
        new = importing.compare(session, found)
    if new.components or new.former:
        importing.import_components(desk, "ada", now, new, locale)
    for entry in new.entries:
        importing.import_entry(desk, "ada", now, entry, locale)
    with desk.db.read() as session:
        statuses = importing.changed_statuses(session, found)
    if statuses:
        importing.import_statuses(desk, "ada", now, statuses)
    return len(new.entries)


def public(desk: Desk, key: str, now: datetime = NOON) -> PublicIncident:
    with desk.db.read() as session:
        found = queries.Reader(session, desk.service, desk.texts, now).incident(key)
    assert found is not None
    return found.incident


def history(desk: Desk, key: str) -> list[tuple[datetime, ComponentStatus]]:
    with desk.db.read() as session:
        return queries.component_history(session, key)


def component(desk: Desk, key: str) -> Component:
    with desk.db.read() as session:
        return session.get_one(Component, key)


def rows(desk: Desk) -> dict[str, int]:
    with desk.db.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_an_incident_keeps_its_id_its_times_and_its_words(desk: Desk) -> None:
    imported(desk, page())
    told = public(desk, theirs.OUTAGE)
    assert (told.name, told.kind) == ({"it": "API errors"}, IncidentKind.INCIDENT)
    assert (told.status, told.impact, told.backdated) == (Status.RESOLVED, Impact.MAJOR, False)
    assert told.started_at == at(theirs.ts(3, 8))
    assert told.monitoring_at == at(theirs.ts(3, 9))
    assert told.resolved_at == at(theirs.ts(3, 10))
    assert [update.id for update in told.updates] == [f"u0000000000{n}" for n in (4, 3, 2, 1)]
    assert [update.number for update in told.updates] == [4, 3, 2, 1]
    assert told.updates[1].at == at(theirs.ts(3, 9))
    assert told.updates[1].texts["it"].body == "It is back.  \nWe watch it."
    assert told.updates[2].texts["it"].body == "A bad deploy.\n\nRolling back."
    assert told.updates[0].texts["it"].headline == "API errors"


def test_what_was_told_there_while_it_lasted_was_not_recorded_afterwards(desk: Desk) -> None:
    documents = theirs.documents()
    told = next(each for each in documents["incidents"]["incidents"] if each["id"] == theirs.OUTAGE)
    imported(desk, page(documents))
    live = public(desk, theirs.OUTAGE)
    assert live.told_at == live.created_at == at(told["created_at"])
    assert live.first_notice_after is not None
    ((course,),) = (courses(live),)
    assert [stretch.status for stretch in course.stretches] == [
        ComponentStatus.MAJOR_OUTAGE,
        ComponentStatus.PARTIAL_OUTAGE,
        ComponentStatus.OPERATIONAL,
    ]


def test_what_was_told_there_when_it_was_over_was_recorded_afterwards(desk: Desk) -> None:
    documents = theirs.documents()
    (told,) = [each for each in documents["incidents"]["incidents"] if each["id"] == theirs.OUTAGE]
    told["incident_updates"] = told["incident_updates"][:1]
    imported(desk, page({"incidents": {"incidents": [told]}}))
    assert public(desk, theirs.OUTAGE).backdated


def test_every_component_and_month_is_shown_anew(desk: Desk) -> None:
    declared(desk, NOON - 3 * HOUR)
    with desk.db.read() as session:
        before = queries.last_event(session)
    imported(desk, page())
    with desk.db.read() as session:
        seen = queries.touched(session, desk.service, before, NOON, NOON)
        every = frozenset(part.id for part in queries.components(session))
        months = frozenset(session.scalars(select(Incident.month)))
    assert every
    assert (seen.components, seen.new_components, seen.months) == (every, every, months)


def test_the_history_of_a_component_is_what_its_incidents_did_to_it(desk: Desk) -> None:
    imported(desk, page())
    assert history(desk, theirs.API) == [
        (datetime(2019, 12, 31, 23, tzinfo=UTC), ComponentStatus.OPERATIONAL),
        (at(theirs.ts(3, 8)), ComponentStatus.MAJOR_OUTAGE),
        (at(theirs.ts(3, 8, 30)), ComponentStatus.PARTIAL_OUTAGE),
        (at(theirs.ts(3, 10)), ComponentStatus.OPERATIONAL),
    ]
    assert component(desk, theirs.API).status is ComponentStatus.OPERATIONAL
    slow = component(desk, theirs.MEDIA)
    assert slow.status is ComponentStatus.DEGRADED_PERFORMANCE
    assert slow.status_since == at(theirs.ts(5, 9))


def test_components_come_with_groups_order_and_keys(desk: Desk) -> None:
    imported(desk, page())
    api, west = component(desk, theirs.API), component(desk, theirs.EU_WEST)
    assert (api.key, api.name, api.position) == ("api", {"it": "API"}, 1)
    assert api.description == {"it": "What apps talk to"}
    assert (west.key, west.group_id, west.hidden) == ("eu-west", theirs.VOICE, False)


def test_a_name_that_is_taken_gets_another_key(desk: Desk) -> None:
    documents = theirs.documents()
    for part, name in zip(documents["components"]["components"], ("Wallet", "钱包"), strict=False):
        part["name"] = name
    imported(desk, page({"components": documents["components"]}))
    assert component(desk, theirs.API).key == "wallet-2"
    assert component(desk, theirs.MEDIA).key == "component"


def test_it_goes_to_no_channel_and_is_no_news(desk: Desk) -> None:
    imported(desk, page())
    with desk.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 0
        assert session.scalar(select(func.count()).select_from(Publication)) == 0
        kinds = session.scalars(select(Event.kind).order_by(Event.seq.desc()).limit(4)).all()
        months = session.scalars(
            select(Event.months).where(Event.kind == "incident_imported")
        ).all()
    assert set(kinds) == {"components_imported", "incident_imported"}
    assert set(months) == {"2020-12"}


def test_numbers_go_by_when_they_began(desk: Desk) -> None:
    imported(desk, page())
    keys = (theirs.OUTAGE, theirs.LATE, theirs.WORK)
    assert [public(desk, key).number for key in keys] == [1, 2, 3]


def test_a_second_run_changes_nothing(desk: Desk) -> None:
    assert imported(desk, page()) == 3
    before = rows(desk)
    assert imported(desk, page(), LATER) == 0
    assert rows(desk) == before


def test_a_later_run_adds_what_is_new(desk: Desk) -> None:
    imported(desk, page())
    before = rows(desk)
    over = theirs.under_way()
    told = theirs.update(
        *("u00000000009", "resolved", theirs.ts(7, 6), "Fast again."),
        theirs.change(theirs.MEDIA, "degraded_performance", "operational"),
    )
    over["incident_updates"].insert(0, told)
    over.update(status="resolved", resolved_at=theirs.ts(7, 6), updated_at=theirs.ts(7, 6))
    assert imported(desk, page(theirs.documents(over, theirs.outage()), LATER), LATER) == 1
    found = public(desk, theirs.LATE)
    assert [update.number for update in found.updates] == [2, 1]
    assert (found.status, found.resolved_at) == (Status.RESOLVED, at(theirs.ts(7, 6)))
    assert component(desk, theirs.MEDIA).status is ComponentStatus.OPERATIONAL
    after = rows(desk)
    assert {name for name in after if after[name] != before[name]} == {
        *("incident_updates", "update_components", "component_changes", "events")
    }


def test_what_is_older_than_what_is_here_is_left(desk: Desk) -> None:
    imported(desk, page())
    late = theirs.outage()
    late["incident_updates"].append(
        theirs.update("u00000000099", "investigating", theirs.ts(3, 7), "Earlier.")
    )
    with desk.db.read() as session:
        new = importing.compare(session, page(theirs.documents(late)))
    assert new.entries == ()
    assert [(left.what, left.field) for left in new.left] == [
        (f"incident {theirs.OUTAGE}", "incident_updates.u00000000099")
    ]


def test_an_open_incident_lives_on_here(desk: Desk) -> None:
    imported(desk, page())
    told = public(desk, theirs.LATE)
    assert (told.open, told.backdated, told.created_at) == (True, False, at(theirs.ts(5, 9)))
    outcome = actions.resolve_incident(
        desk,
        "bea",
        LATER,
        {
            "incident": theirs.LATE,
            "components": {"media-proxy": "operational"},
            "texts": words("Risolto"),
        },
    )
    assert outcome.update_number == 2
    assert len(outcome.publications) == 1
    # And what the other page says after that of the time before is left alone.
    assert imported(desk, page(), LATER) == 0
    assert component(desk, theirs.MEDIA).status is ComponentStatus.OPERATIONAL


def test_planned_work_leaves_the_component_to_the_open_incident(desk: Desk) -> None:
    imported(desk, page())
    work = {
        "kind": "maintenance",
        "name": {"it": "Lavori", "en": "Work"},
        "starts_at": LATER,
        "ends_at": LATER + timedelta(hours=1),
        "components": ["media-proxy"],
        "texts": words("Lavori"),
    }
    actions.schedule(desk, "bea", NOON, work)
    actions.catch_up(desk, LATER + timedelta(hours=2))
    assert component(desk, theirs.MEDIA).status is ComponentStatus.DEGRADED_PERFORMANCE


def test_work_to_come_begins_and_ends_by_itself(desk: Desk) -> None:
    imported(desk, page())
    told = public(desk, theirs.WORK)
    assert (told.kind, told.status) == (IncidentKind.MAINTENANCE, Status.SCHEDULED)
    assert told.scheduled_for == at(theirs.ts(12, 1, 0, 0))
    assert told.scheduled_until == at(theirs.ts(12, 3, 0, 0))
    actions.catch_up(desk, at(theirs.ts(12, 2)))
    assert component(desk, theirs.API).status is ComponentStatus.UNDER_MAINTENANCE
    actions.catch_up(desk, at(theirs.ts(12, 4)))
    assert component(desk, theirs.API).status is ComponentStatus.OPERATIONAL
    assert public(desk, theirs.WORK).status is Status.COMPLETED


def test_work_under_way_gives_its_components_back_when_it_ends(desk: Desk) -> None:
    work = theirs.planned()
    begun = theirs.update(
        *("u00000000007", "in_progress", theirs.ts(6, 1), "It has begun."),
        theirs.change(theirs.API, "operational", "under_maintenance"),
    )
    work["incident_updates"].insert(0, begun)
    work.update(scheduled_for=theirs.ts(6, 1), scheduled_until=theirs.ts(6, 9))
    imported(desk, page(theirs.documents(work)))
    assert component(desk, theirs.API).status is ComponentStatus.UNDER_MAINTENANCE
    done = {"incident": theirs.WORK, "status": "completed", "texts": words("Fatto")}
    actions.post_update(desk, "bea", LATER, done)
    assert component(desk, theirs.API).status is ComponentStatus.OPERATIONAL


def test_work_that_should_have_begun_is_never_announced_afterwards(desk: Desk) -> None:
    """As in a file that was saved long ago."""
    late = at(theirs.ts(20, 1))
    imported(desk, page(theirs.documents(theirs.planned()), late), late)
    assert actions.catch_up(desk, late + timedelta(days=1)) == []


def test_the_shape_of_2019(desk: Desk) -> None:
    imported(desk, page(theirs.documents(theirs.old_shape(theirs.outage()))))
    told = public(desk, theirs.OUTAGE)
    assert told.started_at == at(theirs.ts(3, 8))
    assert [part.component_id for part in told.affected] == [theirs.API]
    assert len(history(desk, theirs.API)) == 1


def test_names_stand_in_the_default_locale_too(desk: Desk) -> None:
    imported(desk, page(), locale="en")
    told = public(desk, theirs.LATE)
    assert told.name == {"it": "Slow media", "en": "Slow media"}
    assert set(told.updates[0].texts) == {"en"}


def test_a_component_that_is_gone_there_is_hidden_here(desk: Desk) -> None:
    documents = theirs.documents()
    for name in ("summary", "components"):
        documents[name]["components"] = documents[name]["components"][1:]
    imported(desk, page(documents))
    gone = component(desk, theirs.API)
    assert (gone.name, gone.hidden) == ({"it": "API"}, True)
    assert public(desk, theirs.OUTAGE).affected == ()


def test_a_status_outside_of_incidents_comes_if_it_is_the_later_word(desk: Desk) -> None:
    documents = theirs.documents()
    parts = documents["components"]["components"]
    parts[3].update(status="partial_outage", updated_at=theirs.ts(6, 1))
    documents["summary"]["components"] = parts
    imported(desk, page(documents))
    assert component(desk, theirs.EU_WEST).status is ComponentStatus.PARTIAL_OUTAGE
    actions.set_component_status(desk, "bea", NOON, "eu-west", ComponentStatus.OPERATIONAL)
    imported(desk, page(documents), LATER)
    assert component(desk, theirs.EU_WEST).status is ComponentStatus.OPERATIONAL


def test_ids_of_another_shape_get_one_of_ours_the_same_each_time(desk: Desk) -> None:
    odd = {**theirs.outage(), "id": "ABC-1"}
    for told in odd["incident_updates"]:
        told["id"] = told["id"].upper()
    documents = theirs.documents(odd)
    with desk.db.read() as session:
        new = importing.compare(session, page(documents))
    assert [(left.what, left.field) for left in new.left] == [("incident ABC-1", "id")]
    imported(desk, page(documents))
    assert public(desk, our_id("ABC-1")).name == {"it": "API errors"}
    assert len(our_id("ABC-1")) == 12
    assert imported(desk, page(documents), LATER) == 0


def test_ids_that_are_taken_get_another_one(desk: Desk) -> None:
    """The same id for an incident and for planned work, and one update's id in both."""
    twin = {**theirs.planned(), "id": theirs.OUTAGE}
    twin["incident_updates"][0]["id"] = "u00000000001"
    documents = theirs.documents(theirs.outage(), twin)
    imported(desk, page(documents))
    other = our_id(theirs.OUTAGE, "maintenance")
    assert public(desk, theirs.OUTAGE).kind is IncidentKind.INCIDENT
    assert public(desk, other).kind is IncidentKind.MAINTENANCE
    assert public(desk, other).updates[0].id == our_id("u00000000001", other)
    assert imported(desk, page(documents), LATER) == 0


def test_a_fault_leaves_no_half_incident(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with desk.db.read() as session:
        new = importing.compare(session, page())
    importing.import_components(desk, "ada", NOON, new, "it")
    before = rows(desk)

    def broken(*_: object) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as breaking:
        breaking.setattr(importing, "_settle", broken)
        with pytest.raises(OSError, match="power"):
            importing.import_entry(desk, "ada", NOON, new.entries[0], "it")
    assert rows(desk) == before
    assert imported(desk, page()) == 3


def test_only_an_administrator_imports(desk: Desk) -> None:
    with desk.db.read() as session:
        new = importing.compare(session, page())
    with pytest.raises(NotAllowed):
        importing.import_components(desk, "carlo", NOON, new, "it")


def test_days_that_are_over_are_told_anew_after_each_step(desk: Desk) -> None:
    documents = theirs.documents()
    parts = documents["components"]["components"]
    parts[3].update(status="partial_outage", updated_at=theirs.ts(6, 1))
    documents["summary"]["components"] = parts
    found, kept = page(documents), queries.Kept()

    def check() -> None:
        with desk.db.read() as session:
            warm = queries.Reader(session, desk.service, desk.texts, LATER, {}, kept).home()
            cold = queries.Reader(session, desk.service, desk.texts, LATER).home()
        assert warm.histories == cold.histories

    check()
    with desk.db.read() as session:
        new = importing.compare(session, found)
    importing.import_components(desk, "ada", NOON, new, "it")
    check()
    for entry in new.entries:
        importing.import_entry(desk, "ada", NOON, entry, "it")
        check()
    with desk.db.read() as session:
        statuses = importing.changed_statuses(session, found)
    assert statuses
    importing.import_statuses(desk, "ada", NOON, statuses)
    check()
