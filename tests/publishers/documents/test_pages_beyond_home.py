"""The pages of incidents, months and answers: what they say, and where they are put."""

from __future__ import annotations

from dataclasses import replace

import pytest

from incidents.status import IncidentKind, Status
from publishers.documents import _render, pages
from publishers.documents._base import Document
from tests.publishers.documents import sample_incidents as incidents
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.page_reader import (
    by_class,
    every_page,
    incident_page,
    only,
    tree,
    words_in,
)

# The pages of incidents, months and answers
from tests.publishers.documents.sample_texts import COUNTING, METHODS, both


def test_who_still_cannot_is_said_where_it_was_said() -> None:
    said = {"it": "chi ha <due> carte", "en": "those with two cards"}
    view = views.incident_view()
    first, *others = view.incident.updates
    told = replace(view.incident, updates=(replace(first, still_cannot=said), *others))
    (page, *_) = pages.incident(view.service, told.id, replace(view, incident=told))
    assert page.body is not None
    assert "Chi non può ancora: <bdi>chi ha &lt;due&gt; carte</bdi>" in page.body.decode()


@pytest.mark.parametrize(
    "phrase",
    [
        "Inizio 21:40 di lunedì 7 dicembre 2020",
        "Primo avviso dopo 9 minuti",
        "Risolto 09:18 di mercoledì 16 dicembre 2020",
        "Durata 8 giorni e 11 ore",
        "Carte e metodi di pagamento: da «Funziona solo in parte» a «Funziona»",
        "Corretto alle 15:57 di sabato 12 dicembre 2020. Perché: I pagamenti sono già validi:",
        "Prima diceva: I pagamenti impiegano fino a 3 giorni lavorativi per essere confermati.",
        "Ritirato alle 18:05 di mercoledì 9 dicembre 2020. Perché: Pubblicato per errore",
        "Prossimo aggiornamento promesso entro le 18:00 di martedì 8 dicembre 2020",
        "Questo aggiornamento è arrivato 13 minuti dopo l’orario promesso.",
    ],
)
def test_an_incident_page_tells_the_whole_story(phrase: str) -> None:
    assert phrase in words_in(only(incident_page(views.incident_view()), "//main"))


def test_a_component_that_stays_as_it_was_is_named_without_a_from_and_to() -> None:
    view = views.incident_view()
    update = view.incident.updates[0]
    stays = tuple(replace(change, new=change.old) for change in update.changes)
    told = replace(view.incident, updates=(replace(update, changes=stays),))
    (changes,) = by_class(incident_page(replace(view, incident=told)), "changes")
    assert words_in(changes) == "Carte e metodi di pagamento: Funziona solo in parte"


def test_the_timeline_is_newest_first_with_an_anchor_each() -> None:
    page = incident_page(views.incident_view())
    updates = by_class(page, "update")
    assert [li.get("id") for li in updates] == [f"u{n}" for n in range(7, 0, -1)]
    assert words_in(by_class(updates[0], "status")[0]) == "Risolto"
    posts = by_class(updates[4], "posts")[0].xpath(".//a/@href")
    assert posts == ["https://x.com/app_pubblica/status/1336300000000000003"]
    assert "confermati" not in words_in(by_class(updates[1], "prose")[0])
    struck = updates[2].find("article/del")
    assert struck.findtext("h3") == "Il Portafoglio funziona di nuovo"


def test_the_numbers_of_what_was_withdrawn_are_struck_too() -> None:
    view = views.incident_view()
    numbered = tuple(replace(update, figures=incidents.FIGURES) for update in view.incident.updates)
    told = replace(view.incident, updates=numbered)
    page = incident_page(replace(view, incident=told))
    found = by_class(page, "figures")
    assert len(found) == len(numbered)
    assert [bool(each.xpath("ancestor::del")) for each in found] == [
        update.retraction is not None for update in numbered
    ]


def test_notice_and_incident_name_each_other() -> None:
    there = incident_page(views.incident_view()).xpath("//main//a/@href")
    back = incident_page(views.notice_view()).xpath("//main//a/@href")
    assert "../../incidents/notice000001/" in there
    assert "../../incidents/crash0000001/" in back


def test_a_notice_gives_its_times_and_says_that_it_is_no_work() -> None:
    said = words_in(only(incident_page(views.notice_view()), "//main"))
    assert "Inizio previsto 00:00 di venerdì 4 dicembre 2020 (ora italiana)" in said
    assert "Fine prevista 12:00 di mercoledì 9 dicembre 2020 (ora italiana)" in said
    assert "non lavori" in said


def test_a_cancelled_entry_says_so() -> None:
    plan = incidents.planned_work()
    last = replace(plan.updates[0], id="last", number=2, status=Status.COMPLETED)
    gone = replace(
        plan,
        status=Status.COMPLETED,
        cancelled_at=incidents.rome(10, 9),
        updates=(*plan.updates, last),
    )
    view = replace(views.notice_view(), incident=gone)
    page = incident_page(view)
    assert page.findtext(".//title", "").startswith("Aggiornamento dei Messaggi: Annullato")
    assert "Annullato 09:00 di giovedì 10 dicembre 2020" in words_in(only(page, "//main"))
    assert {words_in(each) for each in by_class(page, "status")} == {"In programma", "Annullato"}


def test_what_was_recorded_afterwards_says_so() -> None:
    view = views.incident_view()
    late = replace(view, incident=replace(view.incident, backdated=True))
    assert "Registrato a posteriori 21:49 di" in words_in(only(incident_page(late), "//main"))


