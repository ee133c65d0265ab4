"""`/sitemap.xml` and `/robots.txt`: every page that there is to find, in all its languages.

Sources: sitemaps.org (protocol 0.9), RFC 9309, and Google's rules for `hreflang` in sitemaps.
Listed are the newest hundred entries and their months; older ones are reached by the links from
month to month. A `lastmod` stands only where it is known to be true.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree as ET

from incidents.view import Overview
from publishers.documents._base import Document, page_url
from publishers.documents._items import stamp

MOST = 50_000
"""Addresses that a sitemap may hold. What is more is left out: old entries before all else."""
_NAMES = {
    "xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "xmlns:xhtml": "http://www.w3.org/1999/xhtml",
}


def overview(view: Overview) -> Iterator[Document]:
    """sitemap.xml and robots.txt, once for all locales."""
    root = ET.Element("urlset", _NAMES)
    pages = dict(_pages(view))
    locales = view.service.locales
    for path in list(pages)[: MOST // len(locales)]:
        for locale in locales:
            _add(root, view, locale, path, pages[path])
    ET.indent(root)
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    body: bytes = ET.tostring(root, encoding="utf-8")
    yield Document("sitemap.xml", head + body + b"\n")
    address = page_url(view.service, view.service.default_locale, "sitemap.xml")
    yield Document("robots.txt", f"User-agent: *\nAllow: /\n\nSitemap: {address}\n".encode())


def _pages(view: Overview) -> Iterator[tuple[str, datetime | None]]:
    """Each page's path below its locale's root, and when it last changed, where that is known."""
    everywhere = (*view.active, *view.upcoming, *view.incidents, *view.maintenances, *view.past)
    entries = {entry.id: entry for entry in everywhere}.values()
    newest = sorted(entries, key=lambda entry: entry.started_at, reverse=True)
    zone = view.service.time_zone
    yield "", view.updated_at
    yield "answers/", None
    for component in view.components:
        yield f"components/{component.id}/", None
    if view.latest_month:
        yield f"history/{view.latest_month}/", None
    for entry in newest:
        yield f"history/{entry.started_at.astimezone(zone):%Y-%m}/", None
    for entry in newest:
        yield f"incidents/{entry.id}/", entry.updated_at


def _add(
    root: ET.Element, view: Overview, locale: str, path: str, changed: datetime | None
) -> None:
    service = view.service
    url = ET.SubElement(root, "url")
    ET.SubElement(url, "loc").text = page_url(service, locale, path)
    if changed is not None:
        ET.SubElement(url, "lastmod").text = stamp(service, changed).isoformat()
    languages = {other: page_url(service, other, path) for other in service.locales}
    languages["x-default"] = languages[service.default_locale]
    for language, address in languages.items():
        said = {"rel": "alternate", "hreflang": language, "href": address}
        ET.SubElement(url, "xhtml:link", said)
