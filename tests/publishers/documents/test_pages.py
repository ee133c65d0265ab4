"""The home page: what it says in each state and in each language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from incidents.status import ComponentStatus, Impact, Status
from incidents.view import Overview, PublicCorrection, PublicRetraction
from publishers.documents import pages
from tests.publishers.documents import sample_incidents as incidents
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.page_reader import (
    by_class,
    home,
    incident_page,
    only,
    words_in,
)
from tests.publishers.documents.sample_texts import RECOVERED, both

# What the home page says


def with_components(**statuses: ComponentStatus) -> Overview:
    return replace(views.empty(), components=incidents.components(**statuses))


DOWN, SLOW, WORK = (
    ComponentStatus.MAJOR_OUTAGE,
    ComponentStatus.DEGRADED_PERFORMANCE,
    ComponentStatus.UNDER_MAINTENANCE,
)


def three_problems() -> Overview:
    third = replace(incidents.email_check(), id="third0000001", impact=Impact.MINOR)
    view = views.worst_hour()
    return replace(view, active=(third, *view.active))


@pytest.mark.parametrize(
    ("view", "italian", "english", "tone"),
    [
        (views.empty(), "Nessun problema segnalato", "No problem reported", "working"),
        (views.all_well(), "Nessun problema segnalato", "No problem reported", "working"),
        (
            views.worst_hour(),
            "Portafoglio non disponibile, e un altro problema",
            "Wallet unavailable, and 1 more problem",
            "down",
        ),
        (
            three_problems(),
            "Portafoglio non disponibile, e altri 2 problemi",
            "Wallet unavailable, and 2 more problems",
            "down",
        ),
        (
            replace(views.worst_hour(), active=(incidents.crash(),)),
            "Portafoglio non disponibile",
            "Wallet unavailable",
            "down",
        ),
        (
            views.maintenance(),
            "Manutenzione in corso: Aggiornamento dei Messaggi",
            "Maintenance in progress: Update of Messages",
            "work",
        ),
        (
            with_components(messages=WORK),
            "Manutenzione in corso",
            "Maintenance in progress",
            "work",
        ),
        (
            with_components(messages=SLOW, wallet=DOWN, email=WORK),
            "Problemi con: Portafoglio e Messaggi",
            "Problems with: Wallet and Messages",
            "down",
        ),
        (
            with_components(messages=SLOW, login=SLOW, email=SLOW, iban=SLOW),
            "Problemi con 4 servizi",
            "Problems with 4 services",
            "slow",
        ),
        (
            replace(views.empty(), active=(incidents.notice(None),)),
            "Nessun problema segnalato",
            "No problem reported",
            "working",
        ),
    ],
)
def test_the_verdict_opens_the_title_and_is_the_heading(
    view: Overview, italian: str, english: str, tone: str
) -> None:
    for path, verdict, service in (
        ("index.html", italian, "App dei servizi pubblici"),
        ("en/index.html", english, "Public services app"),
    ):
        page = home(view, path)
        assert page.findtext(".//title") == f"{verdict} · {service}"
        assert words_in(only(page, "//h1")) == verdict
        assert tone in only(page, "//main//div[contains(@class, 'verdict')]").classes


def test_a_fault_outranks_maintenance_in_the_verdict() -> None:
    view = views.maintenance()
    view = replace(view, components=incidents.components(iban=DOWN, messages=WORK))
    assert words_in(only(home(view), "//h1")) == "Problemi con: Inserimento dell’IBAN"


def test_the_page_says_when_it_was_last_checked() -> None:
    page = home(views.worst_hour())
    said = words_in(by_class(page, "verdict")[0])
    assert "Ultima verifica: 14:30 di martedì 8 dicembre 2020 (ora italiana)" in said
    assert by_class(page, "verdict")[0].xpath(".//time/@datetime") == ["2020-12-08T14:30+01:00"]


@pytest.mark.parametrize(
    "phrase",
    [
        "Causa trovata",
        "Gravità molto alta",
        "Prossimo aggiornamento entro le 18:00 di martedì 8 dicembre 2020 (ora italiana)",
        "Ci scusiamo: il Portafoglio non funziona ancora per molti",
        "Pubblicato alle 14:26 di martedì 8 dicembre 2020",
        "Questo aggiornamento è arrivato 13 minuti dopo l’orario promesso.",
        "La responsabilità è nostra.",
        "Primo avviso dopo 9 minuti.",
        "14.000 richieste al secondo nella sezione Portafoglio",
        "Attenzione: una persona può averne più d’uno: non sottrarre dagli altri numeri.",
        "Fonte: nostri sistemi, alle 12:00 di martedì 8 dicembre 2020.",
        "persone che hanno completato l’attivazione: non lo sappiamo ancora",
    ],
)
def test_an_open_incident_is_told_in_full_on_the_home_page(phrase: str) -> None:
    first = by_class(home(views.worst_hour()), "entry")[0]
    assert phrase in words_in(first)


def test_the_promise_and_what_works_come_before_the_message() -> None:
    first = by_class(home(views.worst_hour()), "entry")[0]
    order = [name for e in first for name in e.classes if name in {"promise", "reach", "latest"}]
    assert order == ["promise", "reach", "latest"]


def test_a_single_problem_is_not_named_twice_for_the_eye() -> None:
    alone = replace(views.worst_hour(), active=(incidents.crash(),))
    (entry,) = by_class(home(alone), "entry")
    heading = only(entry, "h2")
    assert words_in(heading) == "Portafoglio non disponibile"
    assert "unseen" in heading.classes
    for entry in by_class(home(views.worst_hour()), "entry"):
        assert entry.xpath("h2[not(@class)]/a/@href") == [
            f"incidents/{entry.find('h2').get('id')}/"
        ]


def test_how_to_follow_is_one_step_from_the_top_of_every_page() -> None:
    for page in (home(views.empty()), incident_page(views.incident_view(), "en/")):
        links = only(page, "//header//nav[not(@class)]").xpath(".//a/@href")
        assert links[-1].endswith("subscribe/")
        assert only(page, "//*[@id='follow']").tag == "h2"


@pytest.mark.parametrize(
    "phrase",
    [
        "Avviso automatico.",
        "Avevamo promesso un aggiornamento entro le 14:15 di martedì 8 dicembre 2020",
        "(ora italiana). È in ritardo.",
        "Stiamo verificando",
    ],
)
def test_a_machine_and_a_broken_promise_are_shown_as_such(phrase: str) -> None:
    second = by_class(home(views.worst_hour()), "entry")[1]
    assert phrase in words_in(second)


def test_what_works_and_what_does_not_is_listed() -> None:
    first, second = by_class(home(views.worst_hour()), "entry")
    lists = {
        words_in(only(box, ".//h3")): [words_in(li) for li in box.iter("li")]
        for box in by_class(first, "reach")[0].iter("section")
    }
    assert lists == {
        "Che cosa non funziona": [
            "Portafoglio",
            "Attivazione del Cashback",
            "Inserimento dell’IBAN",
            "Carte e metodi di pagamento",
        ],
        "Che cosa funziona a fatica": ["Accesso con SPID e CIE", "Messaggi"],
        "Che cosa funziona": ["Conteggio degli acquisti"],
    }
    assert "Che cosa funziona" not in words_in(by_class(second, "reach")[0])


def test_what_to_do_and_what_not_stand_beside_what_works() -> None:
    entry = incidents.crash()
    said = replace(
        entry.updates[0],
        to_do=both("Paga con la <carta>.", "Pay by card."),
        not_to_do=both("Non rifare la registrazione.", "Do not register again."),
    )
    view = replace(views.worst_hour(), active=(replace(entry, updates=(said, *entry.updates[1:])),))
    *_, do, avoid = by_class(home(view), "reach")[0].iter("section")
    assert words_in(do) == "Che cosa fare Paga con la <carta>."
    assert words_in(avoid) == "Che cosa non fare Non rifare la registrazione."
    gone = PublicRetraction(incidents.rome(8, 14, 28), both("Un errore.", "A mistake."))
    view = replace(view, active=(replace(entry, updates=(replace(said, retraction=gone),)),))
    assert "Che cosa fare" not in words_in(home(view))


def test_advice_holds_until_other_advice_is_given() -> None:
    entry = incidents.crash()
    latest, before, *others = entry.updates
    advised = replace(
        before,
        to_do=both("Paga con la carta.", "Pay by card."),
        not_to_do=both("Non rifare la registrazione.", "Do not register again."),
    )
    updates = (latest, advised, *others)
    view = replace(views.worst_hour(), active=(replace(entry, updates=updates),))
    *_, do, avoid = by_class(home(view), "reach")[0].iter("section")
    said = "Scritto alle 22:20 di lunedì 7 dicembre 2020"
    assert words_in(do) == f"Che cosa fare Paga con la carta. {said}"
    assert words_in(avoid) == f"Che cosa non fare Non rifare la registrazione. {said}"


@pytest.mark.parametrize("status", [Status.SCHEDULED, Status.IN_PROGRESS])
def test_what_is_being_worked_on_is_listed_and_what_works(status: Status) -> None:
    notice = incidents.notice(None)
    work = incidents.planned_work(status)
    view = replace(views.maintenance(), active=(notice, work))
    first, second = by_class(home(view), "entry")
    assert not by_class(first, "reach")
    named, works = by_class(second, "reach")[0].iter("section")
    assert words_in(named) == "In manutenzione Messaggi"
    assert "work" in named.classes
    assert words_in(works).startswith("Che cosa funziona Portafoglio Attivazione del Cashback")
    assert len(works.findall("ul/li")) == 7


def test_of_many_services_that_work_the_others_are_counted_and_linked() -> None:
    entry = incidents.crash()
    some = tuple(
        replace(part, status=ComponentStatus.OPERATIONAL, only_show_if_degraded=number == 0)
        for number, part in enumerate(views.many().components[:14])
    )
    for parts, last in ((some, "… and 1 other service"), (some[:13], "Service number 12")):
        view = replace(views.worst_hour(), components=parts, active=(entry,))
        page = home(view, "en/index.html")
        names = by_class(page, "reach")[0].xpath("section[@class='working']//li")
        assert words_in(names[-1]) == last
        assert words_in(names[0]) == "Service number 1"
    (link,) = home(replace(view, components=views.many().components)).xpath(
        "//section[@class='working']//a"
    )
    assert words_in(link) == "… e altri 28 servizi"
    assert only(home(view), f"//*[@id='{link.get('href')[1:]}']").tag == "h2"


def test_a_part_that_works_only_for_some_says_so() -> None:
    entry = incidents.crash()
    cards = replace(entry.affected[3], status=ComponentStatus.PARTIAL_OUTAGE)
    view = replace(views.worst_hour(), active=(replace(entry, affected=(cards,)),))
    reach = by_class(home(view), "reach")[0]
    assert "(solo in parte)" in words_in(reach)
    assert "Che cosa non funziona" not in words_in(reach)


def test_answers_stand_open_with_their_dates_first() -> None:
    answer = only(home(views.worst_hour()), "//article[@id='transaction-counting']")
    dates = by_class(answer, "dates")[0]
    assert [words_in(li) for li in dates] == list(incidents.ANSWERS[0].dates["it"])
    assert dates.getnext().find_class("prose") or "prose" in dates.getnext().classes
    assert not answer.xpath("ancestor::details")


def test_components_are_grouped_with_a_word_and_a_shape_each() -> None:
    page = home(views.worst_hour())
    groups = by_class(page, "group")
    heads = [words_in(group.find("h3")) for group in groups]
    assert heads == ["Cashback e pagamenti", "Accesso", "Altri servizi"]
    wallet = groups[0].find("ul")[0]
    assert words_in(wallet) == "Portafoglio Non funziona dalle 21:49 di lunedì 7 dicembre 2020"
    assert wallet.xpath(".//*[local-name()='use']/@href") == ["#s-down"]


def test_each_status_has_its_own_shape() -> None:
    page = home(views.many())
    drawn = {
        (words_in(by_class(li, "word")[0]), li.xpath(".//*[local-name()='use']/@href")[0])
        for li in by_class(page, "components")[0].iter("li")
    }
    assert len(drawn) == len(ComponentStatus)
    assert len({shape for _, shape in drawn}) == len(ComponentStatus)
    symbols = set(page.xpath("//*[local-name()='symbol']/@id"))
    assert {shape.removeprefix("#") for _, shape in drawn} < symbols


def test_a_component_may_show_only_while_it_fails() -> None:
    hidden, shown = (
        replace(part, only_show_if_degraded=True)
        for part in incidents.components(activation=SLOW)[:2]
    )
    view = replace(views.empty(), components=(hidden, shown))
    said = words_in(only(home(view), "//main"))
    assert "Attivazione del Cashback" in said
    assert "Portafoglio" not in said


def test_upcoming_work_and_notices_say_what_they_are() -> None:
    page = home(views.maintenance())
    said = words_in(by_class(page, "upcoming")[0])
    assert "Dalle 09:00 alle 23:00 di giovedì 31 dicembre 2020" in said
    assert "annuncia molte richieste, non lavori" in said
    work = words_in(by_class(home(views.worst_hour()), "upcoming")[0])
    assert "Manutenzione programmata" in work
    assert "annuncia" not in work


def test_past_incidents_stand_under_the_local_day_they_began() -> None:
    just_after = replace(incidents.crash(), id="night0000001", started_at=incidents.rome(8, 0, 5))
    before = replace(incidents.crash(), id="night0000002", started_at=incidents.rome(7, 23, 55))
    days = pages.by_day((before, just_after), incidents.SERVICE)
    assert [(day, [entry.id for entry in some]) for day, some in days] == [
        (date(2020, 12, 8), ["night0000001"]),
        (date(2020, 12, 7), ["night0000002"]),
    ]
    past = by_class(home(views.all_well()), "past")[0]
    assert [words_in(day.find("h3")) for day in by_class(past, "day")] == [
        "lunedì 7 dicembre 2020",
        "venerdì 4 dicembre 2020",
    ]
    assert past.xpath(".//a/@href")[-1] == "history/2020-12/"


def test_a_withdrawn_update_is_struck_on_the_home_page_and_its_body_gone() -> None:
    entry = incidents.crash()
    gone = PublicRetraction(incidents.rome(8, 14, 28), both("Un errore.", "A mistake."))
    updates = (replace(entry.updates[0], retraction=gone), *entry.updates[1:])
    view = replace(views.worst_hour(), active=(replace(entry, updates=updates),))
    said = by_class(home(view), "latest")[0]
    assert said.findtext("h3/del") == "Ci scusiamo: il Portafoglio non funziona ancora per molti"
    assert "Ritirato alle 14:28 di martedì 8 dicembre 2020. Perché: Un errore." in words_in(said)
    assert "La responsabilità" not in words_in(said)
    assert by_class(home(views.worst_hour()), "figures")
    assert not by_class(home(view), "figures")


def test_a_correction_is_named_on_the_home_page() -> None:
    entry = incidents.crash()
    fix = PublicCorrection(incidents.rome(8, 14, 28), RECOVERED, both("Un refuso.", "A slip."))
    updates = (replace(entry.updates[0], corrections=(fix,)), *entry.updates[1:])
    view = replace(views.worst_hour(), active=(replace(entry, updates=updates),))
    said = words_in(by_class(home(view), "latest")[0])
    assert "Corretto alle 14:28 di martedì 8 dicembre 2020. Perché: Un refuso." in said


def test_what_an_update_advised_before_it_was_corrected_stays_readable() -> None:
    entry = incidents.crash()
    stood = {
        "to_do": both("Aspetta.", "Wait."),
        "not_to_do": {},
        "still_cannot": both("Chi ha un iPhone.", "Who has an iPhone."),
    }
    at = incidents.rome(8, 14, 28)
    fix = PublicCorrection(at, {}, both("Un refuso.", "A slip."), stood)
    updates = (replace(entry.updates[0], corrections=(fix,)), *entry.updates[1:])
    view = replace(views.incident_view(), incident=replace(entry, updates=updates))
    (shown,) = by_class(incident_page(view), "correction")
    said = words_in(shown)
    assert "Prima diceva: Chi non può ancora: Chi ha un iPhone. Che cosa fare: Aspetta." in said
    assert "Che cosa non fare" not in said
    assert len(shown.xpath(".//blockquote")) == 1


def test_a_figure_that_was_corrected_stays_readable() -> None:
    entry = incidents.crash()
    update = next(each for each in entry.updates if each.figures)
    wrong = replace(update.figures[0], value=987_654)
    at = incidents.rome(8, 14, 28)
    fix = PublicCorrection(at, {}, both("Un refuso.", "A slip."), figures=(wrong,))
    updates = tuple(replace(u, corrections=(fix,)) if u is update else u for u in entry.updates)
    view = replace(views.incident_view(), incident=replace(entry, updates=updates))
    (shown,) = by_class(incident_page(view), "correction")
    assert "Prima diceva:" in words_in(shown)
    assert "987.654" in words_in(shown)
    (whole,) = shown.xpath("..")
    assert words_in(whole).count("987.654") == 1


# Languages


def test_a_missing_translation_is_marked_and_said() -> None:
    second = by_class(home(views.worst_hour(), "en/index.html"), "entry")[1]
    headline = second.xpath(".//h3[@lang]")[0]
    assert (headline.get("lang"), headline.text) == ("it", "Verifica dell’e-mail non disponibile")
    assert by_class(second, "prose")[0].get("lang") == "it"
    assert "Not translated yet: this text is in Italian." in words_in(second)
    italian = by_class(home(views.worst_hour()), "entry")[1]
    assert not italian.xpath(".//*[@lang]")
    assert "tradotto" not in words_in(italian)


def test_the_language_switch_keeps_the_place() -> None:
    view = views.incident_view()
    path = "incidents/crash0000001/"
    for locale, here, there in (("", "Italiano", "English"), ("en/", "English", "Italiano")):
        page = incident_page(view, locale)
        links = {a.text: a for a in by_class(page, "languages")[0].iter("a")}
        assert links[here].get("aria-current") == "true"
        assert links[there].get("hreflang") == links[there].get("lang")
        root = "../" * (3 if locale else 2)
        other = path if locale else f"en/{path}"
        assert links[there].get("href") == root + other
