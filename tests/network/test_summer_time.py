"""The nights on which the clocks of Rome jump: 28 March and 31 October 2021.

Work is planned in local times and happens at instants; days are local days, of 23 or 25 hours.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from incidents import queries, rules
from incidents.texts import TextLibrary
from tests.conftest import ROME, TEMPLATES
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, scheduled
from tests.network._page import (
    announced,
    checked,
    component,
    page,
    rebuilt,
    root,
    status_of,
    tick,
    tree,
)
from tests.statuspage._worker import SECOND, Scene


def at(text: str) -> datetime:
    """A time of Rome, as an operator would write it, as an instant."""
    return rules.parse_local(text, ROME).astimezone(UTC)


@pytest.mark.parametrize(
    ("begins", "ends", "hours", "shown"),
    [
        ("2021-03-28T01:30", "2021-03-28T03:30", 1, "Dalle 01:30 alle 03:30 di domenica 28"),
        ("2021-03-28T02:30", "2021-03-28T04:30", 1, "Dalle 03:30 alle 04:30 di domenica 28"),
        ("2021-03-27T23:00", "2021-03-28T06:00", 6, "23:00 di sabato 27 marzo 2021 alle 06:00"),
        (
            "2021-10-31T01:30",
            "2021-10-31T03:30",
            3,
            "Dalle 01:30 alle 03:30 di domenica 31",
        ),
        (
            "2021-10-31T02:30",
            "2021-10-31T03:00",
            1.5,
            "Dalle 02:30 CEST alle 03:00 di domenica 31",
        ),
        (
            "2021-10-30T23:00",
            "2021-10-31T06:00",
            8,
            "23:00 di sabato 30 ottobre 2021 alle 06:00",
        ),
    ],
)
def test_planned_work_lasts_from_instant_to_instant(
    scene: Scene, begins: str, ends: str, hours: float, shown: str
) -> None:
    start, end = at(begins), at(ends)
    assert end - start == hours * HOUR
    before = start - 3 * HOUR
    work = scheduled(scene.desk, before, starts_at=start, ends_at=end).incident_id
    tick(scene, before)
    assert shown in page(scene)
    tick(scene, start - SECOND)
    assert status_of(scene, work) == "scheduled"
    tick(scene, start)
    assert (status_of(scene, work), component(scene)) == ("in_progress", "under_maintenance")
    tick(scene, end - SECOND)
    assert status_of(scene, work) == "in_progress"
    tick(scene, end)
    assert (status_of(scene, work), component(scene)) == ("completed", "operational")
    assert announced(scene) == ["scheduled", "in_progress", "completed"]
    assert tree(root(scene)) == rebuilt(scene)


def test_the_worker_wakes_at_midnight_of_a_short_and_of_a_long_day(scene: Scene) -> None:
    for day, hours in (("2021-03-28", 23), ("2021-10-31", 25)):
        midnight = at(f"{day}T00:00")
        with scene.desk.db.read() as session:
            following = queries.next_change(session, scene.desk.service, midnight)
        assert following - midnight == hours * HOUR


def test_the_hour_that_comes_twice_is_lived_twice(scene: Scene) -> None:
    first = at("2021-10-31T02:30")
    fault = declared(scene.desk, first)
    tick(scene, first)
    assert "Ultima verifica: 02:30 CEST di domenica 31 ottobre 2021" in page(scene)
    assert checked(scene) == "2021-10-31T00:30:00Z"
    resolved(scene.desk, fault.incident_id, first + HOUR)
    tick(scene, first + HOUR)
    assert "Ultima verifica: 02:30 CET di domenica 31 ottobre 2021" in page(scene)
    assert checked(scene) == "2021-10-31T01:30:00Z"
    told = page(scene, f"incidents/{fault.incident_id}")
    assert "Durata 1 ora" in told
    assert [text.split()[0] for text in scene.x.texts] == ["Guasto", "Fatto"]


def test_the_hour_that_is_skipped_makes_nothing_longer(scene: Scene) -> None:
    began = at("2021-03-28T01:30")
    fault = declared(scene.desk, began)
    resolved(scene.desk, fault.incident_id, at("2021-03-28T03:30"))
    tick(scene, at("2021-03-28T03:30"))
    told = page(scene, f"incidents/{fault.incident_id}")
    assert "Inizio 01:30" in told
    assert "Risolto 03:30" in told
    assert "Durata 1 ora " in told


@pytest.mark.parametrize("change", ["2021-03-28", "2021-10-31"])
def test_days_of_the_history_are_local_days(scene: Scene, change: str) -> None:
    """Whatever began a minute before midnight, or after, stands under its own day."""
    midnight = at(f"{change}T00:00")
    length = 23 * HOUR if change == "2021-03-28" else 25 * HOUR
    moments = {
        "Sera": midnight - MINUTE,
        "Notte": midnight,
        "Fine": midnight + length - MINUTE,
        "Dopo": midnight + length,
    }
    for name, moment in moments.items():
        fault = declared(scene.desk, moment, name={"it": name, "en": name})
        resolved(scene.desk, fault.incident_id, moment + 30 * SECOND)
    tick(scene, midnight + length + HOUR)
    past = page(scene).partition(" 14 giorni ")[2]
    days = ["lunedì", "Dopo", "domenica", "Fine", "Notte", "sabato", "Sera"]
    places = [past.index(word) for word in days]
    assert places == sorted(places)


def test_the_last_14_days_reach_over_the_change(scene: Scene) -> None:
    """From local midnight 14 days ago on, which is not 14 times 24 hours ago."""
    edge = at("2021-10-27T00:00")
    for name, closed in (("Dentro", edge), ("Fuori", edge - SECOND)):
        fault = declared(scene.desk, closed - 10 * MINUTE, name={"it": name, "en": name})
        resolved(scene.desk, fault.incident_id, closed)
    tick(scene, at("2021-11-10T23:59"))
    assert "Dentro" in page(scene)
    assert "Fuori" not in page(scene)
    tick(scene, at("2021-11-11T00:00"))
    assert "Dentro" not in page(scene)


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> TextLibrary:
    """The rule of the answer, but for 02:30, and in a window with a change of the clocks."""
    folder = tmp_path_factory.mktemp("texts") / "templates"
    shutil.copytree(TEMPLATES, folder)
    for path in (folder / "answers").glob("transaction-counting.*.md"):
        text = path.read_text(encoding="utf-8").replace('"00:01"', '"02:30"')
        text = text.replace("2020-12-08", "2021-03-01").replace("2020-12-31", "2021-12-31")
        path.write_text(text, encoding="utf-8")
    return TextLibrary.load(folder, ("it", "en"), ROME)


@pytest.mark.parametrize(
    ("eve", "counts"),
    [
        (
            "2021-03-27",
            "sabato 27 marzo: gli acquisti contano dalle 03:30 di domenica 28",
        ),
        (
            "2021-10-30",
            "sabato 30 ottobre: gli acquisti contano dalle 02:30 CEST di domenica 31",
        ),
    ],
)
def test_an_answers_dates_follow_the_local_day(
    scene: Scene, changing: TextLibrary, eve: str, counts: str
) -> None:
    """They change at local midnight, at both ends of a day of 23 or 25 hours."""
    scene.desk = scene.worker.desk = replace(scene.desk, texts=changing)
    scene.worker.site.texts = changing
    fault = declared(scene.desk, at(f"{eve}T12:00"), answers=[{"key": "transaction-counting"}])
    path = f"incidents/{fault.incident_id}"
    sunday = at(f"{eve}T00:00") + 24 * HOUR
    length = 23 * HOUR if eve == "2021-03-27" else 25 * HOUR
    for moment, shown in (
        (sunday - MINUTE, True),
        (sunday, True),  # yesterday's activation
        (sunday + length - MINUTE, True),
        (sunday + length, False),
    ):
        tick(scene, moment)
        assert (counts in page(scene, path)) is shown, moment
    assert tree(root(scene)) == rebuilt(scene)
