"""Chats under the real worker: threads, edits in place, and what is not known to have arrived."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.status import Certainty
from tests.conftest import NOON
from tests.fakes._service import Cut
from tests.incidents.builders import HOUR, MINUTE, declared, updated, words
from tests.network._scene import Kind, Said
from tests.network.conftest import Stage
from tests.network.test_corrections import CORRECTED, begun, corrected, retracted, said_after


def _events(fake: Any) -> list[tuple[str, str, str | None]]:
    """The messages of a room, as they read now; edits are none."""
    posts = [event for event in fake.events if not event.replaces and not event.redacted]
    below = [event.content.get("m.relates_to", {}).get("m.in_reply_to", {}) for event in posts]
    return [
        (event.id, text, parent.get("event_id"))
        for event, text, parent in zip(posts, fake.texts, below, strict=True)
    ]


TELEGRAM = Kind(
    "telegram",
    Certainty.BLIND,
    "/sendMessage",
    "/none",
    lambda fake: [
        (str(post.id), post.text, str(post.reply_to) if post.reply_to else None)
        for post in fake.sent
    ],
    edits=True,
)
MATRIX = Kind("matrix", Certainty.KEYED, "/send", "/messages", _events, edits=True)
every_chat = pytest.mark.parametrize("kind", [TELEGRAM, MATRIX], ids=["telegram", "matrix"])


@every_chat
def test_an_incident_is_a_thread(stage: Stage, kind: Kind) -> None:
    scene = stage(kind)
    incident = scene.shown(declared(scene.desk)).incident_id or ""
    for number, word in enumerate(("Secondo", "Terzo"), start=1):
        scene.live(NOON + number * 10 * MINUTE)
        scene.shown(updated(scene.desk, incident, scene.now, texts=words(word)))
    scene.live(NOON + HOUR)
    first, second, third = scene.networks[kind.name].said
    assert (second, third) == (Said("Secondo", first.word), Said("Terzo", "Secondo"))
    assert set(scene.states(kind.name)) <= {"sent", "verified"}


@every_chat
@pytest.mark.parametrize("take_back", [corrected, retracted], ids=["corrected", "retracted"])
def test_what_readers_saw_is_edited_once_the_network_is_back(
    stage: Stage, kind: Kind, take_back: Any
) -> None:
    scene = stage(kind)
    incident = begun(scene, kind)
    take_back(scene, incident, "1", NOON + HOUR)
    mark = CORRECTED if take_back is corrected else "Ritirato:"
    assert said_after(scene, kind, incident) == [Said(mark), Said("Ultimo", mark)]


def test_what_a_blind_chat_may_have_taken_is_never_sent_again(stage: Stage) -> None:
    scene = stage(TELEGRAM)
    network = scene.networks["telegram"]
    network.fake.faults.append(Cut())
    scene.shown(declared(scene.desk))
    scene.live(NOON + 5 * HOUR)
    assert scene.states("telegram") == ["unconfirmed"]
    assert len(network.writes) == len(network.said) == 1


def test_what_a_keyed_chat_may_have_taken_is_found(stage: Stage) -> None:
    scene = stage(MATRIX)
    network = scene.networks["matrix"]
    network.fake.keeps_transactions = False
    network.fake.faults.append(Cut())
    scene.shown(declared(scene.desk))
    scene.live(NOON + HOUR)
    assert scene.states("matrix") == ["verified"]
    assert len(network.said) == 1
    assert scene.doubted == set()
