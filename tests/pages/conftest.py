"""One browser for the whole folder, and each state served once, when it is first asked for."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import NoReturn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import WSGIApplication

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.pages import states

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


@dataclass(frozen=True)
class Site:
    """One state, served."""

    name: str
    root: Path
    address: str
    """Without a slash at its end."""

    def pages(self) -> list[str]:
        """The address below `address` of every page there is, such as "/en/answers/"."""
        found = (path.relative_to(self.root).parent for path in self.root.rglob("index.html"))
        return sorted("/" if str(place) == "." else f"/{place}/" for place in found)

    def some(self) -> list[str]:
        """Of each kind of page the three longest ones in each locale."""
        by_kind: dict[tuple[str, str], list[str]] = {}
        for path in sorted(self.pages(), key=self._size, reverse=True):
            by_kind.setdefault(_kind_of(path), []).append(path)
        return [path for paths in by_kind.values() for path in paths[:3]]

    def telling(self) -> list[str]:
        """Of each kind of page the longest one in the default locale, and an error page."""
        by_kind: dict[tuple[str, str], str] = {}
        for path in self.some():
            if locale_of(path) == states.DEFAULT:
                by_kind.setdefault(_kind_of(path), path)
        return [*by_kind.values(), "/nothing-here/"]

    def file(self, path: str) -> Path:
        return self.root / path.removeprefix("/") / "index.html"

    def _size(self, path: str) -> int:
        return self.file(path).stat().st_size


def locale_of(path: str) -> str:
    """The locale of a page, by its address."""
    first = path.split("/")[1]
    return first if first in states.LOCALES else states.DEFAULT


def _kind_of(path: str) -> tuple[str, str]:
    """The locale, and the folder below it: as in ("en", "incidents")."""
    locale = locale_of(path)
    folders = path.removeprefix(f"/{locale}").split("/")
    return locale, folders[1]


def missing(what: str) -> NoReturn:
    """Skip for want of something, but not where everything must be."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        missing(f"no browser on PATH ({', '.join(BROWSERS)})")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Site]]:
    """A state by its name, built and served from the first time on that it is asked for."""
    tried: set[str] = set()
    known: dict[str, Site] = {}
    with ExitStack() as stack:

        def find(name: str) -> Site:
            if name not in tried:
                tried.add(name)
                built = states.build(name, tmp_path_factory.mktemp(name))
                known[name] = Site(name, built.root, stack.enter_context(_served(built.app)))
            if name not in known:
                pytest.fail(f"{name} could not be built: the first test that asked for it says why")
            return known[name]

        yield find


def node_module(path: str) -> Path:
    """A file of the packages that `package.json` names."""
    found = HERE / "node_modules" / path
    if not found.exists():
        missing(f"{path} is not there: run `npm ci` in tests/pages")
    return found


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its own name
        """Say nothing."""


@contextmanager
def _served(app: WSGIApplication) -> Iterator[str]:
    with make_server("127.0.0.1", 0, app, _Server, _Quiet) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()
