"""Every entry there ever was, for spreadsheets and programs: `incidents.csv`, `incidents.json`.

Their columns and keys are a promise: new ones may be added at the end, none is renamed or removed.
Read and rendered when a minute is over, and never while somebody waits for a publication.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import datetime
from io import StringIO

from incidents.view import Archive, ArchivedEntry, Localized, Service
from publishers.documents._base import Document, page_url
from publishers.documents._characters import harmless

_BEFORE_NAMES = ("number", "id", "kind")
_AFTER_NAMES = (
    "status",
    "impact",
    "started_at",
    "first_notice_minutes",
    "resolved_at",
    "cancelled_at",
    "duration_minutes",
    "components",
    "url",
)
_FORMULA = re.compile(r"(^|[;\r\n])(\s*[=+\-@]|[\t\r])")
"""Where a spreadsheet begins a cell, and what it takes for a formula there. Where a comma stands
before decimals it parts lines at ";", quoted or not."""


def archive(view: Archive) -> Iterator[Document]:
    """Both, once for all locales, the newest entry first."""
    yield Document("incidents.csv", _csv(view))
    yield Document("incidents.json", _json(view))


def _csv(view: Archive) -> bytes:
    """RFC 4180, with a header, in UTF-8 with a byte order mark: without it spreadsheets take every
    accent for something else."""
    service = view.service
    names = [f"name_{locale}" for locale in service.locales]
    written = StringIO()
    rows = csv.writer(written)
    rows.writerow([*_BEFORE_NAMES, *names, *_AFTER_NAMES])
    rows.writerows(_row(service, entry) for entry in view.entries)
    return written.getvalue().encode("utf-8-sig")


def _row(service: Service, entry: ArchivedEntry) -> list[object]:
    default = service.default_locale
    components = (_plain(name, default, default) for name in entry.components)
    return [
        entry.number,
        entry.id,
        entry.kind,
        *(cell(_plain(entry.name, locale, "")) for locale in service.locales),
        entry.status,
        entry.impact,
        _time(service, entry.started_at),
        entry.first_notice_after,
        _time(service, entry.resolved_at),
        _time(service, entry.cancelled_at),
        entry.minutes,
        cell("; ".join(components)),
        _url(service, entry),
    ]


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return _FORMULA.sub(r"\1'\2", text)


def _json(view: Archive) -> bytes:
    service = view.service
    entries = [
        {
            "number": entry.number,
            "id": entry.id,
            "kind": entry.kind,
            "name": _texts(entry.name),
            "status": entry.status,
            "impact": entry.impact,
            "started_at": _time(service, entry.started_at),
            "first_notice_minutes": entry.first_notice_after,
            "resolved_at": _time(service, entry.resolved_at),
            "cancelled_at": _time(service, entry.cancelled_at),
            "duration_minutes": entry.minutes,
            "components": [_texts(name) for name in entry.components],
            "url": _url(service, entry),
        }
        for entry in view.entries
    ]
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()


def _texts(texts: Localized) -> dict[str, str]:
    return {locale: harmless(text) for locale, text in texts.items()}


def _plain(texts: Localized, locale: str, default: str) -> str:
    """A text in a locale, or in the default one; "" where there is none."""
    return harmless(texts.get(locale) or texts.get(default) or "")


def _time(service: Service, moment: datetime | None) -> str | None:
    """By the service's clocks, with the offset: "2020-12-08T14:30:00+01:00"."""
    if moment is None:
        return None
    return moment.astimezone(service.time_zone).isoformat(timespec="seconds")


def _url(service: Service, entry: ArchivedEntry) -> str:
    return page_url(service, service.default_locale, f"incidents/{entry.id}/")
