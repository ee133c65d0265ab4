"""Set-up in a real browser: on a phone nothing scrolls sideways, and a form goes its way without
script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from incidents.status import Role
from tests.console._serving import Served

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
PAGES = (
    "",
    "/components",
    "/components/wallet/edit",
    "/components/wallet/retire",
    "/groups/new",
    "/operators",
    "/tokens",
    "/hours",
    "/theme",
    "/alarms",
)
MORE = """
[hours]
monday = "08:00-20:00"
tuesday = ["09:00-12:00", "15:00-24:00"]
holidays = "IT"
closed = ["2020-12-14"]

[theme]
accent = "#0a4a9e"
accent_dark = "#8fbdff"

[[alarms]]
name = "prometheus"
kind = "alertmanager"
components = { "service=wallet" = "wallet", "service=gone-long-ago" = "gone" }
publish = ["critical"]
"""


def test_a_component_is_added_and_moved_without_script(served: Served, browser: Browser) -> None:
    context = served.context(browser, Role.ADMIN, java_script_enabled=False)
    page = context.new_page()
    page.goto("/console/set-up/components/new")
    page.get_by_label("Chiave").fill("slips")
    page.get_by_role("group", name="Nome").get_by_label("Italiano").fill("Bollettini")
    page.get_by_role("button", name="Salva").click()
    page.get_by_role("link", name="lingua en").or_(page.locator(".problems a")).first.click()
    page.get_by_role("group", name="Nome").get_by_label("English").fill("Payment slips")
    page.get_by_role("button", name="Salva").click()
    expect(page.get_by_role("status")).to_contain_text("Salvato")
    expect(page.get_by_role("link", name="Bollettini")).to_be_visible()
    context.close()
