"""Two workers and two web servers on one PostgreSQL and one folder of documents, one or another of
them killed all the time, while operators go on speaking.

Workers take turns at the folder by its lock, and what the folder shows is read under it, so that an
older page never replaces a newer one (`statuspage/site.py`).

AVVISO_STORM_SECONDS says how long; a minute is the real thing.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.kill._channels import KINDS, Kind
from tests.kill._http import ask, own_port
from tests.kill._nursery import Process, until
from tests.kill._place import Place
from tests.kill.conftest import Kills

SECONDS = float(os.environ.get("AVVISO_STORM_SECONDS", "10"))
INCIDENTS = 2
FEWEST = 6
"""Publications without which it goes on: on a slow machine they take longer."""
BETWEEN_KILLS = 1.5
BETWEEN_READS = 0.05
"""Seconds: the longest, and the usual."""

Pause = Callable[[float], bool]
"""Waits so many seconds; true when it is over."""

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def kinds() -> Sequence[Kind]:
    return KINDS


class Pair:
    """Two processes that do the same, of which one is ready at any time."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.kills = [0, 0]
        self.running = [self.start(0), self.start(1)]

    def start(self, which: int) -> Process:
        raise NotImplementedError

    def is_ready(self, which: int) -> object:
        raise NotImplementedError

    def wait(self) -> None:
        """Wait until both are ready."""
        self.running[0].until(lambda: self.is_ready(0), "ready")
        self.running[1].until(lambda: self.is_ready(1), "ready")

    def kill_one(self) -> None:
        """Kill either, while the other is ready, and start it again."""
        self.wait()
        which = self.place.random.randrange(2)
        self.kills[which] += 1
        self.running[which].kill()
        self.running[which] = self.start(which)


class Workers(Pair):
    def start(self, which: int) -> Process:
        return self.place.worker()

    def is_ready(self, which: int) -> object:
        return "worker_started" in self.running[which].err()


class Webs(Pair):
    def __init__(self, place: Place) -> None:
        self.ports = own_port(), own_port()
        self.reads = Counter[str]()
        super().__init__(place)

    def start(self, which: int) -> Process:
        return self.place.start("web", PORT=str(self.ports[which]))

    def is_ready(self, which: int) -> object:
        return ask(self.ports[which])

    def read(self) -> None:
        """Ask each server for the page; where it does not answer the other one does, unless that
        was killed in the meantime (the first one is back by then)."""
        for first, second in ((0, 1), (1, 0)):
            before = self.kills[second]
            if ask(self.ports[first]):
                self.reads["answered"] += 1
            elif ask(self.ports[second]):
                self.reads["answered by the other"] += 1
            else:
                assert self.kills[second] > before, "nobody answered"


class Operator:
    """Declares, updates, and says of posts in doubt what is the case."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.threads: dict[str, list[str]] = {}
        """The words of each incident, in the order in which they were accepted."""

    def speak(self) -> None:
        if len(self.threads) < INCIDENTS:
            word = self.place.declare()
            self.threads[word] = [word]
        else:
            incident = self.place.random.choice(list(self.threads))
            self.threads[incident].append(self.place.update(incident))
        self.decide()

    def decide(self) -> None:
        for row in self.place.deliveries():
            if self.place.is_for_operator(row):
                self.place.say_not_there(row)

    def has_nothing_left(self) -> bool:
        """Whether all is out, once what was in doubt is decided."""
        self.decide()
        return self.place.is_all_out()


def storm(place: Place, pairs: tuple[Pair, Pair], kills: Kills, pause: Pause) -> None:
    """Kill one after another, for as long as was asked."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end or len(place.accepted) < FEWEST:
        place.random.choice(pairs).kill_one()
        kills.note()
        if pause(place.random.uniform(0, BETWEEN_KILLS)):
            return


def repeated(work: Callable[[], None], over: threading.Event, pause: float) -> None:
    """Do something again and again; if it fails, all is over."""
    try:
        while not over.wait(pause):
            work()
    finally:
        over.set()


def said(place: Place, thread: list[str]) -> list[list[str]]:
    """What each account says of an incident, by its words, oldest first."""
    return [
        [word for text in account.texts(place.folder) for word in thread if f"{word} " in text]
        for account in place.accounts
    ]


def test_every_post_is_there_once_and_in_order(place: Place, kills: Kills) -> None:
    operator = Operator(place)
    operator.speak()
    workers, webs = Workers(place), Webs(place)
    workers.wait()
    webs.wait()
    over = threading.Event()
    with ThreadPoolExecutor() as pool:
        others = [
            pool.submit(repeated, operator.speak, over, 0.0),
            pool.submit(repeated, webs.read, over, BETWEEN_READS),
        ]
        try:
            storm(place, (workers, webs), kills, over.wait)
        finally:
            over.set()
    for other in others:
        other.result()
    until(operator.has_nothing_left, lambda: str(place.states()))
    place.look()
    for thread in operator.threads.values():
        assert said(place, thread) == [thread] * len(place.accounts)
    kills.say(f"{len(place.accepted)} publications to {len(place.accounts)} channels each")
    kills.say(f"{len(place.decided)} decided by the operator")
    kills.say(f"page read: {dict(webs.reads)}")
