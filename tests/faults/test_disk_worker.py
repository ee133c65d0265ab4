"""The worker while its disk is full or read-only: it goes on, and catches up by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from incidents.actions import Desk
from incidents.db import Database
from publishers.channels import log
from publishers.targets.directory import Target
from statuspage.clock import Clock
from tests.conftest import NOON
from tests.faults._disk import SmallDisk
from tests.faults._pages import Citizen, documents, left_over
from tests.faults._scene import LOG, deliveries, home, working
from tests.incidents.builders import declared, updated
from tests.statuspage._worker import posted, until

Fault = Callable[[SmallDisk], AbstractContextManager[None]]
MINUTE_A_SECOND = 60.0


@contextmanager
def full(disk: SmallDisk) -> Iterator[None]:
    with Target(disk.path / "page").lock():  # between two renders
        disk.fill()
    yield
    disk.make_room()


@contextmanager
def read_only(disk: SmallDisk) -> Iterator[None]:
    disk.allow_writing(allowed=False)
    yield
    disk.allow_writing(allowed=True)


FAULTS = pytest.mark.parametrize("fault", [full, read_only])


@pytest.fixture
def desk(make_desk: Callable[..., Desk], sqlite_url: str) -> Iterator[Desk]:
    """Its database is on another disk."""
    db = Database(sqlite_url)
    yield make_desk(db, ("log",))
    db.close()


@FAULTS
def test_the_page_catches_up_when_it_can(
    desk: Desk, disk: SmallDisk, tmp_path: Path, fault: Fault
) -> None:
    page = disk.path / "page"
    incident = declared(desk).incident_id
    with working(desk, tmp_path, page=page, clock=Clock(NOON, MINUTE_A_SECOND)) as worker:
        until(lambda: "Guasto" in home(page), "the incident")
        until(lambda: len(posted(tmp_path)) == 1, "its post")
        with fault(disk):
            shown = documents(page)
            updated(desk, incident, worker.clock.now())
            until(lambda: len(posted(tmp_path)) == 2, "the post, which waits no longer")
            Citizen(page).finds_whole(shown)
            assert "Novità" not in home(page)
        until(lambda: "Novità" in home(page), "the update")
    assert left_over(page) == []
    assert len(posted(tmp_path)) == 2


@FAULTS
def test_a_channel_that_cannot_write_goes_on_when_it_can(
    desk: Desk, disk: SmallDisk, tmp_path: Path, fault: Fault
) -> None:
    channel, clock = log.Channel(LOG, {}, disk.path), Clock(NOON, MINUTE_A_SECOND)
    with working(desk, tmp_path, channel=channel, clock=clock):
        with fault(disk):
            declared(desk, clock.now())
            until(lambda: deliveries(desk)[0].error, "the attempt")
            assert f"{channel.path} cannot be written: " in (deliveries(desk)[0].error or "")
            assert posted(disk.path) == []
        until(lambda: deliveries(desk)[0].sent_at, "the post")
    assert len(posted(disk.path)) == 1
