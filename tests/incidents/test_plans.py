"""No query without an index: every statement's plan is read on a database of ten thousand entries
and a hundred thousand deliveries, on both kinds; and how many there are does not grow with it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from incidents import actions, outbox, queries
from incidents.actions import Desk
from incidents.db import Database
from incidents.queries import Touched
from incidents.status import Certainty
from incidents.texts import TextLibrary
from publishers.targets.directory import Target
from statuspage.site import Site
from tests.conftest import NOON, TEMPLATES, service
from tests.incidents._history import CHANNELS, analyzed, live_through
from tests.incidents._round import whole_round
from tests.incidents.builders import HOUR, MINUTE, declared

ENTRIES = 10_000
FEW = 100
MOST = 1000
"""Rows of a large table that a statement may look at: those of 50 entries, or of one kind."""
LARGE = frozenset(
    {
        "affected_components",
        "component_changes",
        "corrections",
        "deliveries",
        "events",
        "incident_updates",
        "incidents",
        "publications",
        "update_components",
    }
)
"""The others hold as many rows as there are components, operators, channels or targets."""
EXCEPT = {
    r"component_changes\.at >= .+ AND component_changes\.at < ": (
        "the days that are over are worked out from all that happened in them, once a day for all "
        "components and for the page of one, that of a month for what is told afterwards"
    ),
    "FROM affected_components JOIN components ON components.id = affected_components.component_id "
    "\nWHERE components.hidden IS": "the archive lists every entry there is",
    "incidents.cancelled_at, incidents.backdated \nFROM incidents ORDER BY incidents.number DESC": (
        "the archive lists every entry there is"
    ),
    "SELECT DISTINCT incidents.month \nFROM incidents": (
        "who renames or hides a component changes the pages of all months"
    ),
    "FROM component_changes \nWHERE component_changes.component_id =": (
        "who tells of an incident that is over needs the whole history of its components"
    ),
}
"""Patterns of statements that may read all of a large table, and why."""
REBUILD = {
    "SELECT incidents.id \nFROM incidents": "everything is rendered anew",
    "SELECT DISTINCT incidents.month \nFROM incidents": "everything is rendered anew",
}
MONITOR = {
    "SELECT deliveries.channel, deliveries.state, count(*)": "all deliveries are counted",
    "SELECT count(*) AS count_1, count(incident_updates.late_by)": "all promises are counted",
}
"""What a monitor reads, four times a minute where one is set up."""

_SQLITE_SCAN = re.compile(r"SCAN (\w+)")


@dataclass
class Asked:
    """The statements that were sent, each with the parameters that it came with first."""

    statements: dict[str, Any] = field(default_factory=dict)
    count: int = 0

    def note(
        self, _connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object
    ) -> None:
        self.count += 1
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            first = parameters[0] if isinstance(parameters, list) else parameters
            self.statements.setdefault(statement, first)


@contextmanager
def listening(db: Database) -> Iterator[Asked]:
    asked = Asked()
    event.listen(db.engine, "before_cursor_execute", asked.note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", asked.note)


# Reading plans


def faults(db: Database, asked: Asked) -> dict[str, list[str]]:
    """What is wrong with the plan of each statement, where something is."""
    read = _faults_on_sqlite if db.sqlite else _faults_on_postgres
    with db.engine.connect() as connection:
        found = {
            statement: read(connection, statement, parameters)
            for statement, parameters in asked.statements.items()
        }
        connection.rollback()  # to measure a statement PostgreSQL carries it out
    return {statement: wrong for statement, wrong in found.items() if wrong}


def _faults_on_sqlite(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Reading in an index's order until there are enough is fine, reading to the end is not."""
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    steps = [str(row[3]) for row in rows]
    scans = [step for step in steps if (found := _SQLITE_SCAN.match(step)) and found[1] in LARGE]
    sorts = any("TEMP B-TREE FOR ORDER BY" in step for step in steps)
    return scans if sorts or "LIMIT" not in statement else []


def _faults_on_postgres(connection: Connection, statement: str, parameters: Any) -> list[str]:
    how = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)"
    plan = connection.exec_driver_sql(f"{how} {statement}", parameters).scalar_one()[0]["Plan"]
    return [fault for node in _nodes(plan) if (fault := _fault_of(node))]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _fault_of(node: dict[str, Any]) -> str:
    kind, table = node["Node Type"], node.get("Relation Name", "")
    looked_at = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    looked_at *= node["Actual Loops"]
    is_large = table in LARGE or kind == "Bitmap Index Scan"
    if is_large and (kind == "Seq Scan" or looked_at > MOST):
        return f"{kind} on {table or node['Index Name']}: {looked_at:.0f} rows"
    return ""


# The database


def a_desk(url: str, library: TextLibrary, entries: int) -> Desk:
    db = Database(url)
    db.migrate()
    desk = Desk(db, service(actions.set_up(db, NOON)), library, CHANNELS)
    person = {"login": "bea", "name": "Bea", "role": "admin"}
    actions.add_operator(desk, actions.AVVISO, NOON, person)
    for key in ("wallet", "login"):
        component = {"key": key, "name": {"it": key, "en": key}}
        actions.save_component(desk, "bea", NOON, component)
    live_through(desk, entries, NOON)
    if not db.sqlite:  # SQLite's tables are not analyzed in life either
        analyzed(desk)
    return desk


