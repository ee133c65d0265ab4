"""One thread keeps the page in step for all that write in a process, and nobody waits for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from statuspage import upkeep as upkeeps
from statuspage.clock import Clock
from statuspage.site import NotOnline
from statuspage.upkeep import UNDER_WAY, Upkeep

LONG = 30.0


class OneTarget:
    """Stands for a site with one target; says what was rendered, and when."""

    targets = ("page",)

    def __init__(self) -> None:
        self.rendered: list[int] = []
        self.may_go = threading.Event()
        self.may_go.set()
        self.at_work = threading.Event()
        self.problems: list[NotOnline] = []
        self.by_worker = 0
        self.fault: Exception | None = None

    def refresh(self, _now: datetime, event: int) -> list[NotOnline]:
        self.at_work.set()
        self.may_go.wait(LONG)
        self.rendered.append(event)
        if self.fault:
            raise self.fault
        return self.problems

    def not_showing(self, event: int) -> list[str]:
        return [] if self.by_worker >= event else ["page"]


@pytest.fixture
def site() -> OneTarget:
    return OneTarget()


@pytest.fixture
def upkeep(site: OneTarget) -> Iterator[Upkeep]:
    made = Upkeep(site, Clock())  # type: ignore[arg-type]
    yield made
    site.may_go.set()
    made.close()


def all_ask(upkeep: Upkeep, events: Sequence[int], then: Callable[[], None]) -> list[list[str]]:
    """What each is told who asks at the same time, while `then` happens."""
    with ThreadPoolExecutor(len(events)) as pool:
        asked = [pool.submit(upkeep.shown, event, LONG) for event in events]
        then()
        return [[late.target for late in each.result()] for each in asked]


def test_what_is_wished_for_is_shown(upkeep: Upkeep, site: OneTarget) -> None:
    assert upkeep.shown(3, LONG) == []
    assert upkeep.shown(4, LONG) == []
    assert site.rendered == [3, 4]


def test_what_is_wished_for_again_is_looked_after_again(upkeep: Upkeep, site: OneTarget) -> None:
    upkeep.shown(3, LONG)
    site.problems = [NotOnline("page", "the disk is full")]
    assert upkeep.shown(3, LONG) == site.problems


def test_a_page_that_takes_long_is_not_waited_for(upkeep: Upkeep, site: OneTarget) -> None:
    site.may_go.clear()
    assert upkeep.shown(3, 0.0) == [NotOnline("page", UNDER_WAY)]
    site.may_go.set()
    assert upkeep.shown(4, LONG) == []
    assert site.rendered[-1] == 4


def test_who_comes_while_their_event_is_rendered_waits_for_that(
    upkeep: Upkeep, site: OneTarget
) -> None:
    site.may_go.clear()
    upkeep.shown(7, 0.0)
    assert site.at_work.wait(LONG)
    assert all_ask(upkeep, [5], site.may_go.set) == [[]]
    assert site.rendered == [7]


def test_a_fault_is_told_and_ends_nothing(upkeep: Upkeep, site: OneTarget) -> None:
    site.fault = RuntimeError("a fault of ours")
    assert [late.target for late in upkeep.shown(3, LONG)] == ["page"]
    site.fault = None
    assert upkeep.shown(4, LONG) == []


@pytest.fixture
def crowded(upkeep: Upkeep, site: OneTarget) -> Iterator[ThreadPoolExecutor]:
    """Two wait for a round that has not begun, because an earlier one is under way."""
    site.may_go.clear()
    upkeep.shown(1, 0.0)
    assert site.at_work.wait(LONG)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(upkeep.shown, event, LONG) for event in (8, 9)]
        while upkeep._waiting < 2:
            threading.Event().wait(0.005)
        yield pool
        assert [each.result() for each in waiting] == [[], []]


def test_no_program_is_kept_by_a_crowd_but_people_wait(
    upkeep: Upkeep, site: OneTarget, crowded: ThreadPoolExecutor
) -> None:
    assert upkeep.shown(9, LONG, even_in_a_crowd=False) == [NotOnline("page", UNDER_WAY)]
    site.by_worker = 9
    site.may_go.set()
    assert upkeep.shown(9, LONG) == []


def test_while_a_crowd_writes_the_worker_renders(
    upkeep: Upkeep, site: OneTarget, crowded: ThreadPoolExecutor
) -> None:
    site.by_worker = 9
    site.may_go.set()
    crowded.shutdown()
    assert site.rendered == [1]


def test_who_is_about_to_write_makes_a_crowd_as_well(upkeep: Upkeep, site: OneTarget) -> None:
    site.by_worker = 9
    said = upkeep.shown(9, LONG, even_in_a_crowd=False, others=2)
    assert said == [NotOnline("page", UNDER_WAY)]
    while upkeep._ended < 1:
        time.sleep(0.01)
    assert site.rendered == []
    site.may_go.set()
    assert upkeep.shown(10, LONG, even_in_a_crowd=False, others=1) == []
    assert site.rendered == [10]


def test_where_the_worker_does_not_this_process_does(
    upkeep: Upkeep,
    site: OneTarget,
    crowded: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upkeeps, "_LEFT_TO_THE_WORKER", 0.1)
    site.may_go.set()
    crowded.shutdown()
    assert site.rendered == [1, 9]


def test_it_ends_when_it_is_told_to(site: OneTarget) -> None:
    made = Upkeep(site, Clock())  # type: ignore[arg-type]
    made.shown(1, LONG)
    made.close()
    assert "upkeep" not in [thread.name for thread in threading.enumerate()]
    assert made.shown(2, LONG) == [NotOnline("page", UNDER_WAY)]
