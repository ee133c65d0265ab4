"""What the contract test needs of each kind: its network as a fake, and that network's faults."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
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
    """A message of a real day, published now, with some fields changed."""
    return replace(MESSAGE, **{"at": datetime.now(UTC), **changes})


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
    may_refuse_replies: ClassVar[bool] = True
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
