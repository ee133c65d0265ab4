"""From the declaration to the page, to X (a fake on this machine) and to a log, with threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from bench import _place as place
from bench._figures import SPREAD, ratio, spread, table
from incidents.actions import Desk
from publishers.channels import log, x
from publishers.channels._base import ChannelOptions, Message, Post, Publisher, Receipt
from statuspage.clock import Clock
from statuspage.worker import Worker
from tests.fakes.x_api import FakeX

TIMES = 30
_LONGEST = 60.0
_DATABASES: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "SQLite": place.sqlite,
    "PostgreSQL": place.postgresql,
}


@dataclass
class _Heard:
    """When each channel's network had accepted a post: the instants, by channel and key."""

    at: dict[tuple[str, str], float] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self, channel: str, key: str) -> None:
        with self.changed:
            self.at[channel, key] = time.perf_counter()
            self.changed.notify_all()

    def wait(self, keys: dict[str, str]) -> dict[str, float]:
        wanted = set(keys.items())
        with self.changed:
            self.changed.wait_for(lambda: wanted <= self.at.keys(), _LONGEST)
            return {channel: self.at[channel, key] for channel, key in keys.items()}


def _timed(kind: type[Publisher], heard: _Heard) -> type[Publisher]:
    class Timed(kind):  # type: ignore[misc,valid-type]  # any kind of channel, with a stopwatch
        def publish(self, message: Message, post: Post) -> Receipt:
            receipt: Receipt = super().publish(message, post)
            heard.note(self.options.name, message.key)
            return receipt

    return Timed


def measure() -> Iterator[Table]:
    """As an operator does it: declare, wait for the page; meanwhile the worker posts."""
    for name, database in _DATABASES.items():
        with database() as url, place.folder() as folder, FakeX() as fake:
            desk = place.open_desk(url, ("x", "log"))
            yield _table(name, _declare_all(desk, folder, fake))
            desk.db.close()


def _declare_all(desk: Desk, folder: Path, fake: FakeX) -> dict[str, list[float]]:
    heard = _Heard()
    options = {"name": "x", "kind": "x", "locale": "it", "base_url": fake.url}
    publishers = {
        "x": _timed(x.Channel, heard)(x.XOptions.model_validate(options), fake.secrets, folder),
        "log": _timed(log.Channel, heard)(
            ChannelOptions(name="log", kind="log", locale="en"), {}, folder
        ),
    }
    site = place.open_site(desk, folder / "page")
    worker = Worker(desk, site, publishers, Clock())
    worker.start()
    took: dict[str, list[float]] = {
        part: [] for part in ("committed", "page", "x", "log", "skew first to last")
    }
    try:
        for _ in range(TIMES):
            _declare_one(desk, worker, heard, took)
    finally:
        worker.stop()
    return took


def _declare_one(desk: Desk, worker: Worker, heard: _Heard, took: dict[str, list[float]]) -> None:
    began = time.perf_counter()
    outcome = place.declare(desk, datetime.now(UTC))
    took["committed"].append(time.perf_counter() - began)
    worker.site.refresh(datetime.now(UTC), outcome.event)
    took["page"].append(time.perf_counter() - began)
    (publication,) = outcome.publications
    at = heard.wait({name: f"{publication}-{name}" for name in worker.publishers})
    for name, moment in at.items():
        took[name].append(moment - began)
    took["skew first to last"].append(max(at.values()) - min(at.values()))


def _table(name: str, took: dict[str, list[float]]) -> Table:
    shown = table(f"Declare → everywhere, {name} (ms)", "until", *SPREAD, "to the page")
    for part, seconds in took.items():
        shown.add_row(part, *spread(seconds), ratio(seconds, took["page"]))
    return shown
