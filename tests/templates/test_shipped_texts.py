"""The notices and answers that ship with Avviso: complete, alike in each language, well said."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from incidents.texts import NoticeContext, NoticeTemplate, TextLibrary
from incidents.texts.examples import longest_context
from tests.templates.launch_day import ACKNOWLEDGED, APOLOGY, DAY, ROME, SERVICE, Event
from tests.templates.wording import (
    OWNED,
    SPACE_AND_LINK,
    X_LIMIT,
    assert_fits,
    assert_frank,
    assert_reads_well,
    assert_sound,
    everything,
    weight,
)

TEMPLATES = Path(__file__).parents[2] / "templates"
GOLDEN = Path(__file__).parent / "golden"
LOCALES = ("it", "en", "de")

SPOKEN = (
    "acknowledgement/component-down",
    "acknowledgement/high-traffic",
    "acknowledgement/sign-in-failing",
    "acknowledgement/third-party",
    "advance-notice/expected-load",
    "advance-notice/maintenance",
    "apology/data-shown-late",
    "apology/high-traffic",
    "apology/long-outage",
    "apology/wrong-information",
    "postmortem/postmortem",
    "resolution/recovered",
    "resolution/recovered-with-backlog",
    "update/mitigated",
    "update/no-estimate-yet",
    "update/recovered-in-part",
    "update/workaround",
)
ANSWERS = (
    "accepted-methods",
    "already-registered-card",
    "could-not-register-in-time",
    "debit-or-credit",
    "how-much-and-until-when",
    "is-my-data-safe",
    "transaction-counting",
    "transaction-display-delay",
    "where-to-put-the-iban",
)

NOTICES = sorted(
    f"{path.parent.name}/{path.name.removesuffix('.it.md')}"
    for path in TEMPLATES.glob("notices/*/*.it.md")
)
"""Those that an operator picks, and those that Avviso says by itself."""

each_notice = pytest.mark.parametrize("key", NOTICES)
each_answer = pytest.mark.parametrize("key", ANSWERS)
each_locale = pytest.mark.parametrize("locale", LOCALES)


@pytest.fixture(scope="module")
def library() -> TextLibrary:
    return TextLibrary.load(TEMPLATES, LOCALES, ROME)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("è", 1), ("e\u0300", 1), ("’“”", 3), ("€", 2), ("…", 2), ("日", 2), ("abc", 3)],
)
def test_the_weight_is_that_of_x(text: str, expected: int) -> None:
    assert weight(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Non funzionano: .",
        "Lenti:",
        "Ci scusiamo.  Non serve.",
        "Scriviamo entro le None.",
        "Ci scusiamo , e basta.",
        "Ci scusiamo.Non serve.",
        "Ci scusiamo. non serve.",
        "Il Portafoglio: non va..",
        "Due righe.\n\n\nUna riga.",
        "Una riga. \nUn’altra.",
        "non funziona.",
    ],
)
def test_what_reads_badly_is_seen(text: str) -> None:
    with pytest.raises(AssertionError):
        assert_reads_well(text)


# What is there.


def test_these_are_the_texts(library: TextLibrary) -> None:
    assert sorted(library.notice_keys()) == NOTICES
    assert set(SPOKEN) <= set(NOTICES)
    assert sorted(library.answer_keys()) == sorted(ANSWERS)


@each_notice
def test_a_notice_has_the_same_fields_in_each_language(library: TextLibrary, key: str) -> None:
    italian, *others = (library.notice(key, locale) for locale in LOCALES)
    for other in others:
        assert [(f.name, f.type, f.required) for f in italian.fields] == [
            (f.name, f.type, f.required) for f in other.fields
        ]
        assert set(italian.longest) == set(other.longest)


@each_answer
def test_an_answer_has_the_same_fields_in_each_language(library: TextLibrary, key: str) -> None:
    italian, *others = (library.answer(key, locale) for locale in LOCALES)
    for other in others:
        assert [(f.name, f.type) for f in italian.fields] == [
            (f.name, f.type) for f in other.fields
        ]
        assert italian.rule == other.rule


@each_locale
@each_notice
def test_every_field_helps_who_fills_it(library: TextLibrary, key: str, locale: str) -> None:
    for field in library.notice(key, locale).fields:
        assert field.help, field.name
        assert field.example, field.name
        assert field.longest, field.name


@each_locale
@each_answer
def test_every_answer_stands_without_any_field(library: TextLibrary, key: str, locale: str) -> None:
    assert not [field.name for field in library.answer(key, locale).fields if field.required]


# What is said.


@each_locale
@each_notice
def test_a_notice_is_frank(library: TextLibrary, key: str, locale: str) -> None:
    assert_frank(everything(library.longest(key, locale)), locale)


@each_locale
@each_answer
def test_an_answer_is_frank(library: TextLibrary, key: str, locale: str) -> None:
    answer = library.longest_answer(key, locale)
    assert_frank("\n".join((answer.question, answer.short, answer.answer, *answer.dates)), locale)


@each_locale
@pytest.mark.parametrize("key", [key for key in SPOKEN if not key.startswith("advance-notice")])
def test_whoever_speaks_owns_the_fault(library: TextLibrary, key: str, locale: str) -> None:
    body = library.longest(key, locale).body
    assert any(words in body.lower() for words in OWNED[locale]), body


# What fits, with the longest examples.


@each_locale
@each_notice
def test_a_notice_fits_with_its_longest_examples(
    library: TextLibrary, key: str, locale: str
) -> None:
    text = library.longest(key, locale)
    assert_fits(text)
    assert_sound(text)


def required_only(notice: NoticeTemplate) -> dict[str, object]:
    return {field.name: field.longest for field in notice.fields if field.required}


def context_of(notice: NoticeTemplate) -> NoticeContext:
    # The engine types its examples as objects; these are the context's own names.
    return replace(BARE, **longest_context(notice, ROME))  # type: ignore[arg-type]


BARE = NoticeContext(
    service="App dei servizi pubblici",
    incident="Portafoglio non disponibile",
    at=datetime(2020, 12, 7, 21, 49, tzinfo=ROME),
)


@each_locale
@each_notice
def test_a_notice_fits_from_its_context_alone(library: TextLibrary, key: str, locale: str) -> None:
    notice = library.notice(key, locale)
    text = library.render_notice(key, locale, context_of(notice), required_only(notice))
    assert_fits(text)
    assert_sound(text)


@each_locale
@each_answer
def test_an_answer_fits_with_its_longest_examples(
    library: TextLibrary, key: str, locale: str
) -> None:
    answer = library.longest_answer(key, locale)
    assert weight(answer.short) + SPACE_AND_LINK <= X_LIMIT, answer.short
    assert answer.question.endswith("?")
    for text in (answer.short, answer.answer, *answer.dates):
        assert_reads_well(re.sub(r"^- ", "", text, flags=re.MULTILINE))


# Less than everything: no promise, no component, one component, many.

_DEADLINE = datetime(2020, 12, 8, 8, 0, tzinfo=ROME)
_MANY = ("Portafoglio", "Messaggi", "Servizi", "Profilo", "Pagamenti", "Accesso", "Documenti")
SPARSE = {
    "nothing": BARE,
    "a promise": replace(BARE, next_update_by=_DEADLINE),
    "one down": replace(BARE, down=("Messaggi",), affected=("Messaggi",)),
    "one partial": replace(BARE, partial=("Messaggi",), affected=("Messaggi",)),
    "one slow": replace(BARE, slow=("Messaggi",), affected=("Messaggi",), working=("Servizi",)),
    "one recovered": replace(BARE, recovered=("Messaggi",), affected=("Messaggi",)),
    "one of each": replace(
        BARE, down=_MANY[:1], partial=_MANY[1:2], slow=_MANY[2:3], recovered=_MANY[3:4]
    ),
    "many": replace(BARE, down=_MANY, affected=_MANY, working=_MANY, started_at=BARE.at),
    "a start": replace(BARE, starts_at=_DEADLINE, started_at=_DEADLINE),
    "a start and an end": replace(BARE, starts_at=BARE.at, ends_at=_DEADLINE),
}


@each_locale
@each_notice
@pytest.mark.parametrize("case", SPARSE)
def test_a_notice_reads_well_with_less(
    library: TextLibrary, key: str, locale: str, case: str
) -> None:
    notice = library.notice(key, locale)
    assert_sound(library.render_notice(key, locale, SPARSE[case], required_only(notice)))


@each_locale
@each_notice
def test_without_a_promise_there_is_no_word_of_one(
    library: TextLibrary, key: str, locale: str
) -> None:
    notice = library.notice(key, locale)
    text = library.render_notice(key, locale, BARE, required_only(notice))
    assert not re.search(r"\d\d:\d\d", re.sub(r"00:01 (Uhr )?\(", "", everything(text)))


@each_locale
@pytest.mark.parametrize(
    "key",
    [key for key in SPOKEN if key.split("/")[0] in {"acknowledgement", "update", "apology"}],
)
def test_a_promise_has_its_date_and_its_zone(library: TextLibrary, key: str, locale: str) -> None:
    notice = library.notice(key, locale)
    text = library.render_notice(key, locale, SPARSE["a promise"], required_only(notice))
    promise = {
        "it": "entro le 08:00 di martedì 8 dicembre 2020 (ora italiana).",
        "en": "by 08:00 on Tuesday 8 December 2020 (Italian time).",
        "de": "bis 08:00 Uhr am Dienstag, 8. Dezember 2020 (italienische Zeit).",
    }[locale]
    assert text.body.endswith(promise)
    if key != "apology/wrong-information":
        assert promise.split(" 2020")[0] + "." in text.short


@each_locale
@pytest.mark.parametrize("key", ["update/mitigated", "update/recovered-in-part"])
def test_an_improvement_names_all_that_works_and_all_that_does_not(
    library: TextLibrary, key: str, locale: str
) -> None:
    text = library.render_notice(key, locale, SPARSE["one of each"])
    for name in _MANY[:4]:
        assert name in text.short
        assert name in text.body


@pytest.mark.parametrize(
    ("key", "locale", "words"),
    [
        ("advance-notice/expected-load", "it", "non sono lavori programmati"),
        ("advance-notice/expected-load", "en", "this is load, not planned work"),
        ("advance-notice/maintenance", "it", "Lavori programmati"),
        ("advance-notice/maintenance", "en", "Planned work"),
        ("advance-notice/expected-load", "de", "Andrang, keine Arbeiten"),
        ("advance-notice/maintenance", "de", "Geplante Arbeiten"),
    ],
)
def test_an_advance_notice_tells_load_from_work_and_says_when(
    library: TextLibrary, key: str, locale: str, words: str
) -> None:
    short = library.render_notice(key, locale, SPARSE["a start and an end"]).short
    assert words in short
    said = {
        "it": "alle 21:49 di lunedì 7 dicembre alle 08:00 di martedì 8 dicembre",
        "en": "rom 21:49 on Monday 7 December to 08:00 on Tuesday 8 December",
        "de": "on 21:49 Uhr am Montag, 7. Dezember bis 08:00 Uhr am Dienstag, 8. Dezember",
    }[locale]
    assert said in short


@each_locale
@pytest.mark.parametrize("event", DAY, ids=lambda event: f"{event.at:%d-%H%M}-{event.key}")
def test_every_message_of_the_day_is_sound_and_fits(
    library: TextLibrary, event: Event, locale: str
) -> None:
    fields = {"delay": event.delay} if event.delay else {}
    context = event.context(locale)
    text = library.render_notice(event.key, locale, context, fields)
    assert_sound(text)
    assert_fits(text)
    assert_frank(everything(text), locale)
    for name in (*context.down, *context.partial):
        assert name in text.short
        assert name in text.body


# Word for word, as an editor read them: golden/{name}.{locale}.md.

APOLOGY_FIELDS = {
    "effect": {
        "it": "molti non riescono ad attivare il Cashback o ad aggiungere carte e IBAN",
        "en": "many people cannot activate the Cashback or add cards and IBAN",
        "de": "Viele können weder Cashback aktivieren noch Karten und IBAN hinzufügen",
    },
    "still_works": {
        "it": "Chi ha già attivato può acquistare: conta dalle 00:01 del giorno dopo "
        "l’attivazione.",
        "en": "If you have already activated you can buy: it counts from 00:01 on the day after "
        "activation.",
        "de": "Wer schon aktiviert hat, kann einkaufen: Es zählt ab 00:01 Uhr am Tag danach.",
    },
    "cause": {
        "it": "Avevamo previsto molte richieste; i sistemi non sono bastati.",
        "en": "We had expected many requests; our systems were not enough.",
        "de": "Wir hatten viele Anfragen erwartet; unsere Systeme haben nicht gereicht.",
    },
}


def golden(name: str, locale: str) -> str:
    return (GOLDEN / f"{name}.{locale}.md").read_text(encoding="utf-8").rstrip("\n")


@each_locale
@pytest.mark.parametrize(
    ("name", "event", "fields"),
    [
        ("acknowledgement-2149", ACKNOWLEDGED, {}),
        ("apology-1426", APOLOGY, APOLOGY_FIELDS),
        ("apology-1426-without-fields", APOLOGY, {}),
    ],
)
def test_a_notice_word_for_word(
    library: TextLibrary, name: str, event: Event, fields: dict[str, object], locale: str
) -> None:
    text = library.render_notice(event.key, locale, event.context(locale), fields)
    assert f"{text.headline}\n\n{text.short}\n\n{text.body}" == golden(name, locale)


@each_locale
def test_transaction_counting_word_for_word_on_the_first_day(
    library: TextLibrary, locale: str
) -> None:
    answer = library.render_answer(
        "transaction-counting", locale, SERVICE[locale], date(2020, 12, 8)
    )
    said = "\n\n".join((answer.question, answer.short, answer.answer, "\n".join(answer.dates)))
    assert said == golden("transaction-counting", locale)


@each_locale
def test_transaction_counting_names_the_activation_that_starts_it(
    library: TextLibrary, locale: str
) -> None:
    which = {
        "it": "la registrazione della carta",
        "en": "registering the card",
        "de": "der Registrierung der Karte",
    }
    answer = library.render_answer(
        "transaction-counting", locale, SERVICE[locale], date(2020, 12, 8), {"activation": which}
    )
    assert which[locale] in answer.short
    assert which[locale] in answer.answer
