"""The form that declares a problem: from what is chosen to what everybody reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import lxml.html
import pytest

from incidents import access, actions, queries
from incidents.models import Delivery, Incident
from incidents.status import Role
from statuspage.site import NotOnline, Site
from tests.console.conftest import PASSWORD, Browser, Place

PATH = "/console/declare"
Form = dict[str, Any]


def value_of(page: str, name: str) -> str:
    """What stands in a field of a page."""
    found = re.search(rf'name="{re.escape(name)}"[^>]* value="([^"]*)"', page)
    assert found is not None, f"there is no field {name}"
    return found[1]


def opened(client: Browser, path: str = PATH, **others: Any) -> Form:
    """The form as it stands when the page is opened, with what is typed into it."""
    page = client.get(path).text
    return {
        "token": value_of(page, "token"),
        "started_at": value_of(page, "started_at"),
        "next_update_by": value_of(page, "next_update_by"),
        "how_bad": "major_outage",
        "template": "acknowledgement/component-down",
        "words": "template",
        "status": "investigating",
        "component": "wallet",
        "do": "publish",
        **others,
    }


def own_words(**others: str) -> Form:
    """A notice in own words, in both languages."""
    return {
        "words": "own",
        "texts.it.headline": "Il Portafoglio non funziona",
        "texts.it.body": "Non si possono aggiungere carte. Stiamo cercando la causa.",
        "texts.en.headline": "The Wallet does not work",
        "texts.en.body": "Cards cannot be added. We are looking for the cause.",
        **others,
    }


def typed_in(page: str) -> Form:
    """A form as a browser would send it."""
    sheet = lxml.html.fromstring(page).get_element_by_id("sheet")
    found: Form = {}
    for name, value in sheet.form_values():
        found.setdefault(name, []).append(value.removeprefix("\n"))
    found.pop("csrf_token", None)
    return found


def signed_in_again(browser: Browser, location: str) -> str:
    """Where bea comes to after she has signed in with her password."""
    who = {"login": "bea", "password": PASSWORD}
    wanted = parse_qs(urlsplit(location).query)["next"][0]
    return str(browser.post_form("/console/sign-in", {**who, "next": wanted}).location)


def incidents(place: Place) -> list[Incident]:
    with place.house.db.read() as session:
        return queries.incidents(session)


def deliveries(place: Place) -> list[Delivery]:
    with place.house.db.read() as session:
        return queries.deliveries(session)


@pytest.fixture
def author(place: Place) -> Browser:
    return place.client_of(Role.AUTHOR)


def test_published_with_nothing_but_the_component_chosen(place: Place, author: Browser) -> None:
    answer = author.post_form(PATH, opened(author))
    assert answer.status_code == 303
    (incident,) = incidents(place)
    assert answer.location.startswith(f"/console/entries/{incident.number}?published=")
    assert incident.name == {"it": "Fuori servizio: Portafoglio", "en": "Out of service: Wallet"}
    assert [(one.name["en"], one.status) for one in incident.affected] == [
        ("Wallet", "major_outage")
    ]
    assert incident.next_update_by == datetime(2020, 12, 7, 11, 30, tzinfo=UTC)
    assert len(deliveries(place)) == 2
    assert "Pubblicato: page lo mostra." in author.get(answer.location).text
    page = place.settings.documents_path / "index.html"  # type: ignore[operator]
    assert "Fuori servizio: Portafoglio" in page.read_text(encoding="utf-8")


def test_each_component_may_have_a_status_of_its_own(place: Place, author: Browser) -> None:
    form = opened(author, component=["wallet", "cards"])
    author.post_form(PATH, {**form, "status.login": "degraded_performance"})
    (incident,) = incidents(place)
    assert {one.name["en"]: str(one.status) for one in incident.affected} == {
        "Wallet": "major_outage",
        "Cards and payment methods": "major_outage",
        "Sign-in with SPID and CIE": "degraded_performance",
    }
    assert incident.name["it"] == "Fuori servizio: Portafoglio, Carte e metodi di pagamento"


def test_sent_twice_is_published_once(place: Place, author: Browser) -> None:
    form = opened(author)
    first, second = author.post_form(PATH, form), author.post_form(PATH, form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location.split("?")[0] == second.location.split("?")[0]
    assert len(incidents(place)) == 1
    assert len(deliveries(place)) == 2


def test_sent_at_the_same_time_is_published_once(place: Place, author: Browser) -> None:
    form = {"csrf_token": author.csrf, **opened(author)}
    token = author.token

    def send(_: int) -> int:
        other = place.client()
        other.bring(token or "")
        return other.post(PATH, data=form).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, range(4))) == [303] * 4
    assert len(incidents(place)) == 1


def test_the_preview_publishes_nothing(place: Place, author: Browser) -> None:
    answer = author.post_form(PATH, opened(author, do="preview"))
    assert answer.status_code == 200
    assert "Non funziona: Portafoglio." in answer.text
    assert "Not working: Wallet." in answer.text
    assert re.search(r'class="count">\d+ di 280', answer.text)
    assert incidents(place) == []


def test_the_addresses_of_the_preview_are_those_that_will_be(place: Place, author: Browser) -> None:
    form = opened(author)
    preview = author.post_form(PATH, {**form, "do": "preview"}).text
    author.post_form(PATH, form)
    (incident,) = incidents(place)
    assert f"https://stato.example.it/incidents/{incident.id}/" in preview


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"component": "", "name.en": ""}, "components", "Scegli che cosa non funziona"),
        ({"started_at": "yesterday"}, "started_at", "is not a date and time"),
        ({"started_at": "2020-12-09T10:00"}, "started_at", "È nel futuro"),
        ({"next_update_by": "2020-12-07T11:00"}, "next_update_by", "già passato"),
        ({"name.it": "x" * 300}, "name.it", "al massimo 255"),
        ({"template": "no/such"}, "", "no/such"),
        (own_words(**{"texts.en.body": ""}), "texts.en.body", "È vuoto"),
        (own_words(**{"texts.it.headline": "a\u202eb"}), "texts.it.headline", "U+202E"),
        ({"how_bad": "terrible"}, "components.wallet", ""),
        ({"status": "resolved"}, "status", "non si segnala come"),
        ({"figures.0.value": "many"}, "figures.0.value", "Deve essere un numero"),
        ({"figures.0.value": "12"}, "figures.0.unit", "Manca"),
        ({"do": "explode"}, "", "Premi uno dei pulsanti"),
    ],
)
def test_bad_input_is_said_at_its_field_and_what_was_typed_stays(
    place: Place, author: Browser, typed: Form, field: str, sentence: str
) -> None:
    form = opened(author, **{"name.en": "A name that I typed", **typed})
    answer = author.post_form(PATH, form)
    assert answer.status_code == 422
    assert 'class="problems"' in answer.text
    assert sentence in answer.text
    if field:
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}"' in answer.text or "components." in field
    if "name.en" not in typed:
        assert "A name that I typed" in answer.text
    assert incidents(place) == []


def test_a_problem_is_tied_to_its_field(author: Browser) -> None:
    page = author.post_form(PATH, opened(author, started_at="yesterday")).text
    field = re.search(r'<input id="started_at"[^>]*>', page)
    assert field is not None
    assert 'aria-invalid="true"' in field[0]
    assert 'aria-describedby="started_at--wrong"' in field[0]
    assert 'id="started_at--wrong"' in page


def test_what_was_typed_survives_a_session_that_ended(place: Place, author: Browser) -> None:
    form = opened(author, **{"name.it": "Una cosa che ho scritto"})
    access.change_password(place.house.desk, "bea", place.clock.now(), PASSWORD)
    place.clock.forward(place.settings.sign_in.longest * 2)
    answer = author.post_form(PATH, form)
    assert answer.location.startswith("/console/sign-in?next=")
    assert incidents(place) == []
    back = signed_in_again(author, answer.location)
    assert back == PATH
    typed = typed_in(author.get(back).text)
    assert (typed["name.it"], typed["component"]) == (["Una cosa che ho scritto"], ["wallet"])
    late = author.post_form(PATH, {**typed, "do": "publish"})
    assert late.status_code == 422, "what was promised is over by now"
    assert 'href="#next_update_by"' in late.text
    again = {**typed_in(late.text), "next_update_by": "2020-12-10T13:00", "do": "publish"}
    for _ in range(2):
        assert author.post_form(PATH, again).location.startswith("/console/entries/1")
    (incident,) = incidents(place)
    assert incident.name["it"] == "Una cosa che ho scritto"
    assert "Una cosa che ho scritto" not in author.get(PATH).text


def test_an_update_that_was_typed_survives_a_session_that_ended(
    place: Place, author: Browser
) -> None:
    author.post_form(PATH, opened(author))
    path = "/console/entries/1/update"
    form = {**typed_in(author.get(path).text), **own_words(), "status": "identified"}
    form["next_update_by"] = "2020-12-10T13:00"
    access.change_password(place.house.desk, "bea", place.clock.now(), PASSWORD)
    place.clock.forward(place.settings.sign_in.longest * 2)
    answer = author.post_form(path, {**form, "do": "publish"})
    back = signed_in_again(author, answer.location)
    typed = typed_in(author.get(back).text)
    assert typed["texts.it.headline"] == ["Il Portafoglio non funziona"]
    assert typed["status"] == ["identified"]
    for _ in range(2):
        again = author.post_form(path, {**typed, "do": "publish"})
        assert again.location.startswith("/console/entries/1?published=")
    with place.house.db.read() as session:
        assert len(queries.find_incident(session, "1").updates) == 2


def test_who_may_only_look_declares_nothing(place: Place) -> None:
    viewer = place.client_of(Role.VIEWER)
    assert viewer.get(PATH).status_code == 403
    assert viewer.post_form(PATH, {"do": "publish"}).status_code == 403


def test_another_site_cannot_declare(place: Place, author: Browser) -> None:
    assert author.post(PATH, data={**opened(author)}).status_code == 400
    assert incidents(place) == []


def test_kept_as_a_draft(place: Place, author: Browser) -> None:
    answer = author.post_form(PATH, opened(author, do="draft"))
    assert answer.location.startswith("/console/drafts?kept=")
    page = author.get(answer.location).text
    assert "Fuori servizio: Portafoglio" in page
    assert "Conservata. Non è stato pubblicato niente." in page
    assert incidents(place) == []


def test_the_template_lends_its_words(place: Place, author: Browser) -> None:
    page = author.post_form(PATH, opened(author, do="take")).text
    assert 'value="own" checked' in page
    assert value_of(page, "texts.en.headline") == "Out of service: Wallet"
    assert "We are looking for the cause." in page
    assert incidents(place) == []


def test_a_second_person_for_own_words(make_place: Callable[..., Place]) -> None:
    place = make_place('[approval]\nfrom = "major"\n')
    author = place.client_of(Role.AUTHOR)
    preview = author.post_form(PATH, opened(author, do="preview", **own_words())).text
    assert "Questo aspetta una seconda persona" in preview
    assert "Il Portafoglio non funziona" in preview
    answer = author.post_form(PATH, opened(author, **own_words()))
    assert answer.location.startswith("/console/drafts?kept=")
    assert incidents(place) == []


def test_an_emergency_does_not_wait_and_is_written_down(make_place: Callable[..., Place]) -> None:
    place = make_place('[approval]\nfrom = "major"\n')
    author = place.client_of(Role.AUTHOR)
    form = opened(author, emergency="nobody answers the phone", **own_words())
    assert author.post_form(PATH, form).location.startswith("/console/entries/")
    assert len(incidents(place)) == 1


def test_what_the_checks_stop_needs_a_reason(place: Place, author: Browser) -> None:
    left = {"fields.effect.it": "non si possono aggiungere carte e IBAN"}
    form = opened(author, **left, **{"fields.effect.en": "cards cannot be added"})
    answer = author.post_form(PATH, form)
    assert answer.status_code == 422
    asked = set(re.findall(r'name="(despite\.[a-z_-]+)"', answer.text))
    assert asked
    assert incidents(place) == []
    answer = author.post_form(PATH, {**form, **dict.fromkeys(asked, "the minister said so")})
    assert answer.status_code == 303
    assert len(incidents(place)) == 1


def test_a_page_that_cannot_be_written_is_said(
    place: Place, author: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(author)
    problem = NotOnline("page", "no space left on the disk")
    monkeypatch.setattr(Site, "refresh", lambda *_: [problem])
    answer = author.post_form(PATH, form)
    assert answer.status_code == 200
    assert "Non ancora online su page" in answer.text
    assert "no space left on the disk" in answer.text
    assert len(incidents(place)) == 1


def test_an_advance_notice_comes_true(place: Place, author: Browser) -> None:
    notice = actions.schedule(
        place.house.desk,
        "bea",
        place.clock.now(),
        {
            "kind": "advance_notice",
            "name": {"it": "Avvio", "en": "Launch"},
            "starts_at": "2020-12-08T08:00:00+01:00",
            "ends_at": "2020-12-09T08:00:00+01:00",
            "components": ["wallet"],
            "template": "advance-notice/expected-load",
        },
    )
    path = f"{PATH}?from_notice={notice.number}"
    page = author.get(path).text
    assert f'name="from_notice" value="{notice.number}"' in page
    assert re.search(r'value="wallet" checked', page)
    author.post_form(PATH, opened(author, path, from_notice=str(notice.number)))
    incident, before = incidents(place)
    assert incident.notice_id == before.id
    assert before.closed_at is not None


@pytest.mark.parametrize(
    ("now", "typed", "note"),
    [
        (datetime(2021, 3, 28, 4, tzinfo=UTC), "2021-03-28T02:30", "vale 03:30"),
        (datetime(2021, 10, 31, 4, tzinfo=UTC), "2021-10-31T02:30", "vale la prima"),
    ],
)
def test_local_times_that_are_skipped_or_come_twice(
    place: Place, now: datetime, typed: str, note: str
) -> None:
    place.clock.set(now)
    author = place.client_of(Role.AUTHOR)
    answer = author.post_form(PATH, opened(author, do="preview", started_at=typed))
    assert answer.status_code == 200
    assert note in answer.text


def test_the_promise_falls_into_staffed_hours(make_place: Callable[..., Place]) -> None:
    place = make_place('[hours]\nmonday = ["08:00-12:00"]\ntuesday = ["08:00-12:00"]\n')
    page = place.client_of(Role.AUTHOR).get(PATH).text
    assert value_of(page, "next_update_by") == "2020-12-08T08:30"
    assert "non c’è nessuno" in page


def test_every_language_is_there(place: Place) -> None:
    page = place.client_of(Role.AUTHOR, "en").get(PATH).text
    assert "<h1>Declare a problem</h1>" in page
    assert 'lang="en" dir="ltr"' in page


@pytest.mark.parametrize(
    ("chosen", "template"),
    [
        ("wallet", "acknowledgement/component-down"),
        ("login", "acknowledgement/sign-in-failing"),
        (["login", "wallet"], "acknowledgement/component-down"),
    ],
)
def test_the_template_follows_what_is_chosen(author: Browser, chosen: Any, template: str) -> None:
    form = typed_in(author.get(PATH).text)
    for button in ("preview", "propose"):
        shown = author.post_form(PATH, {**form, "component": chosen, "do": button})
        assert typed_in(shown.text)["template"] == [template]


def test_a_template_that_was_chosen_stays_until_another_is_asked_for(author: Browser) -> None:
    form = {**typed_in(author.get(PATH).text), "component": "login"}
    mine = {**form, "template": "acknowledgement/third-party"}
    shown = author.post_form(PATH, {**mine, "do": "preview"}).text
    assert typed_in(shown)["template"] == ["acknowledgement/third-party"]
    shown = author.post_form(PATH, {**mine, "do": "propose"}).text
    assert typed_in(shown)["template"] == ["acknowledgement/sign-in-failing"]


def test_what_is_published_is_the_template_that_the_form_showed(
    place: Place, author: Browser
) -> None:
    form = {**typed_in(author.get(PATH).text), "component": "login"}
    assert author.post_form(PATH, {**form, "do": "publish"}).status_code == 303
    with place.house.db.read() as session:
        (update,) = queries.find_incident(session, "1").updates
        assert update.template == "acknowledgement/component-down"