@dataclass(frozen=True)
class Life:
    """A desk with a long or a short history, and all that one more day there asked."""

    desk: Desk
    asked: Asked


Lived = Callable[[str, int], Life]


@pytest.fixture(scope="module")
def lived(
    tmp_path_factory: pytest.TempPathFactory, library: TextLibrary, request: pytest.FixtureRequest
) -> Iterator[Lived]:
    """A desk on a kind of database that holds so many entries; made once."""
    made: dict[tuple[str, int], Life] = {}

    def get(kind: str, entries: int) -> Life:
        if (kind, entries) not in made:
            if kind == "sqlite":
                url = f"sqlite:///{tmp_path_factory.mktemp('plans') / 'avviso.db'}"
            else:
                url = request.getfixturevalue("new_postgres")(f"plans_{random.randrange(10**9)}")
            desk = a_desk(url, library, entries)
            with listening(desk.db) as asked:
                whole_round(desk, NOON + HOUR)
            made[kind, entries] = Life(desk, asked)
        return made[kind, entries]

    yield get
    for life in made.values():
        life.desk.db.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def site_of(desk: Desk, folder: Path) -> Site:
    return Site(desk.db, desk.service, desk.texts, TEMPLATES, {"page": Target(folder)})


# The tests


def test_every_statement_finds_its_rows_by_an_index(kind: str, lived: Lived) -> None:
    life = lived(kind, ENTRIES)
    assert len(life.asked.statements) > 100
    found = faults(life.desk.db, life.asked)
    assert {s: f for s, f in found.items() if not any(re.search(part, s) for part in EXCEPT)} == {}


def test_a_full_rebuild_alone_reads_all_there_is(kind: str, lived: Lived) -> None:
    desk = lived(kind, ENTRIES).desk
    with listening(desk.db) as asked, desk.db.read() as session:
        everything = queries.everything(session)
    assert len(everything.incidents) >= ENTRIES
    assert set(faults(desk.db, asked)) <= set(REBUILD)


def test_a_monitor_counts_all_there_is_and_reads_nothing_else(kind: str, lived: Lived) -> None:
    desk = lived(kind, ENTRIES).desk
    with listening(desk.db) as asked, desk.db.read() as session:
        queries.readiness(session, NOON)
        queries.readings(session, NOON, CHANNELS)
    assert {s for s in faults(desk.db, asked) if not s.startswith(tuple(MONITOR))} == set()


@pytest.mark.parametrize("statement", ["SELECT count(*) FROM deliveries WHERE error = 'no index'"])
def test_a_statement_without_an_index_would_be_found(
    kind: str, lived: Lived, statement: str
) -> None:
    desk = lived(kind, ENTRIES).desk
    with listening(desk.db) as asked, desk.db.engine.connect() as connection:
        connection.exec_driver_sql(statement)
    assert list(faults(desk.db, asked)) == [statement]


def count(desk: Desk, work: Callable[[], object]) -> int:
    with listening(desk.db) as asked:
        work()
    return asked.count


def hot_paths(desk: Desk, site: Site) -> dict[str, int]:
    """How many statements each of those things takes that are done all day."""
    now = NOON + timedelta(days=40)
    with pytest.MonkeyPatch.context() as patch:
        # A page that shows what there is: nothing here needs its old documents.
        patch.setattr(queries, "everything", lambda _session: Touched())
        site.refresh(now)
    declared(desk, now, actor="bea")
    later = now + MINUTE

    def publish() -> None:
        site.refresh(now)
        site.refresh(later)

    return {
        "a publication, until page and archive show it": count(desk, publish),
        "a minute": count(desk, lambda: site.refresh(later + MINUTE)),
        "nothing is due": count(desk, lambda: ask_what_is_due(desk, later)),
        "a claim": count(desk, lambda: claim(desk, later)),
    }


def ask_what_is_due(desk: Desk, now: datetime) -> None:
    """What the worker asks each second and each minute."""
    outbox.end_leases(desk.db, now, lambda _name: False)
    actions.catch_up(desk, now)
    with desk.db.read() as session:
        actions.next_step(session)
        queries.next_change(session, desk.service, now)
        outbox.next_due(session, ["log"], now)
    outbox.due_looks(desk.db, "log", "w1", now)


def claim(desk: Desk, now: datetime) -> None:
    assert outbox.claim(desk.db, "x", "w1", now, Certainty.READABLE) is not None


def test_the_number_of_statements_does_not_grow_with_history(
    kind: str, lived: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each rendering looks for something newer, by time; a long archive is one rendering more.
    monkeypatch.setattr("statuspage.site._MOST_OVERTAKEN", 0)
    few, many = lived(kind, FEW).desk, lived(kind, ENTRIES).desk
    # A short archive goes out with its entry, a long one a minute later: many may take less.
    most = hot_paths(few, site_of(few, tmp_path / "few"))
    taken = hot_paths(many, site_of(many, tmp_path / "many"))
    assert {name: n for name, n in taken.items() if n > most[name]} == {}
