"""What the contract test needs of each kind: its network as a fake, and that network's faults."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from incidents.status import PublicationKind
from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Message,
    Publisher,
    Rejected,
    TryLater,
)
from tests.fakes._service import Answer, Cut, Drip, FakeService, Fault, Garbage, Hang

MESSAGE = Message(
    key="delivery-1",
    reference="#42/3",
    kind=PublicationKind.UPDATE,
    locale="it",
    status="Stiamo verificando",
    name="Portafoglio non disponibile",
    headline="Portafoglio non disponibile: non si possono aggiungere carte e IBAN",
    short="Lunedì 7 dicembre, 21:49. Il Portafoglio dell’app non funziona. Ce ne scusiamo.",
    body="Riceviamo molte più richieste del solito e il Portafoglio non risponde.",
    url="https://stato.example.it/incidents/k3v9/?u=3",
    at=datetime(2020, 12, 7, 20, 49, tzinfo=UTC),
)


def message(**changes: Any) -> Message:
    """A message of a real day, published now, with some fields changed.

    Another short text has another body, too: some kinds say the one, some the other.
    """
    body = changes.get("short", MESSAGE.body)
    return replace(MESSAGE, **{"at": datetime.now(UTC), "body": body, **changes})


@dataclass(frozen=True)
class Fate:
    """What a fault must lead to; `posted` is how many posts the network then holds."""

    error: type[Exception]
    posted: int = 0
    retry_after: timedelta | None = None


FATES: Mapping[str, Fate] = {
    "limited": Fate(TryLater),
    "limited for 300 s": Fate(TryLater, retry_after=timedelta(seconds=300)),
    "unreachable": Fate(TryLater),
    "usage cap": Fate(ChannelBroken),
    "bad credentials": Fate(ChannelBroken),
    "no credit": Fate(ChannelBroken),
    "account forbidden": Fate(ChannelBroken),
    "content refused": Fate(Rejected),
    "duplicate": Fate(MaybeSent),
    "server error": Fate(MaybeSent),
    "server error without words": Fate(MaybeSent),
    "hung": Fate(MaybeSent),
    "redirected": Fate(MaybeSent),
    "dripping": Fate(MaybeSent, posted=1),
    "dripping headers": Fate(MaybeSent, posted=1),
    "cut off": Fate(MaybeSent, posted=1),
    "cut in the middle": Fate(MaybeSent, posted=1),
    "garbage": Fate(MaybeSent, posted=1),
}
"""Faults of a network while it is asked to post, by the contract's names for them."""

SLOW = ("hung", "dripping", "dripping headers")


class Driver(ABC):
    """Works one kind against its fake network. A file beside this one defines `class Driver`."""

    kind: ClassVar[str]
    impossible: ClassVar[Mapping[str, str]] = {}
    """Faults that this kind cannot meet, each with the reason why."""
    threads: ClassVar[bool] = True
    """Whether posts of this kind can reply to each other."""
    may_refuse_replies: ClassVar[bool] = True
    """Whether its network may refuse a reply, or one to a post that is gone."""
    edits: ClassVar[bool] = False
    """Whether a correction edits the post that it speaks of."""
    refuses_wrong_clocks: ClassVar[bool] = False
    """Whether its network takes no request of a machine whose clock is an hour off."""
    reads_back: ClassVar[bool] = True
    """Whether this kind can tell if a post is still there."""
    secrets: Mapping[str, str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secrets = {}
        self.open_channels: list[Publisher] = []

    @property
    @abstractmethod
    def faults(self) -> Mapping[str, Callable[[], None]]:
        """By the contract's name: makes the next request meet that fault; and "reply refused"."""

    @abstractmethod
    def make(self, **options: Any) -> Publisher:
        """A channel on the fake network, with some of its options changed."""

    @property
    @abstractmethod
    def texts(self) -> list[str]:
        """What the network holds by now, oldest first."""

    @property
    @abstractmethod
    def requests(self) -> int:
        """How often the network was asked anything."""

    @abstractmethod
    def remove(self, remote_id: str) -> None:
        """Take a post away behind the channel's back."""

    def channel(self, **options: Any) -> Publisher:
        made = self.make(**options)
        self.open_channels.append(made)
        return made

    def stop(self) -> None:
        """End the fake network."""
        for channel in self.open_channels:
            channel.close()


class NetworkDriver(Driver):
    """A kind that talks to a `FakeService`: the faults of every network come from here."""

    def __init__(self, folder: Path, fake: FakeService) -> None:
        super().__init__(folder)
        self.fake = fake
        self.fake.start()
        self.url = fake.url
        """Where the channel sends its requests."""
        self.secrets = fake.secrets

    def stop(self) -> None:
        super().stop()
        self.fake.stop()

    @property
    def texts(self) -> list[str]:
        return self.fake.texts

    @property
    def requests(self) -> int:
        return len(self.fake.requests)

    @property
    @abstractmethod
    def answers(self) -> Mapping[str, Answer]:
        """This network's own answers, by the contract's names of the faults."""

    @property
    def faults(self) -> Mapping[str, Callable[[], None]]:
        arranged: dict[str, Callable[[], None]] = {
            name: partial(self.meet, fault)
            for name, fault in {**_NETWORK_FAULTS, **self.answers}.items()
        }
        return {**arranged, "unreachable": self._become_unreachable}

    def meet(self, fault: Fault) -> None:
        """Let the next request to post meet a fault."""
        self.fake.faults.append(fault)

    def _become_unreachable(self) -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{sock.getsockname()[1]}"


_NETWORK_FAULTS: Mapping[str, Fault] = {
    "hung": Hang(),
    "dripping": Drip(),
    "dripping headers": Drip(in_headers=True),
    "cut off": Cut(),
    "cut in the middle": Cut(in_the_middle=True),
    "garbage": Garbage(),
}
