"""What every kind of channel is: the `Publisher` interface, its four ways to fail, its data.

A kind is one file beside this one that defines `class Channel(Publisher)`. It talks to its
network and to nothing else: no database, no sleeping, no retrying by itself, every call with a
time-out. Nothing is ever cut to fit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from incidents.status import Certainty, PublicationKind
from publishers.channels._picture import Picture

NETWORK_TIMEOUT = 10.0
"""Seconds that any one call to a network may take, connecting and reading each."""


REACH = ("views", "likes", "reposts", "quotes", "replies", "shares", "reactions", "comments")
"""What a network may count of a post, by the words that operators read."""


class TryLater(Exception):
    """Not now: the network is busy, down or limits us. The same message may go later.

    `retry_after` says how long to wait at least; None leaves it to the back-off.
    """

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Rejected(Exception):
    """This message, never: the network refuses this very content."""


class ChannelBroken(Exception):
    """The account cannot post at all (credentials, credit): stop and tell the operators."""


class MaybeSent(Exception):
    """The request may or may not have been accepted; only looking can tell."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the network answered when it took a post: its id there and where to see it."""

    remote_id: str
    url: str | None = None
    standalone: bool = False
    """Whether it went out without the parent that it should have replied to."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """What a later reply needs and only this kind understands (a cid, a root ...)."""
    without_picture: str = ""
    """Why its picture is not there; "" where it is, and where there was to be none."""


@dataclass(frozen=True, slots=True)
class Message:
    """All that one delivery has to say, in the channel's locale; frozen at publication."""

    key: str
    """Unique and stable for the delivery, over every attempt: the idempotency key."""
    reference: str
    """Short and visible, "#42/3": incident 42, update 3."""
    kind: PublicationKind
    locale: str
    status: str
    """The status in words, localised: "Stiamo verificando"."""
    name: str
    """The incident's name."""
    headline: str
    short: str
    body: str
    url: str
    """The public address of this very update."""
    at: datetime
    """When it was published (aware): frozen, the same for every attempt."""
    parent: Receipt | None = None
    """The latest post of the incident's thread on this channel."""
    root: Receipt | None = None
    """The first post of that thread."""
    target: Receipt | None = None
    """For a correction or retraction: the post that it speaks of."""
    automatic: bool = False
    brief: str = ""
    """A shorter way to say it, for where `short` does not fit; "" where there is none."""
    shorts: Mapping[str, str] = field(default_factory=dict)
    """The short text in each of the page's languages, for a place that speaks all of them."""
    picture: Picture | None = None
    """What goes along as a picture, where the channel wants one."""


@dataclass(frozen=True, slots=True)
class Card:
    """A link as a network shows it below a post."""

    url: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """What is going to be said, exactly; pure, so that the operator sees it before publishing."""

    text: str
    length: int
    """As the network counts."""
    limit: int
    fallback: bool = False
    """The text did not fit: status + incident name + link are said instead."""
    replies: bool = False
    """Whether it goes out as a reply in the incident's thread."""
    edits: bool = False
    """Whether it takes the place of the text of the post that it speaks of."""
    card: Card | None = None
    """The preview of the link that goes with the text, where the kind makes it itself."""
    picture: Picture | None = None
    """What is attached; a picture that cannot be uploaded never holds the words back."""
    notes: tuple[str, ...] = ()
    """The network's own rules that the operator should know of, in plain English."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a sent post found; None where it could not be looked at, which proves nothing.

    Whoever asks without credentials sees what a stranger sees; the account's own eyes see more.
    """

    reader: bool | None = None
    """Whether an anonymous reader sees the post: asked without any credentials."""
    account: bool | None = None
    """Whether the network shows it to the account itself, asked with its credentials."""

    @property
    def visible(self) -> bool | None:
        """What counts: the reader, where one could be asked; a post that is gone is gone."""
        if self.account is False:
            return False
        return self.account if self.reader is None else self.reader


@dataclass(frozen=True, slots=True)
class Found:
    """What the network's own search found of a post; None where it cannot tell."""

    text: bool | None = None
    """Whether a search for words of the post finds it."""
    hashtags: Mapping[str, bool | None] = field(default_factory=dict)
    """By each hashtag that the post carries, whether a search for that finds it."""

    @property
    def misses(self) -> bool:
        """Whether a search surely does not find it, by its words or by one of its hashtags."""
        return self.text is False or False in self.hashtags.values()


