"""What was typed in a form whose address is no page, when the session had ended meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import lxml.html
import pytest
from playwright.sync_api import Browser as Chromium

from incidents import access, actions, queries
from incidents.access._kept import MOST_KEPT
from incidents.answered import latest_answers
from incidents.models import Channel
from incidents.status import DeliveryState, Role
from statuspage.auth import is_page
from statuspage.console._unsent import MEANT, page_above
from tests.console._serving import Served
from tests.console.conftest import LOGINS, PASSWORD, Browser, Place
from tests.console.test_board import settle
from tests.console.test_declare import incidents
from tests.console.test_doors import OPEN, methods, path_of, rules
from tests.console.test_drafts import OWN
from tests.console.test_looks import faults_of
from tests.incidents.builders import declared
from tests.pages.conftest import node_module

OVER = timedelta(hours=9)
ADDRESS = "https://social.example.it/@app/1"
ANSWERED = {"address": "https://x.com/i/status/1336000000000000000", "answer": "is-my-data-safe"}
MANY_PRESSES = {"decide", "duty", "link_operator", "move"}
"""Views whose form has several buttons."""


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    return make_place('[approval]\nfrom = "major"\n')


def sign_in(place: Place, browser: Browser, role: Role, following: str) -> str:
    """Sign in with a password; where one comes to."""
    access.change_password(place.house.desk, LOGINS[role], place.clock.now(), PASSWORD)
    who = {"login": LOGINS[role], "password": PASSWORD, "next": following}
    return str(browser.post_form("/console/sign-in", who).location)


def sent_too_late(
    place: Place, role: Role, path: str, form: dict[str, str], by: Role | None = None
) -> tuple[Browser, str]:
    """Send a form after the session's end, and sign in; the browser, and where it comes to."""
    browser = place.client_of(role)
    place.clock.forward(OVER)
    away = browser.post_form(path, form)
    following = parse_qs(urlsplit(away.location).query)["next"][0]
    return browser, sign_in(place, browser, by or role, following)


def again(page: str, path: str) -> dict[str, str]:
    """The form that sends it once more, as a browser would."""
    (form,) = lxml.html.fromstring(page).xpath(f"//main//form[@action='{path}']")
    return {name: str(value) for name, value in form.form_values()}


def shown(page: str) -> list[str]:
    """What a person reads of what they typed."""
    return [value.text_content() for value in lxml.html.fromstring(page).xpath("//main//dd")]


def test_that_somebody_answered(place: Place) -> None:
    path = "/console/answering/done"
    bea, back = sent_too_late(place, Role.AUTHOR, path, ANSWERED)
    page = bea.get(back).text
    assert "La sessione è finita mentre inviavi questo" in page
    assert shown(page) == list(ANSWERED.values())
    with place.house.db.read() as session:
        assert latest_answers(session) == [], "nothing is sent by itself"
    assert bea.post(path, data=again(page, path)).location == "/console/answering?said=done"
    with place.house.db.read() as session:
        assert [row.answer for row in latest_answers(session)] == ["is-my-data-safe"]
    assert bea.get(back).status_code == 404, "and it is let go of"


def test_the_reason_of_a_pause(place: Place) -> None:
    path, why = "/console/channels/x-it/pause", 'Il "canale" di <prova>'
    carlo, back = sent_too_late(place, Role.APPROVER, path, {"why": why})
    page = carlo.get(back).text
    assert shown(page) == [why]
    assert "Metti in pausa" in page
    assert "x-it" in page
    assert "/console/channels" in lxml.html.fromstring(page).xpath("//main//a/@href")
    assert carlo.post(path, data=again(page, path)).location == "/console/channels?said=pause"
    with place.house.db.read() as session:
        assert session.get_one(Channel, "x-it").why == why


def test_the_address_of_a_post(make_place: Callable[..., Place]) -> None:
    place = make_place()
    one = declared(place.house.desk, place.clock.now())
    settle(place, "x-it", state=DeliveryState.UNCONFIRMED, attempts=1)
    with place.house.db.read() as session:
        (row,) = [each for each in queries.deliveries(session) if each.channel == "x-it"]
    path = f"/console/deliveries/{row.id}/there"
    bea, back = sent_too_late(place, Role.AUTHOR, path, {"url": ADDRESS})
    page = bea.get(back).text
    assert shown(page) == [ADDRESS]
    assert f"x-it, #{one.number}/1" in page
    assert bea.post(path, data=again(page, path)).location == "/console/?said=there"
    with place.house.db.read() as session:
        (row,) = [each for each in queries.deliveries(session) if each.channel == "x-it"]
    assert (row.state, row.remote_url) == (DeliveryState.SENT, ADDRESS)


def test_the_reason_of_an_emergency(place: Place) -> None:
    promise = {"next_update_by": place.clock.now() + 2 * OVER}
    said = {**OWN, **promise}
    kept = actions.declare_incident(place.house.desk, "bea", place.clock.now(), said).draft_id
    path = f"/console/drafts/{kept}/publish"
    form = {"token": "t" * 20, "revision": "1", "emergency": "Non risponde nessuno"}
    bea, back = sent_too_late(place, Role.AUTHOR, path, form)
    page = bea.get(back).text
    assert shown(page) == ["Non risponde nessuno"], "what nobody typed is not read out"
    assert "Portafoglio non disponibile" in page
    assert f"/console/drafts/{kept}" in lxml.html.fromstring(page).xpath("//main//a/@href")
    assert incidents(place) == []
    assert bea.post(path, data=again(page, path)).location.startswith("/console/entries/")
    assert len(incidents(place)) == 1


