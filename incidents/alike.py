"""How evenly publications go out: what each channel took, the skew, who is left behind. Pure.

Seconds count from when a delivery should have gone out: what was meant to wait is not late for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from incidents.status import DeliveryState

LEFT_BEHIND = timedelta(minutes=2)
"""How much later than the others a channel may be before it is called left behind."""

_WAITS = (DeliveryState.PENDING, DeliveryState.SENDING)


class Lag(StrEnum):
    """Why a channel is left behind, the most telling first."""

    BROKEN = "broken"
    PAUSED = "paused"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    LATE = "late"
    """It has it by now, and much later than the first."""


@dataclass(frozen=True, slots=True)
class Reached:
    """One publication on one channel."""

    channel: str
    state: DeliveryState
    due_at: datetime
    """When it should have gone out, at first."""
    sent_at: datetime | None

    @property
    def took(self) -> float | None:
        """Seconds from then until the network had it; None where it has not."""
        return None if self.sent_at is None else seconds(self.sent_at - self.due_at)


@dataclass(frozen=True, slots=True)
class Times:
    """Many durations in four numbers, in seconds; None where there were none."""

    number: int
    p50: float | None = None
    p95: float | None = None
    slowest: float | None = None


def seconds(duration: timedelta) -> float:
    """Never below zero: a clock that was set back makes nothing fast."""
    return max(0.0, duration.total_seconds())


def nearest_rank(ranked: Sequence[float], share: float) -> float:
    """The smallest value that this share of them does not exceed; `ranked` is sorted."""
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def times(values: Iterable[float]) -> Times:
    """What many durations come to."""
    ranked = sorted(values)
    if not ranked:
        return Times(0)
    p50, p95 = nearest_rank(ranked, 0.5), nearest_rank(ranked, 0.95)
    return Times(len(ranked), p50, p95, ranked[-1])


def skew(reached: Iterable[Reached]) -> float | None:
    """Seconds from the first channel to the last; None where it is not out on two."""
    took = [each.took for each in reached if each.took is not None]
    return max(took) - min(took) if len(took) > 1 else None


def left_behind(reached: Sequence[Reached], now: datetime) -> Mapping[str, Lag]:
    """By channel, why it has not what others have, or had it so much later."""
    took = [each.took for each in reached if each.took is not None]
    first = min(took, default=0.0)
    found = {each.channel: _lag(each, now, first) for each in reached}
    return {channel: lag for channel, lag in found.items() if lag is not None}


def _lag(each: Reached, now: datetime, first: float) -> Lag | None:
    if each.took is not None:
        return Lag.LATE if each.took - first > LEFT_BEHIND.total_seconds() else None
    if each.state is DeliveryState.FAILED:
        return Lag.FAILED
    if now - each.due_at <= LEFT_BEHIND:
        return None
    if each.state is DeliveryState.UNCONFIRMED:
        return Lag.UNCONFIRMED
    return Lag.WAITING if each.state in _WAITS else None
