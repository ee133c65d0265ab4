"""`/call-script/`: what to say on the telephone, what not, and 15 seconds for the voice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from incidents.status import ComponentStatus
from incidents.view import Overview, PublicIncident, PublicRetraction, PublicText
from publishers.documents import call_script, pages
from publishers.documents._render import Page
from publishers.documents.call_script import RECORDED_WORDS, recorded, spoken_words
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.page_reader import by_class, only, tree, words_in
from tests.publishers.documents.sample_incidents import components, crash, rome
from tests.publishers.documents.sample_texts import both
from tests.publishers.documents.test_service import CONTACTS, HOURS, set_up


def script(view: Overview, locale: str = "") -> Any:
    return tree(call_script.home(view), f"{locale}call-script/index.html")


def said(page: Any, name: str) -> list[str]:
    return [words_in(item) for part in by_class(page, name) for item in part.iter("li")]


def alone(**changes: Any) -> tuple[Overview, PublicIncident]:
    entry = replace(crash(), **changes)
    return replace(views.worst_hour(), active=(entry,)), entry


def reworded(entry: PublicIncident, text: PublicText) -> PublicIncident:
    first = replace(entry.updates[0], texts={"it": text})
    return replace(entry, updates=(first, *entry.updates[1:]))


def test_each_open_entry_has_its_words() -> None:
    view = views.worst_hour()
    page = script(view)
    assert [words_in(h) for h in page.xpath("//article/h2")] == [
        entry.name["it"] for entry in view.active
    ]
    first = page.xpath("//article")[0]
    assert words_in(only(first, ".//blockquote")) == view.active[0].updates[0].texts["it"].short
    assert "È iniziato alle 21:40 di lunedì 7 dicembre 2020." in words_in(first)
    assert words_in(only(first, "./p[@class='when']/strong")).startswith(
        "Cambiato alle 14:26 di martedì 8"
    )
    assert "Prossimo aggiornamento entro le 18:00" in words_in(first)
    headings = [words_in(h) for h in first.xpath(".//section/h3")]
    assert headings == ["Dire", "Non dire"]


def test_numbers_come_with_what_they_mean() -> None:
    first = script(views.worst_hour()).xpath("//article")[0]
    assert "14.000 richieste al secondo nella sezione Portafoglio" in words_in(first)
    assert "non sottrarre dagli altri numeri" in words_in(first)


def test_what_not_to_say() -> None:
    view, _ = alone()
    lines = said(script(view), "do-not-say")
    assert lines == [
        "Quando tornerà a funzionare, se non è scritto qui sopra.",
        "Perché è successo, oltre a quello che è scritto qui sopra, e di chi è la colpa.",
        "Numeri diversi da quelli qui sopra, somme o differenze comprese.",
        (
            "Promesse, tranne il prossimo aggiornamento entro le 18:00 di martedì 8 dicembre 2020 "
            "(ora italiana)."
        ),
    ]
    late, _ = alone(overdue=True)
    assert said(script(late), "do-not-say")[-1] == "Promesse, neanche sul prossimo aggiornamento."
    assert "È in ritardo." in words_in(script(late))


def test_a_cause_that_nobody_knows() -> None:
    unknown = views.worst_hour().active[1]
    view = replace(views.worst_hour(), active=(unknown,))
    assert "Perché è successo: non lo sappiamo ancora." in said(script(view), "do-not-say")
    assert "Numeri: non ne abbiamo pubblicati." in said(script(view), "do-not-say")


def test_what_was_withdrawn_is_not_said_but_named() -> None:
    _, entry = alone()
    at = entry.updates[0].at + timedelta(minutes=5)
    gone = replace(
        entry.updates[0], retraction=PublicRetraction(at, both("Errore", "Error")), updated_at=at
    )
    view, entry = alone(updates=(gone, *entry.updates[1:]))
    page = script(view)
    text = words_in(only(page, "//article//blockquote"))
    assert text == next(u for u in entry.updates if not u.retraction).texts["it"].short
    assert said(page, "do-not-say")[0].startswith("Quello che abbiamo ritirato alle 14:31")
    assert "Cambiato alle 14:31" in words_in(page)
    nothing, _ = alone(updates=(gone,))
    assert "quello che avevamo pubblicato è stato ritirato" in words_in(script(nothing))
    assert by_class(script(nothing), "say")[0].findall(".//blockquote") == []


def test_advice_holds_until_other_advice_is_given() -> None:
    _, entry = alone()
    latest, before, *others = entry.updates
    advised = replace(before, to_do=both("Paga con la carta.", "Pay by card."))
    view, _ = alone(updates=(latest, advised, *others))
    part = words_in(by_class(script(view), "say")[0])
    assert "Che cosa fare: Paga con la carta. Scritto alle 22:20 di lunedì 7 dicembre" in part
    now = replace(latest, not_to_do=both("Non riprovare.", "Do not retry."))
    view, _ = alone(updates=(now, advised, *others))
    part = words_in(by_class(script(view), "say")[0])
    assert "Che cosa non fare: Non riprovare." in part
    assert "Scritto alle" not in part
    assert "Paga" not in part


def test_answers_are_short_and_dated() -> None:
    page = script(views.worst_hour())
    dates = [words_in(dd) for dd in page.xpath("//dl/div[1]/dd")]
    assert dates[0] == views.worst_hour().answers[0].short["it"]
    assert "mercoledì 9 dicembre 2020" in dates[-1]


def test_when_nothing_is_wrong() -> None:
    page = script(views.all_well())
    assert words_in(*by_class(page, "recorded")).endswith("Nessun problema segnalato.")
    assert "Di’ che non risulta nessun problema segnalato" in words_in(page)


def test_a_component_that_fails_without_an_incident_is_not_denied() -> None:
    parts = components(wallet=ComponentStatus.MAJOR_OUTAGE)
    page = script(replace(views.all_well(), components=parts))
    assert "non risulta" not in words_in(page)
    assert "Problemi con: Portafoglio" in words_in(page)


def test_danger_and_hours_stand_at_the_top() -> None:
    view = set_up(views.worst_hour(), contacts=CONTACTS)
    page = script(replace(view, hours=HOURS.as_of(rome(8, 14), ("it", "en"))), "en/")
    assert words_in(*by_class(page, "danger")) == "In danger, call 112."
    assert "Today is a holiday" in words_in(*by_class(page, "staffed"))


# 15 seconds.


def test_hours_are_more_than_a_word() -> None:
    assert spoken_words("Prossimo aggiornamento entro le 18:00 di martedì 8 dicembre.") == 11
    assert spoken_words("") == 0


@pytest.mark.parametrize(("words", "whole"), [(RECORDED_WORDS, True), (RECORDED_WORDS + 1, False)])
def test_the_short_text_is_read_where_there_is_time_for_it(words: int, whole: bool) -> None:
    _, entry = alone()
    short = " ".join(["parola"] * words)
    view = replace(
        views.worst_hour(), active=(reworded(entry, PublicText("Titolo", short, "Testo")),)
    )
    text = recorded(view, Page(view.service, "it", "call-script/"))
    assert (text == short) is whole
    if not whole:
        assert text == (
            "Portafoglio non disponibile. Causa trovata. "
            "Prossimo aggiornamento entro le 18:00 di martedì 8 dicembre 2020."
        )
        assert spoken_words(text) <= RECORDED_WORDS


def test_of_several_it_says_how_many() -> None:
    view = views.worst_hour()
    text = recorded(view, Page(view.service, "en", "call-script/"))
    assert text == (
        "Wallet unavailable, and 1 more problem. Next update by 18:00 on Tuesday 8 December 2020."
    )


def test_a_late_promise_is_not_repeated() -> None:
    view, _ = alone(overdue=True)
    assert "18:00" not in recorded(view, Page(view.service, "it", "call-script/")).split(".")[-2]


# Its place.


def test_nothing_changes_with_the_minute_alone() -> None:
    view = views.worst_hour()
    later = replace(view, checked_at=view.checked_at + timedelta(minutes=1))
    assert list(call_script.home(view)) == list(call_script.home(later))


def test_it_is_for_operators() -> None:
    page = script(views.worst_hour())
    assert only(page, "//meta[@name='robots']").get("content") == "noindex"
    for document in pages.home(views.worst_hour()):
        assert document.body is not None
        assert b"call-script" not in document.body
        assert b"noindex" not in document.body
