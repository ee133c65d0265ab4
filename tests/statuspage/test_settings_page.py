"""[theme], [contacts] and [hours]: what they mean, and how every fault in them is told."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from incidents.hours import Span
from incidents.view import Contacts, Theme
from publishers._contrast import contrast
from publishers.documents._style import COLOURS
from statuspage._settings_page import LEAST_CONTRAST, PAPERS
from tests.statuspage.test_logo import GOOD
from tests.statuspage.test_settings import SERVICE, load, problems


def test_nothing_has_to_be_set(tmp_path: Path) -> None:
    service = load(tmp_path, SERVICE).service_view("")
    assert (service.theme, service.contacts, service.hours) == (Theme(), Contacts(), None)


# The theme.

THEME = """
[theme]
accent = "#7A1F5C"
accent_dark = "#ffb3dd"
fonts = '"Titillium Web", Verdana, sans-serif'
logo = "shield.svg"
"""


def test_a_theme(tmp_path: Path) -> None:
    (tmp_path / "shield.svg").write_text(GOOD)
    theme = load(tmp_path, SERVICE + THEME).service_view("").theme
    assert (theme.accent, theme.accent_dark) == ("#7a1f5c", "#ffb3dd")
    assert theme.fonts == '"Titillium Web", Verdana, sans-serif'
    assert theme.logo is not None
    assert theme.logo.body == GOOD.encode()


def test_a_logo_is_named_when_it_will_not_do(tmp_path: Path) -> None:
    (fault,) = problems(tmp_path, SERVICE + THEME)
    assert fault.startswith(f"theme.logo: {tmp_path / 'shield.svg'} cannot be read")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    # Each pair of greys is an example of WebAIM's checker; the extremes are WCAG's own.
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#767676", "#ffffff", 4.54),
        ("#777777", "#ffffff", 4.48),
        ("#0a4a9e", "#ffffff", 8.5),
        ("#ff0000", "#ffffff", 4.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.06)
    assert contrast(one, other) == contrast(other, one)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            'accent = "#ff8800"',
            (
                "theme.accent: #ff8800 on the light paper (#ffffff) has a contrast of 2.39:1; "
                "links need 4.5:1 to be readable: take a darker colour"
            ),
        ),
        (
            'accent = "#767676"',
            (
                "theme.accent: #767676 on the light panel (#f4f6f8) has a contrast of 4.19:1; "
                "links need 4.5:1 to be readable: take a darker colour"
            ),
        ),
        (
            'accent_dark = "#0a4a9e"',
            (
                "theme.accent_dark: #0a4a9e on the dark paper (#12161b) has a contrast of 2.15:1; "
                "links need 4.5:1 to be readable: take a lighter colour"
            ),
        ),
        ('accent = "blue"', "theme.accent: 'blue' should be a colour like #0a4a9e"),
        ('accent = "#0a4a9"', "theme.accent: '#0a4a9' should be a colour like #0a4a9e"),
        ('acent = "#0a4a9e"', "theme.acent: is not known here; did you mean 'accent'?"),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused(tmp_path: Path, line: str, said: str) -> None:
    assert problems(tmp_path, f"{SERVICE}[theme]\n{line}\n") == [said]


def test_the_papers_are_those_of_the_stylesheet() -> None:
    source = COLOURS.read_text(encoding="utf-8")
    for place in ("paper", "panel"):
        light, dark = re.findall(rf"--{place}: (#[0-9a-f]+);", source)[:2]
        light = "#ffffff" if light == "#fff" else light
        assert [light, dark] == [PAPERS["light"][place], PAPERS["dark"][place]]


def test_our_own_colours_would_be_let_in() -> None:
    source = COLOURS.read_text(encoding="utf-8")
    for name, paper in (("accent", "light"), ("accent-dark", "dark")):
        (colour,) = re.findall(rf"--{name}: (#[0-9a-f]+);", source)
        assert min(contrast(colour, one) for one in PAPERS[paper].values()) >= LEAST_CONTRAST


@pytest.mark.parametrize(
    "fonts",
    [
        "Arial",
        "url(https://example.org/x.woff), sans-serif",
        "sans-serif; } body { display: none",
        "</style><script>, serif",
        "'Lora', serif",
        '"Lora" bold, serif',
        '"", serif',
        "Times New Roman, serif",
    ],
)
def test_fonts_are_names_alone(tmp_path: Path, fonts: str) -> None:
    (fault,) = problems(tmp_path, f"{SERVICE}[theme]\nfonts = '''{fonts}'''\n")
    assert fault.startswith("theme.fonts: should be a list of local fonts")


# Contacts.


def test_contacts(tmp_path: Path) -> None:
    text = """
