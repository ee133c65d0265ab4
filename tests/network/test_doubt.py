"""A network that hangs is not fed with posts of which nobody would know what became.

While one post of a readable kind could not be looked for, the network has to answer a question
first. All of it happens here at the very moments at which the worker would do it.
"""

from __future__ import annotations

import pytest

from tests.conftest import NOON
from tests.fakes._service import Hang
from tests.incidents.builders import HOUR, MINUTE, declared, updated, words
from tests.network._scene import FACEBOOK, MASTODON, Kind, Said, Scene, X
from tests.network.conftest import Stage

readable = pytest.mark.parametrize("kind", [X, FACEBOOK], ids=["x", "facebook"])


def hung_for_three_hours(scene: Scene, kind: Kind) -> str:
    """Two incidents with updates all the time; answers the first one."""
    first = scene.shown(declared(scene.desk)).incident_id or ""
    scene.live(NOON + 5 * MINUTE)
    scene.fail(kind.name, Hang())
    for number in range(1, 7):
        now = NOON + number * 30 * MINUTE
        scene.live(now)
        scene.shown(updated(scene.desk, first, now, texts=words(f"N{number}")))
        if number == 2:
            login = {"login": "partial_outage"}
            scene.shown(declared(scene.desk, now, components=login, texts=words("Altro")))
    scene.live(NOON + 3 * HOUR + 20 * MINUTE)
    return first


def test_one_post_is_in_doubt_and_the_network_is_asked_once_a_minute_or_so(stage: Stage) -> None:
    scene = stage(X)
    network = scene.networks["x"]
    first = hung_for_three_hours(scene, X)
    (doubted,) = scene.doubted
    assert doubted == ("x", scene.deliveries("x", first)[1].id)
    assert len(network.writes) == 2, "the first post, and the one in doubt"
    asked = len(network.asked("GET", "/me"))
    assert 50 < asked < 180, "as often as posts are tried: each wait grows up to five minutes"
    assert 160 < len(network.reads) < 200, "each minute"


def test_a_keyed_kind_asks_no_more_often_than_its_waits_grow(stage: Stage) -> None:
    scene = stage(MASTODON)
    network = scene.networks["mastodon"]
    hung_for_three_hours(scene, MASTODON)
    assert scene.doubted == set()
    attempts = sum(row.attempts for row in scene.deliveries("mastodon"))
    assert 50 < attempts < 180
    assert len(network.fake.requests) < 1.5 * attempts


@readable
def test_the_next_one_waits_until_the_network_answers_a_question(stage: Stage, kind: Kind) -> None:
    scene = stage(kind)
    network = scene.networks[kind.name]
    scene.shown(declared(scene.desk))
    scene.fail(kind.name, Hang())
    scene.live(NOON + MINUTE)
    login = {"login": "partial_outage"}
    scene.shown(declared(scene.desk, scene.now, components=login, texts=words("Altro")))
    scene.live(NOON + 10 * MINUTE)
    assert len(network.writes) == 1
    assert scene.states(kind.name) == ["unconfirmed", "pending"]
    why = scene.deliveries(kind.name)[1].error or ""
    assert "cannot be re" in why, why
    scene.recover(kind.name)
    scene.live(NOON + 20 * MINUTE)
    assert network.said == [Said("Altro")]


@readable
def test_a_network_that_answers_all_but_posts_makes_one_doubt_of_each(
    stage: Stage, kind: Kind
) -> None:
    """It was looked for and not found: that is an answer. Nothing is sent a second time."""
    scene = stage(kind)
    network = scene.networks[kind.name]
    first = scene.shown(declared(scene.desk)).incident_id or ""
    scene.live(NOON + MINUTE)
    scene.fail(kind.name, Hang())
    network.recover()
    network.fail_writes()
    for number in (1, 2, 3):
        now = NOON + number * HOUR
        scene.live(now)
        scene.shown(updated(scene.desk, first, now, texts=words(f"N{number}")))
    scene.live(NOON + 4 * HOUR)
    scene.recover(kind.name)
    scene.live(NOON + 5 * HOUR)
    assert network.said == [Said("Guasto")]
    assert len(network.writes) == 4
    assert scene.states(kind.name) == ["verified", *["unconfirmed"] * 3]
