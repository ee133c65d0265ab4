"""The forms that publish, in a real browser: how few interactions, by keyboard alone, without
script, on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from incidents import queries
from incidents.models import Incident
from tests.console._serving import Served

MOST = 6
VIOLATIONS = """
async (options) => (await axe.run(document, options)).violations.map(
  (rule) => [rule.id, rule.nodes.map((node) => node.html.slice(0, 160))])
"""
"""What axe is sure of; it cannot see colours behind the bar that stays in sight."""


def incidents(served: Served) -> list[Incident]:
    with served.place.house.db.read() as session:
        return queries.incidents(session)


PRESSES = """
for (const kind of ["pointerdown", "keydown"]) {
  addEventListener(kind, (event) => {
    if (!event.isTrusted) return;
    const typed = kind === "keydown" && event.target === window.typedInto;
    window.typedInto = kind === "keydown" ? event.target : null;
    if (typed && event.key !== "Enter") return;
    sessionStorage.presses = Number(sessionStorage.presses ?? 0) + 1;
  }, true);
}
"""
"""Counts in the browser what a person does: each press of a button, link or box is one, each field
that is typed in is one, and Enter is one more. What a script does by itself is none."""


class Counted:
    """A page that counts what a person does: a click, a tick, a text typed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.interactions = 0

    def click(self, role: str, name: str) -> None:
        self.interactions += 1
        self.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    def check(self, name: str) -> None:
        self.interactions += 1
        self.page.get_by_role("checkbox", name=name).check()


def test_from_the_board_to_published_in_few_interactions(served: Served, browser: Browser) -> None:
    context = served.context(browser)
    context.add_init_script(PRESSES)
    page = context.new_page()
    page.goto("/console/")
    counted = Counted(page)
    counted.click("link", "Segnala un problema")
    counted.check("Portafoglio")
    counted.check("Inserimento dell'IBAN")
    counted.click("radio", "Funziona solo in parte")
    expect(page.locator("#preview")).to_contain_text("In parte fuori servizio: Portafoglio")
    counted.click("button", "Pubblica")
    expect(page.get_by_role("status").first).to_contain_text("Pubblicato")
    assert counted.interactions <= MOST
    assert page.evaluate("Number(sessionStorage.presses)") == counted.interactions
    assert [one.impact for one in incidents(served)] == ["major"]
    context.close()


def test_by_search_from_the_board_to_published_in_few_interactions(
    served: Served, browser: Browser
) -> None:
    context = served.context(browser)
    context.add_init_script(PRESSES)
    page = context.new_page()
    page.goto("/console/")
    page.get_by_role("link", name="Segnala un problema", exact=True).first.click()
    page.locator("#find").click()
    page.keyboard.type("spid")
    page.keyboard.press("Enter")
    expect(page.locator("#template")).to_have_value("acknowledgement/sign-in-failing")
    page.get_by_role("button", name="Pubblica", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Pubblicato")
    assert page.evaluate("Number(sessionStorage.presses)") == 5 < MOST
    with served.place.house.db.read() as session:
        (update,) = queries.find_incident(session, "1").updates
    assert update.template == "acknowledgement/sign-in-failing"
    context.close()


def test_a_template_that_was_chosen_is_not_taken_away(served: Served, browser: Browser) -> None:
    context = served.context(browser)
    page = context.new_page()
    page.goto("/console/declare")
    page.get_by_label("Modello", exact=True).select_option("acknowledgement/third-party")
    page.get_by_role("checkbox", name="Accesso con SPID").check()
    expect(page.locator("[id='name.it']")).to_have_attribute("placeholder", re.compile("SPID"))
    expect(page.locator("#template")).to_have_value("acknowledgement/third-party")
    context.close()


def test_the_preview_follows_and_leaves_the_focus_alone(served: Served, browser: Browser) -> None:
    context = served.context(browser)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto("/console/declare")
    page.get_by_role("checkbox", name="Messaggi").check()
    name = page.locator("[id='name.it']")
    expect(name).to_have_attribute("placeholder", "Fuori servizio: Messaggi")
    name.fill("Messaggi fermi")
    expect(page.locator("#preview")).to_contain_text("Messaggi fermi")
    expect(name).to_be_focused()
    page.get_by_label("Modello", exact=True).select_option("acknowledgement/sign-in-failing")
    expect(page.get_by_text("Chi riesce ancora a usare il servizio")).to_be_visible()
    assert incidents(served) == []
    assert [fault for fault in faults if "Failed to load" not in fault] == []
    context.close()


def test_by_keyboard_alone(served: Served, browser: Browser) -> None:
    context = served.context(browser)
    page = context.new_page()
    page.goto("/console/declare")
    page.locator("#find").focus()
    page.keyboard.type("iban")
    page.keyboard.press("Enter")
    expect(page.locator("#preview")).to_contain_text("Inserimento dell'IBAN")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "publish":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Pubblicato")
    assert len(incidents(served)) == 1
    context.close()


def test_without_script(served: Served, browser: Browser) -> None:
    context = served.context(browser, java_script_enabled=False)
    page = context.new_page()
    page.goto("/console/declare")
    expect(page.locator("#find")).to_be_hidden()
    page.get_by_role("checkbox", name="Portafoglio").check()
    page.get_by_role("button", name="Proponi quello adatto").click()
    expect(page.locator("#template")).to_have_value("acknowledgement/component-down")
    page.get_by_role("button", name="Anteprima").click()
    expect(page.locator("#preview")).to_contain_text("Fuori servizio: Portafoglio")
    assert incidents(served) == []
    page.get_by_role("button", name="Pubblica").click()
    expect(page.get_by_role("status").first).to_contain_text("Pubblicato")
    assert len(incidents(served)) == 1
    context.close()


def test_enter_in_a_field_publishes_nothing(served: Served, browser: Browser) -> None:
    context = served.context(browser, java_script_enabled=False)
    page = context.new_page()
    page.goto("/console/declare")
    page.get_by_role("checkbox", name="Portafoglio").check()
    page.locator("[id='name.it']").press("Enter")
    expect(page.locator("#preview")).to_contain_text("Fuori servizio: Portafoglio")
    assert incidents(served) == []
    context.close()
