"""How a document is to be served, whoever serves it: the edge, nginx, an object store.

Sources: RFC 9110 and 9111; the `Cache-Control` values are the design's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".svg": "image/svg+xml",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
POLLED = frozenset({"status.json", "heartbeat.json"})
"""Documents that must never come out of a cache unasked."""
FRESH = "public, max-age=5, stale-if-error=86400"
ALWAYS_ASK = "no-cache"
FEEDS = frozenset({"feed.rss", "feed.atom", "feed.json"})
"""What a WebSub hub passes on, by name."""
_FOR_OTHER_SITES = frozenset({".json", ".rss", ".atom", ".xml", ".csv", ".ics", ".svg"})


@dataclass(frozen=True, slots=True)
class WebSub:
    """Who passes the feeds on, and where they are."""

    hub: str
    """The hub's address; "" for none."""
    url: str
    """Where the page lives, without a slash at its end."""

    def link(self, path: str) -> str | None:
        """The Link header of a feed (W3C WebSub, 4); None where there is none to send."""
        if not self.hub or PurePosixPath(path).name not in FEEDS:
            return None
        return f'<{self.hub}>; rel="hub", <{self.url}/{path}>; rel="self"'


def media_type(path: str) -> str:
    """The Content-Type of a document, by its path."""
    place = PurePosixPath(path)
    if place.name == "feed.json":
        return "application/feed+json"
    return MEDIA_TYPES.get(place.suffix, "application/octet-stream")


def freshness(path: str) -> str:
    """The Cache-Control of a document, by its path."""
    return ALWAYS_ASK if path in POLLED else FRESH


def for_other_sites(path: str) -> bool:
    """Whether scripts of other sites may read the document, and their pages show it."""
    return PurePosixPath(path).suffix in _FOR_OTHER_SITES


def embedded(path: str) -> bool:
    """Whether pages of other sites may show the document in a frame."""
    return PurePosixPath(path).parent.name == "embed"
