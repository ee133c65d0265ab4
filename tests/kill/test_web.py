"""The page and its server: without a worker, and after the server was killed."""

from __future__ import annotations

import os
import signal

import pytest

from tests.kill._http import ask
from tests.kill._nursery import Process, until
from tests.kill._place import Place
from tests.kill._traps import documents
from tests.kill.conftest import Kills
from tests.statuspage._running import descendants, is_alive, parts

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def served(place: Place) -> dict[str, bytes | None]:
    return {path: ask(place.port, path) for path in documents(place.page)}


def on_disk(place: Place) -> dict[str, bytes]:
    return {path: (place.page / path).read_bytes() for path in documents(place.page)}


def serves(place: Place, web: Process) -> bool:
    """Whether it is this server that serves."""
    return "avviso-front-1" in parts(web.pid) and ask(place.port, "heartbeat.json") is not None


def start(place: Place) -> Process:
    """Start the server and wait until it serves."""
    web = place.start("web")
    web.until(lambda: serves(place, web), "an answer")
    return web


def test_the_page_is_served_while_the_worker_is_dead(place: Place, kills: Kills) -> None:
    worker = place.revive()
    start(place)
    worker.kill()
    kills.note()
    word = place.declare()
    assert word.encode() in (ask(place.port) or b"")
    assert served(place) == on_disk(place)
    place.revive()


def test_a_server_that_was_killed_serves_the_same_pages_again(place: Place, kills: Kills) -> None:
    place.declare()
    pages = on_disk(place)
    web = start(place)
    for _ in range(2):
        web.kill()
        kills.note()
        assert ask(place.port) is None
        web = start(place)
        assert served(place) == pages


def test_a_part_of_the_server_that_was_killed_is_replaced(place: Place, kills: Kills) -> None:
    place.declare()
    web = start(place)
    for name in ("avviso-front-1", "avviso-app"):
        part = parts(web.pid)[name]
        os.kill(part, signal.SIGKILL)
        kills.note()
        web.until(lambda: parts(web.pid).get(name, part) != part, "another part")  # noqa: B023
        web.until(lambda: ask(place.port), "an answer")
        assert served(place) == on_disk(place)


def test_a_server_whose_head_was_killed_makes_room(place: Place, kills: Kills) -> None:
    place.declare()
    web = start(place)
    left = descendants(web.pid)
    assert left
    os.kill(web.pid, signal.SIGKILL)
    kills.note()
    until(lambda: not any(map(is_alive, left)), lambda: f"the end of {left}")
    start(place)
    assert served(place) == on_disk(place)
