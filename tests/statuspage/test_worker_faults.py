"""The worker when networks fail: nothing is lost, nothing is said twice, nothing stale is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from incidents import actions, outbox
from incidents.actions import Desk
from incidents.status import Certainty
from publishers.channels import _base
from publishers.channels._base import ChannelOptions, Message, Post, Publisher, Receipt, Seen
from tests.conftest import NOON
from tests.fakes._service import Answer, Cut, Drip, Fault, Garbage, Hang
from tests.fakes.x_api import (
    NO_CREDIT,
    NOT_ENROLLED,
    RATE_LIMITED,
    TOO_LONG,
    UNAUTHORIZED,
    USAGE_CAPPED,
    problem,
)
from tests.incidents.builders import HOUR, MINUTE, declared, updated, words
from tests.statuspage._worker import GATE, SECOND, Scene, nobody_answers, staged, x_channel

LATER = NOON + GATE


@pytest.fixture
def scene(desk: Desk, tmp_path: Path) -> Iterator[Scene]:
    with staged(desk, tmp_path) as scene:
        yield scene


def failing(scene: Scene, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let X meet a post with a fault; nobody waits long for what hangs."""
    declared(scene.desk)
    scene.x.faults.append(fault)
    with monkeypatch.context() as impatient:
        if isinstance(fault, Hang | Drip):
            impatient.setattr(_base, "NETWORK_TIMEOUT", 0.3)
        scene.clock.moment = LATER
        assert scene.worker.attend("x")


def methods(scene: Scene) -> list[str]:
    return [request.method for request in scene.x.requests]


# Later


def test_a_limit_is_waited_for_and_no_longer(scene: Scene) -> None:
    declared(scene.desk)
    reset = int((scene.x.now() + 15 * MINUTE).timestamp())
    scene.x.faults.append(Answer(429, RATE_LIMITED, {"x-rate-limit-reset": str(reset)}))
    scene.pass_time(LATER)
    assert scene.states() == ["pending"]
    scene.pass_time(LATER + 14 * MINUTE)
    assert len(scene.x.posts) == 1
    scene.pass_time(LATER + 15 * MINUTE + SECOND)
    assert scene.states() == ["sent"]
    assert len(scene.x.tweets) == 1


def test_what_was_surely_not_sent_is_not_looked_for(scene: Scene) -> None:
    """Reading costs money at X, and some accounts may write but not read."""
    declared(scene.desk)
    scene.x.faults.append(Answer(429, RATE_LIMITED))
    scene.pass_time(LATER)
    scene.pass_time(LATER + MINUTE)
    assert methods(scene)[:2] == ["POST", "POST"]
    assert scene.states() == ["sent"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(503, problem(503, "Service Unavailable", "Over capacity")),
        Answer(403, problem(403, "Forbidden", "User is over daily status update limit.")),
    ],
    ids=["over capacity", "daily limit"],
)
def test_a_network_that_is_busy_is_tried_again(scene: Scene, answer: Answer) -> None:
    declared(scene.desk)
    scene.x.faults.append(answer)
    scene.pass_time(LATER)
    assert scene.states() == ["pending"]
    scene.pass_time(LATER + MINUTE)
    assert scene.states() == ["sent"]


# Never


def test_what_the_network_refuses_is_failed_with_its_words(scene: Scene) -> None:
    declared(scene.desk)
    scene.x.faults.append(Answer(403, problem(403, "Forbidden", TOO_LONG)))
    scene.pass_time(LATER)
    (row,) = scene.deliveries()
    assert row.state == "failed"
    assert TOO_LONG in (row.error or "")
    scene.pass_time(LATER + 10 * HOUR)
    assert len(scene.x.posts) == 1


