"""`avviso run` on a machine that starts while the database does not answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from statuspage.cli import servers
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
    """The programs that would be started; all is asked to end at once."""
    commands: list[str] = []

    @contextmanager
    def children(wanted: Sequence[Sequence[str]], _settings: Path) -> Iterator[None]:
        commands.extend(" ".join(words) for words in wanted)
        yield

    ending = threading.Event()
    ending.set()
    monkeypatch.setattr(servers, "children", children)
    monkeypatch.setattr(servers, "stopping", lambda: ending)
    return commands


def test_a_page_that_is_there_is_served(typed: Avviso, started: list[str]) -> None:
    result = typed("run", PORT=str(free_port()))
    assert (result.exit_code, started) == (0, ["web", "worker"])
    assert "database_unavailable" in result.stderr


def test_without_a_page_it_is_refused_in_words(typed: Avviso, started: list[str]) -> None:
    (typed.folder / "data" / "page").rename(typed.folder / "gone")
    result = typed("run", PORT=str(free_port()))
    assert (result.exit_code, result.stdout, started) == (1, "", [])
    assert result.stderr.startswith("✗ database: ")
