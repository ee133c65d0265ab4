"""A worker with real kinds on fake networks, hours of whose time pass in a moment.

Each channel has a thread of its own in the real worker; here each lives through its own time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select

from incidents import outbox, queries
from incidents.actions import Desk, Outcome
from incidents.models import Delivery
from incidents.status import Certainty
from publishers.channels import _base
from publishers.channels._base import Publisher
from statuspage.site import Site
from statuspage.worker import Worker
from tests.conftest import TEMPLATES
from tests.fakes._service import Answer, Fault, Hang, Request
from tests.fakes.bluesky_pds import DID
from tests.incidents.builders import MINUTE
from tests.publishers.channels.drivers._base import NetworkDriver
from tests.statuspage._worker import HandClock, log_channel, posted, until

STEP = 30 * MINUTE
"""How often a channel is woken where it does not matter to the minute."""
IMPATIENT = 0.01
"""Seconds that are enough to know that what hangs will hang."""


class Said(NamedTuple):
    """A post by its first word, and the first word of the one that it replies to."""

    word: str
    below: str | None = None


@dataclass(frozen=True)
class Kind:
    """What these tests have to know of a network, beside what its driver knows."""

    name: str
    certainty: Certainty
    write: str
    """How the address ends that takes a new post."""
    read: str
    """How the address ends where a post is looked for that may be there."""
    posts: Callable[[Any], list[tuple[str, str, str | None]]]
    """(id, text, id of the post that it replies to) of all that a fake holds, oldest first."""
    threads: bool = True
    edits: bool = False

    @property
    def readable(self) -> bool:
        return self.certainty is Certainty.READABLE


def _parent(record: Mapping[str, Any]) -> str | None:
    uri = record.get("reply", {}).get("parent", {}).get("uri")
    return uri.rpartition("/")[2] if uri else None


X = Kind(
    "x",
    Certainty.READABLE,
    "/2/tweets",
    "/tweets",
    lambda fake: [(tweet.id, tweet.text, tweet.reply_to) for tweet in fake.tweets],
)
MASTODON = Kind(
    "mastodon",
    Certainty.KEYED,
    "/api/v1/statuses",
    "/statuses",
    lambda fake: [(status.id, status.text, status.in_reply_to_id) for status in fake.statuses],
    edits=True,
)
BLUESKY = Kind(
    "bluesky",
    Certainty.KEYED,
    ".putRecord",
    ".getRecord",
    lambda fake: [(key, record["text"], _parent(record)) for key, record in fake.records.items()],
)
FACEBOOK = Kind(
    "facebook",
    Certainty.READABLE,
    "/feed",
    "/published_posts",
    lambda fake: [(post.id, post.text, None) for post in fake.kept],
    threads=False,
    edits=True,
)
KINDS = (X, MASTODON, BLUESKY, FACEBOOK)


@dataclass
class Network:
    """One kind's fake network, and the driver that makes channels on it."""

    kind: Kind
    driver: NetworkDriver

    @property
    def fake(self) -> Any:
        return self.driver.fake

    @property
    def said(self) -> list[Said]:
        """What readers find, oldest first."""
        posts = self.kind.posts(self.fake)
        words: dict[str | None, str] = {post: text.split()[0] for post, text, _ in posts}
        return [Said(words[post], words.get(parent)) for post, _, parent in posts]

    def asked(self, method: str, ending: str) -> list[Request]:
        requests = list(self.fake.requests)
        return [r for r in requests if r.method == method and r.path.endswith(ending)]

    @property
    def writes(self) -> list[Request]:
        """The requests that asked for a new post."""
        return self.asked("POST", self.kind.write)

    @property
    def reads(self) -> list[Request]:
        """The requests that looked for a post, and not at one that is there."""
        there = {post for post, _, _ in self.kind.posts(self.fake)}
        return [r for r in self.asked("GET", self.kind.read) if r.query.get("rkey") not in there]

    def fail(self, fault: Fault) -> None:
        """Let every request meet a fault from the next one on that writes."""
        if self.kind is BLUESKY and self.said:  # it looks whether the parent is there before
            post = self.kind.posts(self.fake)[-1][0]
            request = Request("GET", "/xrpc/com.atproto.repo.getRecord", _asking_for(post), {})
            self.fake.faults.append(self.fake.answer(request))
        self.fake.always = fault

    def fail_writes(self) -> None:
        """Let what asks for a new post hang; all else is answered."""
        self.fake.faults = _HangingWrites(self)

    def recover(self) -> None:
        """Let it work again, for good. Sessions were over long before, as in real life."""
        self.fake.always = None
        self.fake.faults = deque()
        if self.kind is BLUESKY:
            self.fake.end_sessions()

    def take(self) -> None:
        """Do what the last request asked that wrote and got no answer."""
        until(lambda: len(self.writes) > len(self.said), "the request")
        with self.fake.lock:
            done: Answer = self.fake.answer(self.writes[-1])
        assert done.status in (200, 201)


