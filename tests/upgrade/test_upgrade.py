"""A database of an earlier release is brought up by this one, and everything goes on from there."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from sqlalchemy import select

from incidents import actions, backup, queries
from incidents.actions import Desk
from incidents.db import Database, newest_revision, revision
from incidents.models import Delivery, Incident
from incidents.status import Certainty, DeliveryState
from incidents.texts import TextLibrary
from statuspage.worker import Worker
from tests.conftest import NOON, service
from tests.fakes.x_api import FakeX
from tests.incidents.builders import HOUR, MINUTE, resolved, updated, words
from tests.statuspage._worker import HandClock, log_channel, make_site, posted, x_channel
from tests.statuspage.cli._avviso import SETTINGS, Avviso
from tests.upgrade._old import Rows, is_newer, load_postgresql, load_sqlite, make_newer, rows

RELEASES = ("0.1.0",)
WHEN = NOON + 28 * MINUTE
"""A little later than the last thing that happened in the old database."""
CLOSED, OPEN = "crash", "slow"
ALL = {"0.1.0": 6}
"""How many entries there were."""


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def old_url(request: pytest.FixtureRequest, release: str, tmp_path: Path) -> str:
    """A database as the old release left it."""
    if request.param == "sqlite":
        return load_sqlite(release, tmp_path / "avviso.db")
    new = request.getfixturevalue("new_postgres")
    return load_postgresql(release, new, f"old_{random.randrange(10**9)}")


@pytest.fixture
def before(old_url: str) -> Rows:
    """All that was in it, before this version saw it."""
    return rows(old_url)


@pytest.fixture
def desk(before: Rows, old_url: str, library: TextLibrary) -> Iterator[Desk]:
    """A desk at it, brought up to date."""
    db = Database(old_url)
    db.migrate()
    page = actions.set_up(db, WHEN)
    yield Desk(db, service(page), library, ("x", "log"))
    db.close()


@contextmanager
def working(desk: Desk, folder: Path) -> Iterator[tuple[FakeX, Callable[[Any], None]]]:
    """A fake X, and what lets the worker do all that it would do at a moment."""
    with FakeX() as fake:
        clock = HandClock(WHEN)
        publishers: Any = {"x": x_channel(fake, folder), "log": log_channel(folder)}
        worker = Worker(desk, make_site(desk, folder), publishers, clock)

        def pass_time(at: Any) -> None:
            clock.moment = at
            worker._tick()
            for channel in publishers:
                while worker.attend(channel):
                    pass

        worker._clockwork.start(paused=True)
        yield fake, pass_time
        worker._clockwork.shutdown()
        for publisher in publishers.values():
            publisher.close()


def test_every_row_is_still_there(desk: Desk, old_url: str, before: Rows) -> None:
    with desk.db.engine.connect() as connection:
        assert revision(connection) == newest_revision()
    version = before.pop("alembic_version")
    assert version[1] != [(newest_revision(),)]
    assert all(found for _, found in before.values()), "something was in every table"
    assert rows(old_url, before) == before


def test_the_page_is_rendered_without_a_fault(desk: Desk, release: str, tmp_path: Path) -> None:
    site = make_site(desk, tmp_path)
    assert site.refresh(WHEN) == []
    page = tmp_path / "page"
    home = (page / "index.html").read_text("utf-8")
    for text in ("Accesso lento", "Messaggi fermi", "Lavori al Portafoglio", "Pagamenti"):
        assert text in home
    assert len([each for each in (page / "incidents").iterdir() if each.is_dir()]) == ALL[release]
    (crash,) = (
        found.read_text("utf-8")
        for found in page.glob("incidents/*/index.html")
        if "Corretto" in found.read_text("utf-8")
    )
    assert "L’orario era sbagliato" in crash
    assert "https://x.com/i/status/102" in crash


def test_every_query_works(desk: Desk, release: str) -> None:
    with desk.db.read() as session:
        entries = queries.incidents(session)
        assert len(entries) == ALL[release]
        slow = queries.find_incident(session, OPEN)
        (draft,) = queries.drafts(session)
        component = queries.components(session)[0]
        months = queries.everything(session).months
        reader = queries.Reader(session, desk.service, desk.texts, WHEN)
        assert reader.home()
        assert reader.overview()
        assert len([view for _, view in reader.pages([e.id for e in entries]) if view]) == 6
        assert all(reader.month(month) for month in months)
        listing = queries.Listing(session, desk.service, desk.texts, WHEN)
        assert listing.page(queries.Wanted(), 1, 10).total == ALL[release]
        everything = queries.TrailFilter()
        answers: dict[str, Callable[[], object]] = {
            "alarms": lambda: queries.alarms(session, 10) == [],
            "alarms_by_incident": lambda: queries.alarms_by_incident(session, [slow.id]) == {},
            "alarms_of": lambda: queries.alarms_of(session, "prometheus", 10) == [],
            "all_tickets": lambda: queries.all_tickets(session) == [],
            "open_tickets": lambda: queries.open_tickets(session) == [],
            "sightings": lambda: queries.sightings(session, [1]) == {},
            "unseen": lambda: queries.unseen(session, WHEN, desk.channels) == [],
            "unseen_numbers": lambda: queries.unseen_numbers(session, WHEN) == {},
            "answer_dates": lambda: True,  # of texts alone, not of the database
            "alike": lambda: (
                queries.alike(session, WHEN, desk.service.time_zone, 30, desk.channels).channels
            ),
            "board": lambda: queries.board(session, WHEN, desk.channels).incidents,
            "broken_channels": lambda: queries.broken_channels(session) <= {"log"},
            "channel_looks": lambda: len(queries.channel_looks(session, desk.channels)) == 2,
            "channel_states": lambda: queries.channel_states(session)["log"].state == "paused",
            "component_versions": lambda: len(queries.component_versions(session)) == 3,
            "component_names": lambda: len(queries.component_names(session, [component.id])) == 1,
            "incident_names": lambda: queries.incident_names(session, [slow.id])[0][0] == slow.id,
            "last_public_change": lambda: queries.last_public_change(session) is not None,
            "latest_month": lambda: queries.latest_month(session) == max(months),
            "public_components": lambda: len(queries.public_components(session)[0]) >= 1,
            "component_history": lambda: queries.component_history(session, component.id),
            "components": lambda: len(queries.components(session)) == 3,
            "components_chosen": lambda: queries.components_chosen(session, {component.key: "x"}),
            "deliveries": lambda: len(queries.deliveries(session)) == 20,
            "draft_events": lambda: queries.draft_events(session, draft.id),
            "drafts": lambda: draft.action == "post_update",
            "entries_naming": lambda: queries.entries_naming(session, component.id)[0],
            "event_kinds": lambda: "incident_declared" in queries.event_kinds(session),
            "everything": lambda: len(queries.everything(session).incidents) == 6,
            "fared": lambda: queries.fared(session, component.id, NOON, WHEN),
            "fared_together": lambda: True,  # of numbers alone, not of the database
            "first_notice_clock": lambda: True,  # nor is this
            "find_draft": lambda: queries.find_draft(session, draft.id),
            "find_incident": lambda: slow.number,
            "find_update": lambda: queries.find_update(session, slow, "2").number == 2,
            "group_versions": lambda: len(queries.group_versions(session)) == 1,
            "groups": lambda: len(queries.groups(session)) == 1,
            "incidents": lambda: len(queries.incidents(session, only_open=True)) == 3,
            "is_overdue": lambda: not queries.is_overdue(slow, WHEN),
            "laggards": lambda: queries.laggards(session, WHEN, ["nobody"]) == [],
            "last_event": lambda: queries.last_event(session) == 29,
            "last_public_event": lambda: queries.last_public_event(session, 1),
            "local_day": lambda: queries.local_day(desk.service, WHEN),
            "minute": lambda: queries.minute(WHEN),
            "neighbouring_months": lambda: queries.neighbouring_months(session, "2020-12"),
            "news": lambda: queries.news(session, 0).incidents,
            "next_change": lambda: queries.next_change(session, desk.service, WHEN) > WHEN,
            "operators": lambda: len(queries.operators(session)) == 5,
            "page_id": lambda: queries.page_id(session) == desk.service.id,
            "promise_clock": lambda: queries.promise_clock(slow, WHEN),
            "published_as": lambda: queries.published_as(
                session, queries.trail(session, everything, limit=29).events[-1]
            ),
            "readiness": lambda: queries.readiness(session, WHEN),
            "readings": lambda: queries.readings(session, WHEN, desk.channels),
            "span": lambda: queries.span(desk.service, WHEN, None, None)[1] == WHEN,
            "spreads": lambda: queries.spreads(session, WHEN, desk.channels, 5)[0].reached,
            "stale_draft": lambda: not queries.stale_draft(session, draft),
            "taken_upon": lambda: queries.taken_upon(session, slow.id) == [],
            "touched": lambda: queries.touched(session, desk.service, 0, NOON, WHEN),
            "trail": lambda: queries.trail(session, everything, limit=10).events,
            "whole_trail": lambda: len(list(queries.whole_trail(session, everything))) == 29,
            "written_at": lambda: queries.written_at(session, draft) <= WHEN,
        }
        known = {name: getattr(queries, name) for name in queries.__all__}
        every = {name for name, found in known.items() if isinstance(found, FunctionType)}
        assert every <= set(answers), "a query that is not tried here"
        for name in every:
            assert answers[name](), name


def test_an_old_incident_goes_on_to_its_end(desk: Desk, tmp_path: Path) -> None:
    assert updated(desk, OPEN, WHEN, status="identified").update_number == 3
    well = {"login": "operational"}
    resolved(desk, OPEN, WHEN + MINUTE, components=well)
    actions.post_update(
        desk, "bea", WHEN + HOUR, {"incident": CLOSED, "status": "postmortem", "texts": words()}
    )
    with desk.db.read() as session:
        assert queries.find_incident(session, OPEN).status == "resolved"
        login = next(row for row in queries.components(session) if row.key == "login")
        assert login.status == "operational"
    assert make_site(desk, tmp_path).refresh(WHEN + HOUR) == []


def test_planned_work_begins_and_ends(desk: Desk) -> None:
    actions.catch_up(desk, NOON + 49 * HOUR)
    with desk.db.read() as session:
        assert queries.find_incident(session, "work").status == "in_progress"
    actions.catch_up(desk, NOON + 51 * HOUR)
    with desk.db.read() as session:
        assert queries.find_incident(session, "work").status == "completed"
        wallet = next(row for row in queries.components(session) if row.key == "wallet")
        assert wallet.status == "operational"


def test_what_waited_goes_on(desk: Desk, tmp_path: Path) -> None:
    def states(channel: str, key: str) -> list[str]:
        with desk.db.read() as session:
            incident = session.scalars(select(Incident).where(Incident.key == key)).one()
            found = queries.deliveries(session, channel=channel, incident=incident.id)
            return [str(row.state) for row in found[::-1]]

    with working(desk, tmp_path) as (fake, pass_time):
        pass_time(WHEN)
        assert states("x", "mail") == ["sent"], "what was pending"
        assert states("x", "work") == ["unconfirmed"], "its worker died while it was sending"
        assert states("x", OPEN) == ["sent", "unconfirmed"]
        assert [tweet.text.splitlines()[0] for tweet in fake.tweets] == ["Guasto in breve"]
        actions.resume_channel(desk, "carlo", WHEN, "log")
        pass_time(WHEN + MINUTE)
        assert states("log", "mail") == ["sent"]
        assert len(posted(tmp_path)) == 1, "what was sent before is not sent again"
        with desk.db.read() as session:
            (doubted, _) = session.scalars(
                select(Delivery.id)
                .where(Delivery.state == DeliveryState.UNCONFIRMED)
                .order_by(Delivery.id)
            )
        actions.settle_unconfirmed(desk, "bea", WHEN + MINUTE, doubted, there=False)
        pass_time(WHEN + 2 * MINUTE)
        assert states("x", OPEN) == ["sent", "sent"]
        assert len(fake.tweets) == 2


def test_avviso_check_is_well(
    before: Rows, old_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del before
    for name in ("AVVISO_SETTINGS", "AVVISO_OPERATOR", "AVVISO_DATABASE_URL", "DATA", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "avviso.toml").write_text(SETTINGS, "utf-8")
    if old_url.startswith("sqlite"):
        (tmp_path / "data").mkdir()
        (tmp_path / "avviso.db").rename(tmp_path / "data" / "avviso.db")
    here = "sqlite" if old_url.startswith("sqlite") else old_url
    found = Avviso(tmp_path, here).json("check")
    assert found
    assert [finding for finding in found if not finding["ok"]] == []


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_a_backup_of_the_old_tables_comes_back_as_the_new(
    before: Rows,
    old_url: str,
    tmp_path: Path,
    library: TextLibrary,
    new_postgres: Callable[[str], str],
    to: str,
) -> None:
    old, path = Database(old_url), tmp_path / "old.backup"
    with path.open("wb") as file:
        head = backup.write(old, file, WHEN, "0.1.0")
    old.close()
    assert head.revision == "0001"
    assert rows(old_url) == before, "they were not brought up to date for it"
    name = f"new_{random.randrange(10**9)}"
    url = new_postgres(name) if to == "postgresql" else f"sqlite:///{tmp_path / 'new.db'}"
    db = Database(url)
    there = Desk(db, service(head.page), library, ("x", "log"))
    looks = {"x": Certainty.READABLE, "log": Certainty.KEYED}
    assert backup.restore(path, there, looks, WHEN).in_doubt == 4
    with db.engine.connect() as connection:
        assert revision(connection) == newest_revision()
    for table in (*backup.LEFT_OUT, "alembic_version", "deliveries"):
        before.pop(table, None)  # some came later
    assert rows(url, before) == before
    resolved(there, OPEN, WHEN, components={"login": "operational"})
    db.close()


def test_newer_tables_are_left_alone_and_work(desk: Desk, tmp_path: Path) -> None:
    make_newer(desk.db)
    desk.db.migrate()
    assert is_newer(desk.db)
    updated(desk, OPEN, WHEN, status="identified")
    with working(desk, tmp_path) as (fake, pass_time):
        pass_time(WHEN + 3 * MINUTE)
        assert any("Novità" in tweet.text for tweet in fake.tweets)
    assert make_site(desk, tmp_path).refresh(WHEN + HOUR) == []
    assert is_newer(desk.db)
