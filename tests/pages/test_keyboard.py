"""A walk through the pages by keyboard: everything is reached, in order, and seen to be reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.pages.conftest import Site

STOPS = "a[href], button, input, select, textarea, summary, [tabindex='0']"

NUMBER = f"""
() => {{
  const seen = [...document.querySelectorAll("{STOPS}")].filter((e) => e.checkVisibility());
  seen.forEach((e, place) => {{ e.stop = place; }});
  const look = (e) => {{
    const style = getComputedStyle(e);
    return [style.outlineStyle, style.outlineWidth, style.backgroundColor].join(" ");
  }};
  seen.forEach((e) => {{ e.calm = look(e); }});
  globalThis.look = look;
  return seen.length;
}}
"""
STOPPED = """
() => {
  const e = document.activeElement;
  if (e === document.body || e.stop === undefined) return null;
  const box = e.getBoundingClientRect();
  const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const rects = [...e.getClientRects()];
  const first = rects[0];
  const under = document.elementFromPoint(first.x + first.width / 2, first.y + first.height / 2);
  return {
    stop: e.stop,
    name: e.textContent.trim().slice(0, 60),
    shown: globalThis.look(e) !== e.calm && parseFloat(getComputedStyle(e).outlineWidth) >= 2,
    inside: box.bottom > 0 && first.top < innerHeight && box.right > 0 && first.left < innerWidth,
    uncovered: e.contains(under) || e.contains(middle),
    top: box.top + scrollY,
    bottom: box.bottom + scrollY,
    top_of_page: Boolean(e.closest("header, .skip")),
  };
}
"""


@contextmanager
def opened(browser: Browser, address: str, width: int) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def walk(page: Page, key: str = "Tab") -> list[dict[str, Any]]:
    """Each stop in turn, until the keyboard leaves the page; a trap would have no end."""
    stops = page.evaluate(NUMBER)
    walked = []
    for _ in range(stops + 1):
        page.keyboard.press(key)
        here = page.evaluate(STOPPED)
        if here is None:
            break
        walked.append(here)
    assert [stop["stop"] for stop in walked] == list(range(stops)), "not every stop in turn"
    return walked


@pytest.mark.parametrize("name", ["critical", "all_well", "maintenance"])
def test_everything_is_reached_in_the_order_of_reading(
    browser: Browser, site: Callable[[str], Site], name: str
) -> None:
    """On a phone there is one column: no stop of the page's body is above the one before it."""
    place = site(name)
    for path in place.telling() if name == "critical" else ["/"]:
        with opened(browser, place.address + path, 390) as page:
            walked = walk(page)
        assert _faults(walked) == [], path
        body = [stop for stop in walked if not stop["top_of_page"]]
        back = [(a["name"], b["name"]) for a, b in pairwise(body) if b["bottom"] <= a["top"]]
        assert back == [], path


def test_on_a_wide_screen_too(browser: Browser, site: Callable[[str], Site]) -> None:
    place = site("critical")
    with opened(browser, f"{place.address}/", 1280) as page:
        assert _faults(walk(page)) == []


def _faults(walked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stops that cannot be seen to be reached (WCAG 2.2, 2.4.7 and 2.4.11)."""
    return [stop for stop in walked if not (stop["shown"] and stop["inside"] and stop["uncovered"])]


def test_the_skip_link_comes_first_shows_itself_and_skips(
    browser: Browser, site: Callable[[str], Site]
) -> None:
    place = site("critical")
    for path in place.telling():
        if path in {"/nothing-here/", "/embed/"}:
            continue  # there is nothing to skip
        with opened(browser, place.address + path, 1280) as page:
            hidden = page.locator(".skip").bounding_box()
            page.keyboard.press("Tab")
            shown = page.locator(".skip:focus-visible").bounding_box()
            assert hidden is not None
            assert shown is not None
            assert hidden["y"] + hidden["height"] <= 0 <= shown["y"], path
            page.keyboard.press("Enter")
            assert page.evaluate("document.activeElement.tagName") == "MAIN", path
            page.keyboard.press("Tab")
            assert page.evaluate("Boolean(document.activeElement.closest('main, footer'))"), path


def test_what_unfolds_unfolds_by_key(browser: Browser, site: Callable[[str], Site]) -> None:
    place = site("critical")
    for path in place.telling():
        with opened(browser, place.address + path, 1280) as page:
            for number in range(page.locator("summary:visible").count()):
                summary = page.locator("summary:visible").nth(number)
                was = summary.evaluate("(s) => s.parentElement.open")
                summary.press("Enter")
                assert summary.evaluate("(s) => s.parentElement.open") is not was, path
                summary.press("Enter")
