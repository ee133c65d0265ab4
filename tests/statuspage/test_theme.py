"""A theme changes the stylesheet and the policy that names it everywhere alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from werkzeug.test import Client

from publishers.documents._style import style_hash, stylesheet
from statuspage._lazy_app import edge_of
from statuspage.app import create_app
from statuspage.settings import Settings
from tests.statuspage.cli._avviso import Avviso
from tests.statuspage.cli.conftest import forget
from tests.statuspage.test_settings import SERVICE, load

THEME = """
[theme]
accent = "#7a1f5c"
accent_dark = "#ffb3dd"
fonts = "Verdana, sans-serif"
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    forget(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return load(tmp_path, SERVICE + THEME)


def test_pages_of_the_application_have_it(settings: Settings) -> None:
    answer = create_app(settings).test_client().get("/nothing", headers={"Accept": "text/html"})
    theme = settings.page.theme
    assert f"<style>{stylesheet(theme)}</style>" in answer.text
    assert f"style-src '{style_hash(theme)}'" in answer.headers["Content-Security-Policy"]


def test_documents_are_served_with_its_policy(settings: Settings) -> None:
    assert settings.documents_path is not None
    settings.documents_path.mkdir(parents=True)
    (settings.documents_path / "index.html").write_text("<p>Stato</p>")
    answer = Client(edge_of(settings)).get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert f"style-src '{style_hash(settings.page.theme)}'" in policy


@pytest.mark.parametrize("server", ["headers", "nginx", "caddy"])
def test_other_servers_are_told_of_it(settings: Settings, server: str) -> None:
    told = Avviso(settings.source.parent, "sqlite").done("deploy", server)
    assert style_hash(settings.page.theme) in told
    assert style_hash() not in told