def test_which_button_it_was(place: Place) -> None:
    bea, back = sent_too_late(place, Role.AUTHOR, "/console/duty", {"do": "over", "to": "carlo"})
    page = bea.get(back).text
    assert "Passa" in page
    assert shown(page) == ["carlo"]
    assert again(page, "/console/duty")["do"] == "over"


def test_a_button_pressed_in_vain_says_so(place: Place) -> None:
    bea, back = sent_too_late(place, Role.AUTHOR, "/console/channels/x-it/check", {})
    page = bea.get(back)
    assert page.status_code == 200
    (heading,) = lxml.html.fromstring(page.text).xpath("//main//h2")
    assert heading.text_content() == "Prova l'account x-it"


def test_nobody_else_gets_it(place: Place) -> None:
    path = "/console/channels/x-it/pause"
    ada, back = sent_too_late(
        place, Role.APPROVER, path, {"why": "what Carlo typed"}, by=Role.ADMIN
    )
    answer = ada.get(back)
    assert answer.status_code == 404
    assert "what Carlo typed" not in answer.text
    assert "Non è stato inviato niente" in answer.text
    assert place.client_of(Role.APPROVER).get(back).status_code == 404, "nor another browser"


def test_a_password_is_neither_kept_nor_shown(place: Place) -> None:
    form = {"password": "of old", "new_password": "anew"}
    ada, back = sent_too_late(place, Role.ADMIN, "/console/account/password", form)
    answer = ada.get(back)
    assert answer.status_code == 404
    assert "anew" not in answer.text
    assert "/console/account" in lxml.html.fromstring(answer.text).xpath("//main//a/@href")
    path = "/console/channels/x-it/pause"
    ada, back = sent_too_late(place, Role.ADMIN, path, {"why": "x", "bot_password": "anew"})
    page = ada.get(back).text
    assert shown(page) == ["x"]
    assert again(page, path)["csrf_token"] == ada.csrf, "that of the new session"
    assert "anew" not in page


def test_it_is_there_for_an_hour_and_no_more_than_a_few(place: Place) -> None:
    bea = place.client_of(Role.AUTHOR)
    place.clock.forward(OVER)
    paths = [f"/console/deliveries/{number}/there" for number in range(MOST_KEPT + 1)]
    for path in paths:
        bea.post_form(path, {"url": ADDRESS})
    sign_in(place, bea, Role.AUTHOR, "/console/")
    pages = [f"/console/unsent?{urlencode({'to': path})}" for path in paths]
    assert [bea.get(page).status_code for page in pages] == [200] * MOST_KEPT + [404]
    place.clock.forward(timedelta(hours=1))
    assert bea.get(pages[0]).status_code == 404


@pytest.mark.parametrize(
    "to", ["", "/", "/console/declare", "/console/no", "//evil.example", "https://evil.example/"]
)
def test_it_is_for_forms_of_the_console_alone(place: Place, to: str) -> None:
    answer = place.client_of(Role.ADMIN).get(f"/console/unsent?{urlencode({'to': to})}")
    assert answer.status_code == 404
    assert "evil" not in answer.text


def test_every_form_without_a_page_has_words(place: Place) -> None:
    told = {key.partition(".")[0] for key in MEANT}
    with place.app.test_request_context():
        for rule in rules(place.app):
            path = path_of(place.app, rule)
            if rule.rule in OPEN or "POST" not in methods(rule) or is_page(path):
                continue
            assert is_page(page_above(path)), rule.rule
            if not rule.rule.startswith("/console/account"):
                assert rule.endpoint.partition(".")[2] in told, rule.rule
    assert {key.partition(".")[0] for key in MEANT if "." in key} == MANY_PRESSES


@pytest.mark.parametrize("script", [True, False])
def test_in_a_browser(served: Served, browser: Chromium, script: bool) -> None:
    place = served.place
    declared(place.house.desk, place.clock.now())
    settle(place, "x-it", state=DeliveryState.UNCONFIRMED, attempts=1)
    access.change_password(place.house.desk, "bea", place.clock.now(), PASSWORD)
    context = served.context(browser, java_script_enabled=script)
    context.add_init_script(path=node_module("axe-core/axe.min.js"))
    page = context.new_page()
    page.goto("/console/")
    page.get_by_label("Il suo indirizzo, se lo hai").fill(ADDRESS)
    place.clock.forward(OVER)
    page.get_by_role("button", name="C'è", exact=True).click()
    page.get_by_label("Nome utente").fill("bea")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    page.get_by_role("heading", level=1, name="La sessione è finita").wait_for()
    assert page.get_by_text(ADDRESS).is_visible()
    assert not script or faults_of(page) == []
    page.get_by_role("button", name="Invia di nuovo").click()
    page.wait_for_url("**/console/?said=there")
    context.close()
