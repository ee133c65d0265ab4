"""Steps 1 and 2. Killed before the commit, nothing was said; killed after it, nothing is lost."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from incidents.models import Base
from publishers.targets.directory import Target
from tests.kill._nursery import Process
from tests.kill._place import Place, tree
from tests.kill._traps import stuck, waits_for_lock
from tests.kill.conftest import Kills

_WRITTEN = ("incidents", "affected_components", "incident_updates", "events", "publications")
"""Tables that declaring an incident inserts into; and last of all:"""
_WRITTEN_LAST = "deliveries"


def rows(place: Place) -> dict[str, list[Any]]:
    """Every row of every table."""
    with place.db.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table))]
            for table in Base.metadata.sorted_tables
        }


@contextmanager
def asked(place: Place) -> Iterator[tuple[Process, int]]:
    """An operator at a terminal who sees the preview and is asked whether to publish it; answers
    the command and the descriptor that the operator types into."""
    keyboard, terminal = pty.openpty()
    try:
        command = place.start(*place.declaring(place.word()), stdin=os.ttyname(terminal))
        command.until(lambda: "Publish this now?" in command.err(), "the question")
        yield command, keyboard
    finally:
        os.close(keyboard)
        os.close(terminal)


def killed_while_it_writes(place: Place, table: str) -> None:
    with asked(place) as (command, keyboard), stuck(place.db, table) as is_stuck:
        os.write(keyboard, b"y\n")
        command.until(lambda: is_stuck(command.pid), "the middle of the transaction")
        command.kill()


def test_1_before_the_commit(place: Place, kills: Kills) -> None:
    place.declare()
    before = rows(place), tree(place.page)
    for table in (*place.random.sample(_WRITTEN, 2), _WRITTEN_LAST):
        killed_while_it_writes(place, table)
        kills.note()
        assert (rows(place), tree(place.page)) == before
    place.look_at_page()
    place.declare()
    place.revive()


def kill_while_it_waits(process: Process) -> None:
    process.until(lambda: waits_for_lock(process.pid), "its turn to render")
    process.kill()


def test_2_after_the_commit_before_the_page(place: Place, kills: Kills) -> None:
    incident = place.declare()
    words = place.word(), place.word()
    before = tree(place.page)
    with Target(place.page).lock():
        for saying in (place.declaring(words[0]), place.updating(incident, words[1])):
            kill_while_it_waits(place.start(*saying, "--yes"))
            kills.note()
        kill_while_it_waits(place.worker())
        kills.note()
    assert all(map(place.is_saved, words))
    assert tree(place.page) == before
    place.accepted.extend(words)
    place.revive()
