"""The letters of one batch, while several connections take from them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta

from publishers.channels._base import ChannelBroken, TryLater
from publishers.lists._base import Carried, Gone, Later, Letter, Outcome, Refused
from publishers.lists._mail import CannotBeWritten
from publishers.lists._smtp import Mail

BUDGET = 60.0
"""Seconds for which new letters are begun: whoever holds the batch holds it for longer."""
SUSPICIOUS = 10
"""So many letters refused, and none taken: not their recipients are the reason."""
_TRIES = 2


class Letters:
    """Which are still to be handed over, and what became of the others."""

    def __init__(self, letters: Sequence[Letter], write: Callable[[Letter, int], Mail]) -> None:
        self._letters = letters
        self._write = write
        self._left = deque(range(len(letters)))
        self._tried = [0] * len(letters)
        self._outcomes: list[Outcome | None] = [None] * len(letters)
        self._stopped: TryLater | ChannelBroken | None = None
        self._until = time.monotonic() + BUDGET
        self._lock = threading.Lock()

    def take(self) -> Mail | None:
        """The next letter, written; None when there is none, or it is time to stop."""
        while (place := self._next()) is not None:
            try:
                return self._write(self._letters[place], place)
            except CannotBeWritten as problem:
                self._outcomes[place] = Refused(str(problem))
        return None

    def _next(self) -> int | None:
        with self._lock:
            if not self._left or self._stopped or time.monotonic() > self._until:
                return None
            return self._left.popleft()

    def put_back(self, mail: Mail) -> None:
        """Behind all others: it may be the letter that breaks connections."""
        self._tried[mail.place] += 1
        if self._tried[mail.place] < _TRIES:
            self._left.append(mail.place)

    def settle(self, mail: Mail, outcome: Outcome) -> None:
        """What became of it."""
        self._outcomes[mail.place] = outcome

    def stop(self, why: TryLater | ChannelBroken) -> None:
        """Nothing more is to be taken."""
        with self._lock:
            self._stopped = self._stopped or why

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to take."""
        return not self._left or self._stopped is not None or time.monotonic() > self._until

    def carried(self) -> Carried:
        """What became of all of them."""
        untried = Later(str(self._stopped or "the relay took too long"), _wait(self._stopped))
        outcomes = [outcome or untried for outcome in self._outcomes]
        stopped = self._stopped
        if stopped is None and (why := _nobody_at_all(outcomes)):
            stopped = TryLater(f"the relay refuses every letter: {why}")
            outcomes = [Later(str(stopped)) for _ in outcomes]
        return Carried(outcomes, stopped)


def _wait(stopped: TryLater | ChannelBroken | None) -> timedelta | None:
    return stopped.retry_after if isinstance(stopped, TryLater) else None


def _nobody_at_all(outcomes: Sequence[Outcome]) -> str:
    """Why all of many letters were refused; "" where some were not.

    A relay that was set up wrong must not cost us every subscriber.
    """
    refused = [each.why for each in outcomes if isinstance(each, Refused | Gone)]
    if len(refused) < max(SUSPICIOUS, len(outcomes)):
        return ""
    return refused[0]
