"""Where a request comes from, as far as it is kept: a neighbourhood, and a browser's name."""

from __future__ import annotations

from flask import request

from incidents.access import Visitor
from statuspage._requests import asked_from, neighbourhood

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""A sign in the User-Agent and the name; many claim to be Chrome and Safari, so those are last."""
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def visitor() -> Visitor:
    """Who makes this request."""
    return Visitor(neighbourhood(asked_from()), browser_name(request.headers.get("User-Agent", "")))


def browser_name(agent: str) -> str:
    """As in "Firefox, Linux"; "" where it says nothing that is known."""
    found = [
        next((name for sign, name in table if sign in agent), "") for table in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name)