class ChannelOptions(BaseModel):
    """What the settings say of a channel; a kind adds its own fields by a subclass."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str
    """What the channel is called here and in its secrets' variables: a-z, 0-9 and `-`."""
    kind: str
    """The network: one of the kinds below."""
    locale: str
    """The language that it speaks, one of the service's."""
    link: bool = True
    """Whether posts carry the address of the update."""
    thread: bool = True
    """Whether an incident's later posts reply to its earlier ones."""
    hashtags: tuple[str, ...] = ()
    """The only hashtags that may be tagged, without "#"."""
    audience: Literal["public", "operators"] = "public"
    """Who reads it. What is `operators`' (a chat of your own) gets no publication, and reminders of
    promises, broken channels and posts that nobody sees."""
    profile: str = ""
    """The account's public address, as in `https://mastodon.example/@comune`: the page that says
    how to get updates leads there."""
    reminders: bool = False
    """Whether reminders of planned work go out here too; they go to the lists in any case."""
    quiet_hours: str = ""
    """Hours of each day in which nothing of low impact goes out here, as in `"22:00-07:00"` (the
    service's time; over midnight where it ends before it begins): it goes when they are over."""
    quiet_below: Literal["minor", "major", "critical"] = "major"
    """What counts as low: impacts below this one, planned work and advance notices. Critical never
    waits."""

    @field_validator("profile")
    @classmethod
    def _public_address(cls, value: str) -> str:
        if value and not value.startswith("https://"):
            raise ValueError("profile should be an https:// address")
        return value


class SearchedOptions(ChannelOptions):
    """The options of a network that has a search, and counts what becomes of a post."""

    search: bool = True
    """Whether the network's search is asked for each post, until it finds it: after a minute, ten
    minutes, an hour and a day."""
    reach: bool = True
    """Whether the network is asked after an hour and after a day how many a post reached."""


class PictureOptions(ChannelOptions):
    """Of a kind that can attach a picture with an alternative text."""

    picture: bool = False
    """Whether a picture of each update goes along: status in words, incident, next update."""


class Publisher(ABC):
    """Drives one configured channel. Made once, used by one thread."""

    Options: ClassVar[type[ChannelOptions]] = ChannelOptions
    NETWORK: ClassVar[str] = ""
    """What its readers call the network; "" leaves it at the kind's name."""
    certainty: ClassVar[Certainty]
    SECRETS: ClassVar[tuple[str, ...]] = ()
    """Names of its secrets; the settings look for AVVISO_<CHANNEL>_<SECRET> in the environment."""
    OPTIONAL_SECRETS: ClassVar[tuple[str, ...]] = ()
    """Those that it can do without: nobody is told that they are missing."""

    def __init__(self, options: ChannelOptions, secrets: Mapping[str, str], data: Path) -> None:
        """`data` is the folder where Avviso keeps its own files."""
        self.options = options
        self.secrets = secrets
        self.data = data

    @abstractmethod
    def compose(self, message: Message) -> Post:
        """What would be said. Pure: no network, the same answer every time."""

    @abstractmethod
    def publish(self, message: Message, post: Post) -> Receipt:
        """Say it. Raises one of the four errors, and nothing else."""

    @abstractmethod
    def find(self, message: Message, post: Post) -> Receipt | None:
        """Look for a post that may have been sent; None proves nothing.

        Raises `TryLater` or `ChannelBroken`. Blind kinds always answer None.
        """

    @abstractmethod
    def look(self, receipt: Receipt) -> Seen:
        """Whether readers see the post; an empty `Seen` where this kind cannot look.

        Raises `TryLater` or `ChannelBroken`.
        """

    def seen(self, receipt: Receipt) -> bool | None:
        """`look` in one word: whether the post can be seen; None where this kind cannot look."""
        return self.look(receipt).visible

    @property
    def searches(self) -> bool:
        """Whether `search` can tell anything, and is wanted."""
        return False

    def search(self, receipt: Receipt, text: str) -> Found:
        """Whether the network's search finds the post of this text, by words and by hashtags.

        Raises `TryLater`, or `ChannelBroken` where the account may not search: neither says
        anything of the post.
        """
        del receipt, text
        return Found()

    @property
    def counts(self) -> bool:
        """Whether `reach` can tell anything, and is wanted."""
        return False

    def reach(self, receipt: Receipt) -> Mapping[str, int]:
        """How many saw the post, answered it, passed it on ...: by a word of `REACH`.

        Empty where it cannot tell. Raises `TryLater`, or `ChannelBroken` where the account may not
        ask.
        """
        del receipt
        return {}

    @abstractmethod
    def check(self) -> str:
        """Try the account without posting; answers who it is ("@comune as comune-x").

        Raises `ChannelBroken` or `TryLater`.
        """

    def close(self) -> None:
        """Let go of connections."""


def fallback_text(message: Message) -> str:
    """What is said where the text does not fit: status + incident name, then the link."""
    return f"{message.status}: {message.name}"
