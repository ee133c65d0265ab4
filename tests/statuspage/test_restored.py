"""After a restore: nothing is said twice, and no page believes what it showed in another life."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from incidents import actions, backup, queries
from incidents.actions import Desk
from incidents.db import Database
from publishers.targets.directory import Target
from statuspage.site import Site
from statuspage.worker import Worker
from tests.conftest import NOON
from tests.fakes._service import Hang
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, scheduled, updated, words
from tests.network._page import tree
from tests.network._scene import BLUESKY, MASTODON, Scene, X, staged
from tests.statuspage._worker import make_site

NETWORKS = (MASTODON, X, BLUESKY)
LOST = NOON + 30 * MINUTE
"""When the database is lost."""


@dataclass
class Life:
    """An installation whose database can be lost; networks and page stay as they were."""

    scene: Scene
    folder: Path
    new_url: Callable[[], str]
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def desk(self) -> Desk:
        return self.scene.desk

    def keep(self) -> Path:
        path = self.folder / "kept.backup"
        with path.open("wb") as file:
            backup.write(self.desk.db, file, self.scene.now, "0.1.0")
        return path

    def lose_and_restore(self, kept: Path, now: datetime) -> backup.Restored:
        """Another database, from the backup; and another worker at it."""
        self.desk.db.close()
        db = Database(self.new_url())
        self.stack.callback(db.close)
        desk = Desk(db, self.desk.service, self.desk.texts, self.desk.channels)
        looks = {name: each.certainty for name, each in self.scene.publishers.items()}
        done = backup.restore(kept, desk, looks, now)
        self.scene.desk = desk
        self.scene.clock.moment = now
        site = Site(db, desk.service, desk.texts, self.scene.worker.site.templates)
        self.scene.worker = Worker(desk, site, self.scene.publishers, self.scene.clock)
        return done

    def said(self) -> dict[str, list[str]]:
        """What readers find on each network, by first words."""
        return {
            name: [said.word for said in network.said]
            for name, network in self.scene.networks.items()
        }


def everywhere(*said: str) -> dict[str, list[str]]:
    """The same on each network."""
    return {kind.name: list(said) for kind in NETWORKS}


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes the address of the database that is restored into."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path / 'restored.db'}"
    url = request.getfixturevalue("fresh_postgres_url")
    return lambda: str(url)


@pytest.fixture
def life(
    sqlite_url: str,
    make_desk: Callable[..., Desk],
    tmp_path: Path,
    new_url: Callable[[], str],
) -> Iterator[Life]:
    db = Database(sqlite_url)
    desk = make_desk(db, (*(kind.name for kind in NETWORKS), "log"))
    with staged(desk, tmp_path, NETWORKS) as scene, ExitStack() as stack:
        stack.callback(db.close)
        yield Life(scene, tmp_path, new_url, stack)


def test_nothing_is_said_twice_and_what_is_there_is_found(life: Life) -> None:
    scene = life.scene
    first = scene.shown(declared(life.desk, texts=words("Uno"))).incident_id or ""
    scene.live(NOON + MINUTE)
    scene.shown(updated(life.desk, first, scene.now, texts=words("Due")))
    kept = life.keep()  # the second is on its way
    scene.live(NOON + 2 * MINUTE)
    scene.shown(updated(life.desk, first, scene.now, texts=words("Tre")))
    scene.live(NOON + 5 * MINUTE)
    before = life.said()
    assert before == everywhere("Uno", "Due", "Tre")
    lines = scene.lines

    done = life.lose_and_restore(kept, LOST)
    assert done.in_doubt == 4
    assert scene.states("x") == ["verified", "unconfirmed"]
    scene.live(LOST + 5 * MINUTE)
    assert life.said() == before
    assert scene.lines == lines
    for channel in scene.publishers:
        assert scene.states(channel)[1] in ("sent", "verified"), channel
    assert scene.deliveries("x")[1].remote_id == scene.networks["x"].fake.tweets[1].id

    scene.shown(updated(life.desk, first, scene.now, texts=words("Quattro")))
    scene.live(LOST + 10 * MINUTE)
    after = {name: [*words_, "Quattro"] for name, words_ in before.items()}
    assert life.said() == after
    assert len(scene.lines) == len(lines) + 1


def test_what_did_not_go_out_waits_for_a_person(life: Life) -> None:
    scene = life.scene
    first = scene.shown(declared(life.desk, texts=words("Uno"))).incident_id or ""
    kept = life.keep()
    done = life.lose_and_restore(kept, LOST)
    assert done.in_doubt == 4
    scene.live(LOST + 2 * HOUR)
    assert life.said() == everywhere()
    assert scene.lines == []
    for channel in scene.publishers:
        (row,) = scene.deliveries(channel)
        assert row.state == "unconfirmed"
        assert row.error == "restored from a backup of 2020-12-07 12:00: it may have gone out since"
        assert row.look_at is None, "it is not looked for any more"
        actions.settle_unconfirmed(life.desk, "bea", scene.now, row.id, there=False)
    scene.live(LOST + 2 * HOUR + MINUTE)
    assert life.said() == everywhere("Uno")
    resolved(life.desk, first, scene.now)
    scene.live(LOST + 3 * HOUR)
    assert life.said() == everywhere("Uno", "Fatto")


def test_a_step_that_was_announced_before_the_loss_is_not_announced_again(life: Life) -> None:
    scene = life.scene
    scene.shown(scheduled(life.desk))
    scene.live(NOON + MINUTE)
    kept = life.keep()
    scene.clock.moment = NOON + 4 * HOUR
    actions.catch_up(life.desk, scene.now)
    scene.live(NOON + 5 * HOUR)
    before = life.said()
    assert all(len(words_) == 2 for words_ in before.values()), "planned, and over"
    assert life.lose_and_restore(kept, NOON + 6 * HOUR).caught_up == 2
    actions.catch_up(life.desk, scene.now)
    scene.live(NOON + 9 * HOUR)
    assert life.said() == before
    assert len(scene.lines) == 2


def test_a_network_that_hangs_meanwhile_is_looked_at_later(life: Life) -> None:
    scene = life.scene
    scene.shown(declared(life.desk, texts=words("Uno")))
    kept = life.keep()
    scene.live(NOON + MINUTE)
    scene.fail("x", Hang())
    life.lose_and_restore(kept, LOST)
    scene.live(LOST + HOUR)
    assert scene.states("x") == ["unconfirmed"]
    scene.recover("x")
    scene.live(LOST + 2 * HOUR)
    assert scene.states("x") == ["verified"]
    assert life.said()["x"] == ["Uno"]


# The page


@dataclass
class Shown:
    """A page of one folder, on whichever database."""

    folder: Path

    def refresh(self, desk: Desk, now: datetime, event: int | None = None) -> str:
        assert make_site(desk, self.folder).refresh(now, event) == []
        return (self.folder / "page" / "index.html").read_text("utf-8")


def restored(desk: Desk, kept: Path, folder: Path, now: datetime) -> Desk:
    db = Database(f"sqlite:///{folder / 'restored.db'}")
    there = Desk(db, desk.service, desk.texts, desk.channels)
    backup.restore(kept, there, {}, now)
    return there


def kept_of(desk: Desk, folder: Path) -> Path:
    with (folder / "kept.backup").open("wb") as file:
        backup.write(desk.db, file, NOON, "0.1.0")
    return folder / "kept.backup"


def named(name: str) -> Any:
    return {"it": name, "en": name}


def last(desk: Desk) -> int:
    with desk.db.read() as session:
        return queries.last_event(session)


def test_a_page_that_is_newer_than_the_database_is_rendered_anew(
    desk: Desk, tmp_path: Path
) -> None:
    page, kept = Shown(tmp_path), kept_of(desk, tmp_path)
    declared(desk, name=named("Perduto"))
    assert "Perduto" in page.refresh(desk, NOON + MINUTE)
    again = restored(desk, kept, tmp_path, LOST)
    assert "Perduto" not in page.refresh(again, LOST)
    again.db.close()


@pytest.mark.parametrize("more", [0, 1, 3])
def test_the_same_number_of_another_life_is_not_believed(
    desk: Desk, tmp_path: Path, more: int
) -> None:
    page, kept = Shown(tmp_path), kept_of(desk, tmp_path)
    declared(desk, name=named("Perduto"))
    updated(desk, "1", NOON + MINUTE)
    assert "Perduto" in page.refresh(desk, NOON + MINUTE)
    lost = last(desk)
    again = restored(desk, kept, tmp_path, LOST)
    declared(again, LOST, name=named("Nuovo"))
    for number in range(1 + more):
        updated(again, "1", LOST + number * MINUTE)
    assert last(again) == lost + more
    found = page.refresh(again, LOST + HOUR)
    assert "Perduto" not in found
    assert "Nuovo" in found
    anew = Target(tmp_path / "anew")
    make_site(again, tmp_path).rebuild(anew, LOST + HOUR)
    assert tree(tmp_path / "page") == tree(anew.root), "nothing of the other life is left"
    again.db.close()


def test_a_command_does_not_take_the_old_page_for_online(desk: Desk, tmp_path: Path) -> None:
    page, kept = Shown(tmp_path), kept_of(desk, tmp_path)
    declared(desk, name=named("Perduto"))
    updated(desk, "1", NOON + MINUTE)
    page.refresh(desk, NOON + MINUTE)
    again = restored(desk, kept, tmp_path, LOST)
    outcome = declared(again, LOST, name=named("Nuovo"))
    assert outcome.event < last(desk)
    assert "Nuovo" in page.refresh(again, LOST, outcome.event)
    again.db.close()


def test_the_page_of_the_same_life_is_not_rendered_again(desk: Desk, tmp_path: Path) -> None:
    page = Shown(tmp_path)
    declared(desk)
    kept = kept_of(desk, tmp_path)
    page.refresh(desk, NOON)
    written = (tmp_path / "page" / "index.html").stat().st_mtime_ns
    again = restored(desk, kept, tmp_path, NOON)
    page.refresh(again, NOON)
    assert (tmp_path / "page" / "index.html").stat().st_mtime_ns == written
    again.db.close()
