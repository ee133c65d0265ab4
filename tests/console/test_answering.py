"""Answering one person, as an author does it in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from incidents.answered import latest_answers
from tests.conftest import NOON
from tests.console.conftest import Browser, Place

PATH = "/console/answering"
ACCOUNTS = '\n[answering]\naccounts = ["@ServiziApp"]\nkeep_days = 30\n'


def x_address(written: datetime) -> str:
    milliseconds = (written - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return f"https://x.com/anna/status/{(milliseconds - 1_288_834_974_657) << 22}"


@pytest.fixture
def bea(make_place: Callable[..., Place]) -> Browser:
    place = make_place(ACCOUNTS)
    return place.client_of("author", "en")


def look(client: Browser, status: int = 200, **form: str) -> str:
    answer = client.post_form(PATH, form)
    assert answer.status_code == status, answer.text
    return re.sub(r"\s+", " ", unescape(answer.text))


def test_the_page_asks_for_a_post(bea: Browser) -> None:
    answer = bea.get(PATH)
    assert answer.status_code == 200
    assert 'name="address"' in answer.text


def test_a_post_of_today_said_to_us(bea: Browser) -> None:
    found = look(
        bea,
        address=x_address(NOON - timedelta(hours=3)),
        text="@ServiziApp non riesco a trovare dove si mette l'iban",
    )
    assert "<strong>3 hours ago</strong>" in found
    assert "It speaks to us." in found
    assert "Nobody noted an answer to it yet." in found
    first = found[found.index("Answers that may fit") :]
    assert first.index("Dove inserisco l’IBAN") < first.index("<textarea")
    assert re.search(r"\d+ of 280", first)
    assert 'lang="it"' in first


def test_a_post_that_is_old_is_red_and_says_so(bea: Browser) -> None:
    found = look(bea, address=x_address(NOON - timedelta(days=210)), text="@ServiziApp help")
    assert '<p class="told down"><span>' in found
    assert "210 days ago" in found
    assert "Older than 24 hours" in found


@pytest.mark.parametrize(("hours", "old"), [(24, False), (24.1, True)])
def test_old_begins_after_24_hours(bea: Browser, hours: float, *, old: bool) -> None:
    found = look(bea, address=x_address(NOON - timedelta(hours=hours)))
    assert ("Older than 24 hours" in found) is old


def test_a_post_that_only_names_us(bea: Browser) -> None:
    found = look(bea, text="@anna hai visto che fine ha fatto la carta su @ServiziApp?")
    assert "It only names us" in found
    assert "Nobody can tell from this how old it is" in found
    assert "Without its address nobody can tell" in found
    replying = look(bea, text="e la carta?", replies_to_us="yes")
    assert "It speaks to us." in replying


def test_a_date_that_the_operator_gives(bea: Browser) -> None:
    address = "https://www.facebook.com/comune/posts/123"
    found = look(bea, address=address, written_at="2020-12-07T11:00")
    assert "60 minutes ago" in found
    assert "of 8000" in found
    future = look(bea, address=address, written_at="2020-12-09T11:00")
    assert "its date is in the future" in future


def test_the_language_of_the_post_and_another(bea: Browser) -> None:
    text = "@ServiziApp when do my purchases count?"
    assert "From when do my purchases count?" in look(bea, text=text)
    assert "Da quando contano i miei acquisti?" in look(bea, text=text, locale="it")


def test_i_have_answered(make_place: Callable[..., Place]) -> None:
    place = make_place(ACCOUNTS)
    bea, carlo = place.client_of("author", "en"), place.client_of("approver", "en")
    address = x_address(NOON - timedelta(hours=1))
    done = bea.post_form(f"{PATH}/done", {"address": address, "answer": "is-my-data-safe"})
    assert done.location == f"{PATH}?said=done"
    assert "Noted that you answered." in bea.get(done.location).text
    again = look(carlo, address=address.replace("x.com/anna", "twitter.com/renamed"))
    assert "Answered already:" in again
    assert "Bea" in again
    with place.house.db.read() as session:
        row = latest_answers(session)[0]
    assert "anna" not in row.address, "no more of the author than the network needs"


def test_the_worker_forgets_it_after_the_days_of_the_settings(
    make_place: Callable[..., Place],
) -> None:
    place = make_place(ACCOUNTS)
    form = {"address": x_address(NOON), "answer": "is-my-data-safe"}
    assert place.client_of("author").post_form(f"{PATH}/done", form).status_code == 303
    worker = place.house.worker()
    for days, left in ((30, 1), (30.1, 0)):
        place.clock.set(NOON + timedelta(days=days))
        worker._tick()
        with place.house.db.read() as session:
            assert len(latest_answers(session)) == left


def test_only_with_an_answer_that_is_there(bea: Browser) -> None:
    answer = bea.post_form(f"{PATH}/done", {"answer": "nothing"})
    assert answer.status_code == 422
    assert "there is no answer" in unescape(answer.text)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "address"),
        ({"address": "https://example.org/"}, "address"),
        ({"address": "javascript:alert(1)"}, "address"),
        ({"text": "carta", "written_at": "yesterday"}, "written_at"),
        ({"text": "carta " * 1000}, "text"),
    ],
)
def test_what_cannot_be_looked_at_says_so_at_its_field(
    bea: Browser, form: dict[str, str], field: str
) -> None:
    found = look(bea, 422, **form)
    assert f'id="{field}--wrong"' in found


def test_a_viewer_may_not(make_place: Callable[..., Place]) -> None:
    vera = make_place(ACCOUNTS).client_of("viewer")
    assert vera.get(PATH).status_code == 403
    assert vera.post_form(PATH, {"text": "carta"}).status_code == 403


def test_what_a_citizen_wrote_is_only_shown_again_as_text(bea: Browser) -> None:
    answer = bea.post_form(PATH, {"text": "<script>alert(1)</script> carta"})
    assert "<script>alert(1)" not in answer.text
