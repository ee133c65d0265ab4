"""The dead man's switch: pinged while all is well, silent otherwise, and never in the way."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy.exc import OperationalError

from incidents.actions import Desk
from incidents.db import Database
from publishers.targets.directory import Target
from statuspage._monitor_settings import MonitorSettings
from statuspage._ping import Ping
from statuspage.logs import configure_logs
from statuspage.settings import SettingsError, example_settings, load_settings
from statuspage.worker import Worker
from tests.conftest import NOON
from tests.statuspage._worker import HandClock, make_site, nobody_answers

SECRET = "5b7c0d54-0000-4000-8000-0123456789ab"
MINUTE = timedelta(minutes=1)


class Monitor(ThreadingHTTPServer):
    """A real one, as operators run it: counts what it is asked, or hangs, or sends elsewhere."""

    daemon_threads = True

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[str] = []
        self.heard = threading.Semaphore(0)
        self.let_go = threading.Event()
        self.let_go.set()
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{SECRET}"


class _Answers(BaseHTTPRequestHandler):
    server: Monitor

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.heard.release()
        self.server.let_go.wait()
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    with Monitor() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.let_go.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def output() -> Iterator[StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    output = StringIO()
    configure_logs([SECRET], level=logging.DEBUG, stream=output)
    yield output
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


class Seconds:
    """A monotonic clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def wait_for(ping: Ping) -> None:
    """Until what is under way is over."""
    with ping._under_way:
        pass


def said(output: StringIO) -> list[str]:
    lines = [json.loads(line) for line in output.getvalue().splitlines()]
    return [line["event"] for line in lines if line["event"].startswith("ping")]


def test_it_pings_once_a_minute(monitor: Monitor, output: StringIO) -> None:
    clock = Seconds()
    ping = Ping(MonitorSettings(monitor.url), clock)
    for seconds in (0, 1, 54, 1, 30, 30, 60):
        clock.now += seconds
        ping()
        wait_for(ping)
    assert monitor.asked == [f"/{SECRET}"] * 4
    assert said(output) == []


def test_without_an_address_nothing_is_done() -> None:
    before = threading.active_count()
    Ping(MonitorSettings())()
    assert threading.active_count() == before


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_failure_is_said_once_and_so_is_its_end(
    monitor: Monitor, output: StringIO, status: int
) -> None:
    clock = Seconds()
    ping = Ping(MonitorSettings(monitor.url), clock)
    for answer in (status, status, 200, 200, status):
        monitor.status = answer
        clock.now += 60
        ping()
        wait_for(ping)
    assert said(output) == ["ping_failed", "ping_works_again", "ping_failed"]
    assert set(monitor.asked) == {f"/{SECRET}"}
    assert f'"why": "{status}"' in output.getvalue()


def test_nobody_there_is_no_trouble_and_the_address_stays_secret(output: StringIO) -> None:
    with nobody_answers() as url:
        ping = Ping(MonitorSettings(f"{url}/{SECRET}"))
        ping()
        wait_for(ping)
    assert said(output) == ["ping_failed"]
    assert SECRET not in output.getvalue()
    assert '"monitor": "127.0.0.1"' in output.getvalue()


def test_one_that_hangs_is_not_waited_for_and_gets_no_second(monitor: Monitor) -> None:
    monitor.let_go.clear()
    clock = Seconds()
    ping = Ping(MonitorSettings(monitor.url), clock)
    ping()
    assert monitor.heard.acquire(timeout=60)
    for _ in range(3):
        clock.now += 60
        ping()
    assert [thread.name for thread in threading.enumerate()].count("ping") == 1
    assert len(monitor.asked) == 1
    monitor.let_go.set()
    wait_for(ping)
    clock.now += 60
    ping()
    wait_for(ping)
    assert len(monitor.asked) == 2


# The worker


