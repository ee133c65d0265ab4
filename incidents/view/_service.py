"""The service that the page reports on, and texts by locale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from incidents.hours import StaffedHours
from incidents.status import ListMode

Localized = Mapping[str, str]
"""One text per locale, e.g. {"it": "Portafoglio", "en": "Wallet"}; a locale may be missing."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A small picture that stands beside the service's name; it was checked when it was set."""

    name: str
    """The document's: "logo.svg" or "logo.png"."""
    body: bytes
    width: int
    height: int
    """Both in pixels; only their proportion matters."""


@dataclass(frozen=True, slots=True)
class Theme:
    """What a body changes of the pages' looks; "" and None leave Avviso's own."""

    accent: str = ""
    """The colour of links on light paper, as in "#0a4a9e"."""
    accent_dark: str = ""
    """The same on dark paper."""
    fonts: str = ""
    """A list of local fonts, as CSS takes it."""
    logo: Logo | None = None


@dataclass(frozen=True, slots=True)
class Contacts:
    """What a public body must name: addresses (https or mailto) and one sentence, by locale."""

    accessibility: Localized = field(default_factory=dict)
    """Its accessibility statement."""
    feedback: Localized = field(default_factory=dict)
    """Where to report what is not accessible, or wrong, on these pages."""
    privacy: Localized = field(default_factory=dict)
    moderation: Localized = field(default_factory=dict)
    """How the body moderates its accounts on the networks."""
    danger: Localized = field(default_factory=dict)
    """Whom to call when somebody is in danger: a whole sentence."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where the public finds one of the service's accounts."""

    network: str
    """What readers call the network."""
    url: str


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is promised of subscribers' data; the clock keeps it."""

    processors: tuple[str, ...] = ()
    """Who sees data on its way, beside browsers' push services."""
    responsible: str = ""
    unconfirmed_hours: int = 48
    unsubscribed_days: int = 7
    quarantined_days: int = 90
    link_hours: int = 24


@dataclass(frozen=True, slots=True)
class Lists:
    """How people can be told of what is published, beside feeds and calendars."""

    modes: tuple[ListMode, ...] = ()
    """The lists that there are."""
    push_key: str = ""
    """The key that browsers ask for (RFC 8292): 65 bytes in base64url; "" without that list."""
    push_services: tuple[str, ...] = ()
    """Hosts of the browsers' push services that are trusted with messages."""
    accounts: tuple[Account, ...] = ()
    privacy: Privacy = Privacy()


@dataclass(frozen=True, slots=True)
class Service:
    """The service that the page reports on, from the settings."""

    id: str
    """12 lower-case letters and digits; Statuspage's page id."""
    name: Localized
    url: str
    """Where the page lives, without a slash at its end."""
    time_zone: ZoneInfo
    locales: tuple[str, ...]
    default_locale: str
    theme: Theme = Theme()
    contacts: Contacts = field(default_factory=Contacts)
    hours: StaffedHours | None = None
    """When people answer; None where nothing is said of it."""
    hub: str = ""
    """The WebSub hub that passes the feeds on; "" for none."""
    lists: Lists = Lists()


def choose(texts: Mapping[str, object], locale: str, default: str) -> str | None:
    """The locale to show a text in: the one asked for, else the default, else any there is."""
    for candidate in (locale, default):
        if texts.get(candidate):
            return candidate
    return next((key for key, value in texts.items() if value), None)
