"""Several machines and their targets: each node's own, and one that they share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import select, text

from incidents import db as databases
from incidents.actions import Desk
from incidents.db import Database
from incidents.models import ShownEvent
from publishers.documents._base import Document
from publishers.targets import _base, directory
from statuspage.site import Site
from tests.conftest import NOON, TEMPLATES
from tests.incidents.builders import MINUTE, declared, updated

on_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class Shared(directory.Target):
    """A folder, put into one place by several machines."""

    shared: ClassVar[bool] = True


def site_of(desk: Desk, targets: Mapping[str, _base.Target], node: str = "a") -> Site:
    return Site(desk.db, desk.service, desk.texts, TEMPLATES, targets, {"x": "x"}, node=node)


def rows(desk: Desk) -> dict[str, int]:
    with desk.db.read() as session:
        return {row.target: row.event_seq for row in session.scalars(select(ShownEvent))}


def test_each_node_is_noted_apart_and_what_they_share_once(desk: Desk, tmp_path: Path) -> None:
    event = declared(desk).event
    for node in ("a", "b"):
        targets = {"page": directory.Target(tmp_path / node), "bucket": Shared(tmp_path / "both")}
        site = site_of(desk, targets, node)
        assert site.refresh(NOON) == []
        assert site.shown_as() == [f"{node}/page", "bucket"]
    assert rows(desk) == {"a/page": event, "b/page": event, "bucket": event}


def test_the_note_is_renewed_each_minute_though_nothing_happens(desk: Desk, tmp_path: Path) -> None:
    """Else a node that is alive and well would not be waited for."""
    site = site_of(desk, {"page": directory.Target(tmp_path / "page"), "s": Shared(tmp_path / "s")})
    declared(desk)
    for minute in range(4):
        now = NOON + minute * MINUTE
        site.refresh(now)
        with desk.db.read() as session:
            assert set(session.scalars(select(ShownEvent.at))) == {now}


class Losing(Shared):
    """Loses the lock between machines while it puts the documents."""

    db: Database

    def put(self, documents: Iterable[Document], watermark: _base.Watermark) -> int:
        return super().put(self._losing(documents), watermark)

    def _losing(self, documents: Iterable[Document]) -> Iterator[Document]:
        for number, document in enumerate(documents):
            yield document
            if number == 0:
                self._end_the_holder()

    def _end_the_holder(self) -> None:
        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_locks JOIN pg_database "
            "ON pg_database.oid = pg_locks.database WHERE datname = current_database() "
            "AND locktype = 'advisory' AND granted"
        )
        with self.db.claim() as session:
            assert session.scalar(text(query)) == 1


@on_postgres
def test_who_lost_the_lock_puts_nothing_more(desk: Desk, tmp_path: Path) -> None:
    target = Losing(tmp_path / "both")
    target.db = desk.db
    site = site_of(desk, {"bucket": target})
    site.refresh(NOON)
    first = declared(desk)
    (problem,) = site.refresh(NOON)
    assert "the database did not answer" in problem.why
    mark = target.watermark()
    assert mark is not None
    assert mark.event < first.event
    heartbeat = json.loads((tmp_path / "both" / "heartbeat.json").read_text("utf-8"))
    assert heartbeat["checked_at"]
    assert site_of(desk, {"bucket": Shared(tmp_path / "both")}).refresh(NOON) == []
    assert rows(desk)["bucket"] == first.event


class Held(Shared):
    """Its own lock, between processes of one machine, says who was asked first."""

    asked: ClassVar[list[str]] = []

    @contextmanager
    def lock(self) -> Iterator[None]:
        self.asked.append(self.root.name)
        with super().lock():
            yield


@on_postgres
def test_another_machine_at_work_is_said_in_words_and_holds_up_no_page_of_ones_own(
    desk: Desk, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "LOCK_WAIT", 1.0)
    own = directory.Target(tmp_path / "page")
    site = site_of(desk, {"bucket": Held(tmp_path / "both"), "page": own})
    event = declared(desk).event
    elsewhere = Database(database_url)
    with elsewhere.lock("target bucket"):
        (problem,) = site.refresh(NOON)
        mark = own.watermark()
    elsewhere.close()
    assert (problem.target, mark and mark.event) == ("bucket", event)
    assert (
        problem.why == "another machine has been at work on target bucket for more than 1 seconds"
    )
    assert Held.asked == []
    later = NOON + timedelta(seconds=1)
    updated(desk, "1", later)
    assert site.refresh(later) == []
    assert Held.asked == ["both"]
