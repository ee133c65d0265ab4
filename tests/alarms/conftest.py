"""A house with monitors, on each database, and the same where the database does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from incidents.texts import TextLibrary
from tests.alarms._house import Monitored, monitored
from tests.conftest import NOON, ROME, TEMPLATES


@pytest.fixture(autouse=True)
def texts_are_read_once(monkeypatch: pytest.MonkeyPatch, library: TextLibrary) -> None:
    """The shipped texts in the usual languages are the same for every house."""
    load = TextLibrary.load

    def known(templates: Path, locales: Sequence[str], zone: ZoneInfo) -> TextLibrary:
        usual = (templates.resolve(), tuple(locales), zone) == (TEMPLATES, ("it", "en"), ROME)
        return library if usual else load(templates, locales, zone)

    monkeypatch.setattr(TextLibrary, "load", known)


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[Monitored]:
    made = monitored(tmp_path, database_url, NOON)
    yield made
    made.house.close()


@pytest.fixture
def with_settings(tmp_path: Path, sqlite_url: str) -> Iterator[Callable[..., Monitored]]:
    """Makes a house on SQLite with more lines in each monitor's table."""
    made = []

    def make(more: str = "", page: str = "") -> Monitored:
        made.append(monitored(tmp_path, sqlite_url, NOON, more, page))
        return made[-1]

    yield make
    for each in made:
        each.house.close()
