"""The hub is told what changed, by feed, and whatever it does disturbs nothing else."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from incidents import actions, queries
from incidents.actions import Desk
from publishers.channels import _base
from statuspage._hub import PAUSES, Hub, feeds
from statuspage.logs import configure_logs
from statuspage.settings import SettingsError, example_settings, load_settings
from statuspage.worker import Worker
from tests.conftest import NOON
from tests.incidents.builders import declared, updated
from tests.statuspage._worker import HandClock, make_site, nobody_answers

MINUTE = timedelta(minutes=1)


class Receiver(ThreadingHTTPServer):
    """A hub as PubSubHubbub has it: takes what changed, and answers as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answers: list[int] = []
        """The statuses of the next answers; 204 when there are none, 0 to cut the line."""
        self.topics: list[str] = []
        self.heard = threading.Semaphore(0)
        self.let_go = threading.Event()
        self.let_go.set()
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class _Answers(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = parse_qs(body, strict_parsing=True)
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert said["hub.mode"] == ["publish"]
        self.server.topics += said["hub.url"]
        self.server.heard.release()
        self.server.let_go.wait()
        status = self.server.answers.pop(0) if self.server.answers else 204
        if status == 0:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.let_go.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def output() -> StringIO:
    stream = StringIO()
    configure_logs([], level=logging.DEBUG, stream=stream)
    return stream


def said(output: StringIO) -> list[str]:
    lines = [json.loads(line) for line in output.getvalue().splitlines()]
    return [line["event"] for line in lines if line["event"].startswith("hub")]


class Pauses:
    """Notes how long it was to be waited, and waits for nothing."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


Making = Callable[[str], tuple[Hub, Pauses]]


@pytest.fixture
def making(desk: Desk) -> Making:
    def make(url: str) -> tuple[Hub, Pauses]:
        pauses = Pauses()
        return Hub(desk.db, replace(desk.service, hub=url), pauses), pauses

    return make


def finish(hub: Hub) -> None:
    """Until its thread has ended, if there is one."""
    del hub
    for thread in threading.enumerate():
        if thread.name == "hub":
            thread.join(timeout=120)
            assert not thread.is_alive()


def tell(hub: Hub) -> None:
    hub()
    finish(hub)


PAGE = [
    f"https://stato.example.it/{prefix}feed.{ending}"
    for prefix in ("", "en/")
    for ending in ("atom", "json", "rss")
]


def beside(desk: Desk, path: str) -> set[str]:
    return set(feeds(desk.service, path))


class TestWhatItIsTold:
    def test_at_the_start_that_the_pages_feeds_may_be_new(
        self, receiver: Receiver, making: Making
    ) -> None:
        hub, _ = making(receiver.url)
        tell(hub)
        assert receiver.topics == PAGE

    def test_nothing_while_nothing_is_published(
        self, receiver: Receiver, making: Making, desk: Desk
    ) -> None:
        hub, _ = making(receiver.url)
        tell(hub)
        name = {"it": "Nuovo", "en": "New"}
        actions.save_component(desk, "ada", NOON, {"key": "new", "name": name})
        tell(hub)
        tell(hub)
        assert receiver.topics == PAGE

    def test_of_a_publication_every_feed_that_it_is_in(
        self, receiver: Receiver, making: Making, desk: Desk
    ) -> None:
        hub, _ = making(receiver.url)
        tell(hub)
        receiver.topics.clear()
        entry = declared(desk)
        with desk.db.read() as session:
            component = next(c.id for c in queries.components(session) if c.key == "wallet")
        tell(hub)
        assert set(receiver.topics) == {
            *PAGE,
            *beside(desk, f"incidents/{entry.incident_id}/"),
            *beside(desk, f"components/{component}/"),
        }
        assert receiver.topics[: len(PAGE)] == PAGE
        receiver.topics.clear()
        updated(desk, entry.incident_id, NOON + MINUTE)
        tell(hub)
        assert len(receiver.topics) == 18

    def test_not_of_a_component_that_is_hidden(
        self, receiver: Receiver, making: Making, desk: Desk
    ) -> None:
        hub, _ = making(receiver.url)
        tell(hub)
        declared(desk)
        hidden = {"key": "wallet", "name": {"it": "W", "en": "W"}, "hidden": True}
        actions.save_component(desk, "ada", NOON, hidden)
        receiver.topics.clear()
        tell(hub)
        assert not [topic for topic in receiver.topics if "/components/" in topic]

    def test_without_a_hub_nobody_is_asked(self, making: Making) -> None:
        hub, _ = making("")
        before = threading.active_count()
        hub()
        assert threading.active_count() == before


class TestWhatItAnswers:
    @pytest.mark.parametrize("status", [200, 202, 204])
    def test_yes(self, receiver: Receiver, making: Making, output: StringIO, status: int) -> None:
        hub, pauses = making(receiver.url)
        receiver.answers = [status] * 6
        tell(hub)
        assert (receiver.topics, pauses.seconds, said(output)) == (PAGE, [], ["hub_told"])

    @pytest.mark.parametrize("status", [302, 400, 404, 410])
    def test_no_is_said_and_not_tried_again(
        self, receiver: Receiver, making: Making, output: StringIO, status: int
    ) -> None:
        hub, pauses = making(receiver.url)
        receiver.answers = [status]
        tell(hub)
        assert receiver.topics == PAGE
        assert pauses.seconds == []
        assert said(output) == ["hub_refused", "hub_told"]

    @pytest.mark.parametrize("status", [500, 503, 429, 0])
    def test_not_now_is_tried_again_from_there(
        self, receiver: Receiver, making: Making, output: StringIO, status: int
    ) -> None:
        hub, pauses = making(receiver.url)
        receiver.answers = [204, status]
        tell(hub)
        assert receiver.topics == [*PAGE[:2], *PAGE[1:]]
        assert pauses.seconds == [PAUSES[0]]
        assert said(output) == ["hub_failed", "hub_told"]

    def test_one_that_fails_for_good_is_given_up(
        self, receiver: Receiver, making: Making, output: StringIO
    ) -> None:
        hub, pauses = making(receiver.url)
        receiver.answers = [500] * 5
        tell(hub)
        assert receiver.topics == [PAGE[0]] * 5
        assert pauses.seconds == list(PAUSES)
        assert said(output) == ["hub_failed"] * 4 + ["hub_given_up"]
        # The next publication finds it well again.
        tell(hub)
        assert len(receiver.topics) == 5

    def test_nobody_there(self, making: Making, output: StringIO) -> None:
        with nobody_answers() as url:
            hub, pauses = making(url)
            tell(hub)
        assert pauses.seconds == list(PAUSES)
        assert said(output)[-1] == "hub_given_up"

    def test_one_that_hangs_delays_nobody(
        self, receiver: Receiver, making: Making, desk: Desk, tmp_path: Path
    ) -> None:
        """The worker's ticks return, and the page is brought up to date, while it says nothing."""
        hub, _ = making(receiver.url)
        receiver.let_go.clear()
        clock = HandClock()
        worker = Worker(desk, make_site(desk, tmp_path), {}, clock, hub=hub)
        worker._clockwork.start(paused=True)
        declared(desk)
        for _ in range(3):
            clock.moment += MINUTE
            worker._tick()
        page = (tmp_path / "page" / "heartbeat.json").read_text()
        assert f"{NOON + 3 * MINUTE:%H:%M}" in page
        assert receiver.heard.acquire(timeout=60)
        assert len(receiver.topics) == 1
        assert [thread.name for thread in threading.enumerate()].count("hub") == 1
        receiver.let_go.set()
        finish(hub)
        worker._clockwork.shutdown()

    def test_one_that_hangs_is_left_after_a_while(
        self,
        receiver: Receiver,
        making: Making,
        output: StringIO,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2)
        hub, pauses = making(receiver.url)
        receiver.let_go.clear()
        tell(hub)
        assert pauses.seconds == list(PAUSES)
        assert said(output)[-1] == "hub_given_up"

    def test_what_comes_meanwhile_goes_along(
        self, receiver: Receiver, making: Making, desk: Desk
    ) -> None:
        hub, _ = making(receiver.url)
        receiver.let_go.clear()
        hub()
        assert receiver.heard.acquire(timeout=60)
        entry = declared(desk)
        hub()
        hub()
        receiver.let_go.set()
        finish(hub)
        assert receiver.topics[:6] == PAGE
        assert receiver.topics[6:12] == PAGE
        assert len(receiver.topics) == len([*PAGE, *PAGE]) + 12
        assert (
            f"https://stato.example.it/incidents/{entry.incident_id}/feed.atom" in receiver.topics
        )


class TestTheWorker:
    def test_tells_it_when_the_page_is_online_and_not_before(
        self, receiver: Receiver, making: Making, desk: Desk, tmp_path: Path
    ) -> None:
        hub, _ = making(receiver.url)
        worker = Worker(desk, make_site(desk, tmp_path), {}, HandClock(), hub=hub)
        worker._clockwork.start(paused=True)
        (tmp_path / "page").write_text("in the way")
        worker._tick()
        finish(hub)
        assert receiver.topics == []
        (tmp_path / "page").unlink()
        worker._tick()
        finish(hub)
        assert receiver.topics == PAGE
        worker._clockwork.shutdown()

    def test_a_restored_database_is_news(
        self, receiver: Receiver, making: Making, desk: Desk
    ) -> None:
        hub, _ = making(receiver.url)
        tell(hub)
        hub._seen = 10_000
        receiver.topics.clear()
        tell(hub)
        assert receiver.topics == PAGE


def hub_of(folder: Path, value: str) -> str:
    text = f"{example_settings()}\n[feeds]\nhub = {json.dumps(value)}\n"
    (folder / "avviso.toml").write_text(text, encoding="utf-8")
    settings = load_settings(folder / "avviso.toml", {})
    assert settings.service_view("page00000001").hub == settings.hub
    return settings.hub


class TestSettings:
    @pytest.mark.parametrize(
        "value",
        [
            "",
            "https://hub.example.org/",
            "https://hub.example.org:8443/publish?x=1&y=%20",
            "http://127.0.0.1:8000/",
            "http://localhost/hub",
        ],
    )
    def test_an_address_is_taken(self, tmp_path: Path, value: str) -> None:
        assert hub_of(tmp_path, value) == value

    @pytest.mark.parametrize(
        "value",
        [
            "http://hub.example.org/",
            "https://user:geheim@hub.example.org/",
            "https://hub.example.org/#x",
            'https://hub.example.org/">',
            "https://hub.example.org/a b",
            "https://hub.example.org/$uri",
            "https://hub.example.org/{path}",
            "https://hub.example.org/;x",
            "hub.example.org",
            "https://",
        ],
    )
    def test_what_could_end_a_header_or_hold_a_secret_is_refused(
        self, tmp_path: Path, value: str
    ) -> None:
        with pytest.raises(SettingsError) as caught:
            hub_of(tmp_path, value)
        (problem,) = caught.value.problems
        assert "feeds.hub: should be an https:// address" in problem
        assert "geheim" not in problem
