"""Corrections, retractions and answers that wait while a network is down.

What readers have before them stays wrong whatever a later update says, so it is put right; what
they never saw needs neither a correction nor a retraction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from incidents import actions
from incidents.actions import Outcome
from tests.conftest import NOON
from tests.fakes._service import Hang
from tests.incidents.builders import HOUR, MINUTE, declared, updated, words
from tests.network._scene import BLUESKY, FACEBOOK, KINDS, MASTODON, STEP, Kind, Said, Scene, X
from tests.network.conftest import Stage

CORRECTED, WITHDRAWN = "Correzione:", "Ritirato:"
REASON = {"it": "Errore nostro.", "en": "Our mistake."}
TakeBack = Callable[[Scene, str, str, datetime], Outcome]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])


def corrected(scene: Scene, incident: str, update: str, at: datetime) -> Outcome:
    scene.live(at, step=STEP)
    said = {"incident": incident, "update": update, "texts": words("Giusto"), "reason": REASON}
    return scene.shown(actions.correct_update(scene.desk, "bea", at, said))


def retracted(scene: Scene, incident: str, update: str, at: datetime) -> Outcome:
    scene.live(at, step=STEP)
    said = {"incident": incident, "update": update, "reason": REASON}
    return scene.shown(actions.retract_update(scene.desk, "bea", at, said))


def answered(scene: Scene, incident: str, at: datetime) -> Outcome:
    scene.live(at, step=STEP)
    said = {"incident": incident, "answer": {"key": "is-my-data-safe"}}
    return scene.shown(actions.post_answer(scene.desk, "bea", at, said))


def begun(scene: Scene, kind: Kind) -> str:
    """An incident's first post is out, and then nobody listens any more."""
    incident = scene.shown(declared(scene.desk)).incident_id or ""
    scene.live(NOON + MINUTE)
    scene.fail(kind.name, None)
    return incident


def said_after(scene: Scene, kind: Kind, incident: str) -> list[Said]:
    """What readers find after one more update and the network's return, hours later."""
    scene.live(NOON + 2 * HOUR, step=STEP)
    scene.shown(updated(scene.desk, incident, scene.now, texts=words("Ultimo")))
    scene.live(NOON + 4 * HOUR, step=STEP)
    scene.recover(kind.name)
    scene.live(NOON + 4 * HOUR + 10 * MINUTE)
    return scene.networks[kind.name].said


@every_kind
@pytest.mark.parametrize(
    ("take_back", "mark"),
    [(corrected, CORRECTED), (retracted, WITHDRAWN)],
    ids=["corrected", "retracted"],
)
def test_what_readers_saw_is_put_right_before_the_latest_is_said(
    stage: Stage, kind: Kind, take_back: TakeBack, mark: str
) -> None:
    scene = stage(kind)
    incident = begun(scene, kind)
    take_back(scene, incident, "1", NOON + HOUR)
    said = said_after(scene, kind, incident)
    if kind.edits:
        below = mark if kind.threads else None
        assert said == [Said(mark), Said("Ultimo", below)], "the post itself was edited"
    else:
        assert said == [Said("Guasto"), Said(mark, "Guasto"), Said("Ultimo", mark)]
    assert scene.states(kind.name)[1:] == ["verified", "verified"]


@pytest.mark.parametrize("kind", [X, MASTODON], ids=["x", "mastodon"])
@pytest.mark.parametrize("take_back", [corrected, retracted], ids=["corrected", "retracted"])
def test_what_they_never_saw_is_passed_over_with_its_correction(
    stage: Stage, kind: Kind, take_back: TakeBack
) -> None:
    scene = stage(kind)
    incident = begun(scene, kind)
    scene.live(NOON + 30 * MINUTE, step=STEP)
    scene.shown(updated(scene.desk, incident, scene.now, texts=words("Sbagliato")))
    take_back(scene, incident, "2", NOON + HOUR)
    assert said_after(scene, kind, incident) == [Said("Guasto"), Said("Ultimo", "Guasto")]
    assert scene.states(kind.name)[1:] == ["superseded", "superseded", "verified"]


def test_an_answer_that_waited_is_passed_over_like_the_updates(stage: Stage) -> None:
    """It stands on the page; the catch-up stays one post."""
    scene = stage(BLUESKY)
    incident = begun(scene, BLUESKY)
    answered(scene, incident, NOON + HOUR)
    assert said_after(scene, BLUESKY, incident) == [Said("Guasto"), Said("Ultimo", "Guasto")]


def test_an_answer_alone_is_said_when_the_network_is_back(stage: Stage) -> None:
    scene = stage(FACEBOOK)
    incident = begun(scene, FACEBOOK)
    answered(scene, incident, NOON + HOUR)
    scene.live(NOON + 4 * HOUR, step=STEP)
    scene.recover("facebook")
    scene.live(NOON + 4 * HOUR + 10 * MINUTE)
    assert len(scene.networks["facebook"].said) == 2


def test_a_post_in_doubt_that_is_found_is_corrected(stage: Stage) -> None:
    """Accepted, and its answer lost: readers have the wrong words before them."""
    scene = stage(MASTODON)
    incident = scene.shown(declared(scene.desk)).incident_id or ""
    scene.live(NOON + MINUTE)
    scene.fail("mastodon", Hang())
    scene.shown(updated(scene.desk, incident, scene.now, texts=words("Sbagliato")))
    scene.live(NOON + 2 * MINUTE)
    scene.networks["mastodon"].take()
    corrected(scene, incident, "2", NOON + 10 * MINUTE)
    said = said_after(scene, MASTODON, incident)
    assert said == [Said("Guasto"), Said(CORRECTED, "Guasto"), Said("Ultimo", CORRECTED)]
