"""PostgreSQL ends or starts anew in the middle of things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from incidents.actions import Desk, random_id
from incidents.db import Database
from publishers.channels import log
from publishers.channels._base import Message, Post, Receipt
from statuspage.worker import Worker
from tests.faults._pages import Citizen, documents
from tests.faults._postgres import OwnPostgres
from tests.faults._scene import LOG, home, now, rows, states, working
from tests.incidents.builders import declared, updated
from tests.statuspage._worker import posted, until


@pytest.fixture
def url(own: OwnPostgres) -> str:
    return own.new_database()


@pytest.fixture
def desk(make_desk: Callable[..., Desk], url: str) -> Iterator[Desk]:
    db = Database(url)
    yield make_desk(db, ("log",))
    db.close()


@pytest.mark.parametrize("how", ["immediate", "fast"])
def test_an_action_in_the_middle_is_refused_and_the_next_is_done(
    desk: Desk, own: OwnPostgres, how: str
) -> None:
    drawn: list[str] = []

    def new_id() -> str:
        drawn.append(random_id())
        if len(drawn) == 3:  # the incident and its update are written, the publication is not
            own.restart(how)
        return drawn[-1]

    before = rows(desk.db)
    with pytest.raises(SQLAlchemyError):
        declared(replace(desk, new_id=new_id), now())
    assert len(drawn) == 3
    assert rows(desk.db) == before
    assert declared(desk, now()).number == 1


class EndingLog(log.Channel):
    """The server is ended after the post is out, before its receipt can be stored."""

    own: OwnPostgres
    ended = False

    def publish(self, message: Message, post: Post) -> Receipt:
        receipt = super().publish(message, post)
        if not self.ended:
            self.own.stop()
            self.ended = True
        return receipt


def test_a_receipt_is_stored_when_the_server_is_back(
    desk: Desk, own: OwnPostgres, tmp_path: Path
) -> None:
    channel = EndingLog(LOG, {}, tmp_path)
    channel.own = own
    with working(desk, tmp_path, channel=channel):
        until(lambda: home(tmp_path / "page"), "the page")
        declared(desk, now())
        until(lambda: channel.ended, "the end of the server")
        Citizen(tmp_path / "page").finds_whole(documents(tmp_path / "page"))
        own.start()
        until(lambda: states(desk) == ["sent"], "the receipt")
    assert len(posted(tmp_path)) == 1


def test_the_worker_hears_commits_again(
    desk: Desk, own: OwnPostgres, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed while nobody listened, and what is afterwards."""
    tomorrow = timedelta(days=1)
    monkeypatch.setattr(Worker, "_next", lambda _self, now: now + tomorrow)  # no minute helps
    elsewhere, page = replace(desk, db=Database(url)), tmp_path / "page"
    with working(desk, tmp_path):
        until(lambda: home(page), "the page")
        own.restart()
        first = declared(elsewhere, now())
        until(lambda: "Guasto" in home(page), "the incident")
        until(lambda: listening(own, url), "that it listens")
        updated(elsewhere, first.incident_id, now())
        until(lambda: "Novità" in home(page), "the update")
    elsewhere.db.close()


def listening(own: OwnPostgres, url: str) -> bool:
    name = url.split("@/")[1].split("?")[0]
    query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    return " 1\n" in own.server.psql(f"{query} AND datname = '{name}'")
