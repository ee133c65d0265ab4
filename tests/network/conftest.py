"""Scenes on SQLite, unless a test is about the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from incidents.actions import Desk
from incidents.db import Database
from tests.network._scene import Kind, Scene, staged
from tests.statuspage import _worker

Stage = Callable[..., Scene]


@pytest.fixture
def stage(
    sqlite_url: str, make_desk: Callable[..., Desk], tmp_path: Path
) -> Iterator[Callable[..., Scene]]:
    """Makes a scene with some networks beside the log: `stage(X, MASTODON)`."""
    with ExitStack() as stack:

        def make(*kinds: Kind, url: str = sqlite_url) -> Scene:
            db = Database(url)
            stack.callback(db.close)
            desk = make_desk(db, (*(kind.name for kind in kinds), "log"))
            return stack.enter_context(staged(desk, tmp_path, kinds))

        yield make


@pytest.fixture
def scene(
    sqlite_url: str, make_desk: Callable[..., Desk], tmp_path: Path
) -> Iterator[_worker.Scene]:
    """A scene with a page, for tests of the clock."""
    db = Database(sqlite_url)
    with _worker.staged(make_desk(db), tmp_path) as scene:
        yield scene
    db.close()
