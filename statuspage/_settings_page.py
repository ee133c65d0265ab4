"""What a body sets about its own page: theme, contacts and staffed hours, checked when read.

Sources: contrast by WCAG 2.2, 1.4.3 and its definitions of contrast ratio and relative luminance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import floor
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from incidents.hours import StaffedHours, parse_spans, place_fault
from incidents.view import Contacts, Theme
from publishers._contrast import contrast
from statuspage._logo import read_logo
from statuspage._settings_file import Fault, Section, ServiceSection, Text, not_ours

LEAST_CONTRAST = 4.5
"""Between links and paper: WCAG 2.2, 1.4.3 (AA)."""

PAPERS: Mapping[str, Mapping[str, str]] = {
    "light": {"paper": "#ffffff", "panel": "#f4f6f8"},
    "dark": {"paper": "#12161b", "panel": "#1a2027"},
}
"""What links stand on: the stylesheet's own colours."""

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_FAMILY = r"(?:\"[A-Za-z][A-Za-z0-9 -]*\"|[A-Za-z][A-Za-z0-9-]*)"
_HUB = re.compile(
    r"(?:https://[A-Za-z0-9.-]+|http://(?:127\.0\.0\.1|localhost))(?::[0-9]+)?"
    r"(?:/[A-Za-z0-9._~/?&=%:+-]*)?"
)
_FONTS = re.compile(rf"(?:{_FAMILY}, ?)*(?:sans-serif|serif|monospace|system-ui)")
_MAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _colour(value: str) -> str:
    if value and not _COLOUR.fullmatch(value):
        raise ValueError(f"{value!r} should be a colour like #0a4a9e")
    return value.lower()


def _readable(paper: str, value: str) -> str:
    value = _colour(value)
    if not value:
        return value
    for place, background in PAPERS[paper].items():
        ratio = contrast(value, background)
        if ratio < LEAST_CONTRAST:
            change = "darker" if paper == "light" else "lighter"
            shown = floor(ratio * 100) / 100  # what is too little must not be rounded to enough
            raise ValueError(
                f"{value} on the {paper} {place} ({background}) has a contrast of {shown}:1; "
                f"links need {LEAST_CONTRAST}:1 to be readable: take a {change} colour"
            )
    return value


def _on_light(value: str) -> str:
    return _readable("light", value)


def _on_dark(value: str) -> str:
    return _readable("dark", value)


def _fonts(value: str) -> str:
    if value and not _FONTS.fullmatch(value):
        raise ValueError(
            'should be a list of local fonts that ends with a generic one, as in "Titillium Web", '
            "sans-serif"
        )
    return value


def _address(value: str) -> str:
    # Nothing of the value is quoted: somebody may have put a password into it.
    if value.startswith("mailto:"):
        if not _MAIL.fullmatch(value.removeprefix("mailto:")):
            raise ValueError("should be like mailto:accessibility@example.org, with no more to it")
        return value
    try:
        parts = urlsplit(value)
        host, port_is_fine = parts.hostname, parts.port != 0
    except ValueError:
        raise ValueError("is no address") from None
    if parts.scheme != "https" or not host or not port_is_fine or " " in value:
        raise ValueError("should be an https:// address, or mailto: and an e-mail address")
    if "@" in parts.netloc:
        raise ValueError("should have no user and no password")
    return value


