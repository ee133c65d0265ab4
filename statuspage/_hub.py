"""Tells a WebSub hub which feeds have news, so that it passes them on at once.

What a publisher says to its hub is not in W3C WebSub; every hub understands PubSubHubbub's
`hub.mode=publish` with one `hub.url` (PubSubHubbub Core 0.3, 7.1). Saying it twice does no harm:
the hub fetches the feed and finds nothing new. So every machine of a page says it, each when its
own targets show the news, and a worker says it of the page's own feeds when it starts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from threading import Lock, Thread
from urllib.parse import urlsplit

import structlog

from incidents import queries
from incidents.db import Database
from incidents.queries import News
from incidents.view import Service
from publishers.channels._http import NETWORK_ERRORS, BoundedSession
from publishers.documents._base import page_url
from publishers.targets._serving import FEEDS
from statuspage import __version__

log = structlog.get_logger()

PAUSES = (5.0, 30.0, 120.0, 600.0)
"""Seconds before each further try; after the last the feeds are left to the next publication."""
_AGAIN = frozenset({408, 425, 429})
"""Refusals that are none for good."""


class Hub:
    """Pings the hub in a thread of its own: one that hangs or fails delays nothing else."""

    def __init__(
        self, db: Database, service: Service, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """`pause` waits so many seconds before what failed is tried again."""
        self._db = db
        self._service = service
        self._pause = pause
        self._host = urlsplit(service.hub).hostname or ""
        self._seen: int | None = None
        self._waiting: dict[str, None] = {}
        self._at_work = False
        self._lock = Lock()

    def __call__(self) -> None:
        """The targets show all that there is: tell the hub what is new since it was last called.

        Returns at once. Raises `SQLAlchemyError` where the database cannot be read; the news is
        then told the next time.
        """
        if not self._service.hub:
            return
        with self._db.read() as session:
            news = queries.news(session, self._seen)
        # After a restart, or after a backup was restored, nobody knows what the hub was told.
        known = self._seen is not None and self._seen <= news.event
        topics = feeds_of(self._service, news) if known else feeds(self._service, "")
        self._seen = news.event
        self._tell(topics)

    def _tell(self, topics: Iterable[str]) -> None:
        with self._lock:
            self._waiting.update(dict.fromkeys(topics))
            if self._waiting and not self._at_work:
                self._at_work = True
                Thread(target=self._work, name="hub", daemon=True).start()

    def _work(self) -> None:
        failures = 0
        while topics := self._take():
            left, fault = self._ping_all(topics)
            failures = failures + 1 if left else 0
            if failures > len(PAUSES):
                log.error("hub_given_up", hub=self._host, why=fault, feeds=len(left))
                failures = 0
            elif left:
                log.warning("hub_failed", hub=self._host, why=fault, feeds=len(left))
                with self._lock:
                    self._waiting.update(dict.fromkeys(left))
                self._pause(PAUSES[failures - 1])
            else:
                log.info("hub_told", hub=self._host, feeds=len(topics))

    def _take(self) -> list[str]:
        """All that waits; the thread ends where nothing does."""
        with self._lock:
            topics = list(self._waiting)
            self._waiting.clear()
            self._at_work = bool(topics)
            return topics

    def _ping_all(self, topics: list[str]) -> tuple[list[str], str]:
        """Those that are to be tried again, the rest unasked where one failed, and why it did."""
        for done, topic in enumerate(topics):
            try:
                fault = self._ping(topic)
            except NETWORK_ERRORS as problem:
                fault = type(problem).__name__
            if fault:
                return topics[done:], fault
        return [], ""

    def _ping(self, topic: str) -> str:
        """What went wrong for now, "" for nothing; a refusal for good is only said."""
        with BoundedSession() as session:
            session.headers["User-Agent"] = f"Avviso/{__version__}"
            said = {"hub.mode": "publish", "hub.url": topic}
            answer = session.post(self._service.hub, data=said, stream=True)
        if answer.status_code >= 500 or answer.status_code in _AGAIN:
            return str(answer.status_code)
        if answer.status_code // 100 != 2:
            log.error("hub_refused", hub=self._host, why=str(answer.status_code), feed=topic)
        return ""


def feeds_of(service: Service, news: News) -> Iterator[str]:
    """The addresses of the feeds that have this news; none where there is none."""
    if news.incidents:
        yield from feeds(service, "")
    for incident_id in sorted(news.incidents):
        yield from feeds(service, f"incidents/{incident_id}/")
    for component_id in sorted(news.components):
        yield from feeds(service, f"components/{component_id}/")


def feeds(service: Service, path: str) -> Iterator[str]:
    """The addresses of the feeds beside one page, in every language and format."""
    for locale in service.locales:
        for name in sorted(FEEDS):
            yield page_url(service, locale, path + name)
