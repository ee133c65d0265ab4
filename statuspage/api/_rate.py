"""How often somebody asked within the last minute. In memory: each process counts for itself, and
a restart forgets."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from threading import Lock

MINUTE = 60.0
MOST = 10_000
"""Askers that are remembered; of more, those who asked longest ago are forgotten."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How an asker stands."""

    allowed: bool
    left: int
    """Requests that they still have."""
    wait: int
    """Seconds until they have one more than now; 1 at least."""


class PerMinute:
    """Allows each asker so many requests in any minute. Threads may share it.

    `clock` gives seconds that only ever grow.
    """

    def __init__(
        self, amount: int, most: int = MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.amount = amount
        self._most = most
        self._clock = clock
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def count(self, who: str) -> Counted:
        """Count a request, unless it is one too many: those that are refused do not count."""
        with self._lock:
            now = self._clock()
            times = self._times(who)
            while times and times[0] <= now - MINUTE:
                times.popleft()
            allowed = len(times) < self.amount
            if allowed:
                times.append(now)
            wait = max(1, ceil(times[0] + MINUTE - now))
            return Counted(allowed, self.amount - len(times), wait)

    def _times(self, who: str) -> deque[float]:
        times = self._asked.setdefault(who, deque())
        self._asked.move_to_end(who)
        if len(self._asked) > self._most:
            self._asked.popitem(last=False)
        return times
