"""Every check finds its own example, and leaves alone what only looks like it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.checks import (
    CHECKS,
    IDS,
    Affected,
    Finding,
    Fit,
    Notice,
    Rules,
    Severity,
    check,
)
from incidents.hours import StaffedHours, parse_spans
from incidents.status import ComponentStatus, IncidentKind, PublicationKind, Status
from incidents.texts import TextLibrary
from incidents.view import PublicFigure, PublicText

ROME = ZoneInfo("Europe/Rome")
NOW = datetime(2020, 12, 8, 10, 0, tzinfo=UTC)
OFFICE = StaffedHours(ROME, tuple(parse_spans(["08:00-20:00"]) for _ in range(7)))
BAD = (Affected({"it": "Portafoglio", "en": "Wallet"}, ComponentStatus.PARTIAL_OUTAGE),)
WELL = (Affected({"it": "Portafoglio", "en": "Wallet"}, ComponentStatus.OPERATIONAL),)
RULES = Rules()
TEMPLATES = Path(__file__).parents[3] / "templates"

GOOD = Notice(
    locales=("it", "en"),
    zone=ROME,
    texts={
        "it": PublicText("Portafoglio lento", "Il Portafoglio è lento.", "Il Portafoglio è lento."),
        "en": PublicText("Wallet slow", "The Wallet is slow.", "The Wallet is slow."),
    },
    name={"it": "Portafoglio lento", "en": "Wallet slow"},
    status=Status.IDENTIFIED,
    components=BAD,
    next_update_by=NOW + timedelta(hours=1),
    hours=OFFICE,
    version_seen=3,
    version_now=3,
)


def figure(key: str, value: float | None = 14_000, **changes: Any) -> PublicFigure:
    each = {
        "unit": {"it": "carte", "en": "cards"},
        "definition": {"it": "registrate", "en": "registered"},
        "source": {"it": "nostri sistemi", "en": "our systems"},
        **changes,
    }
    return PublicFigure(key=key, value=value, as_of=NOW, **each)


def saying(text: str, locale: str = "it", **changes: Any) -> Notice:
    """A notice with this body; in the other language all is well."""
    said = PublicText(GOOD.texts[locale].headline, GOOD.texts[locale].short, text)
    return replace(GOOD, texts={**GOOD.texts, locale: said}, **changes)


def only(text: str, **changes: Any) -> Notice:
    """A notice of a page in one language."""
    return replace(
        GOOD, locales=("it",), texts={"it": PublicText(text, text, text)}, name={}, **changes
    )


def ids(notice: Notice) -> set[str]:
    return {finding.id for finding in check(notice, RULES)}


RATES = {"it": "richieste al secondo", "en": "requests a second"}
HARD = (
    "In considerazione delle verifiche attualmente in corso di effettuazione da parte delle "
    "competenti strutture tecniche dell'amministrazione, si rappresenta che l'erogazione delle "
    "prestazioni telematiche risulta subordinata alla conclusione delle attività manutentive."
)
EXAMPLES: dict[str, tuple[Notice, str]] = {
    "language_missing": (replace(GOOD, texts={"it": GOOD.texts["it"]}), "texts"),
    "does_not_fit": (replace(GOOD, fits=(Fit("x", 300, 280, fallback=True),)), "short"),
    "next_update_missing": (replace(GOOD, next_update_by=None), "next_update_by"),
    "next_update_unstaffed": (
        replace(GOOD, next_update_by=datetime(2020, 12, 8, 22, 0, tzinfo=UTC)),
        "next_update_by",
    ),
    "estimate": (saying("Il Portafoglio tornerà operativo."), "body"),
    "vague_time": (saying("Scriviamo domani."), "body"),
    "time_without_date": (saying("Scriviamo entro le 18:00 (ora italiana)."), "body"),
    "time_without_zone": (saying("Scriviamo entro le 18:00 di martedì 8 dicembre."), "body"),
    "monitoring_without_who": (
        replace(GOOD, status=Status.MONITORING, components=WELL),
        "still_cannot",
    ),
    "resolved_while_bad": (replace(GOOD, status=Status.RESOLVED), "components"),
    "spoken_of_elsewhere": (replace(GOOD, elsewhere=("#3: Wallet",)), "components"),
    "euphemism": (saying("Si segnalano alcuni disagi."), "body"),
    "blame": (saying("È colpa del fornitore."), "body"),
    "supplier": (saying("Cloudflare is not available.", "en"), "body"),
    "internal": (saying("Abbiamo aperto un ticket."), "body"),
    "joke": (saying("Ops, ci siamo addormentati."), "body"),
    "slang": (saying("Ciao, il sito è in tilt."), "body"),
    "emoji": (saying("Il Portafoglio è lento 🐢"), "body"),
    "capitals": (saying("NON FUNZIONA NULLA OGGI"), "body"),
    "figure_incomplete": (
        replace(GOOD, figures=(figure("cards", source={"it": "nostri sistemi"}),)),
        "figures.cards.source",
    ),
    "figure_unexplained": (saying("Ci sono 7,9 milioni di iscritti."), "body"),
    "figures_subtract": (
        replace(GOOD, figures=(figure("cards"), figure("people"))),
        "figures.people.caveat",
    ),
    "tag": (saying("Grazie a @comune."), "body"),
    "accidental_link": (saying("Funziona di nuovo, grazie.Il resto segue."), "body"),
    "hard_to_read": (saying(HARD), "body"),
    "acronym": (saying("La DGSIA non risponde."), "body"),
    "same_text": (replace(GOOD, previous=GOOD.texts), "body"),
    "state_changed": (replace(GOOD, version_now=4), "version"),
    "field_at_example": (
        replace(GOOD, fields={"effect": "x y"}, examples={"effect": ("x y",)}),
        "fields.effect",
    ),
}
COPIED = "Il Portafoglio è lento da stamattina."
EXAMPLES["language_copied"] = (
    replace(GOOD, texts={locale: PublicText("A", "B", COPIED) for locale in ("it", "en")}),
    "body",
)


def test_a_notice_without_faults_has_no_findings() -> None:
    assert check(GOOD, RULES) == ()


@pytest.mark.parametrize("name", IDS)
def test_every_check_catches_its_own_example_at_its_field(name: str) -> None:
    notice, field = EXAMPLES[name]
    found = [finding for finding in check(notice, RULES) if finding.id == name]
    assert found, check(notice, RULES)
    assert field in {finding.field for finding in found}
    assert all(finding.reason and finding.fix for finding in found)


INNOCENT: dict[str, tuple[str, str]] = {
    "not knowing when is no estimate": ("Non sappiamo ancora quando tornerà a funzionare.", "it"),
    "the same in English": ("We do not know yet when it will be back.", "en"),
    "shortly after is a time": ("It began shortly after 9:00 on 8 December (Italian time).", "en"),
    "a rule of the day after": ("Contano dalle 00:01 (ora italiana) del giorno dopo.", "it"),
    "an address of the service": (
        "Apri [il sito](https://io.italia.it/a) o scrivi a a@b.it.",
        "it",
    ),
    "a host name": ("login.example.org is back.", "en"),
    "code": ("Use `curl @file #tag`.", "en"),
    "a known acronym": ("L'accesso con SPID e CIE funziona.", "it"),
    "an acronym that is explained": ("L'Agenzia del territorio (ADTX) risponde.", "it"),
    "a reference": ("See #42/3 for more.", "en"),
    "a year and a day": ("Dal 16 dicembre 2020 non occorre fare domanda.", "it"),
    "a figure with its source": ("Picco: 14.000 al secondo (nostri sistemi, 8 dicembre).", "it"),
    "four letters in capitals": ("Il modulo ISEE si può scaricare.", "it"),
    "tomorrow with its date": ("Riapre domani, mercoledì 9 dicembre.", "it"),
    "yesterday with its date": ("It has been slow since yesterday, 7 December.", "en"),
    "an hour's zone": ("It opened on 8 December at 1:27 pm MST.", "en"),
    "a company's form": ("La Posta S.p.A. risponde.", "it"),
}


@pytest.mark.parametrize("name", INNOCENT)
def test_what_only_looks_wrong_is_left_alone(name: str) -> None:
    text, locale = INNOCENT[name]
    assert check(saying(text, locale), RULES) == ()


def test_words_are_quoted_as_they_stand_and_by_language() -> None:
    (found,) = check(saying("Purtroppo è così. E purtroppo resta."), RULES)
    assert (found.id, found.locale, found.field) == ("euphemism", "it", "body")
    assert found.where == ("Purtroppo", "purtroppo")


def test_every_text_that_readers_get_is_looked_at() -> None:
    for name in ("still_cannot", "to_do", "not_to_do", "name"):
        said = {"it": "Purtroppo no.", "en": "No."}
        changes: dict[str, Any] = {name: said}
        assert [f.field for f in check(replace(GOOD, **changes), RULES)] == [name]
    heads = {**GOOD.texts, "it": PublicText("Purtroppo", "Purtroppo sì.", "Va tutto.")}
    found = check(replace(GOOD, texts=heads), RULES)
    assert [finding.field for finding in found] == ["headline", "short"]


def test_settings_say_how_severe_a_finding_is_and_what_stops_comes_first() -> None:
    notice = replace(saying("Purtroppo no."), version_now=4, next_update_by=None)
    assert [f.id for f in check(notice, RULES)] == [
        "state_changed", "next_update_missing", "euphemism"
    ]  # fmt: skip
    rules = Rules({"euphemism": Severity.STOP, "state_changed": Severity.OFF})
    assert [(f.id, f.severity) for f in check(notice, rules)] == [
        ("euphemism", Severity.STOP),
        ("next_update_missing", Severity.WARN),
    ]


def test_a_language_without_lists_still_has_the_checks_that_need_none() -> None:
    text = PublicText("Teater", "Teater", "SKRIV INTE HÄR MER 🐢 Purtroppo @namn 14:50")
    notice = replace(GOOD, locales=("sv",), texts={"sv": text}, name={"sv": "Teater"})
    assert ids(notice) == {"capitals", "emoji", "tag"}


@pytest.mark.parametrize(
    ("promise", "late"), [("19:59", False), ("20:00", False), ("20:01", True), ("07:59", True)]
)
def test_a_promise_for_the_minute_in_which_people_go_can_be_kept(promise: str, late: bool) -> None:
    hour, minute = map(int, promise.split(":"))
    at = datetime(2020, 12, 8, hour, minute, tzinfo=ROME)
    found = ids(replace(GOOD, next_update_by=at))
    assert ("next_update_unstaffed" in found) is late


def test_planned_work_and_answers_promise_no_next_update() -> None:
    notice = replace(GOOD, next_update_by=None)
    assert "next_update_missing" in ids(notice)
    assert ids(replace(notice, kind=PublicationKind.ANSWER)) == set()
    assert ids(replace(notice, about=IncidentKind.MAINTENANCE)) == set()
    assert ids(replace(notice, status=Status.RESOLVED, components=WELL)) == set()


def test_monitoring_may_say_in_words_who_still_cannot() -> None:
    told = {"it": "Chi ha due carte.", "en": "Whoever has two cards."}
    notice = replace(GOOD, status=Status.MONITORING, components=WELL)
    assert ids(replace(notice, still_cannot=told)) == set()
    assert ids(replace(notice, components=BAD)) == set()


def test_figures_that_are_told_apart_invite_nobody_to_subtract() -> None:
    caveat = {"it": "Una persona può averne più d'una.", "en": "One person may have several."}
    two = (figure("cards"), figure("people", caveat=caveat))
    assert ids(replace(GOOD, figures=two)) == set()
    assert ids(replace(GOOD, figures=(figure("cards"), figure("rate", unit=RATES)))) == set()
    assert ids(replace(GOOD, figures=(figure("cards"), figure("people", None)))) == set()


def test_a_number_in_the_text_that_is_one_of_the_figures_is_explained() -> None:
    notice = saying("Le carte sono 14.000.", figures=(figure("cards"),))
    assert ids(notice) == set()
    assert ids(replace(notice, figures=(figure("cards", 15_000),))) == {"figure_unexplained"}


def test_hashtags_that_are_allowed_may_be_tagged() -> None:
    notice = saying("Segui #Cashback.", hashtags=frozenset({"cashback"}))
    assert ids(notice) == set()
    assert ids(saying("Segui #Altro.", hashtags=frozenset({"cashback"}))) == {"tag"}


def test_names_that_readers_know_are_no_acronyms() -> None:
    assert ids(saying("La GSIX risponde.")) == {"acronym"}
    assert ids(saying("La GSIX risponde.", familiar=("Portale GSIX",))) == set()


def test_names_that_readers_know_are_no_suppliers() -> None:
    notice = saying("Cloudflare Pay is not available.", "en")
    assert ids(notice) == {"supplier"}
    assert ids(replace(notice, familiar=("Cloudflare Pay",))) == set()


@pytest.mark.parametrize("text", ["Riapre domani.", "Riapre domani. Martedì 8 no.", "Ieri sì."])
def test_a_day_without_its_date_beside_it_is_vague(text: str) -> None:
    assert ids(saying(text)) == {"vague_time"}


def test_planned_work_may_say_when_it_ends() -> None:
    notice = saying("Il servizio sarà ripristinato martedì 8 dicembre.")
    assert ids(notice) == {"estimate"}
    assert ids(replace(notice, about=IncidentKind.MAINTENANCE)) == set()


def test_a_word_is_found_once() -> None:
    assert ids(saying("There is an ETA for it.", "en")) == {"estimate"}
    assert ids(saying("It runs on AWS.", "en")) == {"supplier"}


def test_thousands_may_be_written_as_a_word() -> None:
    assert ids(saying("Abbiamo ricevuto 300mila domande.")) == {"figure_unexplained"}
    assert ids(saying("Il file 300mb non si apre.")) == set()


HOSTILE = ("AB'", "''", "ABX ", "(1", "([", "[](", "a.", "a@", "sarà ", "1.234.", "domani ", "\n- ")
DISTINCT = " ".join(
    chr(65 + n % 26) + chr(65 + n // 26 % 26) + chr(65 + n // 676) for n in range(3000)
)


@pytest.mark.parametrize("text", [*(each * (25_000 // len(each)) for each in HOSTILE), DISTINCT])
def test_the_longest_text_that_is_taken_is_looked_at(text: str) -> None:
    """An expression that tries every way through one of these would not come to its end."""
    check(saying(text), RULES)


def test_an_example_in_one_language_alone_is_found_too() -> None:
    filled = {"effect": {"it": "esempio uno", "en": "something else"}}
    notice = replace(GOOD, fields=filled, examples={"effect": ("esempio uno", "example one")})
    assert ids(notice) == {"field_at_example"}
    listed = replace(GOOD, fields={"parts": ["a", "b"]}, examples={"parts": (("a", "b"),)})
    assert ids(listed) == {"field_at_example"}


@pytest.mark.parametrize("locale", ["it", "en", "de"])
@pytest.mark.parametrize("filled", ["usual", "longest"])
def test_the_shipped_texts_raise_no_alarm(locale: str, filled: str) -> None:
    library = TextLibrary.load(TEMPLATES, ("it", "en", "de"), ROME)
    rules = Rules()
    found: list[tuple[str, Finding]] = []
    for key in library.notice_keys():
        said = getattr(library, filled)(key, locale)
        notice = Notice((locale,), ROME, {locale: said}, familiar=("App IO",))
        found += [(key, finding) for finding in check(notice, rules)]
    for key in library.answer_keys():
        answer = getattr(library, f"{filled}_answer")(key, locale)
        texts = {locale: PublicText(answer.question, answer.short, answer.answer)}
        notice = Notice((locale,), ROME, texts, kind=PublicationKind.ANSWER)
        found += [(key, finding) for finding in check(notice, rules)]
    assert found == []


def test_ids_are_settings_and_unique() -> None:
    assert len(set(IDS)) == len(CHECKS)
    assert all(name.isidentifier() and name == name.lower() for name in IDS)


@given(st.text(max_size=300))
def test_no_text_breaks_a_check(text: str) -> None:
    check(only(text, status=None, components=(), next_update_by=None), RULES)


@pytest.mark.parametrize("name", ["unit", "definition", "source", "caveat"])
def test_the_words_of_a_figure_are_read(name: str) -> None:
    told = replace(figure("cards"), **{name: {"it": "carte", "en": "our data is borked"}})  # type: ignore[arg-type]
    found = check(replace(GOOD, figures=(told,)), RULES)
    assert {(each.id, each.field) for each in found} >= {("slang", f"figures.cards.{name}")}


def test_why_something_was_corrected_may_name_times_and_amounts() -> None:
    reason = {"it": "Era 15:30, e 20.000 carte.", "en": "It was 15:30, and 20,000 cards."}
    told = replace(GOOD, kind=PublicationKind.CORRECTION, reason=reason)
    assert not [each for each in check(told, RULES) if each.field == "reason"]
