"""A folder that is set up, with people and components, on each database."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog

from incidents.texts import TextLibrary
from tests.conftest import ROME, TEMPLATES
from tests.statuspage.cli._avviso import SETTINGS, Avviso


@pytest.fixture(autouse=True)
def texts_are_read_once(monkeypatch: pytest.MonkeyPatch, library: TextLibrary) -> None:
    """The shipped texts in the usual languages are the same for every command."""
    load = TextLibrary.load

    def known(templates: Path, locales: Sequence[str], zone: ZoneInfo) -> TextLibrary:
        usual = (templates.resolve(), tuple(locales), zone) == (TEMPLATES, ("it", "en"), ROME)
        return library if usual else load(templates, locales, zone)

    monkeypatch.setattr(TextLibrary, "load", known)


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AVVISO_SETTINGS", "AVVISO_OPERATOR", "AVVISO_DATABASE_URL", "DATA", "PORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def logs_are_put_back() -> Iterator[None]:
    """A command configures the logs of its whole process, which here is everybody's."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def set_up(folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Avviso:
    monkeypatch.chdir(folder)
    (folder / "avviso.toml").write_text(SETTINGS, encoding="utf-8")
    if url.startswith("sqlite"):
        (folder / "data").mkdir()
        (folder / "avviso.db").rename(folder / "data" / "avviso.db")
        url = f"sqlite:///{folder / 'data' / 'avviso.db'}"
    avviso = Avviso(folder, url, {"AVVISO_OPERATOR": "ada"})
    avviso.done("init", "--operator", "ada", "--name", "Ada")
    avviso.done("component", "save", "wallet", "--name", "it=Portafoglio", "--name", "en=Wallet")
    avviso.done("component", "save", "login", "--name", "it=Accesso", "--name", "en=Sign-in")
    return avviso


@pytest.fixture
def avviso(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Avviso:
    """On each database in turn."""
    return set_up(tmp_path, database_url, monkeypatch)


@pytest.fixture
def on_sqlite(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Avviso:
    """Where the database does not matter."""
    return set_up(tmp_path, sqlite_url, monkeypatch)
