"""The worker as it really runs: threads, the clock, wake-ups, and a database that goes away.

Waits are for things that happen by themselves, with a deadline only to end a hang. How long they
took is printed (pytest -s), never asserted.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from incidents import queries
from incidents.actions import Desk
from incidents.db import Database
from incidents.status import Status
from publishers.channels import _base, log
from publishers.channels._base import Publisher, Receipt, Seen
from publishers.targets.directory import Target
from statuspage.clock import Clock
from statuspage.site import Site
from statuspage.worker import Worker
from tests.conftest import NOON
from tests.fakes._service import Hang
from tests.fakes.x_api import FakeX
from tests.incidents.builders import HOUR, declared, resolved, scheduled, updated
from tests.statuspage._worker import log_channel, make_site, posted, until, x_channel


@contextmanager
def running(
    desk: Desk,
    folder: Path,
    clock: Clock | None = None,
    **others: Publisher,
) -> Iterator[Worker]:
    """A worker with a log channel, and others, that really runs."""
    publishers: dict[str, Publisher] = {"log": log_channel(folder), **others}
    worker = Worker(desk, make_site(desk, folder), publishers, clock or Clock())
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


@pytest.fixture
def elsewhere(desk: Desk, database_url: str) -> Iterator[Desk]:
    """The same desk on connections of its own, as the console's process has it."""
    from dataclasses import replace

    other = Database(database_url)
    yield replace(desk, db=other)
    other.close()


def now() -> datetime:
    return datetime.now(UTC)


def status_of(desk: Desk, reference: str | None) -> Status:
    with desk.db.read() as session:
        return queries.find_incident(session, reference or "").status


def test_a_commit_of_another_process_wakes_the_worker(
    desk: Desk, elsewhere: Desk, tmp_path: Path
) -> None:
    with running(desk, tmp_path):
        until(lambda: (tmp_path / "page" / "index.html").exists(), "the first page")
        outcome = declared(elsewhere, now())
        page = tmp_path / "page" / "incidents" / (outcome.incident_id or "") / "index.html"
        seen = until(page.exists, "the page of the incident")
        said = seen + until(lambda: posted(tmp_path), "the post")
    kind = desk.db.url.get_backend_name()
    sys.stdout.write(f"\n{kind}: shown {seen * 1000:.0f} ms after the commit, said {said:.3f} s\n")


def test_the_clock_starts_and_ends_planned_work(desk: Desk, tmp_path: Path) -> None:
    outcome = scheduled(desk, NOON)
    with running(desk, tmp_path, Clock(NOON, speed=3600)):
        until(lambda: status_of(desk, outcome.incident_id) is Status.COMPLETED, "the end")
        # On a busy machine an hour may be over before its notice is said: that one lapses, rightly.
        until(lambda: "#1/3" in {post["reference"] for post in posted(tmp_path)}, "the last post")
    with desk.db.read() as session:
        entry = queries.find_incident(session, outcome.incident_id or "")
        moments = [(update.status, update.at) for update in reversed(entry.updates)]
        wallet = next(c for c in queries.components(session) if c.key == "wallet")
    assert moments == [
        ("scheduled", NOON),
        ("in_progress", NOON + HOUR),
        ("completed", NOON + 3 * HOUR),
    ]
    assert wallet.status == "operational"


def test_a_hung_channel_does_not_delay_another(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 60.0)
    with FakeX() as x:
        x.faults.append(Hang())
        with running(desk, tmp_path, x=x_channel(x, tmp_path)):
            first = declared(desk, now())
            until(lambda: x.posts, "the request that hangs")
            updated(desk, first.incident_id, now())
            until(lambda: len(posted(tmp_path)) == 2, "both posts of the other channel")
            assert len(x.posts) == 1
            x.released.set()


