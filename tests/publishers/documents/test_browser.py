"""The pages in a real browser: nothing overflows, nothing is fetched, all can be read and hit."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Route

from incidents.view import Overview
from publishers.documents import _style, pages
from publishers.documents._base import Document
from statuspage.edge import page_policy
from tests._browser import chromium
from tests.publishers.documents import sample_views as views

Scheme = Literal["light", "dark"]
ORIGIN = "https://stato.example.it"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@dataclass
class Visit:
    """One page open in the browser, what it asked for, and what it complained about."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def site() -> dict[str, bytes]:
    """Every sample as one site: each overview below its own name."""
    found: dict[str, bytes] = {}

    def put(folder: str, documents: Iterator[Document]) -> None:
        found.update({f"/{folder}/{d.path}": d.body for d in documents if d.body is not None})

    overviews: tuple[Callable[[], Overview], ...] = (
        views.all_well,
        views.worst_hour,
        views.hostile,
        views.many,
        views.maintenance,
        views.empty,
    )
    for build in overviews:
        put(build.__name__, pages.home(build()))
        put(build.__name__, pages.overview(build()))
    for show in (views.incident_view, views.notice_view, views.hostile_view):
        view = show()
        put("worst_hour", pages.incident(view.service, view.incident.id, view))
    month = views.month_view()
    put("worst_hour", pages.month(month.service, month.month, month))
    return found


SITE = site()
PAGES = sorted(path.removesuffix("index.html") for path in SITE if path.endswith(".html"))


def answer(route: Route) -> None:
    """Serve the documents as the edge does, with the policy that it sends."""
    path = route.request.url.removeprefix(ORIGIN).partition("#")[0]
    name = f"{path}index.html" if path.endswith("/") else path
    if name not in SITE:
        return route.fulfill(status=404)
    policy = page_policy(_style.style_hash())
    return route.fulfill(
        body=SITE[name],
        content_type=mimetypes.guess_type(name)[0],
        headers={"Content-Security-Policy": policy},
    )


@contextmanager
def visit(
    browser: Browser, path: str, width: int = 1280, scheme: Scheme = "light"
) -> Iterator[Visit]:
    """A page opened in a browser of its own, with everything that it asks for answered here."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    seen = Visit(context.new_page())
    seen.page.on("console", lambda message: seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("request", lambda request: seen.asked.append(request.url))
    context.route("**/*", answer)
    seen.page.goto(ORIGIN + path)
    yield seen
    context.close()


def test_every_page_fits_the_narrowest_screen_and_asks_for_nothing_else(browser: Browser) -> None:
    with visit(browser, PAGES[0], width=320) as seen:
        for path in PAGES:
            seen.page.goto(ORIGIN + path)
            width = seen.page.evaluate("document.documentElement.scrollWidth")
            assert (path, width) == (path, 320)
        expected = {ORIGIN + path for path in PAGES}
        others = {url for url in seen.asked if url not in expected}
        assert {url.rpartition("/")[2] for url in others} <= {"favicon.svg", "avviso.js"}, others
        assert seen.complaints == []


def test_the_policy_lets_our_stylesheet_through_and_the_icon_exists(browser: Browser) -> None:
    with visit(browser, "/worst_hour/") as seen:
        size = seen.page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize")
        assert float(size.removesuffix("px")) > 32
        icon = seen.page.evaluate("document.querySelector('link[rel=icon]').href")
        assert icon.removeprefix(ORIGIN) in SITE


# WCAG 2.2, 1.4.3: (lighter + 0.05) / (darker + 0.05) of the relative luminances.
CONTRASTS = """
() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || element.closest("svg, .unseen, .skip")) continue;
    const pair = [numbers(getComputedStyle(element).color), ground(element)].map(luminance);
    const [dark, light] = pair.sort((a, b) => a - b);
    found.push([(light + 0.05) / (dark + 0.05), texts.currentNode.data.trim()]);
  }
  return found.sort((a, b) => a[0] - b[0]);
}
"""


def test_on_paper_every_text_can_be_read_whatever_the_screen_was(browser: Browser) -> None:
    """On screens axe-core looks at the contrast (tests/pages)."""
    with visit(browser, PAGES[0], scheme="dark") as seen:
        seen.page.emulate_media(media="print")
        for path in PAGES:
            seen.page.goto(ORIGIN + path)
            contrasts = seen.page.evaluate(CONTRASTS)
            assert len(contrasts) > 12
            assert contrasts[0][0] >= 4.5, (path, contrasts[0])
        ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(255, 255, 255)"


TARGETS = """
() => [...document.querySelectorAll("a:not(.skip)")].map((a) => {
  const box = a.getBoundingClientRect();
  return [a.closest("nav, .follow, .service") || a.matches(".more") ? 44 : 24,
          Math.min(box.width, box.height), a.textContent, Boolean(a.closest(".prose"))];
})
"""


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", ["/worst_hour/", "/worst_hour/incidents/crash0000001/"])
def test_targets_are_large_enough(browser: Browser, path: str, width: int) -> None:
    with visit(browser, path, width=width) as seen:
        targets = seen.page.evaluate(TARGETS)
        assert len(targets) > 8
        small = [target for target in targets if target[1] < target[0] and not target[3]]
        assert small == []


def test_the_skip_link_comes_first_and_shows_itself(browser: Browser) -> None:
    with visit(browser, "/worst_hour/") as seen:
        hidden = seen.page.locator(".skip").bounding_box()
        seen.page.keyboard.press("Tab")
        shown = seen.page.locator(".skip:focus-visible").bounding_box()
        assert hidden is not None
        assert shown is not None
        assert hidden["y"] + hidden["height"] <= 0 <= shown["y"]
        seen.page.keyboard.press("Enter")
        assert seen.page.evaluate("document.activeElement.id") == "content"


def test_text_can_be_twice_as_large(browser: Browser) -> None:
    with visit(browser, "/worst_hour/", width=640) as seen:
        seen.page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert seen.page.evaluate("document.documentElement.scrollWidth") == 640
