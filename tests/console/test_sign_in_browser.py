"""The pages of the sign-in in a real browser: by keyboard alone, and on a small screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyotp
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from incidents import access
from tests._served import served
from tests.console.conftest import PASSWORD, Place


@pytest.fixture
def near(make_place: Callable[..., Place]) -> Iterator[tuple[Place, str]]:
    """The place over http, as on somebody's own machine, and its address."""
    place = make_place(address="http://127.0.0.1:1")
    access.change_password(place.house.desk, "ada", place.clock.now(), PASSWORD)
    with served(place.app) as port:
        yield place, f"http://127.0.0.1:{port}"


@pytest.fixture(params=[1280, 360])
def page(browser: Chromium, request: pytest.FixtureRequest) -> Iterator[Page]:
    with browser.new_context(
        viewport={"width": request.param, "height": 740}, locale="it-IT"
    ) as context:
        opened = context.new_page()
        faults: list[str] = []
        opened.on(
            "console", lambda said: faults.append(said.text) if said.type == "error" else None
        )
        opened.on("pageerror", lambda fault: faults.append(str(fault)))
        yield opened
        assert [each for each in faults if "status of 4" not in each] == []


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_in_by_keyboard_with_a_second_factor(near: tuple[Place, str], page: Page) -> None:
    place, address = near
    page.goto(f"{address}/console/account")
    assert fits(page)
    page.get_by_label("Nome utente").focus()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("no")
    page.keyboard.press("Enter")
    assert page.get_by_role("alert").inner_text() == "Il nome utente o la password non sono giusti."
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/console/account")
    assert fits(page)

    page.get_by_role("link", name="Attivalo").click()
    page.get_by_label("Password attuale").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("img.qr")
    assert fits(page)
    # The policy allows no text to be run as script, by which a browser could be asked to wait.
    drawn = page.locator("img.qr").evaluate("it => it.decode().then(() => it.naturalWidth)")
    assert drawn > 100
    device = pyotp.TOTP(page.locator("code").inner_text())
    page.get_by_label("Le sei cifre").fill(device.at(place.clock.now()))
    page.keyboard.press("Enter")
    page.wait_for_selector(".codes")
    assert page.locator(".codes code").count() == 10
    assert fits(page)
    page.get_by_role("button", name="Esci").click()
    page.wait_for_url(f"{address}/console/sign-in")


def test_an_invitation_on_a_phone(near: tuple[Place, str], page: Page) -> None:
    place, address = near
    now, purpose = place.clock.now(), access.Purpose.INVITATION
    token = access.make_link(place.house.desk, "ada", now, "bea", purpose)
    page.goto(f"{address}/console/enter/{token}")
    assert fits(page)
    page.get_by_label("Password").fill("password1234")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/console/")
