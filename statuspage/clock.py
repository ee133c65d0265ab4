"""What time it is: the real time, or a day of the past that is lived again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


def _real() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """The present moment, aware UTC. With `start`, time began there when the clock was made and
    runs `speed` times as fast as the real one."""

    start: datetime | None = None
    speed: float = 1.0
    _born: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """The present moment."""
        if self.start is None:
            return _real()
        return self.start + timedelta(seconds=(time.monotonic() - self._born) * self.speed)

    def seconds_until(self, moment: datetime) -> float:
        """Real seconds until a moment of this clock; 0 for one that is over."""
        return max(0.0, (moment - self.now()).total_seconds() / self.speed)

    def alarm(self, moment: datetime) -> datetime:
        """The real time at which this clock will show a moment."""
        return _real() + timedelta(seconds=self.seconds_until(moment))
