"""Set-up: what the database holds is edited here; what the settings file holds is shown, with the
line to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response

from incidents import queries
from incidents.alarms import Alarm
from incidents.hours import Span
from incidents.status import ROLE_RANK, Role
from publishers._contrast import contrast
from statuspage._at_hand import house
from statuspage._settings_alarms import AlarmSettings
from statuspage._settings_page import PAPERS
from statuspage.auth import needs, signed_in
from statuspage.console import _set_up_components, _set_up_people, _set_up_tokens
from statuspage.console._render import render, words
from statuspage.settings import Settings

DAYS_SHOWN = 14
NEWEST_ALARMS = 20


@dataclass(frozen=True, slots=True)
class Day:
    """The staffed hours of one day to come."""

    day: date
    spans: tuple[Span, ...]
    holiday: str
    """Its name, in the reader's language where that is known; "" on other days."""
    closed: bool
    """Whether the settings close it by its date."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """How well links can be read on one of the page's own colours."""

    paper: str
    colour: str
    ratio: float


@dataclass(frozen=True, slots=True)
class Source:
    """A source of alarms as it is set, and what it said of late."""

    settings: AlarmSettings
    address: str
    unknown: tuple[str, ...]
    """Components that the settings name and that are not there."""
    newest: Sequence[Alarm]


def routes(pages: Blueprint, settings: Settings) -> None:
    """The overview, what is shown, and the parts that are edited."""
    _set_up_components.routes(pages, settings)
    _set_up_people.routes(pages, settings)
    _set_up_tokens.routes(pages, settings)

    @pages.get("/set-up")
    @needs(Role.VIEWER)
    def set_up() -> Response:
        admin = ROLE_RANK[signed_in().role] >= ROLE_RANK[Role.ADMIN]
        return render("set_up.html", settings=settings, admin=admin)

    @pages.get("/set-up/hours")
    @needs(Role.VIEWER)
    def set_up_hours() -> Response:
        now = house().clock.now()
        hours = settings.page.hours
        standing = hours.as_of(now, settings.service.locales) if hours else None
        return render("set_up_hours.html", settings=settings, days=_days(settings), at=standing)

    @pages.get("/set-up/theme")
    @needs(Role.VIEWER)
    def set_up_theme() -> Response:
        return render("set_up_theme.html", settings=settings, contrasts=_contrasts(settings))

    @pages.get("/set-up/alarms")
    @needs(Role.VIEWER)
    def set_up_alarms() -> Response:
        return render("set_up_alarms.html", settings=settings, sources=_sources(settings))


def _days(settings: Settings) -> list[Day]:
    """The days to come, from today in the service's zone on."""
    hours = settings.page.hours
    if hours is None:
        return []
    today = house().clock.now().astimezone(hours.zone).date()
    locale = words().locale
    days = (today + timedelta(days=ahead) for ahead in range(DAYS_SHOWN))
    return [
        Day(
            day=day,
            spans=hours.spans_on(day),
            holiday=next(iter(hours.holiday_on(day, [locale]).values()), ""),
            closed=day in hours.closed,
        )
        for day in days
    ]


def _contrasts(settings: Settings) -> list[Contrast]:
    """The theme's own colours on what they stand on."""
    theme = settings.page.theme
    chosen = {"light": theme.accent, "dark": theme.accent_dark}
    return [
        Contrast(f"{paper} {place}", colour, contrast(colour, background))
        for paper, colour in chosen.items()
        if colour
        for place, background in PAPERS[paper].items()
    ]


def _sources(settings: Settings) -> list[Source]:
    with house().db.read() as session:
        known = {row.key for row in queries.components(session)}
        newest = {
            source.name: queries.alarms_of(session, source.name, NEWEST_ALARMS)
            for source in settings.alarms
        }
    return [
        Source(
            settings=source,
            address=f"{settings.service.url}/alarms/{source.name}",
            unknown=tuple(sorted(set(source.section.components.values()) - known)),
            newest=newest[source.name],
        )
        for source in settings.alarms
    ]
