"""One browser for the whole folder, and each state served once, when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests._browser import chromium, missing
from tests._served import served
from tests.pages import states

HERE = Path(__file__).parent


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


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


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
                address = f"http://127.0.0.1:{stack.enter_context(served(built.app))}"
                known[name] = Site(name, built.root, address)
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
