"""`/badge.svg`, a picture of the page's state for other sites, and `/badge.json` for shields.io.

Words, a shape and a colour, so that none of them is needed alone. No font is fetched: the width
is worked out for any sans-serif, and `textLength` makes the words keep to it.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping

from incidents.status import Impact
from incidents.view import Overview
from publishers.documents._base import Document, locale_prefix
from publishers.documents._phrases import N_
from publishers.documents._render import Page, environment

_SAID: Mapping[Impact, str] = {
    Impact.NONE: N_("No problem reported"),
    Impact.MINOR: N_("Minor problems reported"),
    Impact.MAJOR: N_("Serious problems reported"),
    Impact.CRITICAL: N_("Very serious problems reported"),
    Impact.MAINTENANCE: N_("Maintenance in progress"),
}
_TONES: Mapping[Impact, str] = {
    Impact.NONE: "working",
    Impact.MINOR: "slow",
    Impact.MAJOR: "partial",
    Impact.CRITICAL: "down",
    Impact.MAINTENANCE: "work",
}
_SHIELDS: Mapping[Impact, str] = {
    Impact.NONE: "brightgreen",
    Impact.MINOR: "yellow",
    Impact.MAJOR: "orange",
    Impact.CRITICAL: "red",
    Impact.MAINTENANCE: "blue",
}
_LETTER = 11
"""The size of the letters, in pixels."""
_NARROW = frozenset("fijlrtI.,:;'|!()[] ")
_BROAD = frozenset("mwMW@%")


def overview(view: Overview) -> Iterator[Document]:
    """badge.svg and badge.json of every locale."""
    for locale in view.service.locales:
        prefix = locale_prefix(view.service, locale)
        page = Page(view.service, locale, "")
        label = page.words.gettext("Current status")
        message = page.words.gettext(_SAID[view.indicator])
        picture = environment().get_template("badge.svg")
        svg = picture.render(
            label=label,
            message=message,
            tone=_TONES[view.indicator],
            label_width=width(label),
            message_width=width(message),
            locale=locale,
        )
        yield Document(f"{prefix}badge.svg", svg.encode())
        told = {
            "schemaVersion": 1,
            "label": label,
            "message": message,
            "color": _SHIELDS[view.indicator],
        }
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        yield Document(f"{prefix}badge.json", text.encode())


def width(words: str) -> int:
    """How many pixels some words take, roughly; never fewer than they need to be legible."""
    return round(sum(map(_width_of, words)) * _LETTER)


def _width_of(letter: str) -> float:
    """In letter heights, as in a broad sans-serif such as Verdana."""
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in _BROAD:
        return 0.95
    if letter in _NARROW:
        return 0.4
    return 0.72 if letter.isupper() else 0.6
