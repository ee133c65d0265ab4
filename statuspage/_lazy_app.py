"""The Flask app behind the documents: built when asked for, kept from crowding them out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from threading import BoundedSemaphore, Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from publishers.documents._style import style_hash
from publishers.targets._serving import WebSub
from statuspage.clock import Clock
from statuspage.edge import Documents, Edge, unavailable
from statuspage.logs import configure_logs
from statuspage.settings import Settings

log = logging.getLogger(__name__)


def edge_of(settings: Settings, at_once: int = 8, clock: Clock | None = None) -> Edge:
    """The whole WSGI application: documents, and the Flask app behind them, which takes so many
    requests at a time, and goes by a clock."""

    def build() -> WSGIApplication:
        # Only when first asked for, so that documents are served even if this cannot be imported.
        from statuspage.app import create_app

        return create_app(settings, clock)

    configure_logs(settings.secret_values())
    style = style_hash(settings.page.theme)
    websub = WebSub(settings.hub, settings.service.url)
    documents = Documents(settings.documents_path, style, settings.web.memory_bytes, websub)
    return Edge(documents, LazyApp(build, at_once))


class LazyApp:
    """A WSGI application that is built when first asked, and that may fail to be.

    While it fails, its own addresses answer 503 and nothing else suffers; it is tried again
    after `RETRY_AFTER` seconds of `clock`. At most `at_once` requests are in it at a time: more
    are answered 503 at once, so that those that are slow leave threads for documents.
    """

    RETRY_AFTER = 5.0

    def __init__(
        self,
        build: Callable[[], WSGIApplication],
        at_once: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._build = build
        self._clock = clock
        self._lock = Lock()
        self._room = BoundedSemaphore(at_once)
        self._app: WSGIApplication | None = None
        self._not_before: float | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._room.acquire(blocking=False):
            return self._unavailable(environ, start_response)
        try:
            app = self._app or self._built()
            if app is None:
                return self._unavailable(environ, start_response)
            return app(environ, start_response)
        finally:
            self._room.release()

    def _unavailable(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        answer = unavailable(environ["REQUEST_METHOD"], self.RETRY_AFTER)
        start_response(answer.status, answer.headers)
        return [answer.body]

    def _built(self) -> WSGIApplication | None:
        with self._lock:
            resting = self._not_before is not None and self._clock() < self._not_before
            if self._app is None and not resting:
                try:
                    self._app = self._build()
                except Exception:
                    log.exception("the application cannot be built; documents are served on")
                    self._not_before = self._clock() + self.RETRY_AFTER
            return self._app
