"""Every page of the console and of the sign-in, full and empty, as browsers show it: nothing that
axe objects to, nothing wider than its screen, and no page that does not say where one is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from incidents import access
from incidents.models import Draft
from incidents.status import Role
from incidents.texts import TextLibrary
from tests.console._busy import standing
from tests.console._serving import Served
from tests.console.test_browser import VIOLATIONS
from tests.pages.conftest import node_module
from tests.pages.test_accessibility import CONTRAST, RULES

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
ENLARGED = {"width": 320, "height": 256}
"""A window of 1280 by 1024 at 400%: WCAG 2.2, 1.4.10."""
SMALL = {"runOnly": ["target-size"]}
LEAST = 44
"""Pixels: what a thumb needs for the buttons that matter."""

MENU = {
    "/console/": "Situazione",
    "/console/declare": "Segnala un problema",
    "/console/schedule": "Programma",
    "/console/entries": "Segnalazioni",
    "/console/drafts": "Bozze",
    "/console/answering": "Rispondi a una persona",
    "/console/texts": "Testi",
    "/console/channels": "Canali",
    "/console/trail": "Registro",
    "/console/set-up": "Impostazioni",
}
BELOW = {
    "/console/stats": "/console/",
    "/console/backdate": "/console/schedule",
    "/console/drafts/DRAFT": "/console/drafts",
    "/console/entries/6": "/console/entries",
    "/console/entries/6/update": "/console/entries",
    "/console/entries/6/answer": "/console/entries",
    "/console/entries/6/updates/1/correct": "/console/entries",
    "/console/entries/6/updates/1/retract": "/console/entries",
    "/console/entries/8/cancel": "/console/entries",
    "/console/texts/show/answer/is-my-data-safe": "/console/texts",
    "/console/texts/edit/answer/is-my-data-safe": "/console/texts",
    "/console/texts/new": "/console/texts",
    "/console/set-up/components": "/console/set-up",
    "/console/set-up/components/new": "/console/set-up",
    "/console/set-up/components/wallet/edit": "/console/set-up",
    "/console/set-up/components/wallet/retire": "/console/set-up",
    "/console/set-up/groups/new": "/console/set-up",
    "/console/set-up/operators": "/console/set-up",
    "/console/set-up/tokens": "/console/set-up",
    "/console/set-up/hours": "/console/set-up",
    "/console/set-up/theme": "/console/set-up",
    "/console/set-up/alarms": "/console/set-up",
}
"""Pages that are not in the menu themselves, and the part of it that they belong to."""
OWN = ("/console/account", "/console/account/second-factor")
PAGES = (*MENU, *BELOW, *OWN)
LISTS = [path for path in MENU if path != "/console/texts"]


@pytest.fixture(scope="module")
def busy(
    tmp_path_factory: pytest.TempPathFactory, prepared_place: Path, library: TextLibrary
) -> Iterator[Served]:
    """Where everything is going on."""
    folder = tmp_path_factory.mktemp("busy") / "place"
    with standing(folder, prepared_place, library, busy=True) as found:
        yield found


@pytest.fixture(scope="module")
def quiet(
    tmp_path_factory: pytest.TempPathFactory, prepared_place: Path, library: TextLibrary
) -> Iterator[Served]:
    """Where nothing is."""
    folder = tmp_path_factory.mktemp("quiet") / "place"
    with standing(folder, prepared_place, library, busy=False) as found:
        yield found


def judged(served: Served, browser: Browser, role: Role | None) -> Iterator[Page]:
    """A page that axe can be run on, of somebody with a role or of nobody."""
    if role is None:
        context = browser.new_context(base_url=served.url, bypass_csp=True, locale="it-IT")
    else:
        context = served.context(browser, role, bypass_csp=True)
    context.add_init_script(path=node_module("axe-core/axe.min.js"))
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def full(busy: Served, browser: Browser) -> Iterator[Page]:
    yield from judged(busy, browser, Role.ADMIN)


@pytest.fixture(scope="module")
def empty(quiet: Served, browser: Browser) -> Iterator[Page]:
    yield from judged(quiet, browser, Role.ADMIN)


@pytest.fixture(scope="module")
def outside(busy: Served, browser: Browser) -> Iterator[Page]:
    yield from judged(busy, browser, None)


def address_of(path: str, served: Served) -> str:
    with served.place.house.db.read() as session:
        draft = session.scalars(select(Draft)).first()
    return path.replace("DRAFT", draft.id if draft else "")


def faults_of(page: Page) -> list[Any]:
    """What is wrong with the page that is open: light, dark, on a phone, and enlarged."""
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    for folded in page.locator("main details").all():
        folded.evaluate("it => it.open = true")
    found = page.evaluate(VIOLATIONS, RULES)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += page.evaluate(VIOLATIONS, CONTRAST)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    found += page.evaluate(VIOLATIONS, SMALL)
    found += [("wide", width) for width in [_width(page)] if width > PHONE["width"]]
    found += [
        ("small", button.inner_text())
        for button in page.locator("main button.primary:visible").all()
        if (box := button.bounding_box()) is None or box["height"] < LEAST
    ]
    page.set_viewport_size(ENLARGED)  # type: ignore[arg-type]
    found += [("enlarged", width) for width in [_width(page)] if width > ENLARGED["width"]]
    return list(found)


def _width(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


CUT = """() => [...document.querySelectorAll("select")].filter((it) => {
  const alone = it.cloneNode(false);
  alone.append(it.selectedOptions[0].cloneNode(true));
  alone.style.cssText = "inline-size: max-content; min-inline-size: 0; max-inline-size: none";
  it.after(alone);
  const needed = alone.getBoundingClientRect().width;
  alone.remove();
  return it.getBoundingClientRect().width < needed;
}).map((it) => it.id)"""
"""Choices that are narrower than what is chosen there."""


@pytest.mark.parametrize("width", [1280, 640, 360], ids=["desk", "at 200%", "phone"])
def test_a_choice_shows_all_of_its_text(full: Page, busy: Served, width: int) -> None:
    full.set_viewport_size({"width": width, "height": 800})
    for path in ("/console/entries/6/update", "/console/declare", "/console/schedule"):
        full.goto(busy.url + path)
        assert full.locator("select").count()
        assert full.evaluate(CUT) == [], path


@pytest.mark.parametrize("path", PAGES)
def test_full(busy: Served, full: Page, path: str) -> None:
    answer = full.goto(address_of(path, busy))
    assert answer is not None
    assert answer.status == 200
    assert faults_of(full) == []
    assert full.locator("h1").count() == 1
    heading = full.locator("h1").inner_text().strip()
    assert full.title().removeprefix("(!) ").endswith(" · Avviso"), heading
    where = BELOW.get(path, path)
    current = full.locator(".top [aria-current]")
    assert current.get_attribute("href") == ("/console/account" if path in OWN else where)
    assert current.get_attribute("aria-current") == ("page" if path in {*MENU, OWN[0]} else "true")


@pytest.mark.parametrize("path", LISTS)
def test_empty(empty: Page, path: str) -> None:
    empty.goto(path)
    assert faults_of(empty) == []


def test_no_two_pages_have_one_title(busy: Served) -> None:
    client = busy.place.client_of(Role.ADMIN)
    pages = [client.get(address_of(path, busy)).text for path in PAGES]
    titles = [page.partition("<title>")[2].partition("</title>")[0] for page in pages]
    assert len(set(titles)) == len(PAGES), sorted(titles)


def test_a_preview_with_findings_and_a_second_person(full: Page) -> None:
    full.set_viewport_size(DESK)  # type: ignore[arg-type]
    full.goto("/console/declare")
    full.get_by_role("checkbox", name="Portafoglio").check()
    full.get_by_role("group", name="Parole").locator("summary", has_text="Parole proprie").click()
    full.get_by_role("radio", name="Usa queste parole").check()
    for locale in ("it", "en"):
        full.locator(f"[id='texts.{locale}.headline']").fill("PURTROPPO ALCUNI DISAGI 😀")
        full.locator(f"[id='texts.{locale}.body']").fill("Torneremo presto, domani.\n\n" * 3)
    expect(full.locator("#preview")).to_contain_text("DISAGI")
    expect(full.locator("#preview")).not_to_have_class("stale")
    expect(full.locator("#preview .told").first).to_be_visible()
    assert faults_of(full) == []


def test_a_form_with_problems(full: Page) -> None:
    full.goto("/console/entries/6/update")
    full.locator("[id='next_update_by']").fill("2019-01-01T10:00")
    full.get_by_role("button", name="Pubblica").click()
    expect(full.locator("#problems")).to_be_focused()
    assert faults_of(full) == []


@pytest.mark.parametrize("language", ["it", "en"])
def test_from_outside(busy: Served, outside: Page, language: str) -> None:
    desk, now = busy.place.house.desk, busy.place.clock.now()
    invitation = access.make_link(desk, "ada", now, "vera", access.Purpose.INVITATION)
    for path in ("sign-in", "enter/nothing", f"enter/{invitation}"):
        outside.goto(f"/console/{path}?lang={language}")
        assert outside.locator("html").get_attribute("lang") == language
        assert faults_of(outside) == []
        if path == "sign-in":
            outside.locator("[name=login]").fill("vera")
            outside.locator("[name=password]").fill("wrong")
            outside.locator("main button").first.click()
            expect(outside.get_by_role("alert")).to_be_visible()
            assert outside.locator("html").get_attribute("lang") == language
            assert faults_of(outside) == []


def test_the_first_key_leads_to_the_content(full: Page) -> None:
    full.set_viewport_size(DESK)  # type: ignore[arg-type]
    full.goto("/console/trail")
    full.keyboard.press("Tab")
    expect(full.locator(".skip")).to_be_focused()
    full.keyboard.press("Enter")
    expect(full.locator("#main")).to_be_focused()