class _HangingWrites(deque[Fault]):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def __bool__(self) -> bool:
        request = self.network.fake.requests[-1]
        return bool(request.method == "POST" and request.path.endswith(self.network.kind.write))

    def popleft(self) -> Fault:
        return Hang()


def _asking_for(post: str) -> Mapping[str, str]:
    return {"repo": DID, "rkey": post}


@dataclass
class Scene:
    """A desk and its worker: networks that speak Italian, and a log in English."""

    desk: Desk
    folder: Path
    clock: HandClock
    networks: dict[str, Network]
    publishers: dict[str, Publisher]
    worker: Worker
    patience: pytest.MonkeyPatch
    doubted: set[tuple[str, int]] = field(default_factory=set)
    """(channel, delivery) of all that was ever unconfirmed."""

    @property
    def now(self) -> datetime:
        return self.clock.moment

    def shown(self, outcome: Outcome) -> Outcome:
        """As if the page showed it at once."""
        outbox.show(self.desk.db, "page", outcome.event, self.now)
        return outcome

    def fail(self, name: str, fault: Fault | None) -> None:
        """A network goes down: with a fault, or so that nobody listens any more."""
        network = self.networks[name]
        if fault is None:
            network.driver._become_unreachable()
            self._connect(name)
        else:
            network.fail(fault)
        if isinstance(fault, Hang):
            self.patience.setattr(_base, "NETWORK_TIMEOUT", IMPATIENT)

    def recover(self, name: str) -> None:
        """A network is up again."""
        self.patience.undo()
        network = self.networks[name]
        network.recover()
        if network.driver.url != network.fake.url:
            network.driver.url = network.fake.url
            self._connect(name)

    def _connect(self, name: str) -> None:
        self.publishers[name].close()
        self.publishers[name] = self.networks[name].driver.channel()

    def live(self, to: datetime, *channels: str, step: timedelta | None = None) -> None:
        """Let channels, or all of them, live from now to a moment.

        They are woken at each step, or without steps at each moment at which there is something
        to do.
        """
        start = self.now
        for channel in channels or self.publishers:
            moment: datetime | None = start
            while moment is not None and moment < to:
                self.attend(channel, moment)
                moment = moment + step if step else self._next(channel, moment)
            self.attend(channel, to)
        self.clock.moment = to

    def attend(self, channel: str, moment: datetime) -> int:
        """Let a channel do all that it can at a moment; answers how much that was."""
        self.clock.moment = moment
        network = self.networks.get(channel)
        if network is not None and not network.driver.refuses_wrong_clocks:
            network.fake.clock_skew = moment - datetime.now(UTC)
        for done in range(50):
            if not self.worker.attend(channel):
                return done
            self.doubted |= self._doubts(channel)
        raise AssertionError(f"{channel} never comes to an end")

    def _doubts(self, channel: str) -> set[tuple[str, int]]:
        query = select(Delivery.id).where(
            Delivery.channel == channel, Delivery.state == "unconfirmed"
        )
        with self.desk.db.read() as session:
            return {(channel, found) for found in session.scalars(query)}

    def _next(self, channel: str, moment: datetime) -> datetime | None:
        """When a channel has something to do next, also because nothing holds it up any more."""
        query = select(Delivery.settled_at).where(
            Delivery.channel == channel, Delivery.state.in_(["failed", "unconfirmed"])
        )
        with self.desk.db.read() as session:
            due = outbox.next_due(session, [channel], moment)
            free = [settled + outbox.HOLDS_THREAD for settled in session.scalars(query) if settled]
        return min((m for m in (due, *free) if m is not None and m > moment), default=None)

    def deliveries(self, channel: str, incident: str | None = None) -> list[Delivery]:
        """Oldest first."""
        with self.desk.db.read() as session:
            return queries.deliveries(session, channel=channel, incident=incident)[::-1]

    def states(self, channel: str, incident: str | None = None) -> list[str]:
        return [str(row.state) for row in self.deliveries(channel, incident)]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What the log channel wrote."""
        return posted(self.folder)


@contextmanager
def staged(desk: Desk, folder: Path, kinds: tuple[Kind, ...]) -> Iterator[Scene]:
    """A scene with these networks and a log; what is hung ends with it."""
    patience = pytest.MonkeyPatch()
    drivers = {kind.name: _driver(kind, folder) for kind in kinds}
    publishers = {name: driver.channel() for name, driver in drivers.items()}
    publishers["log"] = log_channel(folder)
    clock = HandClock()
    site = Site(desk.db, desk.service, desk.texts, TEMPLATES)
    networks = {kind.name: Network(kind, drivers[kind.name]) for kind in kinds}
    worker = Worker(desk, site, publishers, clock)
    try:
        yield Scene(desk, folder, clock, networks, publishers, worker, patience)
    finally:
        patience.undo()
        for driver in drivers.values():
            driver.stop()


def _driver(kind: Kind, folder: Path) -> NetworkDriver:
    module = import_module(f"tests.publishers.channels.drivers.{kind.name}")
    driver: NetworkDriver = module.Driver(folder / kind.name)
    return driver
