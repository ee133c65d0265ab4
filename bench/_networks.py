"""Five networks on this machine and a sixth that hangs, in a process of their own.

They tell when they accepted a post, by the system's monotonic clock, which all processes share.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from tests.fakes._service import Answer, FakeService, Hang, Request
from tests.fakes.bluesky_pds import HANDLE, FakeBluesky
from tests.fakes.graph_api import FakePage
from tests.fakes.mastodon_api import FakeMastodon
from tests.fakes.x_api import FakeX

_FAKES: Mapping[str, type[FakeService]] = {
    "x": FakeX,
    "mastodon": FakeMastodon,
    "mastodon-en": FakeMastodon,
    "bluesky": FakeBluesky,
    "facebook": FakePage,
}
HANGING = "mastodon-hung"


@dataclass(frozen=True)
class Channel:
    """One channel's settings, and its secrets by their variables' names."""

    settings: Mapping[str, str]
    secrets: Mapping[str, str]


class Networks:
    """The networks as the measuring process knows them."""

    def __init__(self, channels: Mapping[str, Channel], told: Connection) -> None:
        self.channels = channels
        self._told = told

    def wait(self, posts: int, longest: float = 60.0) -> dict[str, float]:
        """When each of them accepted the next post, in seconds of the monotonic clock."""
        at: dict[str, float] = {}
        until = time.monotonic() + longest
        while len(at) < posts:
            if not self._told.poll(max(0.0, until - time.monotonic())):
                raise TimeoutError(f"only {sorted(at)} had the post after {longest:.0f} s")
            name, moment = self._told.recv()
            at[name] = moment
        return at


@contextmanager
def networks() -> Iterator[Networks]:
    """Start them, and end them."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_run, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Networks(ours.recv(), ours)
    finally:
        ours.send(None)
        process.join(30)


def _run(told: Connection) -> None:
    fakes = {name: _telling(kind, name, told)() for name, kind in _FAKES.items()}
    fakes[HANGING] = FakeMastodon()
    fakes[HANGING].always = Hang()
    for fake in fakes.values():
        fake.start()
    told.send({name: _channel(name, fake) for name, fake in fakes.items()})
    told.recv()
    for fake in fakes.values():
        fake.stop()


def _telling(kind: type[FakeService], name: str, told: Connection) -> type[FakeService]:
    class Telling(kind):  # type: ignore[misc,valid-type]  # any fake, with a stopwatch
        def answer(self, request: Request) -> Answer:
            before = len(self.texts)
            answer: Answer = super().answer(request)
            if len(self.texts) > before:
                told.send((name, time.monotonic()))
            return answer

    return Telling


def _channel(name: str, fake: Any) -> Channel:
    kind = name.partition("-")[0]
    own = {
        "x": {},
        "mastodon": {},
        "bluesky": {"handle": HANDLE, "appview_url": fake.url},
        "facebook": {"page_id": getattr(fake, "page_id", "")},
    }
    locale = "en" if name.endswith("-en") else "it"
    settings = {"name": name, "kind": kind, "locale": locale, "base_url": fake.url, **own[kind]}
    variable = f"AVVISO_{name}_".upper().replace("-", "_")
    return Channel(settings, {f"{variable}{key}".upper(): v for key, v in fake.secrets.items()})
