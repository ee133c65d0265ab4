"""The service that the page reports on, and texts by locale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

Localized = Mapping[str, str]
"""One text per locale, e.g. {"it": "Portafoglio", "en": "Wallet"}; a locale may be missing."""


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


def choose(texts: Mapping[str, object], locale: str, default: str) -> str | None:
    """The locale to show a text in: the one asked for, else the default, else any there is."""
    for candidate in (locale, default):
        if texts.get(candidate):
            return candidate
    return next((key for key, value in texts.items() if value), None)
