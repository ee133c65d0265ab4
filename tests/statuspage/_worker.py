"""What the worker's tests share: a clock set by hand, real channels on fakes, and who is where."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from incidents import queries
from incidents.actions import Desk
from incidents.models import Channel, Delivery
from publishers.channels import log, x
from publishers.channels._base import ChannelOptions, Publisher
from publishers.targets.directory import Target
from statuspage.clock import Clock
from statuspage.site import Site
from statuspage.worker import Worker
from tests.conftest import NOON, TEMPLATES
from tests.fakes.x_api import FakeX, Tweet

SECOND = timedelta(seconds=1)
GATE = 11 * SECOND
"""After this long a delivery goes out even where no page shows it yet."""
PATIENCE = 120.0
"""Seconds after which something that should happen by itself is given up: a hang, not a delay."""


class HandClock(Clock):
    """A clock that only the test moves."""

    def __init__(self, moment: datetime = NOON) -> None:
        super().__init__()
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


def x_channel(fake: FakeX, folder: Path, url: str | None = None) -> x.Channel:
    options = x.Channel.Options.model_validate(
        {"name": "x", "kind": "x", "locale": "it", "base_url": url or fake.url}
    )
    return x.Channel(options, fake.secrets, folder)


def log_channel(folder: Path) -> log.Channel:
    return log.Channel(ChannelOptions(name="log", kind="log", locale="en"), {}, folder)


@dataclass
class Scene:
    """A desk with a worker that posts to a fake X in Italian and to a file in English."""

    desk: Desk
    x: FakeX
    folder: Path
    clock: HandClock
    publishers: dict[str, Publisher]
    worker: Worker

    def pass_time(self, at: datetime) -> None:
        """Let the worker do all that it would do at a moment."""
        self.clock.moment = at
        for channel in self.publishers:
            self.attend(channel)

    def attend(self, channel: str, at: datetime | None = None) -> int:
        """Let one channel do all that it can at a moment; answers how much that was."""
        self.clock.moment = at or self.clock.moment
        for done in range(100):
            if not self.worker.attend(channel):
                return done
        raise AssertionError(f"{channel} never comes to an end")

    def deliveries(self, channel: str = "x") -> list[Delivery]:
        with self.desk.db.read() as session:
            return queries.deliveries(session, channel=channel)[::-1]

    def states(self, channel: str = "x") -> list[str]:
        return [str(delivery.state) for delivery in self.deliveries(channel)]

    def channel_row(self, name: str = "x") -> Channel | None:
        with self.desk.db.read() as session:
            return session.scalar(select(Channel).where(Channel.name == name))

    def replies(self) -> list[int | None]:
        """For each post on X the index of the one that it replies to."""
        places = {tweet.id: place for place, tweet in enumerate(self.x.tweets)}
        return [places[t.reply_to] if t.reply_to else None for t in self.x.tweets]

    @property
    def post(self) -> Tweet:
        (tweet,) = self.x.tweets
        return tweet

    def lines(self) -> list[dict[str, Any]]:
        """What the log channel wrote."""
        return posted(self.folder)


def posted(folder: Path, channel: str = "log") -> list[dict[str, Any]]:
    """The lines of a log channel's file."""
    path = folder / "posts" / f"{channel}.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def make_site(desk: Desk, folder: Path) -> Site:
    target = Target(folder / "page")
    return Site(desk.db, desk.service, desk.texts, TEMPLATES, {"page": target}, {"x": "x"})


@contextmanager
def staged(desk: Desk, folder: Path) -> Iterator[Scene]:
    with FakeX() as fake:
        clock = HandClock()
        publishers: dict[str, Publisher] = {
            "x": x_channel(fake, folder),
            "log": log_channel(folder),
        }
        worker = Worker(desk, make_site(desk, folder), publishers, clock)
        yield Scene(desk, fake, folder, clock, publishers, worker)
        for publisher in publishers.values():
            publisher.close()


@contextmanager
def nobody_answers() -> Iterator[str]:
    """An address where every connection is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def until(happened: Callable[[], object], what: str) -> float:
    """Wait until something happens in another thread or process; answers the seconds it took."""
    began = time.monotonic()
    while not happened():
        if time.monotonic() - began > PATIENCE:
            raise AssertionError(f"{what} did not happen within {PATIENCE:.0f} s")
        time.sleep(0.005)
    return time.monotonic() - began
