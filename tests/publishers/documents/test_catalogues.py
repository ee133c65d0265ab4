"""Every phrase that the code and the templates use is translated, and no other is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import available_timezones

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
CATALOGUES = sorted((ROOT / "templates" / "locales").glob("*.po"))
TRANSLATIONS = [path for path in CATALOGUES if path.stem != "en"]
"""English phrases are the keys themselves."""
PUBLIC = (
    "publishers",
    "incidents",
    "statuspage/subscriptions",
    "templates/pages",
    "templates/email",
)
"""What speaks to citizens."""
PATTERNS = {"EEEE d MMMM y", "EEEE d MMMM", "MMMM y"}
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.xml", "jinja2")]


def phrases_in(*folders: str) -> set[str]:
    """The phrases, singular forms only, that the sources of these folders ask for."""
    return {
        message if isinstance(message, str) else message[0]
        for folder in folders
        for _, _, message, _, _ in extract_from_dir(
            ROOT / folder,
            method_map=METHODS,
            options_map={"**": {"encoding": "utf-8", "silent": "false"}},
            keywords=DEFAULT_KEYWORDS,
        )
    }


def entries(path: Path) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Each entry: its key, all its English forms, all its translations."""
    with path.open("rb") as source:
        catalogue = read_po(source)
    for message in catalogue:
        if message.id:
            asked = (message.id,) if isinstance(message.id, str) else tuple(message.id)
            said = message.string or ()
            told = (said,) if isinstance(said, str) else tuple(said)
            yield asked[0], asked, told


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.stem)
def test_the_pages_are_wholly_translated(path: Path) -> None:
    known = {key for key, _, _ in entries(path)}
    assert phrases_in(*PUBLIC) - known == set()


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_no_phrase_is_left_over(path: Path) -> None:
    used = phrases_in("publishers", "incidents", "statuspage", "templates")
    kept = {key for key, _, _ in entries(path)}
    assert kept - used - PATTERNS - available_timezones() == set()


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_translations_are_there_and_keep_their_places(path: Path) -> None:
    for key, asked, told in entries(path):
        assert all(told), key
        places = {frozenset(re.findall(r"\{\w+\}", form)) for form in asked}
        # One form may say its number in words: "un altro problema".
        allowed = places | {some - {"{n}"} for some in places}
        assert {frozenset(re.findall(r"\{\w+\}", form)) for form in told} <= allowed, key
