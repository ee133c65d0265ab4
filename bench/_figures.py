"""Times taken, and how they are told: median, percentiles, spread."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.table import Table

SPREAD = ("median", "p95", "p99", "min–max")


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Seconds that each of several runs took."""
    return [_seconds(work) for _ in range(times)]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def stopwatch(seconds: list[float]) -> Iterator[None]:
    """Adds the seconds that the block took."""
    began = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - began)


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank: with 30 values the 99th percentile is the largest."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(seconds: Sequence[float], unit: float = 1000.0) -> tuple[str, str, str, str]:
    """The cells of SPREAD, in milliseconds."""
    scaled = [value * unit for value in seconds]
    return (
        number(statistics.median(scaled)),
        number(percentile(scaled, 0.95)),
        number(percentile(scaled, 0.99)),
        f"{number(min(scaled))}–{number(max(scaled))}",
    )


def ratio(seconds: Sequence[float], known: Sequence[float]) -> str:
    """How many times as long as something known, by the medians."""
    return f"×{statistics.median(seconds) / statistics.median(known):.2f}"


def number(value: float) -> str:
    """Three digits that matter, whole from a hundred on."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(title: str, *columns: str) -> Table:
    """A table whose first column is a name and all others are figures."""
    made = Table(title=title, title_justify="left", header_style="bold")
    for place, column in enumerate(columns):
        made.add_column(column, justify="right" if place else "left", no_wrap=True)
    return made
