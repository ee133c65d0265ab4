"""A worker that really runs, and what is in its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from incidents import queries
from incidents.actions import Desk
from incidents.db import Database
from incidents.models import Base, Delivery
from publishers.channels import log
from publishers.channels._base import ChannelOptions, Publisher
from publishers.targets.directory import Target
from statuspage.clock import Clock
from statuspage.site import Site
from statuspage.worker import Worker
from tests.conftest import TEMPLATES

LOG = ChannelOptions(name="log", kind="log", locale="en")


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def working(
    desk: Desk,
    folder: Path,
    *,
    page: Path | None = None,
    channel: Publisher | None = None,
    clock: Clock | None = None,
) -> Iterator[Worker]:
    """A worker with a page and a log channel in `folder`; none of its threads may end before."""
    target = Target(page or folder / "page")
    site = Site(desk.db, desk.service, desk.texts, TEMPLATES, {"page": target})
    publishers = {"log": channel or log.Channel(LOG, {}, folder)}
    worker = Worker(desk, site, publishers, clock or Clock())
    worker.start()
    try:
        yield worker
        assert all(thread.is_alive() for thread in worker._threads)
    finally:
        worker.stop()


def home(folder: Path) -> str:
    """The page's first document; empty while there is none."""
    place = folder / "index.html"
    return place.read_text(encoding="utf-8") if place.exists() else ""


def deliveries(desk: Desk) -> list[Delivery]:
    """The oldest first."""
    with desk.db.read() as session:
        return queries.deliveries(session)[::-1]


def states(desk: Desk) -> list[str]:
    return [str(row.state) for row in deliveries(desk)]


def rows(db: Database) -> dict[str, int]:
    """How many rows each table has."""
    with db.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }
