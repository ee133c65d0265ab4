"""What the worker does by itself, one step at a time: send, verify, link, reply, wait for the page.

A real `x` on a fake server and a real `log`; the clock is moved by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from incidents import actions, outbox
from incidents.actions import Desk
from publishers.targets.directory import Target
from tests.conftest import NOON
from tests.fakes._service import Answer
from tests.incidents.builders import MINUTE, declared, resolved, updated, words
from tests.statuspage._worker import GATE, SECOND, Scene, staged

LATER = NOON + GATE


@pytest.fixture
def scene(desk: Desk, tmp_path: Path) -> Iterator[Scene]:
    with staged(desk, tmp_path) as scene:
        yield scene


def page(scene: Scene, path: str) -> str:
    target = scene.worker.site.targets["page"]
    assert isinstance(target, Target)
    return (target.root / path / "index.html").read_text(encoding="utf-8")


def test_a_delivery_is_sent_and_its_receipt_kept(scene: Scene) -> None:
    declared(scene.desk)
    scene.pass_time(LATER)
    (row,) = scene.deliveries()
    assert (row.state, row.remote_id, row.sent_at) == ("sent", scene.post.id, LATER)
    assert row.remote_url == f"https://x.com/i/web/status/{scene.post.id}"
    assert row.text == scene.post.text
    assert "Guasto in breve" in scene.post.text


def wanting_pictures(scene: Scene) -> None:
    publisher = scene.publishers["x"]
    publisher.options = publisher.options.model_copy(update={"picture": True})


def test_a_picture_goes_along_where_it_is_wanted(scene: Scene) -> None:
    wanting_pictures(scene)
    declared(scene.desk)
    scene.pass_time(LATER)
    (media,) = scene.x.media.values()
    assert scene.post.media in scene.x.media
    assert "Stiamo verificando: Portafoglio non disponibile" in media.alt
    assert scene.deliveries()[0].without_picture == ""


def test_why_a_picture_did_not_go_along_is_kept(scene: Scene) -> None:
    wanting_pictures(scene)
    declared(scene.desk)
    scene.x.faults.append(Answer(503, {"detail": "Over capacity"}))
    scene.pass_time(LATER)
    (row,) = scene.deliveries()
    assert row.state == "sent"
    assert row.without_picture == "X answered 503: Over capacity"
    assert scene.post.media is None


def test_each_channel_speaks_its_own_language(scene: Scene) -> None:
    declared(scene.desk)
    scene.pass_time(LATER)
    (line,) = scene.lines()
    assert "Guasto in short" in line["text"]
    assert line["text"].endswith("/en/incidents/" + line["text"].rsplit("/en/incidents/", 1)[1])
    assert "/en/" not in scene.post.text


def test_what_was_sent_is_looked_at_as_a_reader_would(scene: Scene) -> None:
    declared(scene.desk)
    scene.pass_time(LATER)
    assert scene.attend("x", LATER + outbox.VERIFY_AFTER - SECOND) == 0
    scene.pass_time(LATER + outbox.VERIFY_AFTER)
    assert scene.states("x") == ["verified"]
    assert scene.states("log") == ["verified"]


def test_a_post_that_readers_do_not_see_is_said_to_operators(scene: Scene) -> None:
    declared(scene.desk)
    scene.pass_time(LATER)
    scene.x.delete(scene.post.id)
    scene.pass_time(LATER + outbox.VERIFY_AFTER)
    (row,) = scene.deliveries()
    assert (row.state, row.error) == ("sent", "sent, but a reader does not see it")


def test_the_page_links_to_a_post_once_it_is_out(scene: Scene) -> None:
    path = f"incidents/{declared(scene.desk).incident_id}"
    scene.worker.site.refresh(NOON)
    assert "x.com/i/web/status" not in page(scene, path)
    scene.pass_time(NOON + SECOND)
    scene.worker.site.refresh(NOON + SECOND)
    assert f"https://x.com/i/web/status/{scene.post.id}" in page(scene, path)


def test_the_page_comes_first(scene: Scene) -> None:
    declared(scene.desk)
    scene.pass_time(NOON + 9 * SECOND)
    assert (scene.x.tweets, scene.lines()) == ([], [])
    scene.worker.site.refresh(NOON + 9 * SECOND)
    scene.pass_time(NOON + 9 * SECOND)
    assert len(scene.x.tweets) == len(scene.lines()) == 1


def test_a_page_that_cannot_be_put_costs_ten_seconds_and_no_silence(scene: Scene) -> None:
    (scene.folder / "page").write_text("a file where the folder should be")
    declared(scene.desk)
    assert len(scene.worker.site.refresh(NOON)) == 1
    scene.pass_time(NOON + 9 * SECOND)
    assert scene.x.tweets == []
    scene.pass_time(NOON + 10 * SECOND)
    assert len(scene.x.tweets) == 1


def test_an_incident_is_one_thread_on_each_channel(scene: Scene) -> None:
    first = declared(scene.desk)
    scene.pass_time(LATER)
    for minute in (1, 2):
        updated(scene.desk, first.incident_id, NOON + minute * MINUTE, texts=words(f"N{minute}"))
        scene.pass_time(NOON + minute * MINUTE + GATE)
    resolved(scene.desk, first.incident_id, NOON + 3 * MINUTE)
    declared(scene.desk, NOON + 4 * MINUTE, components={"login": "partial_outage"})
    scene.pass_time(NOON + 4 * MINUTE + GATE)
    assert scene.replies() == [None, 0, 1, 2, None]
    keys = [line["key"] for line in scene.lines()]
    assert [line["reply_to"] for line in scene.lines()] == [None, *keys[:3], None]


def test_updates_in_quick_succession_all_go_out_in_order(scene: Scene) -> None:
    first = declared(scene.desk)
    for number in range(1, 6):
        updated(scene.desk, first.incident_id, NOON + number * SECOND, texts=words(f"N{number}"))
    scene.pass_time(NOON + 5 * SECOND + GATE)
    said = [text.split()[0] for text in scene.x.texts]
    assert said == ["Guasto", "N1", "N2", "N3", "N4", "N5"]
    assert scene.replies() == [None, 0, 1, 2, 3, 4]


def test_a_correction_replies_to_the_post_of_its_update(scene: Scene) -> None:
    first = declared(scene.desk)
    scene.pass_time(LATER)
    updated(scene.desk, first.incident_id, NOON + MINUTE)
    scene.pass_time(NOON + MINUTE + GATE)
    said = {
        "incident": first.incident_id,
        "update": "1",
        "texts": words("Giusto"),
        "reason": {"it": "Errore nostro.", "en": "Our mistake."},
    }
    actions.correct_update(scene.desk, "bea", NOON + 2 * MINUTE, said)
    scene.pass_time(NOON + 2 * MINUTE + GATE)
    assert scene.replies() == [None, 0, 0]
    assert scene.x.texts[2].startswith("Correzione: Giusto in breve")
    assert scene.lines()[2]["reply_to"] == scene.lines()[0]["key"]


def test_a_retraction_says_why_below_what_it_takes_back(scene: Scene) -> None:
    first = declared(scene.desk)
    scene.pass_time(LATER)
    reason = {"it": "Era un'altra app.", "en": "It was another app."}
    said = {"incident": first.incident_id, "update": "1", "reason": reason}
    actions.retract_update(scene.desk, "bea", NOON + MINUTE, said)
    scene.pass_time(NOON + MINUTE + GATE)
    assert scene.replies() == [None, 0]
    assert "Era un'altra app." in scene.x.texts[1]


def test_nothing_to_do_is_nothing_done(scene: Scene) -> None:
    assert not scene.worker.attend("x")
    assert scene.x.requests == []


def test_a_tick_with_nothing_to_do_wakes_nobody(scene: Scene) -> None:
    """Else the worker, woken by what it committed itself, would never rest."""
    scene.worker._tick()
    watch = scene.desk.db.watch()
    scene.worker._tick()
    assert not watch.wait(0.3)
    watch.close()
