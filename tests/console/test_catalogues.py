"""Every phrase of the console is translated, and no other is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from incidents.checks.register import CHECKS
from tests.publishers.documents.test_catalogues import ROOT, entries, phrases_in

CONSOLE = ROOT / "templates" / "console" / "locales"
TRANSLATIONS = sorted(path for path in CONSOLE.glob("*.po") if path.stem != "en")
CHECKED = {phrase for check in CHECKS for phrase in (check.reason, check.fix)}


def known(path: Path) -> set[str]:
    """A console falls back to what the citizens' pages say."""
    pages = ROOT / "templates" / "locales" / path.name
    return {key for one in (path, pages) for key, _, _ in entries(one)}


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.stem)
def test_the_console_is_wholly_translated(path: Path) -> None:
    asked = phrases_in("statuspage", "templates/console") | CHECKED
    assert asked - known(path) == set()


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.stem)
def test_each_translation_says_something_of_its_own_places(path: Path) -> None:
    for key, asked, told in entries(path):
        assert all(told), f"{key!r} has no translation"
        places = {place for form in asked for place in _places(form)}
        assert {place for form in told for place in _places(form)} == places, key


def _places(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}


def test_there_is_a_language_besides_english() -> None:
    assert TRANSLATIONS
