"""How many deliveries the outbox takes and settles, with one worker and with four."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

from rich.table import Table
from sqlalchemy import update

from bench import _place as place
from bench._figures import SPREAD, number, ratio, spread, stopwatch, table, timed
from incidents import outbox
from incidents.db import Database
from incidents.models import Page
from incidents.outbox import Sent
from incidents.status import Certainty

DELIVERIES = 120
_DATABASES: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "SQLite": place.sqlite,
    "PostgreSQL": place.postgresql,
}


def measure() -> Iterator[Table]:
    """Claim and settle, each a durable commit; known beside it: two commits of one row each."""
    shown = table("Outbox: claim + settle (ms)", "database", *SPREAD, "per second", "to 2 commits")
    for name, database in _DATABASES.items():
        with database() as url:
            known = _two_commits(url)
            shown.add_row(f"{name}, 2 bare commits", *spread(known), number(1 / _mean(known)), "×1")
            for workers in (1, 4):
                took, seconds = _deliver_all(url, workers)
                rate = number(len(took) / seconds)
                title = f"{name}, {workers} worker{'s' if workers > 1 else ''}"
                shown.add_row(title, *spread(took), rate, ratio(took, known))
        shown.add_section()
    yield shown


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _two_commits(url: str) -> list[float]:
    desk = place.open_desk(url)

    def commit() -> None:
        for _ in range(2):
            with desk.db.claim() as session:
                session.execute(update(Page).values(created_at=place.START))

    seconds = timed(commit, DELIVERIES)
    desk.db.close()
    return seconds


def _deliver_all(url: str, workers: int) -> tuple[list[float], float]:
    """Seconds of each delivery, and of all of them together."""
    channel = f"channel-{workers}"
    desk = place.open_desk(url, (channel,))
    with place.all_at_once(desk) as quick:
        for number_ in range(DELIVERIES):
            place.declare(quick, place.START + timedelta(seconds=number_))
    desk.db.close()
    took: list[float] = []
    threads = [
        threading.Thread(target=_work, args=(url, channel, f"w{number_}", took))
        for number_ in range(workers)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took, time.perf_counter() - began


def _work(url: str, channel: str, worker: str, took: list[float]) -> None:
    """One worker, on connections of its own, until nothing is left."""
    database = Database(url)
    now = place.START + timedelta(hours=1)
    while True:
        seconds: list[float] = []
        with stopwatch(seconds):
            claimed = outbox.claim(database, channel, worker, now, Certainty.KEYED)
            if claimed is not None:
                receipt = Sent(str(claimed.id), f"https://network.test/{claimed.id}")
                outbox.settle_sent(
                    database,
                    claimed,
                    now,
                    receipt,
                    "text",
                    standalone=False,
                    fallback=False,
                    verify=True,
                )
        if claimed is None:
            break
        took.extend(seconds)
    database.close()
