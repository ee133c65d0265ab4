"""The application on a port of this machine, and real browsers that are signed in to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext
from werkzeug.serving import BaseWSGIServer, make_server

from incidents import access
from incidents.status import Role
from tests.console.conftest import LOGINS, Place

HOST = "127.0.0.1"


@dataclass
class Served:
    """A place, and where it is to be had."""

    place: Place
    url: str

    def context(self, browser: Browser, role: Role = Role.AUTHOR, **options: Any) -> BrowserContext:
        """A browser of somebody with a role, signed in."""
        here = access.Visitor("127.0.0.0/24", "Chromium, Linux")
        desk, now = self.place.house.desk, self.place.clock.now()
        entered = access.enter(desk, now, LOGINS[role], here, "password", None)
        context = browser.new_context(**{"base_url": self.url, "locale": "it-IT", **options})
        context.add_cookies([{"name": "avviso", "value": entered.token, "url": self.url}])
        return context


@contextmanager
def listening() -> Iterator[BaseWSGIServer]:
    """A server without an application yet, so that its port is known."""
    server = make_server(HOST, 0, lambda _environ, _start: [], threaded=True)
    try:
        yield server
    finally:
        server.server_close()


@contextmanager
def serving(server: BaseWSGIServer, place: Place) -> Iterator[Served]:
    """The place's application on that port."""
    server.app = place.app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Served(place, f"http://{HOST}:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
