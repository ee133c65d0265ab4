"""Nothing is cut, covered or too small to hit: on narrow screens, in large letters, on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.pages import states
from tests.pages.conftest import Site

SMALLEST = {"width": 320, "height": 256}
"""CSS pixels: a phone of old, or 1280 by 1024 at 400% (WCAG 2.2, 1.4.10)."""
SPACED = """
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
"""
"""The distances that a reader may set (WCAG 2.2, 1.4.12)."""
AS_READERS_SET_IT = {
    "narrow": (SMALLEST, ""),
    "spaced": (SMALLEST, SPACED),
    "large letters": (
        {"width": 640, "height": 900},
        "document.documentElement.style.fontSize = '200%'",
    ),
    "wide": ({"width": 1280, "height": 900}, ""),
    "mirrored": (SMALLEST, "document.documentElement.dir = 'rtl'"),
}

FAULTS = """
() => {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) faults.push(`scrolls sideways: ${root.scrollWidth}`);
  const said = (e) => e.textContent.trim().slice(0, 40);
  const name = (e) => `${e.tagName}.${e.getAttribute("class")} ${said(e)}`;
  for (const e of document.body.querySelectorAll("*")) {
    if (e.closest(".unseen, svg") || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    if (/hidden|clip/.test(style.overflowX + style.overflowY)
        && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)) {
      faults.push(`cut: ${name(e)}`);
    }
    const box = e.getBoundingClientRect();
    if (box.width && !e.closest(".skip") && (box.left < -1 || box.right > innerWidth + 1)) {
      faults.push(`beyond the edge: ${name(e)}`);
    }
  }
  const lines = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const above = node.parentElement;
    if (!node.data.trim() || above.closest(".unseen, .skip, svg")) continue;
    if (!above.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()];
    if (boxes.length > 3 && node.data.trim().length < 4 * boxes.length) {
      faults.push(`squeezed: ${node.data.trim()}`);
    }
    for (const box of boxes) {
      if (box.width < 1) continue;
      const third = box.height / 3;  // letters keep to the middle of their line's box
      lines.push([box.top + third, box.bottom - third, box.left + 1, box.right - 1, node]);
    }
  }
  lines.sort((a, b) => a[0] - b[0]);
  lines.forEach((a, place) => {
    for (let next = place + 1; next < lines.length && lines[next][0] < a[1]; next += 1) {
      const b = lines[next];
      if (b[4] !== a[4] && b[2] < a[3] && a[2] < b[3]) {
        faults.push(`one over the other: ${a[4].data.trim()} / ${b[4].data.trim()}`);
      }
    }
  });
  return [...new Set(faults)];
}
"""

TARGETS = """
() => [...document.querySelectorAll("a[href], button, input, select, summary")]
  .filter((e) => e.checkVisibility() && !e.closest(".skip"))
  .filter((e) => {
    // In a sentence the text around it decides how large a link can be (WCAG 2.2, 2.5.8).
    const block = e.closest("p, li, dd, blockquote, td");
    return !(block && getComputedStyle(e).display === "inline"
      && block.textContent.trim() !== e.textContent.trim());
  })
  .map((e) => {
    // To press a box's label is to press the box.
    const box = (e.closest("label") || e).getBoundingClientRect();
    const size = Math.min(box.width, box.height);
    return [Math.round(size * 10) / 10, e.textContent.trim().slice(0, 60)];
  })
  .filter(([size]) => size < 43.9)
"""


@contextmanager
def window(browser: Browser, **options: Any) -> Iterator[Page]:
    context = browser.new_context(**options)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", states.STATES)
def test_nothing_is_cut_or_covered(
    browser: Browser, site: Callable[[str], Site], name: str
) -> None:
    place, found = site(name), {}
    with window(browser) as page:
        for path in place.telling():
            page.goto(place.address + path)
            for how, (size, change) in AS_READERS_SET_IT.items():
                page.set_viewport_size(size)  # type: ignore[arg-type]
                page.evaluate(f"() => {{ {change} }}")
                faults = page.evaluate(FAULTS)
                page.evaluate(
                    """() => { document.adoptedStyleSheets = [];
                    document.documentElement.removeAttribute("style");
                    document.documentElement.dir = "ltr"; }"""
                )
                if faults:
                    found[path, how] = faults
    assert found == {}


@pytest.mark.parametrize("name", ["critical", "all_well", "maintenance", "many", "lists"])
@pytest.mark.parametrize("width", [320, 1280])
def test_targets_are_as_large_as_a_finger(
    browser: Browser, site: Callable[[str], Site], name: str, width: int
) -> None:
    place, found = site(name), {}
    with window(browser, viewport={"width": width, "height": 900}) as page:
        for path in place.telling():
            page.goto(place.address + path)
            if small := page.evaluate(TARGETS):
                found[path] = small
    assert found == {}


SHIFTS = """
() => new Promise((resolve) => {
  let sum = 0;
  const add = (list) => { for (const entry of list.getEntries()) sum += entry.value; };
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))));
})
"""


@pytest.mark.parametrize("name", ["critical", "all_well"])
def test_nothing_moves_while_it_is_read(
    browser: Browser, site: Callable[[str], Site], name: str
) -> None:
    place = site(name)
    with window(browser, viewport={"width": 390, "height": 844}, has_touch=True) as page:
        for path in place.telling():
            page.goto(place.address + path, wait_until="load")
            assert page.evaluate(SHIFTS) == 0, path


@pytest.mark.parametrize("name", ["critical", "long_names"])
def test_paper_cuts_nothing_and_needs_no_ink(
    browser: Browser, site: Callable[[str], Site], name: str
) -> None:
    """A4 with margins of 1 cm is 718 CSS pixels wide."""
    place, found = site(name), {}
    with window(browser, viewport={"width": 718, "height": 1047}, color_scheme="dark") as page:
        page.emulate_media(media="print")
        for path in place.telling():
            page.goto(place.address + path)
            if faults := page.evaluate(FAULTS):
                found[path] = faults
            ground = "getComputedStyle(document.body).backgroundColor"
            assert page.evaluate(ground) in {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}, path
            assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)", path
    assert found == {}


def test_lists_stay_lists_for_every_reader(browser: Browser, site: Callable[[str], Site]) -> None:
    """Safari takes `list-style: none` to mean that it is no list; an empty marker says nothing."""
    place = site("critical")
    with window(browser) as page:
        for path in place.telling():
            page.goto(place.address + path)
            styles = page.evaluate(
                "[...document.querySelectorAll('main ul, main ol, footer ul')]"
                ".map((list) => getComputedStyle(list).listStyleType)"
            )
            assert "none" not in styles, path
