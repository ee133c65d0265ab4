"""`avviso run` on a machine that starts while the database does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from statuspage.cli import servers
from statuspage.supervisor import Supervisor
from tests.faults._postgres import OwnPostgres
from tests.statuspage._running import free_port
from tests.statuspage.cli._avviso import Avviso
from tests.statuspage.cli.conftest import set_up


@pytest.fixture
def typed(own: OwnPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Avviso:
    """A page, whose database is away."""
    monkeypatch.chdir(tmp_path)
    typed = set_up(tmp_path, own.new_database())
    own.stop()
    return typed


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parts that would be started; all is asked to end at once."""
    names: list[str] = []

    class Noting(Supervisor):
        @contextmanager
        def running(self) -> Iterator[None]:
            names.extend([*self._parts, *self._others()])
            yield

        def watch(self) -> None:
            pass

    monkeypatch.setattr(servers, "Supervisor", Noting)
    return names


def test_a_page_that_is_there_is_served(typed: Avviso, started: list[str]) -> None:
    result = typed("run", PORT=str(free_port()))
    assert (result.exit_code, started) == (0, ["front-1", "app", "worker"])
    assert "database_unavailable" in result.stderr


def test_without_a_page_it_is_refused_in_words(typed: Avviso, started: list[str]) -> None:
    (typed.folder / "data" / "page").rename(typed.folder / "gone")
    result = typed("run", PORT=str(free_port()))
    assert (result.exit_code, result.stdout, started) == (1, "", [])
    assert result.stderr.startswith("✗ database: ")
