"""What would go out: rehearsed, not guessed. The page's entry per language, each channel's post as
its network counts and shows it, and what the checks find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from incidents import queries
from incidents.actions import Outcome
from incidents.calm import Wait
from incidents.checks import Finding
from incidents.models import Channel, Publication
from incidents.status import ListMode
from publishers.channels._base import Post
from statuspage._at_hand import composers, house
from statuspage.checking import Looked, look
from statuspage.console._post_words import account_of
from statuspage.letters import Preview as Letter
from statuspage.letters import previews
from statuspage.publishing import Work, ids_of


@dataclass(frozen=True, slots=True)
class Shown:
    """One channel's post, or why it gets none."""

    channel: str
    kind: str
    locale: str
    post: Post
    state: str = ""
    """"paused" or "broken"; "" while it is on."""
    why: str = ""
    hashtags: Sequence[str] = ()
    account: str = ""
    """What the settings know of its name there: a handle, a server, who is asked."""
    wait: Wait | None = None
    """Until when it waits although nothing is wrong, and why."""


@dataclass(frozen=True, slots=True)
class Told:
    """One publication: what the page says, and what the channels say."""

    kind: str
    status: str
    name: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]
    posts: tuple[Shown, ...]
    next_update_by: Any = None
    reached: Mapping[str, int] = field(default_factory=dict)
    """By list, how many subscribers get it."""
    letters: Mapping[str, Letter] = field(default_factory=dict)
    """By locale, the e-mail that its readers get; none where there is no such list."""
    waits: Mapping[str, Wait] = field(default_factory=dict)
    """By channel, until when it waits there although nothing is wrong, and why."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an action would do, what it would say, and what the checks find."""

    looked: Looked
    told: tuple[Told, ...]

    @property
    def planned(self) -> Outcome:
        return self.looked.planned

    @property
    def findings(self) -> Sequence[Finding]:
        """What stops first."""
        return self.looked.findings

    @property
    def too_long(self) -> int:
        """How many posts would be name and link instead of the text."""
        return sum(shown.post.fallback for told in self.told for shown in told.posts)

    @property
    def posts(self) -> int:
        """How many posts would go out."""
        return sum(shown.state != "paused" for told in self.told for shown in told.posts)


@dataclass(frozen=True, slots=True)
class Taken:
    """What somebody takes upon themselves, and what they saw."""

    despite: Mapping[str, str] = field(default_factory=dict)
    """By the id of a finding that stops: why it goes out all the same."""
    emergency: str = ""
    """Why it cannot wait for a second person."""
    seen: int | None = None
    """The version of the entry that they saw."""


def taken(typed: Mapping[str, str]) -> Taken:
    """From the fields `despite.<id>`, `emergency` and `version` of a form."""
    reasons = {
        name.removeprefix("despite."): reason.strip()
        for name, reason in typed.items()
        if name.startswith("despite.") and reason.strip()
    }
    version = typed.get("version", "")
    seen = int(version) if version.isdecimal() and len(version) < 10 else None
    return Taken(reasons, typed.get("emergency", "").strip(), seen)


def looked_at(work: Work, token: str, own: Taken) -> Looked:
    """What an action would do, with the ids of the form. Raises what the action raises."""
    return look(
        house(),
        work,
        ids_of(token),
        composers(),
        despite=own.despite,
        emergency=own.emergency,
        seen=own.seen,
    )


def shown(looked: Looked) -> Preview:
    """The same with what the page and every channel say."""
    said = zip(looked.publications, looked.posts, looked.waits, looked.reached, strict=True)
    out = [
        _on_the_page(each, shown_posts(posts, waits), reached, waits)
        for each, posts, waits, reached in said
    ]
    silent = [_on_the_page(publication, ()) for publication in looked.silent]
    return Preview(looked, (*out, *silent))


def shown_posts(
    posts: Mapping[str, Post], waits: Mapping[str, Wait] = MappingProxyType({})
) -> list[Shown]:
    """What is to be known of each channel's post."""
    with house().db.read() as session:
        states = queries.channel_states(session)
    return [_shown(name, post, states, waits.get(name)) for name, post in posts.items()]


def _shown(name: str, post: Post, states: Mapping[str, Channel], wait: Wait | None) -> Shown:
    options, state = composers()[name].options, states.get(name)
    return Shown(
        channel=name,
        kind=options.kind,
        locale=options.locale,
        post=post,
        state=str(state.state) if state else "",
        why=state.why if state else "",
        hashtags=options.hashtags,
        account=account_of(options),
        wait=wait,
    )


def _on_the_page(
    publication: Publication,
    posts: Sequence[Shown],
    reached: Mapping[str, int] = MappingProxyType({}),
    waits: Mapping[str, Wait] = MappingProxyType({}),
) -> Told:
    letters = ListMode.EMAIL in reached
    return Told(
        kind=publication.kind,
        status=publication.status,
        name=publication.name,
        texts=publication.texts,
        posts=tuple(posts),
        next_update_by=publication.next_update_by,
        reached=reached,
        letters=previews(house().desk, publication) if letters else {},
        waits=waits,
    )
