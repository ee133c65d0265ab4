"""The machine's clock is set back an hour: nothing waits for that hour to come again."""

from __future__ import annotations

from datetime import datetime

from incidents import outbox
from tests.conftest import NOON
from tests.fakes._service import Answer
from tests.fakes.x_api import TOO_LONG, problem
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, scheduled, updated, words
from tests.network._page import (
    announced,
    checked,
    component,
    no_network,
    page,
    rebuilt,
    root,
    status_of,
    tick,
    tree,
)
from tests.statuspage._worker import SECOND, Scene

AHEAD = NOON + HOUR
"""What the clock shows before it is set back to noon."""
FORBIDDEN = Answer(403, problem(403, "Forbidden", TOO_LONG))


def test_what_was_put_off_goes_when_the_network_is_back(scene: Scene) -> None:
    declared(scene.desk, AHEAD)
    with no_network(scene):
        tick(scene, AHEAD)
    assert scene.states() == ["pending"]
    tick(scene, NOON)
    assert len(scene.x.tweets) == 1


def test_what_was_published_long_before_and_put_off_just_now_goes_as_well(scene: Scene) -> None:
    declared(scene.desk, NOON - HOUR)
    with no_network(scene):
        for minute in range(0, 120, 5):
            tick(scene, NOON - HOUR + minute * MINUTE)
    tick(scene, NOON)
    assert len(scene.x.tweets) == 1


def test_what_a_worker_held_that_is_gone_is_looked_for_now(scene: Scene) -> None:
    declared(scene.desk, AHEAD)
    held_by = ("x", "another:1:2", AHEAD + 11 * SECOND, scene.publishers["x"].certainty)
    assert outbox.claim(scene.desk.db, *held_by)
    tick(scene, NOON)
    assert scene.states() == ["unconfirmed"]
    assert scene.x.requests[-1].method == "GET"


def test_what_was_sent_is_verified_now(scene: Scene) -> None:
    declared(scene.desk, AHEAD)
    tick(scene, AHEAD)
    tick(scene, NOON)
    assert scene.states() == ["verified"]


def test_what_failed_holds_nothing_up(scene: Scene) -> None:
    first = declared(scene.desk, AHEAD)
    scene.x.faults.append(FORBIDDEN)
    tick(scene, AHEAD)
    updated(scene.desk, first.incident_id, NOON, texts=words("Poi"))
    tick(scene, NOON)
    assert announced(scene) == ["(investigating failed)", "investigating"]


def test_a_thread_goes_on_in_order_and_the_page_with_it(scene: Scene) -> None:
    first = declared(scene.desk, AHEAD)
    tick(scene, AHEAD)
    updated(scene.desk, first.incident_id, NOON, texts=words("Poi"))
    tick(scene, NOON)
    resolved(scene.desk, first.incident_id, NOON + MINUTE)
    tick(scene, NOON + MINUTE)
    assert [text.split()[0] for text in scene.x.texts] == ["Guasto", "Poi", "Fatto"]
    assert scene.replies() == [None, 0, 1]
    assert "Nessun problema segnalato" in page(scene)
    told = page(scene, f"incidents/{first.incident_id}")
    assert told.index("Fatto per") < told.index("Poi per") < told.index("Guasto per")
    assert tree(root(scene)) == rebuilt(scene)


def test_an_incident_that_begins_now_is_not_behind_one_of_an_hour_ahead(scene: Scene) -> None:
    old = declared(scene.desk, AHEAD, texts=words("Vecchio"))
    tick(scene, AHEAD)
    login = {"login": "partial_outage"}
    declared(scene.desk, NOON, components=login, texts=words("Nuovo"))
    updated(scene.desk, old.incident_id, NOON + MINUTE, texts=words("Ancora"))
    tick(scene, NOON + MINUTE)
    assert [text.split()[0] for text in scene.x.texts] == ["Vecchio", "Nuovo", "Ancora"]
    assert scene.replies() == [None, None, 0]
    home = page(scene)
    assert "Nuovo per esteso" in home
    assert "Ancora per esteso" in home


def test_planned_work_goes_its_way_once(scene: Scene) -> None:
    work = scheduled(scene.desk, NOON).incident_id
    tick(scene, NOON)
    tick(scene, NOON + 90 * MINUTE)
    assert component(scene) == "under_maintenance"
    tick(scene, NOON + 30 * MINUTE)  # before it begins, and it has begun
    assert (status_of(scene, work), component(scene)) == ("in_progress", "under_maintenance")
    assert "Manutenzione in corso" in page(scene)
    tick(scene, NOON + 3 * HOUR - MINUTE)
    assert status_of(scene, work) == "in_progress"
    tick(scene, NOON + 3 * HOUR)
    assert (status_of(scene, work), component(scene)) == ("completed", "operational")
    assert announced(scene) == ["scheduled", "in_progress", "completed"]
    assert tree(root(scene)) == rebuilt(scene)


def test_work_that_ended_does_not_begin_again(scene: Scene) -> None:
    work = scheduled(scene.desk, NOON).incident_id
    for hours in (0, 1, 3, 2):
        tick(scene, NOON + hours * HOUR)
    assert (status_of(scene, work), component(scene)) == ("completed", "operational")
    assert announced(scene) == ["scheduled", "in_progress", "completed"]


def test_last_checked_is_what_the_clock_says_now(scene: Scene) -> None:
    tick(scene, AHEAD)
    assert checked(scene) == "2020-12-07T12:00:00Z"
    tick(scene, NOON)
    assert checked(scene) == "2020-12-07T11:00:00Z"
    assert "Ultima verifica: 12:00 di lunedì 7 dicembre 2020" in page(scene)


def test_a_day_that_was_over_comes_again_on_the_page(scene: Scene) -> None:
    """An answer says from when the purchases of yesterday, of today and of the last day count."""
    midnight = datetime.fromisoformat("2020-12-11T00:00+01:00")
    fault = declared(scene.desk, midnight - HOUR, answers=[{"key": "transaction-counting"}])
    path, yesterday = f"incidents/{fault.incident_id}", "Attivazione di mercoledì 9 dicembre"
    tick(scene, midnight - HOUR)
    assert yesterday in page(scene, path)
    tick(scene, midnight + HOUR / 4)
    assert yesterday not in page(scene, path)
    tick(scene, midnight - HOUR * 3 / 4)
    assert yesterday in page(scene, path)
    assert tree(root(scene)) == rebuilt(scene)
