"""An installation whose one disk is full or read-only: database, page and posts are all on it."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from incidents.db import Database
from publishers.targets.directory import Target
from tests.faults._disk import SmallDisk, small_disk
from tests.faults._pages import Citizen, documents, left_over
from tests.faults._scene import rows
from tests.faults._terminal import DECLARE, Terminal, terminal
from tests.statuspage._running import avviso, environment, free_port, running
from tests.statuspage._worker import posted

STEP = 12
"""Pages: by how much more room there is at each attempt."""
SAID = "Accesso lento"


@dataclass(frozen=True)
class Place:
    """Everything on one disk, and somebody who types."""

    disk: SmallDisk
    typed: Terminal
    spare: Path

    @property
    def posts(self) -> Path:
        return self.disk.path / "posts" / "prova.jsonl"

    @property
    def page(self) -> Path:
        return self.disk.path / "page"

    def states(self) -> set[str]:
        """Of the deliveries."""
        return {row["state"] for row in self.typed.json("deliveries")}

    def counts(self) -> dict[str, int]:
        """How many rows each table has, in a database that is in order."""
        shutil.rmtree(self.spare, ignore_errors=True)
        self.spare.mkdir()
        for file in self.disk.path.glob("avviso.db*"):
            shutil.copy(file, self.spare)
        db = Database(f"sqlite:///{self.spare / 'avviso.db'}")
        with db.read() as session:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        counts = rows(db)
        db.close()
        return counts


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    with small_disk() as disk, terminal(disk, folder, DATA=str(disk.mounted)) as typed:
        yield Place(disk, typed, folder / "spare")


def test_with_any_room_a_notice_is_refused_or_saved_or_online(place: Place) -> None:
    """First the database has no room, then the page has none, then all is well."""
    shown, citizen = documents(place.page), Citizen(place.page)
    counts, codes = place.counts(), []
    for room in range(0, 2000, STEP):
        place.disk.fill(room)
        answer = place.typed(*DECLARE)
        citizen.finds_whole(shown, documents(place.page))
        place.disk.make_room()
        codes.append(answer.code)
        if answer.code == 0:
            break
        assert answer.err.count("\n") == 1
        if answer.code == 1:
            assert "database: " in answer.err
            assert "room" in answer.err
            assert place.counts() == counts
        else:
            assert answer.err.startswith(f"! Saved, not yet online on page: {place.disk.mounted}/")
            assert answer.err.endswith(": No space left on device\n")
            assert left_over(place.page) == []
            counts = place.counts()
    assert sorted(set(codes)) == [0, 1, 3]
    incidents = place.typed.json("incidents")
    assert len(incidents) == codes.count(3) + 1
    assert {f"incidents/{one['id']}/index.html" for one in incidents} <= set(documents(place.page))


def test_read_only(place: Place) -> None:
    counts, shown = place.counts(), documents(place.page)
    place.disk.allow_writing(allowed=False)
    answer = place.typed(*DECLARE)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("✗ database: ")
    assert answer.err.endswith("have to be writable for the user who runs this\n")
    Citizen(place.page).finds_whole(shown)
    place.disk.allow_writing(allowed=True)
    assert place.counts() == counts
    assert place.typed(*DECLARE).code == 0


def test_all_that_runs_goes_on(place: Place) -> None:
    """`avviso run`: the page is served, nothing is lost, and nothing is started anew."""
    typed, folder, port = place.typed, place.typed.folder, free_port()
    typed.done(*DECLARE)
    command = place.disk.command(folder, *avviso("run"))
    env = environment(DATA=str(place.disk.mounted), PORT=str(port))
    with running(command, folder, port, env) as program:
        program.shows(SAID)
        with nobody_writes(place.posts):
            typed.done(*DECLARE)
            program.until(lambda: "sending" in place.states())
            with Target(place.page).lock():
                place.disk.fill()
        program.until(lambda: "database_unavailable" in program.said())
        assert typed(*DECLARE).code == 1
        program.shows(SAID)
        place.disk.make_room()
        typed.done(*DECLARE)
        incidents = len(typed.json("incidents"))
        program.until(lambda: len(posted(place.disk.path, "prova")) == incidents)
        assert program.end() == 0
        assert "process_ended" not in program.said()
    assert len({line["key"] for line in posted(place.disk.path, "prova")}) == incidents
    assert place.states() <= {"sent", "verified"}


@contextmanager
def nobody_writes(file: Path) -> Iterator[None]:
    """The worker waits in the middle of a delivery."""
    file.parent.mkdir(exist_ok=True)
    with file.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
