"""What all pages of the console have in common: the language, the menu, the addresses."""

from __future__ import annotations

import pytest
from lxml import html

from incidents import access
from incidents.access import Purpose
from incidents.actions import AVVISO
from incidents.status import Role
from statuspage.console._render import section_of
from tests.console.conftest import PASSWORD, Place

OUTSIDE = ("/console/sign-in", "/console/enter/nothing")


@pytest.mark.parametrize(
    ("asks", "chosen", "spoken"),
    [
        ("", "", "it"),
        ("en-GB,en;q=0.9", "", "en"),
        ("fr,en;q=0.5", "", "en"),
        ("fr", "", "it"),
        ("it", "en", "en"),
        ("en", "it", "it"),
        ("en", "fr", "en"),
        ("en", "<script>", "en"),
    ],
)
@pytest.mark.parametrize("path", OUTSIDE)
def test_whoever_has_no_session_is_spoken_to_in_their_language(
    place: Place, path: str, asks: str, chosen: str, spoken: str
) -> None:
    answer = place.client().get(
        path, headers={"Accept-Language": asks}, query_string={"lang": chosen} if chosen else {}
    )
    page = html.document_fromstring(answer.text)
    assert page.get("lang") == spoken
    assert [link.get("lang") for link in page.xpath("//header//a[@aria-current]")] == [spoken]
    assert "<script>" not in answer.text


def test_each_language_is_a_link_that_keeps_where_one_wanted_to_go(place: Place) -> None:
    page = place.client().get("/console/sign-in?next=/console/trail").text
    links = html.document_fromstring(page).xpath("//header//a/@href")
    assert links == [
        f"/console/sign-in?lang={locale}&next=%2Fconsole%2Ftrail" for locale in ("it", "en")
    ]


def test_the_language_goes_along_with_the_form(place: Place) -> None:
    browser = place.client()
    page = html.document_fromstring(browser.get("/console/sign-in?lang=en").text)
    assert page.xpath("//form//input[@name='lang']/@value") == ["en"]
    wrong = {"login": "ada", "password": "wrong", "lang": "en"}
    answer = browser.post_form("/console/sign-in", wrong)
    assert "Login or password is not right." in answer.text


def test_a_link_and_its_faults_are_in_the_language_asked_for(place: Place) -> None:
    now = place.clock.now()
    token = access.make_link(place.house.desk, AVVISO, now, "bea", Purpose.INVITATION)
    browser = place.client()
    path, english = f"/console/enter/{token}", {"Accept-Language": "en"}
    assert "Choose a password" in browser.get(path, headers=english).text
    assert "Choose a password" not in browser.get(path).text
    refused = browser.post_form(path, {"password": "short"})
    assert "È troppo corta" in refused.text


def test_who_is_signed_in_has_their_own_language_whatever_the_browser_says(place: Place) -> None:
    browser = place.client_of(Role.AUTHOR, "en")
    page = browser.get("/console/?lang=it", headers={"Accept-Language": "it"}).text
    assert html.document_fromstring(page).get("lang") == "en"


@pytest.mark.parametrize("path", ["set-up", "declare", "trail", "sign-in", "account"])
def test_a_slash_too_many_leads_to_the_page(place: Place, path: str) -> None:
    answer = place.client_of(Role.ADMIN).get(f"/console/{path}/?a=b%20c")
    assert (answer.status_code, answer.location) == (308, f"/console/{path}?a=b%20c")
    assert place.client_of(Role.ADMIN).get(f"/console/{path}/", follow_redirects=True).request


@pytest.mark.parametrize("path", ["//evil.test/", "/nothing/", "/\\evil.test/"])
def test_nor_does_a_slash_lead_anywhere_else(place: Place, path: str) -> None:
    answer = place.client().get(f"/console{path}")
    assert answer.status_code in (308, 404)
    assert (answer.location or "/console/").startswith("/console/")


def test_a_slash_too_many_in_what_is_sent_is_not_found(place: Place) -> None:
    answer = place.client_of(Role.ADMIN).post_form("/console/declare/", {"do": "publish"})
    assert answer.status_code in (404, 405)


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("/console/", "/console/"),
        ("/console/entries/3/update", "/console/entries"),
        ("/console/deliveries/3/retry", "/console/"),
        ("/console/set-up/tokens", "/console/set-up"),
        ("/console/backdate", "/console/schedule"),
        ("/console/account", ""),
        ("/console/nothing", ""),
    ],
)
def test_where_a_page_belongs(path: str, section: str) -> None:
    assert section_of(path) == section


def test_the_password_is_the_same_in_every_language(place: Place) -> None:
    access.change_password(place.house.desk, "ada", place.clock.now(), PASSWORD)
    said = {"login": "ada", "password": PASSWORD, "lang": "en"}
    assert place.client().post_form("/console/sign-in", said).status_code == 303
