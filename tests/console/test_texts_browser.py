"""The pages of texts and of answering one person, in a real browser: by keyboard, on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from incidents import actions
from incidents.status import Role
from incidents.texts import ANSWER, TextName
from tests.console._serving import Served

SAFE = "is-my-data-safe"
EDIT = f"/console/texts/edit/answer/{SAFE}"


def opened(served: Served, browser: Browser, path: str, **options: object) -> Page:
    """A page of an approver, in which no script may fail and nothing may be refused."""
    page = served.context(browser, Role.APPROVER, **options).new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(path)
    return page


def test_copy_puts_the_short_text_on_the_clipboard(served: Served, browser: Browser) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    page = opened(served, browser, "/console/answering", permissions=permissions)
    page.fill("#text", "@ServiziApp i miei dati sono al sicuro?")
    page.keyboard.press("Tab")
    page.click("main form button.primary")
    card = page.locator("main li.card").first
    card.locator("button[data-copies]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#copied")).to_have_text("Copiato.")
    shown = card.locator("textarea").input_value()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    assert shown.startswith("Non ci risultano dati persi")
    page.context.close()


def test_without_script_the_text_is_there_to_be_selected(served: Served, browser: Browser) -> None:
    page = opened(served, browser, "/console/answering", java_script_enabled=False)
    page.fill("#text", "@ServiziApp i miei dati sono al sicuro?")
    page.click("main form button.primary")
    card = page.locator("main li.card").first
    expect(card.locator("textarea")).to_have_attribute("readonly", "")
    expect(card.locator("button[data-copies]")).to_be_hidden()
    card.get_by_role("button").click()
    expect(page.locator("main [role=status]").first).to_have_text(
        "Abbiamo annotato che hai risposto."
    )
    page.context.close()


def test_a_fault_leads_to_its_field(served: Served, browser: Browser) -> None:
    page = opened(served, browser, EDIT)
    page.locator('[id="en.short"]').fill("{{ nothing }}")
    page.get_by_role("button", name="Salva").press("Enter")
    link = page.locator("#problems a")
    expect(link).to_contain_text("English, Testo breve: riga 1: nome sconosciuto “nothing”")
    link.click()
    expect(page.locator('[id="en.short"]')).to_be_focused()
    page.context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways(served: Served, browser: Browser, width: int) -> None:
    place = served.place
    source = place.house.shipped.source
    mine = source(TextName(ANSWER, SAFE), "it").replace("nessuno", "nessun" + "o" * 80)
    reworded = {"kind": ANSWER, "key": SAFE, "sources": {"it": mine}}
    actions.reword(place.house.desk, "ada", place.clock.now(), reworded)
    page = opened(served, browser, "/console/texts", viewport={"width": width, "height": 800})
    for path in (
        "/console/texts",
        f"/console/texts/show/answer/{SAFE}",
        f"/console/texts/version/1/answer/{SAFE}",
        EDIT,
        "/console/answering",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.context.close()
