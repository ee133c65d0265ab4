"""Programs' requests take turns, and let others go on while they wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from time import sleep

from statuspage._at_hand import Turn


def test_one_at_a_time_but_for_those_who_wait() -> None:
    turn, inside, waits, go_on = Turn(), Event(), Event(), Event()
    said: list[str] = []

    def first() -> None:
        with turn:
            inside.set()
            with turn.let_go():
                waits.set()
                go_on.wait(30)
            said.append("first")

    def second() -> None:
        with turn:
            said.append("second")
            go_on.set()
            said.append("second again")

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first)
        assert inside.wait(30)
        assert waits.wait(30)
        two = pool.submit(second)
        one.result(30)
        two.result(30)
    assert said == ["second", "second again", "first"]


def test_those_who_wait_are_counted() -> None:
    turn, done = Turn(), Event()
    with ThreadPoolExecutor(2) as pool, turn:
        assert turn.others == 0

        def wait() -> None:
            with turn:
                done.wait(30)

        waiting = [pool.submit(wait) for _ in range(2)]
        while turn.others < 2:
            sleep(0.01)
        with turn.let_go():
            while turn.others > 1:  # one of them is in
                sleep(0.01)
            done.set()
        for each in waiting:
            each.cancel()
    assert turn.others == 0


def test_a_fault_gives_the_turn_back() -> None:
    turn = Turn()
    for _ in range(2):
        with suppress(ZeroDivisionError), turn, turn.let_go():
            assert 1 / 0
