"""The page's service worker in a real browser: what it shows of a message, where a click leads, and
how it says that it has moved. Messages are those that the list sends, read as a browser reads them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from playwright.sync_api import Browser, CDPSession, Worker
from playwright.sync_api import Page as Tab

from publishers.documents._style import TEMPLATES
from publishers.lists._push_crypto import encrypt
from publishers.lists.push import message
from tests._browser import chromium
from tests._served import served
from tests.publishers.lists._browser import Device
from tests.publishers.lists._news import NEWS, news

FILES = {
    "/": ("text/html", b"<!doctype html><title>App</title>"),
    "/incidents/abcdefghijkl/1/": ("text/html", b"<!doctype html><title>App</title>"),
    "/favicon.svg": ("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    "/push.js": ("text/javascript", (TEMPLATES / "pages" / "push.js").read_bytes()),
}
# What is shown, as soon as one of it has the title; and after so many looks in any case.
TRIES = 5
SHOWN = """async (title) => {
  const registration = await navigator.serviceWorker.ready;
  for (let looks = 0; ; looks += 1) {
    const found = await registration.getNotifications();
    if (looks > 100 || found.some((n) => n.title === title)) {
      return found.map((n) => [n.title, n.body, n.lang, n.tag, n.data, n.icon]);
    }
    await new Promise((done) => setTimeout(done, 20));
  }
}"""
# Before that it is given no message.
ACTIVATED = """async () => {
  const { active } = await navigator.serviceWorker.ready;
  await new Promise((done) => {
    active.addEventListener("statechange", done);
    if (active.state === "activated") done();
  });
}"""
# A click cannot be made from outside, and only a real one may open or focus a window.
CLICKED = """async () => {
  const done = [];
  self.clients.openWindow = async (address) => { done.push(`open ${address}`); };
  WindowClient.prototype.focus = async function () { done.push(`focus ${this.url}`); };
  const [notification] = await self.registration.getNotifications();
  await new Promise((over) => {
    const click = new Event("notificationclick");
    self.dispatchEvent(Object.assign(click, { notification, waitUntil: (all) => all.then(over) }));
  });
  return [done, (await self.registration.getNotifications()).length];
}"""
MOVED = """async () => {
  const at = (endpoint, options) => (
    { options, toJSON: () => ({ endpoint, keys: { auth: endpoint }, expirationTime: null }) });
  await new Promise((over) => {
    const change = new Event("pushsubscriptionchange");
    const [oldSubscription, newSubscription] = [at("old", {}), at("new", {})];
    const waitUntil = (all) => all.then(over);
    self.dispatchEvent(Object.assign(change, { oldSubscription, newSubscription, waitUntil }));
  });
}"""


@dataclass
class Site:
    """A folder of the page with its worker, one reader's tab, and the push service's hand."""

    origin: str
    tab: Tab
    hand: CDPSession
    registration: str
    worker: Worker
    posted: list[tuple[str, Any]] = field(default_factory=list)

    def shown(self, data: str, title: str) -> list[list[Any]]:
        """The notifications, once one has the title, after a push service handed over what the
        browser has read; now and then a browser just begun loses what a hand gives it."""
        said = {"origin": self.origin, "registrationId": self.registration, "data": data}
        for _ in range(TRIES):
            self.hand.send("ServiceWorker.deliverPushMessage", said)
            found: list[list[Any]] = self.tab.evaluate(SHOWN, title)
            if title in [each[0] for each in found]:
                return found
        raise AssertionError(f"nothing says {title}: {found}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def site(browser: Browser) -> Iterator[Site]:
    posted: list[tuple[str, Any]] = []

    def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] == "POST":
            said = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            posted.append((path, json.loads(said)))
        kind, body = FILES.get(path, ("application/json", b"{}"))
        start("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    with served(app) as port, browser.new_context() as context:
        origin = f"http://127.0.0.1:{port}"
        context.grant_permissions(["notifications"], origin=origin)
        tab = context.new_page()
        tab.goto(f"{origin}/")
        hand = context.new_cdp_session(tab)
        known: list[dict[str, Any]] = []
        hand.on(
            "ServiceWorker.workerRegistrationUpdated", lambda e: known.extend(e["registrations"])
        )
        hand.send("ServiceWorker.enable")
        with context.expect_event("serviceworker") as started:
            tab.evaluate("navigator.serviceWorker.register('push.js').then(() => {})")
        tab.evaluate(ACTIVATED)
        registration = known[-1]["registrationId"]
        yield Site(origin, tab, hand, registration, started.value, posted)


def sent(locale: str = "it", **changes: Any) -> str:
    """What a browser reads of the news."""
    device = Device()
    return device.read(encrypt(message(news(**changes), locale), device.browser)).decode()


def test_a_message_is_shown_in_its_language(site: Site) -> None:
    assert site.shown(sent("en"), "Investigating: Slow sign-in") == [
        [
            "Investigating: Slow sign-in",
            "Signing in takes longer.",
            "en",
            "abcdefghijkl",
            {"url": "https://stato.example.it/en/incidents/abcdefghijkl/1/"},
            f"{site.origin}/favicon.svg",
        ]
    ]


def test_a_later_message_takes_the_place_of_the_one_before(site: Site) -> None:
    site.shown(sent("it"), "Stiamo verificando: Accesso lento")
    over = "Risolto: Accesso lento"
    assert [each[0] for each in site.shown(sent(statuses={"it": "Risolto"}), over)] == [over]


@pytest.mark.parametrize("data", ["", "no JSON", "{}"])
def test_one_that_cannot_be_read_is_shown_too(site: Site, data: str) -> None:
    """Browsers take the permission back from a page that shows nothing."""
    host = site.origin.removeprefix("http://")
    assert site.shown(data, host)[0][4] == {"url": f"{site.origin}/"}


def test_a_click_opens_the_incident_and_no_second_time(site: Site) -> None:
    url = f"{site.origin}/incidents/abcdefghijkl/1/"
    told = sent(urls={**NEWS.urls, "it": url})
    site.shown(told, "Stiamo verificando: Accesso lento")
    assert site.worker.evaluate(CLICKED) == [[f"open {url}"], 0]
    site.tab.goto(url)
    site.shown(told, "Stiamo verificando: Accesso lento")
    assert site.worker.evaluate(CLICKED) == [[f"focus {url}"], 0]


def test_a_browser_that_got_another_address_says_so(site: Site) -> None:
    site.worker.evaluate(MOVED)
    old, new = ({"endpoint": name, "keys": {"auth": name}} for name in ("old", "new"))
    assert site.posted == [("/subscriptions/push", {**old, "do": "move", "to": new})]
