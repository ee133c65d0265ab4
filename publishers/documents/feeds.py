"""Feeds: RSS 2.0, Atom 1.0 (RFC 4287) and JSON Feed 1.1, per language, an item per publication.

One of the whole page, one per component, and one per incident while it is followed: the same items
with the same ids in each. The same view gives the same bytes, so that readers and caches see news
only when there is some. Where a WebSub hub is set, each names it (W3C WebSub, 4: discovery).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

import feedgen.entry
import feedgen.feed
from feedgen.ext.base import BaseExtension

from incidents.view import (
    ComponentView,
    IncidentView,
    Localized,
    Overview,
    PublicPublication,
    Service,
)
from publishers.documents._base import Document, locale_prefix, page_url
from publishers.documents._characters import harmless
from publishers.documents._items import Item, items, stable_id, stamp
from publishers.documents._render import Page

# feedgen writes RFC 2822 dates under a process-wide setlocale, which other threads would feel.
feedgen.entry.formatRFC2822 = format_datetime
feedgen.feed.formatRFC2822 = format_datetime

MEDIA_TYPES = {
    "feed.rss": "application/rss+xml",
    "feed.atom": "application/atom+xml",
    "feed.json": "application/feed+json",
}
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"


@dataclass(frozen=True, slots=True)
class _Source:
    """What a feed is of, in one language."""

    service: Service
    locale: str
    publications: Sequence[PublicPublication]
    updated_at: datetime
    """When it last changed, where there is no publication to tell it."""
    name: Localized | None = None
    """The component's or incident's; None for the whole page."""
    of: tuple[str, ...] = field(default=())
    """As in ("incidents", "abc"): where its page is, and what its id is made of."""

    @property
    def path(self) -> str:
        """Of its page, below the locale's root."""
        return "".join(f"{part}/" for part in self.of)

    @property
    def page(self) -> Page:
        return Page(self.service, self.locale, self.path)

    def address(self, name: str = "") -> str:
        """The absolute address of its page, or of a document beside it."""
        return page_url(self.service, self.locale, self.path + name)


class _Hub(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """Names the hub in RSS, where feedgen writes no other link of Atom's than "self"."""

    address = ""

    def extend_rss(self, feed: Any) -> Any:
        """An <atom:link rel="hub"> in the channel."""
        channel = feed.find("channel")
        link = channel.makeelement(_ATOM_LINK, {"href": self.address, "rel": "hub"})
        channel.find(_ATOM_LINK).addnext(link)
        return feed


def overview(view: Overview) -> Iterator[Document]:
    """feed.rss, feed.atom and feed.json of every locale."""
    for locale in view.service.locales:
        yield from _feeds(_Source(view.service, locale, view.publications, view.updated_at))


def component(
    service: Service, component_id: str, view: ComponentView | None
) -> Iterator[Document]:
    """The three of one component, beside its page."""
    of = ("components", component_id)
    if view is None:
        yield from _removed(service, of)
        return
    shown = view.component
    for locale in service.locales:
        at = shown.updated_at
        yield from _feeds(_Source(service, locale, view.publications, at, shown.name, of))


def incident(service: Service, incident_id: str, view: IncidentView | None) -> Iterator[Document]:
    """The three of one incident, beside its page, while it is followed."""
    of = ("incidents", incident_id)
    if view is None or not view.followed:
        yield from _removed(service, of)
        return
    shown = view.incident
    for locale in service.locales:
        at = shown.updated_at
        yield from _feeds(_Source(service, locale, view.publications, at, shown.name, of))


def _removed(service: Service, of: tuple[str, ...]) -> Iterator[Document]:
    for locale in service.locales:
        for name in MEDIA_TYPES:
            yield Document(locale_prefix(service, locale) + "/".join((*of, name)), None)


def _feeds(source: _Source) -> Iterator[Document]:
    said = items(source.service, source.publications, source.locale)
    entries = [_entry(item) for item in said]
    folder = locale_prefix(source.service, source.locale) + source.path
    yield Document(f"{folder}feed.rss", _feed(source, entries, "feed.rss").rss_str())
    yield Document(f"{folder}feed.atom", _feed(source, entries, "feed.atom").atom_str())
    yield Document(f"{folder}feed.json", _json_feed(source, said))


def _entry(item: Item) -> feedgen.entry.FeedEntry:
    entry = feedgen.entry.FeedEntry()
    entry.id(item.id)
    entry.title(item.title)
    entry.link(href=item.url, rel="alternate", type="text/html")
    entry.content(item.html, type="html")
    entry.category(term=item.status, label=item.status_words)
    entry.published(item.at)
    entry.updated(item.at)
    return entry


def _feed(
    source: _Source, entries: Sequence[feedgen.entry.FeedEntry], name: str
) -> feedgen.feed.FeedGenerator:
    feed = feedgen.feed.FeedGenerator()
    feed.id(stable_id(source.service, "feed", *source.of, source.locale))
    feed.title(_title(source))
    feed.description(_description(source))
    feed.language(source.locale)
    feed.author(name=_service_name(source), uri=page_url(source.service, source.locale))
    feed.generator("Avviso")
    feed.docs("https://www.rssboard.org/rss-specification")
    feed.updated(_updated(source))
    feed.link(href=source.address(name), rel="self", type=MEDIA_TYPES[name])
    if source.service.hub:
        feed.link(href=source.service.hub, rel="hub")
        feed.register_extension("hub", _Hub, atom=False)
        feed.hub.address = source.service.hub
    # The last link is the one that RSS shows.
    feed.link(href=source.address(), rel="alternate", type="text/html")
    for entry in entries:
        feed.add_entry(entry, order="append")
    return feed


def _json_feed(source: _Source, said: Sequence[Item]) -> bytes:
    """As https://www.jsonfeed.org/version/1.1/ has it."""
    home = page_url(source.service, source.locale)
    hub = source.service.hub
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(source),
        "home_page_url": source.address(),
        "feed_url": source.address("feed.json"),
        "description": _description(source),
        "authors": [{"name": _service_name(source), "url": home}],
        "language": source.locale,
        **({"hubs": [{"type": "WebSub", "url": hub}]} if hub else {}),
        "items": [_json_item(item) for item in said],
    }
    return json.dumps(feed, ensure_ascii=False, separators=(",", ":")).encode()


def _json_item(item: Item) -> dict[str, object]:
    return {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "content_html": item.html,
        "date_published": item.at.isoformat(),
        "date_modified": item.at.isoformat(),
        "tags": [item.status_words],
        "language": item.language,
    }


def _updated(source: _Source) -> datetime:
    newest = (publication.at for publication in source.publications)
    return stamp(source.service, max(newest, default=source.updated_at))


def _service_name(source: _Source) -> str:
    return _name(source.page, source.service.name)


def _name(page: Page, texts: Localized) -> str:
    return harmless(page.plain(texts)) or page.words.gettext("Unnamed")


def _title(source: _Source) -> str:
    """As in "Updates on App IO", or "Wallet · Updates on App IO"."""
    said = source.page.words.gettext("Updates on {service}").format(service=_service_name(source))
    return said if source.name is None else f"{_name(source.page, source.name)} · {said}"


def _description(source: _Source) -> str:
    said = source.page.words.gettext("Every update on {service}, newest first.")
    told = said.format(service=_service_name(source))
    return told if source.name is None else f"{_name(source.page, source.name)}. {told}"
