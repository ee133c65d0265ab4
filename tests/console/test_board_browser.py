"""The board in a real browser: it follows what happens, and leaves the reader alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from incidents import actions
from incidents.status import DeliveryState, Role
from tests.conftest import NOON
from tests.console._serving import Served
from tests.console.test_board import a_fault, settle
from tests.incidents.builders import HOUR, MINUTE, words

EVERY = 7_000
"""Milliseconds within which the board is read again."""
LONG = 150_000
"""Longer than it ever waits."""


@pytest.fixture
def page(served: Served, browser: Browser) -> Iterator[Page]:
    """The board as an author has it, whose clock stands until a test lets it run."""
    a_fault(served.place, next_update_by=NOON + HOUR)
    context = served.context(browser, Role.AUTHOR)
    found = context.new_page()
    found.clock.install()
    found.goto("/console/")
    yield found
    context.close()


def read_again(page: Page) -> None:
    """Let the time pass until the board asks, and wait for the answer."""
    with page.expect_response("**/console/board-part") as answer:
        page.clock.fast_forward(EVERY)
    answer.value.finished()


def test_what_is_new_appears_and_is_announced(page: Page, served: Served) -> None:
    read_again(page)
    expect(page.locator("#news")).to_be_empty()
    a_fault(
        served.place,
        name={"it": "IBAN in errore", "en": "IBAN"},
        components={"iban": "major_outage"},
    )
    read_again(page)
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.locator("#news")).to_have_text("#2 IBAN in errore: Stiamo verificando")


def test_what_is_over_goes(page: Page, served: Served) -> None:
    said = {"incident": "1", "components": {"wallet": "operational"}, "texts": words("Fatto")}
    actions.resolve_incident(served.place.house.desk, "ada", served.place.clock.now(), said)
    read_again(page)
    expect(page.get_by_role("article")).to_have_count(0)
    expect(page.locator("#b-latest")).to_be_visible()


def test_focus_what_is_typed_and_what_is_open_stay(page: Page, served: Served) -> None:
    number = settle(served.place, "x-it", state=DeliveryState.UNCONFIRMED)
    read_again(page)
    page.locator("#entry-1 details summary").click()
    field = page.locator(f"#url-{number}")
    field.focus()
    page.keyboard.type("https://posts.test/1")
    a_fault(served.place, started_at=NOON)
    settle(served.place, "x-en", state=DeliveryState.FAILED)
    read_again(page)
    expect(page.get_by_role("article")).to_have_count(2)
    expect(field).to_be_focused()
    expect(field).to_have_value("https://posts.test/1")
    expect(page.locator("#entry-1 details")).to_have_attribute("open", "")


def test_where_what_had_the_focus_is_gone_the_reader_goes_on_from_the_beginning(
    page: Page, served: Served
) -> None:
    number = settle(served.place, "x-it", state=DeliveryState.FAILED)
    read_again(page)
    page.locator(f"#retry-{number}").focus()
    actions.retry_delivery(served.place.house.desk, "carlo", served.place.clock.now(), number)
    read_again(page)
    expect(page.locator(f"#retry-{number}")).to_have_count(0)
    expect(page.locator("#main")).to_be_focused()


def test_the_title_alarms_and_calms_down(page: Page, served: Served) -> None:
    assert page.title() == "Situazione · Avviso"
    served.place.clock.forward(HOUR)
    read_again(page)
    expect(page).to_have_title("(!) Situazione · Avviso")
    expect(page.locator("#news")).to_contain_text("l'aggiornamento promesso è in ritardo")
    said = {"incident": "1", "texts": words("Ora"), "next_update_by": NOON + 2 * HOUR}
    actions.post_update(served.place.house.desk, "ada", served.place.clock.now(), said)
    read_again(page)
    expect(page).to_have_title("Situazione · Avviso")


def test_when_it_was_read_is_shown_by_the_services_clock(page: Page, served: Served) -> None:
    expect(page.locator("#read-at")).to_have_text("12:00:00")
    served.place.clock.forward(MINUTE)
    read_again(page)
    expect(page.locator("#read-at")).to_have_text("12:01:00")


def test_what_did_not_change_is_answered_without_a_body(page: Page) -> None:
    read_again(page)
    with page.expect_response("**/console/board-part") as answer:
        page.clock.fast_forward(EVERY)
    assert answer.value.status == 304


def test_it_says_when_it_cannot_be_read_and_tries_less_often(page: Page) -> None:
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=503)

    def answered(within: int) -> None:
        # Jumps: each timer goes off once, and none that the answer would have stopped.
        with page.expect_response("**/console/board-part"):
            page.clock.fast_forward(within)

    page.route("**/console/board-part", refuse)
    answered(EVERY)
    expect(page.locator("#lost")).to_be_hidden()  # one may get lost
    answered(2 * EVERY)
    expect(page.locator("#lost")).to_contain_text("non si legge dalle 12:00:00")
    page.clock.fast_forward(2 * EVERY)
    assert len(asked) == 2
    page.unroute("**/console/board-part")
    answered(LONG)
    expect(page.locator("#lost")).to_be_hidden()


def test_whose_session_ended_is_told_where_to_sign_in(page: Page) -> None:
    page.context.clear_cookies()
    with page.expect_response("**/console/board-part"):
        page.clock.fast_forward(EVERY)
    expect(page.locator("#lost a")).to_have_attribute("href", "/console/")
    expect(page.get_by_role("article")).to_have_count(1)


def test_a_form_works_after_the_board_was_read_again(page: Page, served: Served) -> None:
    number = settle(served.place, "x-it", state=DeliveryState.FAILED)
    read_again(page)
    page.locator(f"#retry-{number}").click()
    expect(page.get_by_role("status").filter(has_text="Verrà inviato di nuovo")).to_be_visible()


def test_without_script_there_is_a_link_to_refresh(served: Served, browser: Browser) -> None:
    a_fault(served.place)
    context = served.context(browser, Role.AUTHOR, java_script_enabled=False)
    page = context.new_page()
    page.goto("/console/")
    served.place.clock.forward(MINUTE)
    page.get_by_role("link", name="Aggiorna la pagina").click()
    expect(page.locator("#read-at")).to_have_text("12:01:00")
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", ["/console/", "/console/channels", "/console/trail"])
def test_no_page_is_wider_than_its_screen(
    served: Served, browser: Browser, path: str, width: int
) -> None:
    a_fault(served.place, name=dict.fromkeys(("it", "en"), "Parola" * 20))
    settle(served.place, "x-it", state=DeliveryState.FAILED, error="e" * 300, text="t" * 300)
    context = served.context(browser, Role.ADMIN, viewport={"width": width, "height": 800})
    page = context.new_page()
    faults: list[str] = []
    page.route("**/favicon.svg", lambda route: route.fulfill(status=204))  # a document, not ours
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults == []
    context.close()
