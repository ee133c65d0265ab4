"""The channels: what each is, how it stands, what became of its last post; pause, resume, try.

A secret's name is shown, and whether it is set; never a sign of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.wrappers import Response as BaseResponse

from incidents import actions, queries, subscribers
from incidents.errors import ActionError, NotAllowed
from incidents.queries import ChannelLook
from incidents.status import ROLE_RANK, ListMode, PublicationKind, Role
from publishers._kinds import load
from publishers.channels._base import (
    ChannelBroken,
    ChannelOptions,
    Message,
    Publisher,
    TryLater,
)
from publishers.documents._phrases import N_
from publishers.documents._render import Page
from statuspage._at_hand import house
from statuspage._settings_targets import secret_variable
from statuspage.auth import needs, signed_in
from statuspage.carriers import carriers_of
from statuspage.console._board import SAID
from statuspage.console._delivery_words import STOPPED
from statuspage.console._forms import problems_by_field, publish
from statuspage.console._render import render, words
from statuspage.publishing import Work
from statuspage.settings import Settings

_LONGEST_WHY = 500
_NO_LIMIT = 100_000
"""What a person's job says that takes any text."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret's variable in the environment, and whether it is there."""

    variable: str
    is_set: bool
    needed: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """What the pre-flight of a channel found."""

    channel: str
    ok: bool
    says: str


class _Limits:
    """How long a post may be on each channel; asked of its kind once, for that takes time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[str, int | None] = {}

    def __getitem__(self, name: str) -> int | None:
        """Characters as the network counts them; None where there is no limit."""
        if name not in self._known:
            publisher = publisher_of(self._settings, name)
            try:
                limit = publisher.compose(_sample(publisher.options)).limit
            finally:
                publisher.close()
            self._known[name] = limit if limit < _NO_LIMIT else None
        return self._known[name]


def routes(pages: Blueprint, settings: Settings) -> None:
    """The channels' page, and what its buttons do."""
    limits = _Limits(settings)

    @pages.get("/channels")
    @needs(Role.VIEWER)
    def channels() -> Response:
        return _page(limits)

    @pages.post("/channels/<name>/check")
    @needs(Role.AUTHOR)
    def check_channel(name: str) -> Response:
        _must_be_ours(name)
        return _page(limits, tried=_try(house().settings, name))

    @pages.post("/channels/<name>/pause")
    @needs(Role.APPROVER)
    def pause_channel(name: str) -> BaseResponse:
        _must_be_ours(name)
        why = request.form.get("why", "").strip()
        if len(why) > _LONGEST_WHY:
            says = words().gettext(N_("Say it in 500 characters or fewer."))
            return _page(limits, problems={f"why-{name}": [says]}, status=422)
        now, who = house().clock.now(), signed_in().login
        return _set(limits, lambda desk: actions.pause_channel(desk, who, now, name, why), "pause")

    @pages.post("/channels/<name>/resume")
    @needs(Role.APPROVER)
    def resume_channel(name: str) -> BaseResponse:
        _must_be_ours(name)
        now, who = house().clock.now(), signed_in().login
        return _set(limits, lambda desk: actions.resume_channel(desk, who, now, name), "resume")


def _must_be_ours(name: str) -> None:
    if name not in house().settings.channel_names:
        raise PageNotFound


def _set(limits: _Limits, work: Work, do: str) -> BaseResponse:
    try:
        publish(work)
    except ActionError as problem:
        status = 403 if isinstance(problem, NotAllowed) else 409
        return _page(limits, problems=problems_by_field(problem), status=status)
    return redirect(f"/console/channels?said={do}", 303)


def _page(
    limits: _Limits,
    *,
    tried: Tried | None = None,
    problems: Mapping[str, list[str]] | None = None,
    status: int = 200,
) -> Response:
    settings = house().settings
    with house().db.read() as session:
        found = queries.channel_looks(session, settings.channel_names)
        reached = {
            str(mode): subscribers.count_active(session, mode) for mode in settings.lists.modes
        }
    return render(
        "channels.html",
        status,
        channels=found,
        options={each.name: each for each in settings.channels},
        reached=reached,
        limits=limits,
        secrets={each.name: secrets_of(settings, each.name) for each in settings.channels},
        stopped=STOPPED,
        state=state_in_words,
        tried=tried,
        problems=problems or {},
        said=SAID.get(request.args.get("said", ""), ""),
        page=Page(house().service, words().locale, ""),
        may_try=_is(Role.AUTHOR),
        may_set=_is(Role.APPROVER),
    )


def _is(role: Role) -> bool:
    return ROLE_RANK[signed_in().role] >= ROLE_RANK[role]


def state_in_words(look: ChannelLook) -> tuple[str, str]:
    """A channel's tone and phrase."""
    tones = {"on": "working", "paused": "slow", "broken": "down"}
    state = look.row.state if look.row else "on"
    return tones[state], next(said for key, said in STOPPED.items() if key == state)


def secrets_of(settings: Settings, name: str) -> list[Secret]:
    """The secrets that a channel's kind knows, those that it needs first."""
    options = _options_of(settings, name)
    kind = load("publishers.channels", options.kind).Channel
    known = settings.secrets_for(name)
    return [
        Secret(secret_variable(name, secret), secret in known, secret in kind.SECRETS)
        for secret in (*kind.SECRETS, *kind.OPTIONAL_SECRETS)
    ]


def _options_of(settings: Settings, name: str) -> ChannelOptions:
    return next(options for options in settings.channels if options.name == name)


def publisher_of(settings: Settings, name: str) -> Publisher:
    """The one channel's publisher."""
    options = _options_of(settings, name)
    kind: type[Publisher] = load("publishers.channels", options.kind).Channel
    return kind(options, settings.secrets_for(name), settings.data_path)


def _try(settings: Settings, name: str) -> Tried:
    """What `avviso check` does, for one channel."""
    if name in settings.lists.names:
        return _try_list(settings, ListMode(name))
    missing = [
        each.variable for each in secrets_of(settings, name) if each.needed and not each.is_set
    ]
    if missing:
        return Tried(name, ok=False, says=f"not set in the environment: {', '.join(missing)}")
    publisher = publisher_of(settings, name)
    try:
        return Tried(name, ok=True, says=publisher.check())
    except (ChannelBroken, TryLater, OSError) as problem:
        return Tried(name, ok=False, says=str(problem))
    finally:
        publisher.close()


def _try_list(settings: Settings, mode: ListMode) -> Tried:
    missing = settings.lists.missing_secrets()
    if missing:
        says = f"not set in the environment: {', '.join(missing)}"
        return Tried(str(mode), ok=False, says=says)
    carrier = carriers_of(settings, house().service)[mode]()
    try:
        return Tried(str(mode), ok=True, says=carrier.check())
    except (ChannelBroken, TryLater, OSError) as problem:
        return Tried(str(mode), ok=False, says=str(problem))
    finally:
        carrier.close()


def _sample(options: ChannelOptions) -> Message:
    """The shortest message there is: its post tells the limit."""
    return Message(
        key="limit",
        reference="#1/1",
        kind=PublicationKind.UPDATE,
        locale=options.locale,
        status="",
        name="",
        headline="",
        short="",
        body="",
        url="",
        at=house().clock.now(),
        shorts={options.locale: ""},
    )