def test_a_channel_with_a_fault_of_its_own_keeps_its_thread(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = threading.Event()

    def look(_channel: Publisher, _receipt: Receipt) -> Seen:
        looked.set()
        raise RuntimeError("a fault in looking")

    monkeypatch.setattr(log.Channel, "look", look)
    clock = Clock(NOON, speed=120)
    with running(desk, tmp_path, clock):
        first = declared(desk, NOON)
        until(looked.is_set, "the look")
        updated(desk, first.incident_id, clock.now())
        until(lambda: len(posted(tmp_path)) == 2, "the second post")


def test_a_fault_in_rendering_does_not_end_the_worker(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh, broken = Site.refresh, threading.Event()

    def faulty(site: Site, at: datetime, event: int | None = None) -> object:
        if not broken.is_set():
            broken.set()
            raise RuntimeError("a fault in a template")
        return refresh(site, at, event)

    monkeypatch.setattr(Site, "refresh", faulty)
    with running(desk, tmp_path):
        until(broken.is_set, "the fault")
        declared(desk, now())
        until(lambda: posted(tmp_path), "the post")
        until(lambda: (tmp_path / "page" / "index.html").exists(), "the page")


def test_a_page_that_hangs_silences_no_channel(desk: Desk, tmp_path: Path) -> None:
    declared(desk, now() - timedelta(seconds=20))
    site = make_site(desk, tmp_path)
    target = site.targets["page"]
    assert isinstance(target, Target)
    with target.lock():
        worker = Worker(desk, site, {"log": log_channel(tmp_path)}, Clock())
        worker.start()
        until(lambda: posted(tmp_path), "the post")
        assert not (tmp_path / "page" / "index.html").exists()
    until(lambda: (tmp_path / "page" / "index.html").exists(), "the page")
    worker.stop()


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  the folder's own descriptor counts


def test_stopping_ends_every_thread_and_lets_go_of_every_file(desk: Desk, tmp_path: Path) -> None:
    with running(desk, tmp_path):
        until(lambda: (tmp_path / "page" / "index.html").exists(), "the page")
    desk.db.close()
    threads, files = threading.active_count(), open_files()
    for _ in range(3):
        with running(desk, tmp_path):
            pass
    desk.db.close()
    assert (threading.active_count(), open_files()) == (threads, files)


def test_a_database_that_is_held_only_delays(desk: Desk, elsewhere: Desk, tmp_path: Path) -> None:
    """Another connection holds the one writer's place for two seconds."""
    held = threading.Event()

    def hold() -> None:
        with elsewhere.db.write():
            held.set()
            threading.Event().wait(2.0)

    with running(desk, tmp_path):
        until(lambda: (tmp_path / "page" / "index.html").exists(), "the page")
        holder = threading.Thread(target=hold)
        holder.start()
        held.wait()
        first = declared(desk, now())
        until(lambda: len(posted(tmp_path)) == 1, "the post")
        holder.join()
        resolved(desk, first.incident_id, now())
        until(lambda: len(posted(tmp_path)) == 2, "the closing")


@pytest.fixture
def cut_connections(fresh_postgres_url: str) -> Iterator[Callable[[], int]]:
    """Ends every connection to the test's PostgreSQL database but its own; answers how many."""
    own = Database(fresh_postgres_url)
    own.engine = own.engine.execution_options(isolation_level="AUTOCOMMIT")

    def cut() -> int:
        query = text(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with own.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    yield cut
    own.close()


def test_a_worker_whose_connections_are_cut_connects_again(
    make_desk: Callable[..., Desk],
    fresh_postgres_url: str,
    cut_connections: Callable[[], int],
    tmp_path: Path,
) -> None:
    db = Database(fresh_postgres_url)
    desk = make_desk(db, ("log",))
    with running(desk, tmp_path) as worker:
        until(lambda: (tmp_path / "page" / "index.html").exists(), "the page")
        for number in range(1, 4):
            assert cut_connections() >= 2
            declared(desk, now(), components={"login": "partial_outage"})
            until(lambda n=number: len(posted(tmp_path)) == n, f"post {number}")  # type: ignore[misc]
        assert all(thread.is_alive() for thread in worker._threads)
    db.close()


class RushingClock(Clock):
    """Whatever comes next is due at once."""

    def alarm(self, moment: datetime) -> datetime:
        return now()


class HeldWorker(Worker):
    """A tick of its clock ends only when the one that it set has ended its work, too."""

    def __init__(self, desk: Desk, site: Site) -> None:
        super().__init__(desk, site, {}, RushingClock())
        self.ended = 0
        self.overlapping = threading.Event()

    def _tick(self) -> None:
        super()._tick()
        if threading.current_thread().name == "follow":
            return
        self.ended += 1
        if self.ended == 2:
            self.overlapping.set()
        self.overlapping.wait(10)


def test_a_tick_that_is_due_while_another_ends_is_not_dropped(desk: Desk, tmp_path: Path) -> None:
    worker = HeldWorker(desk, make_site(desk, tmp_path))
    worker.start()
    overlapped = worker.overlapping.wait(5)
    worker.stop()
    assert overlapped