def _listed(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _spans(value: tuple[str, ...]) -> tuple[str, ...]:
    parse_spans(value)
    return value


def _holidays(value: str) -> str:
    fault = place_fault(value) if value else ""
    if fault:
        raise ValueError(fault)
    return value


def _hub(value: str) -> str:
    # It stands in a header and in other servers' configurations: nothing there may end it.
    if value and not _HUB.fullmatch(value):
        raise ValueError("should be an https:// address, with no user, fragment, quote or blank")
    return value


Addresses = dict[str, Annotated[str, Field(max_length=500), AfterValidator(_address)]]
Spans = Annotated[tuple[Text, ...], BeforeValidator(_listed), AfterValidator(_spans)]


class ThemeSection(Section):
    """How the pages look; what is left out stays as it is."""

    accent: Annotated[str, AfterValidator(_on_light)] = ""
    """The colour of links, as in `#0a4a9e`. Its contrast on light paper is checked: 4.5 to 1."""
    accent_dark: Annotated[str, AfterValidator(_on_dark)] = ""
    """The colour of links where the reader's device is dark; checked likewise."""
    fonts: Annotated[str, AfterValidator(_fonts)] = ""
    """Fonts that readers may have, the best first, as in `"Titillium Web", sans-serif`. None is
    ever fetched."""
    logo: Path | None = None
    """A picture beside the service's name: SVG or PNG, at most 8 KB; relative to the settings
    file. An SVG holds shapes alone: no script, no style, nothing from elsewhere."""


class ContactsSection(Section):
    """What a public body has to name at the foot of its pages; a locale that is missing shows the
    default one's."""

    accessibility: Addresses = Field(default_factory=dict)
    """The accessibility statement: `https://` or `mailto:`."""
    feedback: Addresses = Field(default_factory=dict)
    """Where to report that something cannot be used, or is wrong."""
    privacy: Addresses = Field(default_factory=dict)
    """What becomes of personal data."""
    moderation: Addresses = Field(default_factory=dict)
    """How the body moderates its accounts on the networks."""
    danger: dict[str, Text] = Field(default_factory=dict)
    """Whom to call in danger: a whole sentence, first on the call script and on the home page."""


class HoursSection(Section):
    """When people answer, in the service's zone: `"08:00-20:00"`, or a list of such. A day that is
    left out is closed."""

    monday: Spans = ()
    """One span or a list of them; the day's end is `24:00`."""
    tuesday: Spans = ()
    """Likewise."""
    wednesday: Spans = ()
    """Likewise."""
    thursday: Spans = ()
    """Likewise."""
    friday: Spans = ()
    """Likewise."""
    saturday: Spans = ()
    """Likewise."""
    sunday: Spans = ()
    """Likewise."""
    holidays: Annotated[str, AfterValidator(_holidays)] = ""
    """Whose public holidays are closed: a country (`IT`), or a part of it with its patron's day
    (`IT-RM`), by its ISO 3166-2 code."""
    closed: tuple[date, ...] = ()
    """Other days on which nobody is there, as in `2020-12-24`."""


class FeedsSection(Section):
    """How feed readers learn of news at once instead of asking again and again."""

    hub: Annotated[str, Field(max_length=500), AfterValidator(_hub)] = ""
    """The address of a WebSub hub. The feeds name it, and the worker tells it what changed."""


@dataclass(frozen=True, slots=True)
class PageSettings:
    """What a body set about its page, as documents know it."""

    theme: Theme = field(default_factory=Theme)
    contacts: Contacts = field(default_factory=Contacts)
    hours: StaffedHours | None = None


def read_page(
    theme: ThemeSection,
    contacts: ContactsSection,
    hours: HoursSection,
    service: ServiceSection,
    folder: Path,
) -> tuple[PageSettings, list[Fault]]:
    """The three sections together, and what is wrong with them; `folder` is the file's own."""
    faults = [*_contact_faults(contacts, service), *_hours_faults(hours)]
    logo = None
    if theme.logo:
        try:
            logo = read_logo((folder / theme.logo.expanduser()).resolve())
        except ValueError as fault:
            faults.append(("theme.logo", str(fault)))
    page = PageSettings(
        theme=Theme(theme.accent, theme.accent_dark, theme.fonts, logo),
        contacts=Contacts(**contacts.model_dump()),
        hours=_hours_of(hours, ZoneInfo(service.time_zone)),
    )
    return page, faults


def _contact_faults(section: ContactsSection, service: ServiceSection) -> Iterator[Fault]:
    """The locales that are not the service's, and what the default one has not."""
    for name, texts in section.model_dump().items():
        for locale in texts:
            if locale not in service.locales:
                yield f"contacts.{name}.{locale}", not_ours(locale, service.locales)
        if texts and service.default_locale not in texts:
            default = service.default_locale
            yield f"contacts.{name}", f"has nothing for the default locale ({default})"


def _hours_of(section: HoursSection, zone: ZoneInfo) -> StaffedHours | None:
    week = tuple(parse_spans(getattr(section, day)) for day in _DAYS)
    if not any(week):
        return None
    return StaffedHours(zone, week, section.holidays, tuple(sorted(section.closed)))


def _hours_faults(section: HoursSection) -> Iterator[Fault]:
    """Holidays of a week in which nobody is there anyway."""
    if (section.holidays or section.closed) and not any(getattr(section, day) for day in _DAYS):
        yield "hours", 'names no day on which people answer, as in monday = "08:00-20:00"'
