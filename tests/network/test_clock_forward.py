"""The machine slept for a night, or its clock was put forward a day: what was missed is caught up.

The state passes through every step; only the last is announced, and nothing is lost.
"""

from __future__ import annotations

from datetime import timedelta

from tests.conftest import NOON
from tests.fakes._service import Cut
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
from tests.statuspage._worker import Scene

NIGHT = NOON + 11 * HOUR
"""23:00 in Rome, when the machine falls asleep."""
MORNING = NIGHT + 8 * HOUR
DAY = timedelta(days=1)


def planned(scene: Scene, begins: int, hours: int, key: str, **data: object) -> str:
    """Work on a component that begins so many hours after the machine falls asleep."""
    starts_at = NIGHT + begins * HOUR
    outcome = scheduled(
        scene.desk,
        NIGHT,
        name={"it": f"Lavori {key}", "en": f"Work {key}"},
        starts_at=starts_at,
        ends_at=starts_at + hours * HOUR,
        **{"components": [key], **data},
    )
    return outcome.incident_id or ""


def test_a_night_asleep(scene: Scene) -> None:
    over = planned(scene, 1, 2, "wallet")
    running = planned(scene, 5, 6, "login")
    to_come = planned(scene, 9, 2, "messages")
    notice = planned(scene, 2, 1, "wallet", kind="advance_notice", components=[])
    declared(
        scene.desk,
        NIGHT,
        components={"messages": "partial_outage"},
        next_update_by=NIGHT + HOUR,
    )
    tick(scene, NIGHT)
    before = len(scene.x.tweets)
    tick(scene, MORNING)

    def said(incident: str) -> list[str]:
        return [str(d.publication.status) for d in scene.deliveries() if d.thread == incident]

    assert said(over) == ["scheduled", "completed"]
    assert said(running) == ["scheduled", "in_progress"]
    assert said(to_come) == ["scheduled"]
    assert said(notice) == ["scheduled"]
    assert len(scene.x.tweets) == before + 2
    assert (component(scene), component(scene, "login")) == ("operational", "under_maintenance")
    assert component(scene, "messages") == "partial_outage"
    home = page(scene)
    assert "Avevamo promesso un aggiornamento entro le 00:00 di martedì 8 dicembre 2020" in home
    assert "Lavori login" in home
    told = page(scene, f"incidents/{over}")
    assert told.index("Lavori conclusi") < told.index("Lavori in corso")
    assert checked(scene) == "2020-12-08T06:00:00Z"
    assert tree(root(scene)) == rebuilt(scene)
    for hour in (1, 3, 5):
        tick(scene, MORNING + hour * HOUR)
    assert said(running) == ["scheduled", "in_progress", "completed"]
    assert said(to_come) == ["scheduled", "in_progress", "completed"]


def test_works_that_followed_each_other_in_the_night(scene: Scene) -> None:
    """The second began before the first ended: it holds the component."""
    first = planned(scene, 1, 2, "wallet")
    second = planned(scene, 2, 9, "wallet")
    tick(scene, NIGHT)
    tick(scene, MORNING)
    assert status_of(scene, first) == "completed"
    assert status_of(scene, second) == "in_progress"
    assert component(scene) == "under_maintenance"


def test_a_post_cut_off_by_the_sleep_is_found_in_the_morning(scene: Scene) -> None:
    first = declared(scene.desk, NIGHT)
    scene.x.faults.append(Cut())
    scene.clock.moment = NIGHT
    scene.worker._tick()
    scene.worker.attend("x")
    assert scene.states() == ["unconfirmed"]
    tick(scene, MORNING)
    assert scene.states() == ["sent"]
    assert len(scene.x.tweets) == 1
    resolved(scene.desk, first.incident_id, MORNING)
    tick(scene, MORNING)
    assert scene.replies() == [None, 0]


def test_a_day_forward_and_back_again(scene: Scene) -> None:
    """What was due by the wrong clock has happened; all else goes on as if nothing had been."""
    planned(scene, 1, 2, "wallet")
    fault = declared(
        scene.desk, NIGHT, components={"login": "partial_outage"}, next_update_by=NIGHT + HOUR
    )
    with no_network(scene):
        tick(scene, NIGHT)
        updated(scene.desk, fault.incident_id, NIGHT + MINUTE, texts=words("Poi"))
    tick(scene, NIGHT + DAY)
    assert announced(scene) == [
        "(scheduled superseded)",
        "(investigating superseded)",
        "investigating",
        "completed",
    ]
    assert tree(root(scene)) == rebuilt(scene)
    tick(scene, NIGHT + 2 * MINUTE)
    assert checked(scene) == "2020-12-07T22:02:00Z"
    assert tree(root(scene)) == rebuilt(scene)
    resolved(scene.desk, fault.incident_id, NIGHT + 3 * MINUTE, components={"login": "operational"})
    tick(scene, NIGHT + 3 * MINUTE)
    assert announced(scene)[-1] == "resolved"
    assert len(scene.x.tweets) == 3
