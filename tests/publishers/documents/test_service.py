"""What a body set about itself, as its pages show it: theme, logo, contacts, hours, danger."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from incidents.hours import StaffedHours, parse_spans
from incidents.view import Contacts, Logo, Overview, Theme
from publishers.documents import pages
from publishers.documents._style import style_hash, stylesheet
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.page_reader import by_class, home, only, tree, words_in
from tests.publishers.documents.sample_incidents import ROME, rome
from tests.publishers.documents.sample_texts import both

THEME = Theme(
    "#7a1f5c", "#ffb3dd", '"Titillium Web", sans-serif', Logo("logo.svg", b"<svg/>", 64, 32)
)
CONTACTS = Contacts(
    accessibility=both("https://example.it/dichiarazione", "https://example.it/en/statement"),
    feedback={"it": "mailto:a@example.it"},
    danger=both("In caso di pericolo chiama il 112.", "In danger, call 112."),
)
HOURS = StaffedHours(ROME, (parse_spans(["08:00-13:00", "14:00-20:00"]),) * 5 + ((), ()), "IT")


def set_up(view: Overview, **given: Any) -> Overview:
    return replace(view, service=replace(view.service, **given))


# The theme.


def test_a_theme_changes_properties_and_the_policy_with_them() -> None:
    plain, themed = stylesheet(), stylesheet(THEME)
    assert themed == plain + (
        ':root{--accent:#7a1f5c;--accent-dark:#ffb3dd;--fonts:"Titillium Web", sans-serif;}'
    )
    assert style_hash(THEME) != style_hash()
    assert stylesheet(Theme()) == plain


def test_the_properties_are_those_of_the_stylesheet() -> None:
    for name in ("accent", "accent-dark", "fonts"):
        assert f"--{name}:" in stylesheet()
        assert f"var(--{name})" in stylesheet()


def test_every_page_has_the_themes_style() -> None:
    view = set_up(views.worst_hour(), theme=THEME)
    for document in (*pages.home(view), *pages.overview(view)):
        if document.path.endswith(".html"):
            page = tree(iter([document]), document.path)
            assert only(page, "//style").text == stylesheet(THEME)


# Contacts.


def links(page: Any) -> list[tuple[str, str, str | None]]:
    found = page.xpath("//nav[@class='contacts']//a")
    return [(words_in(a), a.get("href"), a.get("hreflang")) for a in found]


def test_the_foot_names_what_is_set_in_the_best_language_there_is() -> None:
    view = set_up(views.all_well(), contacts=CONTACTS)
    assert links(home(view)) == [
        ("I tuoi dati", "privacy/", None),
        ("Dichiarazione di accessibilità", "https://example.it/dichiarazione", None),
        ("Segnala un problema su queste pagine", "mailto:a@example.it", None),
    ]
    assert links(home(view, "en/index.html")) == [
        ("Your data", "../en/privacy/", None),
        ("Accessibility statement", "https://example.it/en/statement", None),
        ("Report a problem with these pages", "mailto:a@example.it", "it"),
    ]


def test_nothing_set_shows_nothing() -> None:
    page = home(views.all_well())
    for name in ("danger", "staffed", "logo", "reachable"):
        assert by_class(page, name) == []
    assert [link[1] for link in links(page)] == ["privacy/"]


def test_danger_is_said_above_everything_that_is_open() -> None:
    view = set_up(views.worst_hour(), contacts=CONTACTS)
    page = home(view)
    assert words_in(*by_class(page, "danger")) == "In caso di pericolo chiama il 112."
    order = page.xpath("//*[@class='danger' or self::article]")
    assert order[0].get("class") == "danger"


# Hours.


@pytest.mark.parametrize(
    ("now", "italian", "english"),
    [
        (
            rome(7, 9),
            "Oggi rispondiamo dalle 08:00 alle 13:00 e dalle 14:00 alle 20:00.",
            "People answer today from 08:00 to 13:00 and from 14:00 to 20:00.",
        ),
        (
            rome(7, 20),
            "In questo momento non risponde nessuno: torniamo mercoledì 9 dicembre alle 08:00.",
            "Nobody is here now: we are back on Wednesday 9 December at 08:00.",
        ),
        (
            rome(8, 14, 26),
            "Oggi è festa (Immacolata Concezione): torniamo mercoledì 9 dicembre alle 08:00.",
            (
                "Today is a holiday (Immaculate Conception): we are back on Wednesday 9 December "
                "at 08:00."
            ),
        ),
    ],
)
def test_when_people_answer(now: datetime, italian: str, english: str) -> None:
    view = replace(views.worst_hour(), hours=HOURS.as_of(now, ("it", "en")))
    assert words_in(*by_class(home(view), "staffed")) == italian
    assert words_in(*by_class(home(view, "en/index.html"), "staffed")) == english


def test_nobody_in_sight() -> None:
    never = StaffedHours(ROME, ((),) * 7)
    view = replace(views.all_well(), hours=never.as_of(rome(7, 9), ("it", "en")))
    said = words_in(*by_class(home(view), "staffed"))
    assert said == "In questo momento non risponde nessuno."
