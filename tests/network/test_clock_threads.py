"""The worker as it really runs, while the clock of its machine jumps."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incidents.actions import Desk
from incidents.models import Incident
from incidents.status import Status
from statuspage.clock import Clock
from statuspage.site import NotOnline
from statuspage.worker import Worker
from tests.incidents.builders import HOUR, declared, resolved, scheduled
from tests.statuspage._worker import posted, until
from tests.statuspage.test_site import make_site
from tests.statuspage.test_worker_threads import running, status_of


class JumpingClock(Clock):
    """The real time, put forward or back by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


class SilentClock(JumpingClock):
    """One whose alarm never rings: only that the clock jumps can wake the worker."""

    def alarm(self, moment: datetime) -> datetime:
        return datetime.now(UTC) + timedelta(days=1)


def checked(folder: Path) -> datetime:
    """When the worker last looked, as the page says it."""
    found = json.loads((folder / "page" / "heartbeat.json").read_text("ascii"))
    return datetime.fromisoformat(found["checked_at"])


def test_a_clock_put_forward_a_day_catches_up(desk: Desk, tmp_path: Path) -> None:
    clock = SilentClock()
    outcome = scheduled(desk, clock.now())
    began = clock.now()
    with running(desk, tmp_path, clock):
        until(lambda: posted(tmp_path), "the announcement")
        clock.offset = timedelta(days=1)
        until(lambda: status_of(desk, outcome.incident_id) is Status.COMPLETED, "the end")
        until(lambda: len(posted(tmp_path)) == 2, "the closing alone")
        until(lambda: checked(tmp_path) > began + 23 * HOUR, "the page of the next day")


def test_a_clock_put_forward_during_the_first_look_catches_up(desk: Desk, tmp_path: Path) -> None:
    clock = SilentClock()
    outcome = scheduled(desk, clock.now())
    worker = Worker(desk, make_site(desk, tmp_path), {}, clock)
    refresh = worker.site.refresh

    def jump(now: datetime, event: int | None = None) -> list[NotOnline]:
        clock.offset = timedelta(days=1)
        return refresh(now, event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker.site, "refresh", jump)
        worker.start()
        try:
            until(lambda: status_of(desk, outcome.incident_id) is Status.COMPLETED, "the end")
        finally:
            worker.stop()


def test_a_clock_put_back_an_hour_goes_on(desk: Desk, tmp_path: Path) -> None:
    clock = SilentClock()
    first = declared(desk, clock.now())
    began = clock.now()
    with running(desk, tmp_path, clock):
        until(lambda: posted(tmp_path), "the post")
        until((tmp_path / "page" / "heartbeat.json").exists, "the page")
        clock.offset = -HOUR
        until(lambda: checked(tmp_path) < began - HOUR / 2, "the page of an hour ago")
        resolved(desk, first.incident_id, clock.now())
        second = declared(desk, clock.now(), components={"login": "partial_outage"})
        until(lambda: len(posted(tmp_path)) == 3, "all posts")
        page = tmp_path / "page" / "incidents" / (second.incident_id or "") / "index.html"
        until(page.exists, "the second page")
    with desk.db.read() as session:
        entry = session.get_one(Incident, first.incident_id)
    assert entry.status == "resolved"
    assert entry.resolved_at is not None
    assert entry.updated_at >= entry.created_at
