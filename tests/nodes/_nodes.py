"""Two machines on one PostgreSQL: each its own folder, page and worker, and a folder of both."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from sqlalchemy import text

from incidents import actions, queries
from incidents.db import Database
from incidents.texts import TextLibrary
from publishers.targets.directory import Target
from statuspage.house import House, open_house
from statuspage.settings import load_settings
from tests.kill._channels import Account
from tests.kill._nursery import Nursery, Process, until
from tests.kill._place import Place, settings_text, tree
from tests.nodes._warm import SHARED
from tests.statuspage._running import environment

ROOT = Path(__file__).parents[2]
_TARGETS = """
[[targets]]
name = "page"
path = "page"
"""
_SHARED = f"""
[[targets]]
name = "bucket"
path = "../{SHARED}"
"""


@contextmanager
def sharing_nursery() -> Iterator[Nursery]:
    """As that of `tests/kill`, but for the shared folder (see `_warm`)."""
    command = [sys.executable, "-m", "tests.nodes._warm"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Nursery(process)


class Node(Place):
    """One machine. What its operators say begins with its name."""

    def __init__(
        self,
        name: str,
        nursery: Nursery,
        house: House,
        env: Mapping[str, str],
        accounts: Sequence[Account],
        random: Random,
    ) -> None:
        super().__init__(nursery, house, env, accounts, random)
        self.name = name

    def word(self) -> str:
        return f"{self.name}-{super().word()}"

    def is_settled(self) -> bool:
        """Whether everything is out and on its page; its operator decides about what a kind that
        has no key looked for in vain."""
        for row in self.deliveries():
            if self.is_for_operator(row):
                self.say_not_there(row)
        return self.is_all_out()

    def last(self) -> int:
        """The latest event of all."""
        with self.db.read() as session:
            return queries.last_event(session)

    def shows_all(self, folder: Path | None = None) -> bool:
        """Whether its page (or another folder) shows all that happened."""
        mark = Target(folder or self.page).watermark()
        return mark is not None and mark.event == self.last()


@contextmanager
def opened_node(
    name: str,
    folder: Path,
    url: str,
    library: TextLibrary,
    nursery: Nursery,
    accounts: Sequence[Account],
    *,
    shared: bool,
) -> Iterator[Node]:
    """A machine with its settings, whose processes are ended with the block."""
    secrets = {name: value for a in accounts for name, value in a.environment.items()}
    env = environment(AVVISO_DATABASE_URL=url, AVVISO_NODE=name, **secrets)
    (folder / "outputs").mkdir(parents=True)
    settings = folder / "avviso.toml"
    targets = _TARGETS + (_SHARED if shared else "")
    settings.write_text(settings_text(accounts) + targets, encoding="utf-8")
    house = open_house(load_settings(settings, env), texts=library)
    node = Node(name, nursery, house, env, accounts, Random(name))
    try:
        yield node
    finally:
        node.close()
        house.close()


def furnish(node: Node) -> None:
    """An operator and a component, for all machines."""
    now = datetime.now(UTC)
    person = {"login": "bea", "name": "Bea", "role": "admin"}
    actions.add_operator(node.house.desk, actions.AVVISO, now, person)
    wallet = {"key": "wallet", "name": {"it": "Portafoglio", "en": "Wallet"}}
    actions.save_component(node.house.desk, "bea", now, wallet)


def ready(worker: Process) -> Process:
    """The worker, once it has begun."""
    worker.until(lambda: "worker_started" in worker.err(), "its start")
    return worker


def all_is_right(nodes: Sequence[Node]) -> None:
    """Wait until everything is out and on every page, then look: all once, every page right."""
    until(lambda: all(node.is_settled() for node in nodes), lambda: str(nodes[0].states()))
    for node in nodes:
        node.look()


def is_right(node: Node, folder: Path) -> None:
    """A shared folder is, byte for byte, what is rendered from the database from nothing."""
    until(lambda: node.shows_all(folder), lambda: f"{folder} at {Target(folder).watermark()}")
    with Target(folder).lock():  # a minute that turns would be rendered while it is looked at
        mark, there = Target(folder).watermark(), tree(folder)
    assert mark is not None
    fresh = node.folder / f"fresh-both-{mark.rendered_at:%H%M%S.%f}"
    node.house.site.rebuild(Target(fresh), mark.rendered_at)
    assert there == tree(fresh)


def waiting_for_lock(db: Database, *, granted: bool) -> int:
    """How many hold, or wait for, a lock between machines."""
    query = (
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
        "WHERE datname = current_database() AND locktype = 'advisory' AND objsubid = 2 "
        f"AND granted = {granted}"
    )
    with db.read() as session:
        return session.scalar(text(query)) or 0
