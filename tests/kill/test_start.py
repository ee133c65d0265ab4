"""A worker as it is started on a server, from nothing: the others here come from the nursery, and
must not be told from it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes._service import Kill
from tests.kill._place import Place
from tests.kill.conftest import Kills

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def first_entry(log: str) -> tuple[str, set[str]]:
    """The first thing that a process logs, and of what it tells."""
    entry = json.loads(log.splitlines()[0])
    return entry["event"], set(entry)


def killed_at_the_answer(place: Place, log: Path) -> None:
    """A worker that posts to an account, and dies before it is answered."""
    command = [sys.executable, "-m", "statuspage", *place.options, "worker"]
    with (
        log.open("wb") as file,
        subprocess.Popen(command, env=place.env, stdin=subprocess.DEVNULL, stderr=file) as worker,
    ):
        place.accounts[1].meets(Kill(worker.pid))
        assert worker.wait() == -signal.SIGKILL


def test_a_start_from_nothing_is_like_the_others(place: Place, kills: Kills) -> None:
    place.declare()
    killed_at_the_answer(place, place.folder / "cold.err")
    kills.note()
    warm = place.revive()
    os.kill(warm.pid, signal.SIGTERM)
    assert (warm.wait(), warm.out()) == (0, "")
    cold = (place.folder / "cold.err").read_text("utf-8")
    assert first_entry(cold) == first_entry(warm.err())
