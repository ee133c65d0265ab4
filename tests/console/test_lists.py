"""Lists of subscribers beside the accounts: on the channels' page, and in what would go out."""

from __future__ import annotations

from collections.abc import Callable

from lxml import html

from incidents.status import Role
from tests.console.conftest import Place
from tests.console.test_board import words_in
from tests.console.test_channels import facts, section_of
from tests.console.test_declare import PATH, opened
from tests.incidents.subscribers.builders import many

EMAIL = """
[email]
host = "127.0.0.1"
port = 9
security = "none"
sender = "Stato <stato@example.it>"
"""


def test_a_list_says_how_many_it_reaches(make_place: Callable[..., Place]) -> None:
    place = make_place(EMAIL)
    many(place.house.desk, 3)
    told = facts(section_of(place, "email"))
    assert told["Kind"] == "a list of subscribers"
    assert told["Subscribers"] == "3"
    assert "Limit" not in told


def test_a_list_is_paused_used_again_and_tried_as_an_account_is(
    make_place: Callable[..., Place],
) -> None:
    place = make_place(EMAIL)
    carlo = place.client_of(Role.APPROVER, "en")
    answer = carlo.post_form("/console/channels/email/pause", {"why": "the relay moves"})
    assert answer.status_code == 303
    assert "paused" in words_in(section_of(place, "email"))
    assert carlo.post_form("/console/channels/email/resume").status_code == 303
    assert "paused" not in words_in(section_of(place, "email"))
    tried = carlo.post_form("/console/channels/email/check").text
    assert "The account does not work" in tried
    assert carlo.post_form("/console/channels/push/check").status_code == 404


def test_the_preview_counts_those_who_would_be_told(make_place: Callable[..., Place]) -> None:
    place = make_place(EMAIL)
    many(place.house.desk, 3)
    bea = place.client_of(Role.AUTHOR, "en")
    page = bea.post_form(PATH, opened(bea, do="preview")).text
    assert "3 subscribers" in page


def test_the_preview_shows_the_letter_in_each_language(make_place: Callable[..., Place]) -> None:
    place = make_place(EMAIL)
    page = place.client_of(Role.AUTHOR, "en")
    shown = html.document_fromstring(page.post_form(PATH, opened(page, do="preview")).text)
    letters = shown.xpath("//article[contains(@class, 'post-letter')]")
    assert [each.get("aria-label") for each in letters] == [
        "The e-mail, Italiano",
        "The e-mail, English",
    ]
    italian = letters[0].text_content()
    assert "Stiamo verificando" in italian
    assert "Ricevi questa email perché hai chiesto" in italian
    assert "\x00" not in italian
    assert "/subscribe/" not in italian


def test_the_preview_says_that_a_list_waits(make_place: Callable[..., Place]) -> None:
    place = make_place(EMAIL + 'quiet_hours = "10:00-20:00"\n')
    bea = place.client_of(Role.AUTHOR, "en")
    slow = opened(bea, do="preview", how_bad="degraded_performance")
    page = bea.post_form(PATH, slow).text
    (line,) = html.document_fromstring(page).xpath("//dl/dd/p")
    assert " ".join(line.text_content().split()) == "waits until 20:00: quiet hours"
