"""Keeps the page in step with what a process writes: one thread renders, and those who wrote wait
for it, for a while.

However many write at a time, the page is rendered for all of them together; and an answer is not
kept back by a page that takes long, or by a disk that hangs.
"""

from __future__ import annotations

import threading
import time

import structlog

from statuspage.clock import Clock
from statuspage.site import NotOnline, Site

log = structlog.get_logger()

UNDER_WAY = "it is still being brought up to date"
_FAULT = "a fault of Avviso's own; its log has it"
_CROWD = 2
"""So many who wait, or are about to write, are a crowd."""
_LEFT_TO_THE_WORKER = 5.0
"""Seconds. While a crowd writes, the page is the worker's: it renders after each commit as well,
and answers nobody meanwhile. Where it does not, this process does, a little later."""
_LOOK_EVERY = 0.05


class Upkeep:
    """Threads may share it. Its own thread starts with the first wish and ends with `close`."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self._site = site
        self._clock = clock
        self._changed = threading.Condition()
        self._event = 0
        """The latest event that somebody wants to be shown."""
        self._waiting = 0
        self._crowded = False
        """Whether a crowd was about to write when the next round was asked for."""
        self._wanted = 0
        """The number of the last round that somebody waits for."""
        self._begun = 0
        self._ended = 0
        self._shows = 0
        """The event that the round under way, or the last one, shows for certain."""
        self._problems: list[NotOnline] = []
        self._closed = False
        self._thread: threading.Thread | None = None

    def shown(
        self, event: int, within: float, *, even_in_a_crowd: bool = True, others: int = 0
    ) -> list[NotOnline]:
        """Have an event shown, and wait so many seconds for it; answers the targets that do not
        show it yet. The worker goes on trying with those.

        Programs are not kept by a crowd: the threads of a process are few, and others want to
        write. A person at a form waits. `others` are those who are about to write as well.
        """
        with self._changed:
            self._event = max(self._event, event)
            self._crowded = self._crowded or others >= _CROWD
            under_way = self._begun > self._ended and self._shows >= event
            number = self._begun if under_way else self._begun + 1
            self._wanted = max(self._wanted, number)
            self._must_run()
            self._changed.notify_all()
            if even_in_a_crowd or self._waiting + others < _CROWD:
                self._waiting += 1
                self._changed.wait_for(lambda: self._ended >= number or self._closed, within)
                self._waiting -= 1
            if self._ended >= number:
                return list(self._problems)
        return [NotOnline(name, UNDER_WAY) for name in self._site.targets]

    def close(self) -> None:
        """Let the round under way end, five seconds long, and begin no other."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(5.0)

    def _must_run(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted > self._begun or self._closed)
                if self._closed:
                    return
                self._begun += 1
                event = self._shows = self._event
                crowd = self._crowded or self._waiting >= _CROWD
                self._crowded = False
            problems = self._refreshed(event, crowd=crowd)
            with self._changed:
                self._ended = self._begun
                self._problems = problems
                self._changed.notify_all()

    def _refreshed(self, event: int, *, crowd: bool) -> list[NotOnline]:
        try:
            if crowd and self._worker_shows(event):
                return []
            return self._site.refresh(self._clock.now(), event)
        except Exception:  # a fault of ours must not end the thread: nobody would see it
            log.exception("upkeep_fault")
            return [NotOnline(name, _FAULT) for name in self._site.targets]

    def _worker_shows(self, event: int) -> bool:
        until = time.monotonic() + _LEFT_TO_THE_WORKER
        while self._site.not_showing(event):
            with self._changed:
                left = min(_LOOK_EVERY, until - time.monotonic())
                if left <= 0 or self._changed.wait_for(lambda: self._closed, left):
                    return False
        return True
