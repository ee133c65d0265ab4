"""Somebody holds the database: whoever writes waits, but not for ever, and nothing is half done."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from incidents import db as databases
from incidents.actions import Desk, Outcome
from incidents.db import Database
from publishers.channels import log
from publishers.channels._base import Message, Post, Receipt
from tests.faults._pages import Citizen, documents
from tests.faults._scene import LOG, deliveries, home, now, states, working
from tests.faults._terminal import DECLARE
from tests.incidents.builders import declared
from tests.statuspage._worker import posted, until
from tests.statuspage.cli.conftest import set_up

A_WHILE = 0.7
"""Seconds: long enough for whoever waits to be seen waiting."""
_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(url: str) -> Iterator[None]:
    """Another process has the one writer's place (SQLite), or the line of events and the table of
    deliveries (PostgreSQL)."""
    db = Database(url)
    if db.sqlite:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", _HOLD, str(db.url.database)]
        with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
            assert process.stdin
            assert process.stdout
            assert process.stdout.readline() == b"held\n"
            yield
            process.stdin.close()
    else:
        with db.write() as session:
            session.execute(text("LOCK TABLE deliveries IN EXCLUSIVE MODE"))
            yield
    db.close()


def test_a_declaration_waits_and_is_accepted(desk: Desk, database_url: str) -> None:
    done: list[Outcome] = []
    waiting = threading.Thread(target=lambda: done.append(declared(desk, now())))
    with held(database_url):
        waiting.start()
        waiting.join(A_WHILE)
        assert waiting.is_alive()
        assert deliveries(desk) == [], "reading does not wait"
    waiting.join()
    assert [outcome.number for outcome in done] == [1]


class HoldingLog(log.Channel):
    """Somebody takes the database when the post is out, before its receipt can be stored."""

    take: Callable[[], object]

    def publish(self, message: Message, post: Post) -> Receipt:
        receipt = super().publish(message, post)
        self.take()
        return receipt


def test_a_receipt_waits_and_is_stored(
    desk: Desk, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite for longer than one attempt to store it takes."""
    monkeypatch.setattr(databases, "BUSY_TIMEOUT", A_WHILE / 3)
    own = replace(desk, db=Database(database_url))
    channel = HoldingLog(LOG, {}, tmp_path)
    with working(own, tmp_path, channel=channel):
        until(lambda: home(tmp_path / "page"), "the page")
        with ExitStack() as holding:
            channel.take = lambda: holding.enter_context(held(database_url))
            declared(desk, now())
            until(lambda: posted(tmp_path), "the post")
            threading.Event().wait(A_WHILE)
            assert states(desk) == ["sending"]
            Citizen(tmp_path / "page").finds_whole(documents(tmp_path / "page"))
        until(lambda: states(desk) == ["sent"], "the receipt")
    own.db.close()
    assert len(posted(tmp_path)) == 1


def test_held_for_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    typed = set_up(tmp_path, "sqlite")
    page = tmp_path / "data" / "page"
    rows, shown = typed.rows(), documents(page)
    monkeypatch.setattr(databases, "BUSY_TIMEOUT", A_WHILE / 3)
    with held(f"sqlite:///{tmp_path / 'data' / 'avviso.db'}"):
        result = typed(*DECLARE)
        Citizen(page).finds_whole(shown)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "✗ database: database is locked; something else has been writing to it all the time: "
        "try again\n"
    )
    assert typed.rows() == rows
    typed.done(*DECLARE)
