"""A language is only files: nothing in the code knows which there are. German is one of them."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po, write_po

from incidents.texts import TextLibrary
from incidents.view import Overview
from publishers._kinds import kinds, load
from publishers.documents import _render
from publishers.documents._base import Document
from publishers.documents._render import Page
from statuspage import _settings_file
from statuspage._settings_file import known_locales
from statuspage.settings import load_settings
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.page_reader import by_class, tree, words_in
from tests.publishers.documents.sample_incidents import rome
from tests.publishers.documents.test_service import CONTACTS, HOURS
from tests.statuspage.cli._avviso import Avviso

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "templates"
ROME = ZoneInfo("Europe/Rome")
FOREIGN = {"publishers/_io_languages.py"}
"""Which of our languages stands in for one of another's format."""


def with_languages(view: Overview, *locales: str) -> Overview:
    service = replace(view.service, locales=locales, default_locale=locales[0], contacts=CONTACTS)
    hours = HOURS.as_of(rome(8, 14), locales)
    return replace(view, service=service, hours=hours)


def documents(view: Overview) -> Iterator[Document]:
    """Everything that shows the whole page, by every kind."""
    for kind in kinds("publishers.documents"):
        module = load("publishers.documents", kind)
        for scope in ("home", "overview"):
            if hasattr(module, scope):
                yield from getattr(module, scope)(view)


def languages_in(node: ast.AST) -> set[str]:
    """The locales that one list, or the keys of one mapping, name."""
    inner: list[Any] = []
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        inner = node.elts
    elif isinstance(node, ast.Dict):
        inner = [*node.keys, *node.values]
    said = {one.value for one in inner if isinstance(one, ast.Constant)}
    return {locale for locale in known_locales() if locale in said}


def test_no_list_of_languages_stands_in_the_code() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        for package in ("incidents", "publishers", "statuspage")
        for path in (ROOT / package).rglob("*.py")
        if str(path.relative_to(ROOT)) not in FOREIGN
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if len(languages_in(node)) > 1
    ]
    assert found == []


def test_a_list_of_languages_would_be_seen() -> None:
    (said,) = ast.parse('known = ("it", "de")').body
    assert any(len(languages_in(node)) == 2 for node in ast.walk(said))


@pytest.mark.parametrize("locale", known_locales())
def test_every_language_has_every_text(locale: str) -> None:
    library = TextLibrary.load(TEMPLATES, (locale,), ROME)
    everywhere = TextLibrary.load(TEMPLATES, known_locales(), ROME)
    assert library.notice_keys() == everywhere.notice_keys()
    assert library.answer_keys() == everywhere.answer_keys()


@pytest.mark.parametrize("build", [views.worst_hour, views.all_well, views.maintenance])
def test_everything_renders_in_three_languages(build: Any) -> None:
    view = with_languages(build(), "it", "en", "de")
    made = list(documents(view))
    pages = [document.path for document in made if document.path.endswith(".html")]
    assert {"index.html", "en/index.html", "de/index.html", "de/call-script/index.html"} <= {*pages}
    for path in [one for one in pages if one.startswith("de/")]:
        assert tree(iter(made), path).get("lang") == "de"


def test_a_german_page_reads_german() -> None:
    view = with_languages(views.worst_hour(), "it", "en", "de")
    page = tree(documents(view), "de/index.html")
    (staffed,) = by_class(page, "staffed")
    assert words_in(staffed) == (
        "Heute ist Feiertag (Immacolata Concezione): Wir sind am Mittwoch, 9. Dezember, "
        "um 08:00 Uhr wieder da."
    )
    text = words_in(page)
    assert "Nächste Meldung bis 18:00 Uhr am Dienstag, 8. Dezember 2020 (italienische Zeit)" in text
    assert "Funktioniert nicht" in text
    assert "Noch nicht übersetzt: Dieser Text ist auf Italienisch." in text


def test_an_incident_is_told_in_german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AVVISO_SETTINGS", str(tmp_path / "avviso.toml"))
    (tmp_path / "avviso.toml").write_text(
        "[service]\n"
        'name = { it = "App", en = "App", de = "App der Gemeinde" }\n'
        'url = "https://status.example.it"\ntime_zone = "Europe/Rome"\n'
        'locales = ["it", "en", "de"]\ndefault_locale = "it"\n',
        encoding="utf-8",
    )
    avviso = Avviso(tmp_path, "sqlite", {"AVVISO_OPERATOR": "ada"})
    avviso.done("init", "--operator", "ada")
    names = ("--name", "it=Portafoglio", "--name", "en=Wallet", "--name", "de=Wallet")
    avviso.done("component", "save", "wallet", *names)
    told = ("it=Portafoglio guasto", "en=Wallet down", "de=Wallet gestört")
    options = [word for name in told for word in ("--name", name)]
    avviso.done(
        "declare", *options, "--impact", "major", "--component", "wallet=major_outage",
        "--template", "acknowledgement/component-down", "--yes",
    )  # fmt: skip
    page = (tmp_path / "data" / "page" / "de" / "index.html").read_text(encoding="utf-8")
    assert "Funktioniert nicht: Wallet." in page
    script = (tmp_path / "data" / "page" / "de" / "call-script" / "index.html").read_text()
    assert "Was am Telefon zu sagen ist" in script


# A language that is written from right to left, made here of the English files.


@pytest.fixture
def with_arabic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The templates with a toy translation beside them: files were added, nothing else."""
    folder = shutil.copytree(TEMPLATES, tmp_path / "templates")
    for path in [*folder.glob("notices/*/*.en.md"), *folder.glob("answers/*.en.md")]:
        shutil.copy(path, path.with_name(path.name.replace(".en.md", ".ar.md")))
    with (folder / "locales" / "it.po").open("rb") as source:
        catalogue = read_po(source, locale="ar")
    for message in catalogue:
        message.string = ""
    catalogue["No problem reported"].string = "لا مشاكل"
    with (folder / "locales" / "ar.po").open("wb") as target:
        write_po(target, catalogue)
    monkeypatch.setattr(_render, "TEMPLATES", folder)
    monkeypatch.setattr(_settings_file, "CATALOGUES", folder / "locales")
    caches = (_render.words_for, _render.environment)
    for cache in caches:
        cache.cache_clear()
    yield folder
    for cache in caches:
        cache.cache_clear()


def test_a_language_from_right_to_left_is_files_too(with_arabic: Path, tmp_path: Path) -> None:
    settings = tmp_path / "avviso.toml"
    settings.write_text(
        "[service]\n"
        'name = { ar = "App" }\nurl = "https://status.example.it"\ntime_zone = "Europe/Rome"\n'
        'locales = ["ar", "it"]\ndefault_locale = "ar"\n'
    )
    assert load_settings(settings, {}).service.locales == ("ar", "it")
    library = TextLibrary.load(with_arabic, ("ar", "it"), ROME)
    assert library.notice("apology/high-traffic", "ar").title
    view = with_languages(views.all_well(), "ar", "it")
    made = list(documents(view))
    page, italian = tree(iter(made)), tree(iter(made), "it/index.html")
    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    assert (italian.get("lang"), italian.get("dir")) == ("it", "ltr")
    assert words_in(page.xpath("//h1")[0]) == "لا مشاكل"
    assert "ديسمبر" in Page(view.service, "ar", "").words.date(view.today)
