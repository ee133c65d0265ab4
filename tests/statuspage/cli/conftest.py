"""A folder that is set up, with people and components, on each database."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

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
    forget(monkeypatch)


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AVVISO_SETTINGS", "AVVISO_OPERATOR", "AVVISO_DATABASE_URL", "DATA", "PORT"):
        monkeypatch.delenv(name, raising=False)


def set_up(folder: Path, url: str) -> Avviso:
    (folder / "avviso.toml").write_text(SETTINGS, encoding="utf-8")
    avviso = Avviso(folder, url, {"AVVISO_OPERATOR": "ada"})
    avviso.done("init", "--operator", "ada", "--name", "Ada")
    avviso.done("component", "save", "wallet", "--name", "it=Portafoglio", "--name", "en=Wallet")
    avviso.done("component", "save", "login", "--name", "it=Accesso", "--name", "en=Sign-in")
    return avviso


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is set up on SQLite, to copy."""
    folder = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as here:
        forget(here)
        here.chdir(folder)
        set_up(folder, "sqlite")
    return folder


@pytest.fixture
def on_sqlite(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Avviso:
    """Where the database does not matter."""
    folder = shutil.copytree(prepared, tmp_path / "here")
    monkeypatch.chdir(folder)
    return Avviso(folder, "sqlite", {"AVVISO_OPERATOR": "ada"})


@pytest.fixture(params=["sqlite", "postgresql"])
def avviso(request: pytest.FixtureRequest, tmp_path: Path) -> Avviso:
    """On each database in turn."""
    if request.param == "sqlite":
        ready: Avviso = request.getfixturevalue("on_sqlite")
        return ready
    request.getfixturevalue("monkeypatch").chdir(tmp_path)
    return set_up(tmp_path, request.getfixturevalue("fresh_postgres_url"))
