"""What every list's carrier is: the `Carrier` interface and its data.

A kind is one file beside this one that defines `class List(Carrier)`. It takes a batch of letters
to where they go, tells of each what became of it, and talks to nothing else: no database, no
sleeping, no trying again by itself, every call with a time-out. The same letter has the same key
each time, so that a letter that is carried twice can be told from two.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from incidents.status import Impact, IncidentKind, PublicationKind, Status
from incidents.view import PublicText
from publishers.channels._base import ChannelBroken, Post, TryLater


@dataclass(frozen=True, slots=True)
class News:
    """What one publication says to all subscribers, frozen as it was published.

    One object is shared by all letters of a round: a carrier may keep what it made of it.
    """

    key: str
    """Unique and stable: the publication's id, or a component change's."""
    entry: str
    """The incident's id: letters about the same one are a thread. "" for a component's change."""
    kind: PublicationKind
    entry_kind: IncidentKind
    first: bool
    """Whether it is the first publication about its entry."""
    status: Status | None
    impact: Impact
    at: datetime
    next_update_by: datetime | None
    names: Mapping[str, str]
    """The incident's name, by locale."""
    statuses: Mapping[str, str]
    """The status in words, by locale: "Stiamo verificando"."""
    texts: Mapping[str, PublicText]
    """Headline, short text and body (Markdown), by locale."""
    reasons: Mapping[str, str]
    """Why it is corrected or withdrawn, by locale."""
    urls: Mapping[str, str]
    """The public address of this very update, by locale."""
    reference: str
    """Short and visible, "#42/3"."""
    automatic: bool = False
    payload: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Statuspage's webhook message, by locale, without `meta.unsubscribe`."""
    expires_at: datetime | None = None
    """When it is too old to be shown."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where one subscriber may go; "" where a letter has no such link."""

    manage: str = ""
    unsubscribe: str = ""
    """Takes a POST without anything more (RFC 8058); a GET shows a page."""
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What one subscriber gets."""

    key: str
    """Unique and stable over every attempt."""
    address: str
    locale: str
    links: Links
    news: News | None = None
    """None for a letter about the subscription itself: `about` says which."""
    about: str = ""
    """One of "confirm", "manage" and "stopped"."""
    subject: str = ""
    """Of a letter about a webhook: its address."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """A browser's `p256dh` and `auth`."""
    subscriber: str = ""
    """Whose it is: the key of their subscription."""


@dataclass(frozen=True, slots=True)
class Taken:
    """It was handed over."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: this letter may go later, to this subscriber."""

    why: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """This letter, never; the subscriber may get others."""

    why: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Nobody is there: nothing more is to be sent to this subscriber."""

    why: str


Outcome = Taken | Later | Refused | Gone


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a batch."""

    outcomes: Sequence[Outcome]
    """One for each letter, in their order."""
    stopped: TryLater | ChannelBroken | None = None
    """Why the whole list has to wait: its server is away, or refuses us. Letters that were not
    even tried are `Later`."""


class Carrier(ABC):
    """Drives one list. Each instance is used by its own `AT_ONCE` threads and by no others."""

    AT_ONCE: ClassVar[int] = 1
    """Batches that may be on their way at a time."""
    KINDS: ClassVar[tuple[PublicationKind, ...]] = tuple(PublicationKind)
    """The publications that it takes."""

    @abstractmethod
    def carry(self, letters: Sequence[Letter]) -> Carried:
        """Hand each of them over. Raises nothing of its own."""

    @abstractmethod
    def preview(self, news: News, locale: str) -> Post:
        """What a subscriber would read, in one locale. Pure."""

    @abstractmethod
    def check(self) -> str:
        """Try the way without sending anything; answers what is there.

        Raises `ChannelBroken` or `TryLater`.
        """

    def close(self) -> None:
        """Let go of connections."""
