"""The present moment: the real one, or one that was chosen and runs faster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from statuspage import clock as clocks
from statuspage.clock import Clock
from tests.conftest import NOON

REAL = datetime(2030, 1, 1, tzinfo=UTC)


class Passing:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Passing:
    time = Passing()
    monkeypatch.setattr(clocks, "time", SimpleNamespace(monotonic=time.monotonic))
    monkeypatch.setattr(clocks, "_real", lambda: REAL)
    return time


def test_the_real_time_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)
    assert before <= Clock().now() <= datetime.now(UTC)
    assert Clock().now().tzinfo is UTC


@pytest.mark.parametrize("speed", [1.0, 0.5, 600.0])
def test_a_chosen_time_runs_on_from_its_start(time: Passing, speed: float) -> None:
    clock = Clock(NOON, speed, _born=time.seconds)
    assert clock.now() == NOON
    time.seconds += 10
    assert clock.now() == NOON + timedelta(seconds=10 * speed)


@pytest.mark.parametrize(
    ("speed", "ahead", "seconds"), [(1.0, 60, 60.0), (60.0, 60, 1.0), (1.0, -5, 0.0), (1.0, 0, 0.0)]
)
def test_how_long_until_a_moment(time: Passing, speed: float, ahead: int, seconds: float) -> None:
    clock = Clock(NOON, speed, _born=time.seconds)
    moment = NOON + timedelta(seconds=ahead)
    assert clock.seconds_until(moment) == pytest.approx(seconds)
    assert clock.alarm(moment) == REAL + timedelta(seconds=seconds)


def test_the_real_clock_s_alarm_is_the_moment_itself(time: Passing) -> None:
    assert Clock().alarm(REAL + timedelta(minutes=1)) == REAL + timedelta(minutes=1)
    assert Clock().alarm(REAL - timedelta(minutes=1)) == REAL, "what is over is due now"
