"""An installation for each test, and the counts of the kills, printed at the end of the run.

Each test kills at one step and prints how often; AVVISO_KILL_SEED repeats a run's choices.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random, SystemRandom

import pytest

from incidents.texts import TextLibrary
from tests.kill._channels import KINDS, Kind, accounts, some_of
from tests.kill._nursery import Nursery, opened_nursery
from tests.kill._place import Place, opened


class Kills:
    """How many processes a test killed at its step."""

    def __init__(self, node: pytest.Item, seed: int) -> None:
        self._node = node
        self.seed = seed
        self.count = 0
        self._more: list[str] = []

    def note(self) -> None:
        """One more was killed, at the step that the test is about."""
        self.count += 1

    def say(self, more: str) -> None:
        """Something else to print with the count."""
        self._more.append(more)

    def report(self) -> None:
        said = ", ".join([f"{self.count} killed", *self._more, f"seed {self.seed}"])
        self._node.user_properties.append(("kills", f"{self._node.name}: {said}"))


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("AVVISO_KILL_SEED") or SystemRandom().randrange(10**6))


@pytest.fixture
def kills(request: pytest.FixtureRequest, seed: int) -> Iterator[Kills]:
    kills = Kills(request.node, seed)
    yield kills
    kills.report()


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with opened_nursery() as nursery:
        yield nursery


@pytest.fixture
def kinds(database_url: str) -> Sequence[Kind]:
    """Of which kinds the installation's channels are."""
    return some_of(KINDS, database_url)


@pytest.fixture
def place(
    tmp_path: Path,
    nursery: Nursery,
    kinds: Sequence[Kind],
    database_url: str,
    library: TextLibrary,
    seed: int,
    request: pytest.FixtureRequest,
) -> Iterator[Place]:
    """An installation on each kind of database in turn."""
    random = Random(f"{seed} {request.node.name}")
    with (
        accounts(kinds) as each,
        opened(tmp_path, database_url, library, nursery, each, random) as here,
    ):
        yield here


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each test killed, also when the tests ran in several processes."""
    said = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "teardown"
        for name, value in report.user_properties
        if name == "kills"
    ]
    if said:
        terminalreporter.section("processes killed with -9")
        for line in sorted(said):
            terminalreporter.write_line(line)