def test_a_month_lists_its_entries_and_its_neighbours() -> None:
    view = views.month_view()
    page = tree(pages.month(view.service, "2020-12", view), "history/2020-12/index.html")
    assert words_in(only(page, "//h1")) == "Storico di dicembre 2020"
    names = [words_in(brief.find("h3")) for brief in by_class(page, "brief")]
    assert names == [
        "Aggiornamento dei Messaggi",
        "Verifica dell’e-mail non disponibile",
        "Portafoglio non disponibile",
        "Avvio del Cashback: possibili rallentamenti",
    ]
    months = by_class(page, "months")[0].xpath(".//a/@href")
    assert months == ["../../history/2020-11/", "../../history/2021-01/"]


def test_an_answer_of_several_updates_stands_once_as_last_published() -> None:
    view = views.incident_view()
    old, new = (
        replace(view.incident.updates[n], answers=(replace(COUNTING, question=both(q, q)),))
        for n, q in ((1, "Vecchia?"), (0, "Nuova?"))
    )
    told = replace(view, incident=replace(view.incident, updates=(new, old)))
    (answer,) = by_class(incident_page(told), "answer")
    assert words_in(answer.find("h3")) == "Nuova?"


def test_an_answer_is_rendered_and_marked_where_it_is_not_translated() -> None:
    italian = replace(METHODS, answer={"it": "Solo **carte**."}, question={"it": "Quali?"})
    view = replace(views.empty(), answers=(italian,))
    for path, language in (("answers/index.html", None), ("en/answers/index.html", "it")):
        answer = by_class(tree(pages.overview(view), path), "answer")[0]
        prose = by_class(answer, "prose")[0]
        assert (prose.get("lang"), prose.findtext("p/strong")) == (language, "carte")
        assert answer.find("h2/bdi").get("lang") == language


def test_search_engines_are_told_the_questions_on_one_page_alone() -> None:
    view = views.worst_hour()
    page = tree(pages.overview(view), "answers/index.html")
    faq = only(page, "//*[@itemtype='https://schema.org/FAQPage']")
    questions = faq.xpath(".//*[@itemprop='mainEntity'][@itemtype='https://schema.org/Question']")
    assert [words_in(only(q, ".//*[@itemprop='name']")) for q in questions] == [
        answer.question["it"] for answer in view.answers
    ]
    accepted = only(questions[0], "*[@itemprop='acceptedAnswer']")
    assert accepted.get("itemtype") == "https://schema.org/Answer"
    said = words_in(only(accepted, "*[@itemprop='text']"))
    assert said.startswith(view.answers[0].dates["it"][0])
    assert "Dalle 00:01 (ora italiana) del giorno dopo" in said
    for other in (
        tree(pages.home(view)),
        tree(pages.overview(views.empty()), "answers/index.html"),
    ):
        assert not other.xpath("//@itemscope|//@itemprop")


def test_the_answers_page_has_an_anchor_per_answer_or_a_kind_word() -> None:
    page = tree(pages.overview(views.worst_hour()), "answers/index.html")
    keys = [answer.get("id") for answer in by_class(page, "answer")]
    assert keys == ["transaction-counting", "accepted-methods", "debit-or-credit"]
    assert by_class(page, "contents")[0].xpath(".//a/@href") == [f"#{key}" for key in keys]
    nothing = tree(pages.overview(views.empty()), "answers/index.html")
    assert "non ci sono domande" in words_in(only(nothing, "//main"))


# Paths


def test_every_kind_puts_its_documents_where_they_belong() -> None:
    view, month = views.incident_view(), views.month_view()
    assert [d.path for d in pages.home(views.empty())] == ["index.html", "en/index.html"]
    assert [d.path for d in pages.overview(views.empty())] == [
        "answers/index.html",
        "en/answers/index.html",
        "favicon.svg",
        "avviso.js",
    ]
    incident_id = view.incident.id
    shown = [d.path for d in pages.incident(view.service, incident_id, view)]
    assert shown == [
        f"incidents/{incident_id}/index.html",
        f"en/incidents/{incident_id}/index.html",
    ]
    gone = list(pages.incident(view.service, incident_id, None))
    assert gone == [Document(path, None) for path in shown]
    shown = [d.path for d in pages.month(month.service, month.month, month)]
    assert shown == ["history/2020-12/index.html", "en/history/2020-12/index.html"]
    gone = list(pages.month(month.service, month.month, None))
    assert gone == [Document(path, None) for path in shown]


def test_the_same_view_gives_the_same_bytes() -> None:
    assert list(every_page()) == list(every_page())


@pytest.mark.parametrize(
    ("minutes", "italian", "english"),
    [
        (0, "meno di un minuto", "less than a minute"),
        (1, "1 minuto", "1 minute"),
        (65, "1 ora e 5 minuti", "1 hour and 5 minutes"),
        (1440, "1 giorno", "1 day"),
        (12218, "8 giorni e 11 ore", "8 days and 11 hours"),
    ],
)
def test_durations(minutes: int, italian: str, english: str) -> None:
    said = [
        _render.Page(incidents.SERVICE, locale, "").duration(minutes) for locale in ("it", "en")
    ]
    assert said == [italian, english]


def test_a_text_in_a_language_without_a_catalogue_is_marked() -> None:
    page = _render.Page(incidents.SERVICE, "it", "")
    assert page.foreign({"ar": "x"}) == "arabo"
    assert page.foreign({"not a locale": "x"}) == "not a locale"
    assert page.say({"ar": "<x>"}) == '<bdi lang="ar">&lt;x&gt;</bdi>'
    assert page.say({}) == "Senza nome"


@pytest.mark.parametrize("kind", list(IncidentKind))
def test_an_entry_of_any_kind_and_status_has_a_page(kind: IncidentKind) -> None:
    view = views.incident_view()
    for status in Status:
        entry = replace(view.incident, kind=kind, status=status)
        assert list(pages.incident(view.service, entry.id, replace(view, incident=entry)))
