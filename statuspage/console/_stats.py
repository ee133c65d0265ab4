"""Alike everywhere: what each channel took, the skew over time, and who is left behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flask import Blueprint, Response, request
from markupsafe import Markup

from incidents import queries
from incidents.alike import LEFT_BEHIND, Lag, Times
from incidents.locales import Words
from incidents.queries import Alike, Step
from incidents.status import Role
from publishers.documents._phrases import N_
from publishers.documents._render import Page
from statuspage._at_hand import house
from statuspage.auth import needs
from statuspage.board import accounts_of, personal_channels
from statuspage.console._plots import plot
from statuspage.console._render import render, words
from statuspage.settings import Settings

PERIODS = (7, 30, 90, 365)
"""Days that can be looked at."""
_USUAL = 30
LAGS: Mapping[Lag, tuple[str, str]] = {
    Lag.BROKEN: ("down", N_("its account is broken")),
    Lag.PAUSED: ("slow", N_("it is paused")),
    Lag.FAILED: ("down", N_("it failed there")),
    Lag.UNCONFIRMED: ("slow", N_("nobody knows whether it is there")),
    Lag.WAITING: ("slow", N_("it waits there")),
    Lag.LATE: ("slow", N_("it came late there")),
}
"""A tone (its colour and its shape) and a phrase for the catalogue."""


def routes(pages: Blueprint, _settings: Settings) -> None:
    """The page on how evenly everyone is told."""

    @pages.get("/stats")
    @needs(Role.VIEWER)
    def stats() -> Response:
        asked = request.args.get("days", "")
        days = int(asked) if asked in map(str, PERIODS) else _USUAL
        return _page(days)


def _page(days: int) -> Response:
    service, settings = house().service, house().settings
    now, spoken = house().clock.now(), words()
    accounts, personal = accounts_of(settings), personal_channels(settings)
    with house().db.read() as session:
        found = queries.alike(session, now, service.time_zone, days, accounts, personal)
    return render(
        "stats.html",
        found=found,
        days=days,
        periods=PERIODS,
        lags=LAGS,
        in_seconds=lambda value: in_seconds(spoken, value),
        drawn=_drawn(spoken, found),
        page=Page(service, spoken.locale, ""),
        limit=in_seconds(spoken, LEFT_BEHIND.total_seconds()),
    )


def _drawn(spoken: Words, found: Alike) -> Mapping[str, Markup]:
    """The skew's drawing under "", each channel's under its name."""
    own = {
        each.channel: [step.channels[each.channel] for step in found.steps]
        for each in found.channels
    }
    return {
        name: plot(
            [each.p95 for each in times],
            said_of(spoken, name, found.steps, times),
            LEFT_BEHIND.total_seconds(),
        )
        for name, times in {"": [step.skew for step in found.steps], **own}.items()
    }


def said_of(spoken: Words, name: str, steps: Sequence[Step], times: Iterable[Times]) -> str:
    """As in "p95 of x: at most 12 s, on Monday 7 December 2020"."""
    known = [(each.p95, step.start) for each, step in zip(times, steps, strict=True) if each.number]
    what = name or spoken.gettext("the skew")
    if not known:
        return spoken.gettext("p95 of {what}: nothing to tell").format(what=what)
    most, start = max(known, key=lambda each: each[0] or 0.0)
    day = spoken.date(start.astimezone(spoken.zone).date())
    said = spoken.gettext("p95 of {what}: at most {time}, from {day} on")
    return said.format(what=what, time=in_seconds(spoken, most), day=day)


def in_seconds(spoken: Words, value: float | None) -> str:
    """As in "0,4 s", "12 s", "3 min 5 s", "2 h 10 min", in one piece; "–" where it is not known."""
    if value is None:
        return "–"
    if value < 10:
        return f"{spoken.number(round(value, 1))}\N{NO-BREAK SPACE}s"
    whole = round(value)
    parts = (("h", whole // 3600), ("min", whole // 60 % 60), ("s", whole % 60))
    said = [f"{number}\N{NO-BREAK SPACE}{unit}" for unit, number in parts if number]
    return "\N{NO-BREAK SPACE}".join(said[:2])
