"""`/status.json`: the state in a few bytes, for the open page and for banners on other sites.

    {
      "version": "5f0c1d2e9a7b3c48",
      "updated_at": "2020-12-08T13:26:00Z",
      "checked_at": "2020-12-08T13:30:00Z",
      "indicator": "critical",
      "title": {"it": "Portafoglio non disponibile", "en": "Wallet unavailable"},
      "url": {"it": "https://stato.example.it/", "en": "https://stato.example.it/en/"},
      "checked": {"it": "14:30 di martedì 8 dicembre 2020", "en": "14:30 on Tuesday ..."},
      "entries": {"crash0000001": "2020-12-08T13:26:00Z"}
    }

`version` changes when the home page says something else than before, and only then: not when it
was merely checked again, and not when a network's post was linked. `title` is the verdict and
`checked` the moment of the last check, both in words; `indicator` is none, minor, major, critical
or maintenance; `entries` says when each open one last changed, so that a page of its own can tell
whether it is still true. Moments are in UTC. Keys may be added.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from incidents.view import HomeView
from publishers.documents._base import Document, page_url
from publishers.documents._characters import harmless
from publishers.documents._render import Page
from publishers.documents._verdict import verdict
from publishers.documents._version import mark, version


def home(view: HomeView) -> Iterator[Document]:
    """`status.json`, once for all locales."""
    service = view.service
    pages = {locale: Page(service, locale, "") for locale in service.locales}
    state = {
        "version": version(view),
        "updated_at": _utc(view.updated_at),
        "checked_at": _utc(view.checked_at),
        "indicator": view.indicator,
        "title": {locale: harmless(verdict(view, page).plain) for locale, page in pages.items()},
        "url": {locale: page_url(service, locale) for locale in pages},
        "checked": {locale: page.words.when(view.checked_at) for locale, page in pages.items()},
        "entries": {entry.id: mark(entry) for entry in (*view.active, *view.upcoming)},
    }
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    yield Document("status.json", text.encode())


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