# The account


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(401, UNAUTHORIZED), "X does not accept the keys"),
        (Answer(402, NO_CREDIT), "no credit left at X"),
        (Answer(403, NOT_ENROLLED), "X forbids it"),
        (Answer(429, USAGE_CAPPED), "the usage cap"),
    ],
    ids=["401", "402", "403", "cap"],
)
def test_a_broken_account_stops_its_channel_until_an_operator_acts(
    scene: Scene, answer: Answer, why: str
) -> None:
    declared(scene.desk)
    scene.x.faults.append(answer)
    scene.pass_time(LATER)
    row = scene.channel_row()
    assert row is not None
    assert row.state == "broken"
    assert why in row.why
    assert scene.states("log") == ["sent"], "the other channel goes on"
    scene.pass_time(LATER + HOUR)
    assert (scene.states(), len(scene.x.posts)) == (["pending"], 1)
    actions.resume_channel(scene.desk, "carlo", LATER + HOUR, "x")
    scene.pass_time(LATER + HOUR)
    assert (scene.states(), len(scene.x.tweets)) == (["sent"], 1)


# Nobody knows


@pytest.mark.parametrize(
    "fault",
    [Cut(), Cut(in_the_middle=True), Garbage(), Drip(), Drip(in_headers=True)],
    ids=["cut off", "cut in the middle", "garbage", "dripping", "dripping headers"],
)
def test_a_post_whose_answer_is_lost_is_found_and_never_sent_again(
    scene: Scene, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(scene, fault, monkeypatch)
    assert scene.states() == ["unconfirmed"]
    scene.pass_time(LATER + SECOND)
    (row,) = scene.deliveries()
    assert (row.state, row.remote_id) == ("sent", scene.post.id)
    assert row.text == scene.post.text
    assert len(scene.x.posts) == 1


@pytest.mark.parametrize(
    "fault", [Answer(500), Answer(502, b"<html>"), Hang()], ids=["500", "502", "hung"]
)
def test_a_post_that_is_not_found_goes_to_the_operator(
    scene: Scene, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(scene, fault, monkeypatch)
    for seconds in (1, 22, 100, 3600):
        scene.pass_time(LATER + seconds * SECOND)
    (row,) = scene.deliveries()
    assert (row.state, methods(scene)) == ("unconfirmed", ["POST", "GET", "GET", "GET"])
    actions.settle_unconfirmed(scene.desk, "bea", LATER + HOUR, row.id, there=False)
    scene.pass_time(LATER + HOUR)
    assert (scene.states(), len(scene.x.tweets)) == (["sent"], 1)


def test_a_server_error_after_the_post_was_taken_is_found(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(scene, Answer(500), monkeypatch)
    taken = scene.x.put(str(scene.x.posts[0].body["text"]))
    scene.pass_time(LATER + SECOND)
    (row,) = scene.deliveries()
    assert (row.state, row.remote_id) == ("sent", taken.id)


def test_an_operator_who_is_wrong_makes_no_second_post(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X refuses the duplicate with 403; the post that is there becomes the receipt."""
    failing(scene, Answer(500), monkeypatch)
    (row,) = scene.deliveries()
    there = scene.x.put(str(scene.x.posts[0].body["text"]))
    actions.settle_unconfirmed(scene.desk, "bea", LATER, row.id, there=False)
    scene.pass_time(LATER + SECOND)
    (row,) = scene.deliveries()
    assert (row.state, row.remote_id) == ("sent", there.id)
    assert len(scene.x.tweets) == 1


def test_a_doubt_while_the_network_is_down_is_settled_when_it_is_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(scene, Cut(), monkeypatch)
    there = scene.publishers["x"]
    with nobody_answers() as url:
        scene.publishers["x"] = x_channel(scene.x, scene.folder, url)
        for minute in range(1, 120, 5):
            scene.pass_time(LATER + minute * MINUTE)
    assert scene.states() == ["unconfirmed"]
    scene.publishers["x"] = there
    scene.pass_time(LATER + 2 * HOUR)
    assert (scene.states(), len(scene.x.posts)) == (["sent"], 1)


def test_a_doubt_is_not_looked_for_for_ever(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(scene, Cut(), monkeypatch)
    with nobody_answers() as url:
        scene.publishers["x"] = x_channel(scene.x, scene.folder, url)
        scene.pass_time(LATER + outbox.LOOKS_FOR + SECOND)
        scene.pass_time(LATER + outbox.LOOKS_FOR + HOUR)
        scene.pass_time(LATER + outbox.LOOKS_FOR + 2 * HOUR)
        assert scene.attend("x", LATER + outbox.LOOKS_FOR + 30 * HOUR) == 0


def test_a_doubtful_post_holds_its_thread_up_for_two_minutes_and_others_not_at_all(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(scene, Answer(500), monkeypatch)
    (row,) = scene.deliveries()
    updated(scene.desk, row.thread, LATER + SECOND)
    declared(scene.desk, LATER + SECOND, components={"login": "partial_outage"}, texts=words("Due"))
    scene.pass_time(LATER + GATE + SECOND)
    assert [text.split()[0] for text in scene.x.texts] == ["Due"]
    scene.pass_time(LATER + outbox.HOLDS_THREAD)
    assert [text.split()[0] for text in scene.x.texts] == ["Due", "Novità"]
    assert scene.replies() == [None, None]
    assert [d.standalone for d in scene.deliveries() if d.thread == row.thread] == [False, True]


# A channel with a fault of its own


class Clumsy(Publisher):
    """Raises what no channel may raise, wherever it is told to."""

    certainty = Certainty.READABLE
    breaks_in = ""

    def _do(self, name: str) -> None:
        if name == self.breaks_in:
            raise RuntimeError(f"a fault in {name}")

    def compose(self, message: Message) -> Post:
        self._do("compose")
        return Post(message.short, 1, 280)

    def publish(self, message: Message, post: Post) -> Receipt:
        self._do("publish")
        return Receipt("1")

    def find(self, message: Message, post: Post) -> Receipt | None:
        self._do("find")
        return None

    def look(self, receipt: Receipt) -> Seen:
        self._do("look")
        return Seen(reader=True)

    def check(self) -> str:
        return ""


@pytest.fixture
def clumsy(scene: Scene) -> Callable[[str], Clumsy]:
    def put(breaks_in: str) -> Clumsy:
        channel = Clumsy(ChannelOptions(name="x", kind="x", locale="it"), {}, scene.folder)
        channel.breaks_in = breaks_in
        scene.publishers["x"] = channel
        return channel

    return put


@pytest.mark.parametrize(
    ("breaks_in", "state", "why"),
    [
        ("compose", "failed", "it could not be composed (RuntimeError)"),
        ("publish", "unconfirmed", "a fault of this channel (RuntimeError)"),
    ],
)
def test_a_channel_that_breaks_its_promises_is_contained(
    scene: Scene, clumsy: Callable[[str], Clumsy], breaks_in: str, state: str, why: str
) -> None:
    clumsy(breaks_in)
    declared(scene.desk)
    scene.clock.moment = LATER
    assert scene.worker.attend("x")
    (row,) = scene.deliveries()
    assert (row.state, row.error) == (state, why)
    scene.attend("log")
    assert scene.states("log") == ["sent"]


def test_a_failed_composition_can_be_tried_again(
    scene: Scene, clumsy: Callable[[str], Clumsy]
) -> None:
    channel = clumsy("compose")
    declared(scene.desk)
    scene.attend("x", LATER)
    channel.breaks_in = ""
    (row,) = scene.deliveries()
    actions.retry_delivery(scene.desk, "bea", LATER, row.id)
    scene.attend("x", LATER + SECOND)
    assert scene.states() == ["sent"]


def test_every_wait_grows_while_the_network_stays_down(scene: Scene) -> None:
    """Some dozen attempts in a night, not thousands."""
    declared(scene.desk)
    with nobody_answers() as url:
        scene.publishers["x"] = x_channel(scene.x, scene.folder, url)
        for minute in range(120):
            scene.attend("x", LATER + minute * MINUTE)
    (row,) = scene.deliveries()
    assert 20 < row.attempts < 40
    assert row.not_before - (LATER + 119 * MINUTE) < timedelta(seconds=376)
