"""Feeds of everything published: RSS 2.0, Atom 1.0 (RFC 4287) and JSON Feed 1.1, per language.

The same view gives the same bytes, so that readers and caches see news only when there is some.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.utils import format_datetime

import feedgen.entry
import feedgen.feed

from incidents.view import Overview
from publishers.documents._base import Document, locale_prefix, page_url
from publishers.documents._characters import harmless
from publishers.documents._items import Item, items, stable_id, stamp
from publishers.documents._render import Page

# feedgen writes RFC 2822 dates under a process-wide setlocale, which other threads would feel.
feedgen.entry.formatRFC2822 = format_datetime
feedgen.feed.formatRFC2822 = format_datetime

_MEDIA_TYPES = {
    "feed.rss": "application/rss+xml",
    "feed.atom": "application/atom+xml",
    "feed.json": "application/feed+json",
}


def overview(view: Overview) -> Iterator[Document]:
    """feed.rss, feed.atom and feed.json of every locale, one item per publication."""
    for locale in view.service.locales:
        said = items(view, locale)
        entries = [_entry(item) for item in said]
        prefix = locale_prefix(view.service, locale)
        yield Document(f"{prefix}feed.rss", _feed(view, locale, entries, "feed.rss").rss_str())
        yield Document(f"{prefix}feed.atom", _feed(view, locale, entries, "feed.atom").atom_str())
        yield Document(f"{prefix}feed.json", _json_feed(view, locale, said))


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
    view: Overview, locale: str, entries: Sequence[feedgen.entry.FeedEntry], name: str
) -> feedgen.feed.FeedGenerator:
    feed = feedgen.feed.FeedGenerator()
    feed.id(stable_id(view.service, "feed", locale))
    feed.title(_title(view, locale))
    feed.description(_description(view, locale))
    feed.language(locale)
    feed.author(name=_service_name(view, locale), uri=page_url(view.service, locale))
    feed.generator("Avviso")
    feed.docs("https://www.rssboard.org/rss-specification")
    feed.updated(_updated(view))
    own = page_url(view.service, locale, name)
    feed.link(href=own, rel="self", type=_MEDIA_TYPES[name])
    # The last link is the one that RSS shows.
    feed.link(href=page_url(view.service, locale), rel="alternate", type="text/html")
    for entry in entries:
        feed.add_entry(entry, order="append")
    return feed


def _json_feed(view: Overview, locale: str, said: Sequence[Item]) -> bytes:
    """As https://www.jsonfeed.org/version/1.1/ has it."""
    home = page_url(view.service, locale)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(view, locale),
        "home_page_url": home,
        "feed_url": page_url(view.service, locale, "feed.json"),
        "description": _description(view, locale),
        "authors": [{"name": _service_name(view, locale), "url": home}],
        "language": locale,
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


def _updated(view: Overview) -> datetime:
    newest = (publication.at for publication in view.publications)
    return stamp(view.service, max(newest, default=view.updated_at))


def _service_name(view: Overview, locale: str) -> str:
    page = Page(view.service, locale, "")
    return harmless(page.plain(view.service.name)) or page.words.gettext("Unnamed")


def _title(view: Overview, locale: str) -> str:
    words = Page(view.service, locale, "").words
    return words.gettext("Updates on {service}").format(service=_service_name(view, locale))


def _description(view: Overview, locale: str) -> str:
    words = Page(view.service, locale, "").words
    said = words.gettext("Every update on {service}, newest first.")
    return said.format(service=_service_name(view, locale))