class Beats:
    """Counts the pings that the worker asks for."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def ticking(desk: Desk, tmp_path: Path) -> Iterator[tuple[Callable[[], int], HandClock, Worker]]:
    """Lets the worker do what it does each minute; answers how often it pinged then."""
    clock, beats = HandClock(), Beats()
    worker = Worker(desk, make_site(desk, tmp_path), {}, clock, beats)
    worker._clockwork.start(paused=True)

    def tick() -> int:
        clock.moment += MINUTE
        before = beats.count
        worker._tick()
        return beats.count - before

    yield tick, clock, worker
    worker._clockwork.shutdown()


Ticking = tuple[Callable[[], int], HandClock, Worker]


def test_the_worker_pings_when_all_is_well(ticking: Ticking) -> None:
    tick, _, _ = ticking
    assert [tick(), tick()] == [1, 1]


def test_it_does_not_while_the_disk_refuses(ticking: Ticking, tmp_path: Path) -> None:
    tick, _, worker = ticking
    assert tick() == 1
    os.rename(tmp_path / "page", tmp_path / "away")  # noqa: PTH104
    (tmp_path / "page").write_text("in the way")
    assert tick() == 0
    (tmp_path / "page").unlink()
    assert tick() == 1
    assert isinstance(worker.site.targets["page"], Target)


def test_it_does_not_while_the_database_is_away(
    ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick, _, worker = ticking

    def refuse(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, RuntimeError("gone"))

    with monkeypatch.context() as broken:
        broken.setattr(worker._stopping, "wait", lambda _: False)
        broken.setattr(Database, "read", refuse)
        assert tick() == 0
    assert tick() == 1


def test_it_does_not_while_the_database_can_only_be_read(
    ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick, _, _ = ticking
    assert tick() == 1

    def refuse(*_: object) -> None:
        raise OperationalError("UPDATE", {}, RuntimeError("disk full"))

    with monkeypatch.context() as full:
        full.setattr("incidents.outbox.show", refuse)
        assert [tick() for _ in range(4)][-1] == 0
    assert tick() == 1


def test_it_does_not_when_what_is_due_cannot_be_done(
    ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick, _, worker = ticking

    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(worker._stopping, "wait", lambda _: False)
    monkeypatch.setattr("incidents.actions.catch_up", broken)
    assert tick() == 0


def test_a_monitor_that_hangs_does_not_delay_the_worker(
    desk: Desk, tmp_path: Path, monitor: Monitor
) -> None:
    """The ticks return although the monitor answers nothing before the test's end."""
    monitor.let_go.clear()
    clock, seconds = HandClock(), Seconds()
    ping = Ping(MonitorSettings(monitor.url), seconds)
    worker = Worker(desk, make_site(desk, tmp_path), {}, clock, ping)
    worker._clockwork.start(paused=True)
    for _ in range(3):
        clock.moment += MINUTE
        seconds.now += 60
        worker._tick()
    page = (tmp_path / "page" / "heartbeat.json").read_text()
    assert f"{NOON + 3 * MINUTE:%H:%M}" in page
    assert monitor.heard.acquire(timeout=60)
    assert len(monitor.asked) == 1
    monitor.let_go.set()
    wait_for(ping)
    worker._clockwork.shutdown()


# Settings


def settings_with(folder: Path, section: str = "", **env: str) -> MonitorSettings:
    (folder / "avviso.toml").write_text(example_settings() + section, encoding="utf-8")
    settings = load_settings(folder / "avviso.toml", env)
    for secret in settings.monitor.secret_values():
        assert secret in settings.secret_values()
        assert secret not in repr(settings)
    return settings.monitor


def test_by_default_nobody_is_pinged(tmp_path: Path) -> None:
    found = settings_with(tmp_path)
    assert (found.ping, found.every, found.token, found.shown_ping) == ("", 60, "", "")
    assert found.secret_values() == ()


def test_the_environment_wins_and_only_the_host_is_shown(tmp_path: Path) -> None:
    section = '[monitor]\nping = "https://a.example/x"\nevery = 300\n'
    assert settings_with(tmp_path, section).ping == "https://a.example/x"
    found = settings_with(
        tmp_path, section, AVVISO_MONITOR_PING=f"https://me:pass-word-pass@b.example/{SECRET}?k=1"
    )
    assert (found.shown_ping, found.every) == ("b.example", 300)
    assert {SECRET, "pass-word-pass", f"/{SECRET}?k=1"} <= set(found.secret_values())


@pytest.mark.parametrize(
    "address",
    [
        "http://monitor.example/x",
        "http://10.0.0.1/x",
        "http://127.0.0.1.example/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "https:///x",
        "https://[::1",
        "https://a.example/\u00fc",
        "https://a.example/a b",
        "monitor.example/secret",
    ],
)
@pytest.mark.parametrize("by_file", [True, False])
def test_addresses_that_would_tell_the_secret_or_lead_astray(
    tmp_path: Path, address: str, by_file: bool
) -> None:
    section = f'[monitor]\nping = "{address}"\n' if by_file else ""
    env = {} if by_file else {"AVVISO_MONITOR_PING": address}
    with pytest.raises(SettingsError) as caught:
        settings_with(tmp_path, section, **env)
    (problem,) = caught.value.problems
    assert ("monitor.ping: " if by_file else "AVVISO_MONITOR_PING: ") in problem
    assert address not in problem


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x", "http://[::1]/x", "http://localhost"])
def test_addresses_on_this_very_machine(tmp_path: Path, address: str) -> None:
    assert settings_with(tmp_path, AVVISO_MONITOR_PING=address).ping == address


@pytest.mark.parametrize("token", ["short", "with a space in it", "é" * 20, "x" * 201])
def test_tokens_that_will_not_do(tmp_path: Path, token: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_with(tmp_path, AVVISO_METRICS_TOKEN=token)
    (problem,) = caught.value.problems
    assert problem.startswith("AVVISO_METRICS_TOKEN: ")
    assert token not in problem
