"""Dates, hours, lists and numbers, as an Italian and an English reader expect them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from incidents.locales import LocaleError, Words, load_words
from incidents.rules import parse_local

ROME = ZoneInfo("Europe/Rome")
CATALOGUES = Path(__file__).parents[2] / "templates" / "locales"
IT = load_words(CATALOGUES, "it", ROME)
EN = load_words(CATALOGUES, "en", ROME)
BOTH = pytest.mark.parametrize("words", [IT, EN], ids=["it", "en"])


def local(text: str) -> datetime:
    return parse_local(text, ROME)


def test_an_hour_that_comes_twice_says_which_one_it_is() -> None:
    first = datetime.fromisoformat("2021-10-31T00:45:00+00:00")
    told = [IT.time(first + timedelta(minutes=minutes)) for minutes in (-60, 0, 60, 120)]
    assert told == ["01:45", "02:45 CEST", "02:45 CET", "03:45"]


@pytest.mark.parametrize(
    ("form", "italian", "english"),
    [
        ("date", "martedì 8 dicembre 2020", "Tuesday 8 December 2020"),
        ("day", "martedì 8 dicembre", "Tuesday 8 December"),
        ("month", "dicembre 2020", "December 2020"),
        ("time", "00:01", "00:01"),
        ("when", "00:01 di martedì 8 dicembre 2020", "00:01 on Tuesday 8 December 2020"),
    ],
)
def test_moments_in_words(form: str, italian: str, english: str) -> None:
    moment = parse_local("2020-12-07T23:01Z", ROME)
    for words, expected in ((IT, italian), (EN, english)):
        assert getattr(words, form)(moment) == expected
        # Whatever zone an instant comes in, it is told in the service's.
        assert getattr(words, form)(moment.astimezone(ZoneInfo("Asia/Tokyo"))) == expected


@BOTH
def test_a_bare_date_stays_itself(words: Words) -> None:
    day = date(2020, 12, 8)
    assert words.date(day) == words.date(local("2020-12-08T00:00"))
    assert words.day(day) == words.day(local("2020-12-08T23:59"))
    assert words.month(date(2020, 12, 31)) == words.month(day)


@pytest.mark.parametrize(
    ("moment", "now", "italian", "english"),
    [
        ("2020-12-07T22:20", "2020-12-07T21:49", "22:20", "22:20"),
        ("2020-12-07T00:00", "2020-12-07T23:59", "00:00", "00:00"),
        (
            "2020-12-08T00:05",
            "2020-12-07T23:59",
            "00:05 di martedì 8 dicembre",
            "00:05 on Tuesday 8 December",
        ),
        # The day is the service's: in UTC these two share one.
        (
            "2020-12-08T00:30",
            "2020-12-07T23:30Z",
            "00:30",
            "00:30",
        ),
        (
            "2021-01-01T12:00",
            "2020-12-31T12:00",
            "12:00 di venerdì 1 gennaio 2021",
            "12:00 on Friday 1 January 2021",
        ),
    ],
)
def test_a_deadline_as_seen_from_a_moment(
    moment: str, now: str, italian: str, english: str
) -> None:
    assert IT.by(local(moment), local(now)) == italian
    assert EN.by(local(moment), local(now)) == english


@pytest.mark.parametrize(
    ("items", "italian", "english"),
    [
        ([], "", ""),
        (["A"], "A", "A"),
        (["A", "B"], "A e B", "A and B"),
        (["A", "B", "C"], "A, B e C", "A, B and C"),
    ],
)
def test_lists(items: list[str], italian: str, english: str) -> None:
    assert IT.listed(items) == italian
    assert EN.listed(iter(items)) == english


@pytest.mark.parametrize(
    ("value", "italian", "english"),
    [
        (14000, "14.000", "14,000"),
        (2_300_000, "2.300.000", "2,300,000"),
        (7.9, "7,9", "7.9"),
        (0, "0", "0"),
        (-3, "-3", "-3"),
    ],
)
def test_numbers(value: float, italian: str, english: str) -> None:
    assert IT.number(value) == italian
    assert EN.number(value) == english


def test_the_zone_in_words() -> None:
    assert IT.zone_name == "ora italiana"
    assert EN.zone_name == "Italian time"
    # A zone that the catalogue does not name has CLDR's name.
    assert load_words(CATALOGUES, "en", ZoneInfo("Asia/Tokyo")).zone_name == "Japan Time"


def test_direction_and_endonym() -> None:
    assert (IT.direction, IT.endonym) == ("ltr", "Italiano")
    assert (EN.direction, EN.endonym) == ("ltr", "English")


@BOTH
def test_a_phrase_without_translation_stays_english(words: Words) -> None:
    assert words.gettext("a phrase that nobody translates") == "a phrase that nobody translates"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_plural_without_translation_stays_english(number: int) -> None:
    assert IT.ngettext("{n} odd", "{n} odds", number) == ("{n} odd" if number == 1 else "{n} odds")


def test_plurals_of_a_catalogue(tmp_path: Path) -> None:
    (tmp_path / "it.po").write_text(
        'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "{n} minute"\nmsgid_plural "{n} minutes"\n'
        'msgstr[0] "{n} minuto"\nmsgstr[1] "{n} minuti"\n'
    )
    words = load_words(tmp_path, "it", ROME)
    assert words.ngettext("{n} minute", "{n} minutes", 1) == "{n} minuto"
    assert words.ngettext("{n} minute", "{n} minutes", 2) == "{n} minuti"


def test_a_catalogue_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(LocaleError, match=r"de\.po: there is no catalogue for the locale 'de'"):
        load_words(tmp_path, "de", ROME)


@pytest.mark.parametrize("content", [b'msgid "a"\nbroken\n', b'msgid "a"\nmsgstr "\xe9"\n'])
def test_a_catalogue_that_is_malformed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "it.po").write_bytes(content)
    with pytest.raises(LocaleError, match=r"it\.po: "):
        load_words(tmp_path, "it", ROME)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([], ""),
        (["carte"], "carte"),
        (["carte", "IBAN"], "carte e IBAN"),
        (["a", "xa"], "a e xa"),
        (["carte", "IBAN", "messaggi"], "carte, IBAN e messaggi"),
        (["Accesso con SPID e CIE", "Messaggi"], "Accesso con SPID e CIE, Messaggi"),
    ],
)
def test_a_list_never_joins_with_a_word_that_its_items_hold(items: list[str], said: str) -> None:
    assert IT.listed(items) == said


def test_a_catalogue_for_no_language_that_there_is(tmp_path: Path) -> None:
    (tmp_path / "qx.po").write_text('msgid ""\nmsgstr ""\n')
    with pytest.raises(LocaleError, match=r"qx\.po"):
        load_words(tmp_path, "qx", ROME)