[contacts]
accessibility = { it = "https://example.it/dichiarazione", en = "https://example.it/en/statement" }
feedback = { it = "mailto:accessibilita@comune.example.it" }
danger = { it = "In caso di pericolo chiama il 112.", en = "In danger, call 112." }
"""
    contacts = load(tmp_path, SERVICE + text).service_view("").contacts
    assert contacts.accessibility["en"] == "https://example.it/en/statement"
    assert contacts.feedback == {"it": "mailto:accessibilita@comune.example.it"}
    assert contacts.privacy == {}
    assert contacts.danger["it"] == "In caso di pericolo chiama il 112."


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('privacy = { it = "http://example.it" }', "privacy.it: should be an https:// address"),
        ('privacy = { it = "javascript:alert(1)" }', "privacy.it: should be an https:// address"),
        ('privacy = { it = "https://" }', "privacy.it: should be an https:// address"),
        ('privacy = { it = "https://[" }', "privacy.it: is no address"),
        ('privacy = { it = "https://a:b@example.it" }', "privacy.it: should have no user"),
        ('feedback = { it = "mailto:x" }', "feedback.it: should be like mailto:"),
        ('feedback = { it = "mailto:a@example.it?cc=b@example.it" }', "feedback.it: should be"),
        ('privacy = { fr = "https://example.it" }', "privacy.fr: 'fr' is not one of"),
        ('privacy = { en = "https://example.it" }', "privacy: has nothing for the default locale"),
        ('danger = { it = "" }', "danger.it: string should have at least 1 character"),
        ('phone = "112"', "phone: is not known here"),
    ],
)
def test_contacts_that_will_not_do(tmp_path: Path, line: str, said: str) -> None:
    assert problems(tmp_path, f"{SERVICE}[contacts]\n{line}\n")[0].startswith(f"contacts.{said}")


def test_an_address_is_never_quoted(tmp_path: Path) -> None:
    line = 'privacy = { it = "https://anna:s3cret@example.it" }'
    assert not any("s3cret" in said for said in problems(tmp_path, f"{SERVICE}[contacts]\n{line}"))


# Hours.


def test_hours(tmp_path: Path) -> None:
    text = """
[hours]
monday = "08:00-20:00"
saturday = ["09:00-12:00", "15:00-18:00"]
holidays = "IT-RM"
closed = ["2020-12-24", 2020-12-23]
"""
    hours = load(tmp_path, SERVICE + text).service_view("").hours
    assert hours is not None
    assert hours.zone.key == "Europe/Rome"
    assert hours.week[0] == (Span(480, 1200),)
    assert hours.week[5] == (Span(540, 720), Span(900, 1080))
    assert [bool(day) for day in hours.week] == [True, False, False, False, False, True, False]
    assert (hours.holidays, hours.closed) == ("IT-RM", (date(2020, 12, 23), date(2020, 12, 24)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('monday = "22:00-06:00"', "hours.monday: '22:00-06:00' goes over midnight: split it"),
        ('monday = ["08:00-12:00", "11:00-13:00"]', "hours.monday: 08:00-12:00 and 11:00-13:00"),
        ("monday = 8", "hours.monday: should be"),
        ('mondays = "08:00-12:00"', "hours.mondays: is not known here; did you mean 'monday'?"),
        ('monday = "08:00-12:00"\nholidays = "Italy"', "hours.holidays: 'Italy' should be a"),
        ('monday = "08:00-12:00"\nclosed = ["Christmas"]', "hours.closed[0]: should be a valid"),
        ('holidays = "IT"', "hours: names no day on which people answer"),
    ],
)
def test_hours_that_cannot_be(tmp_path: Path, text: str, said: str) -> None:
    assert problems(tmp_path, f"{SERVICE}[hours]\n{text}\n")[0].startswith(said)


def test_all_sections_are_told_together(tmp_path: Path) -> None:
    text = '[theme]\naccent = "blue"\n[contacts]\nprivacy = { it = "x" }\n[hours]\nmonday = "x"\n'
    found = [said.split(":")[0] for said in problems(tmp_path, SERVICE + text)]
    assert found == ["theme.accent", "contacts.privacy.it", "hours.monday"]
