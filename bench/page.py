"""From an operator's action to the page on the disk, with more and more history behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from rich.table import Table

from bench import _place as place
from bench._figures import SPREAD, ratio, spread, stopwatch, table

HISTORIES = (10, 100, 1000)
TIMES = 20


@dataclass
class _Took:
    """Seconds, a list for each part."""

    rebuild: list[float] = field(default_factory=list)
    action: list[float] = field(default_factory=list)
    refresh: list[float] = field(default_factory=list)
    both: list[float] = field(default_factory=list)
    minute: list[float] = field(default_factory=list)


def measure() -> Iterator[Table]:
    """SQLite; an update to an open incident, its page and everything that it touches."""
    took = {history: _with_history(history) for history in HISTORIES}
    few = took[HISTORIES[0]]
    shown = table("Action → page on disk (ms)", "incidents, part", *SPREAD, "to 10 incidents")
    for history, seconds in took.items():
        for part in ("action", "refresh", "both", "minute", "rebuild"):
            own, known = getattr(seconds, part), getattr(few, part)
            shown.add_row(f"{history:,} {part}", *spread(own), ratio(own, known))
        shown.add_section()
    yield shown


def _with_history(incidents: int) -> _Took:
    took = _Took()
    with place.sqlite() as url, place.folder() as folder:
        desk = place.open_desk(url)
        place.add_history(desk, incidents)
        site = place.open_site(desk, folder / "page")
        now = place.START
        incident = place.declare(desk, now).incident_id
        with stopwatch(took.rebuild):
            site.refresh(now)
        for _ in range(TIMES):
            now += timedelta(seconds=10)
            with stopwatch(took.both):
                with stopwatch(took.action):
                    outcome = place.update(desk, incident, now)
                with stopwatch(took.refresh):
                    site.refresh(now, outcome.event)
        for _ in range(TIMES):
            now += timedelta(minutes=1)
            with stopwatch(took.minute):
                site.refresh(now)
        desk.db.close()
    return took
