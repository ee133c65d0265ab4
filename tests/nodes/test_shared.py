"""A place that machines share: they take turns, and a dead one lets go."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kill._nursery import until
from tests.kill._traps import documents, pipes
from tests.nodes._nodes import Node, all_is_right, is_right, ready, waiting_for_lock

Two = tuple[Node, Node]
ROUNDS = 2


@pytest.fixture
def shared() -> bool:
    return True


def test_machines_take_turns(nodes: Two, both: Path) -> None:
    """Both machines' workers and commands put on it at once."""
    a, b = nodes
    ready(a.worker())
    ready(b.worker())

    def speak(node: Node) -> None:
        word = node.declare()
        for _ in range(ROUNDS):
            node.update(word)

    with ThreadPoolExecutor() as pool:
        list(pool.map(speak, nodes))
    all_is_right(nodes)
    is_right(a, both)


def test_one_is_killed_while_it_holds_the_lock(nodes: Two, both: Path, tmp_path: Path) -> None:
    a, b = nodes
    ready(a.worker()).until(lambda: a.shows_all(both), "the folder of both")
    a.close()
    word = a.word()
    with pipes(both, documents(both), tmp_path / "aside") as is_read:
        stuck = a.start(*a.declaring(word), "--yes")
        until(is_read, stuck.err)
        assert waiting_for_lock(a.db, granted=True) == 1
        worker = ready(b.worker())
        worker.until(lambda: waiting_for_lock(a.db, granted=False) == 1, "b waits")
        stuck.kill()
    a.accepted.append(word)
    worker.until(lambda: word in (both / "index.html").read_text("utf-8"), "the folder of both")
    ready(a.worker())
    all_is_right(nodes)
    is_right(a, both)
