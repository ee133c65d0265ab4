"""axe-core finds nothing to object to, in any state, on any kind of page, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.pages import states
from tests.pages.conftest import Site, node_module

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations", "incomplete"],
}
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations", "incomplete"]}
WITHOUT_CONTRAST = {**RULES, "rules": {"color-contrast": {"enabled": False}}}
"""In forced colours the reader's system chooses the colours, and axe cannot see them."""

ACCEPTED = {
    # The dot of the timeline is a pseudo element; it stands beside the text and not behind it.
    ("color-contrast", "due to a pseudo element"),
}
"""What axe leaves to a person's judgement: its rule, and a part of what it says."""

RUN = """
async (options) => {
  const found = await axe.run(document, options);
  const told = (kind) => found[kind].flatMap((rule) => rule.nodes.map((node) => [
    rule.id, node.html.slice(0, 160),
    [...node.any, ...node.all, ...node.none].map((check) => check.message).join(" ")]));
  return [...told("violations"), ...told("incomplete")];
}
"""
A_FRAME = {"bypass", "landmark-one-main", "page-has-heading-one", "region"}
"""Rules for whole pages. The frame for other sites is a line in theirs, with their headings."""


@contextmanager
def judged(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page that axe can be run on: only it needs the policy to be set aside."""
    context = browser.new_context(bypass_csp=True, **options)
    context.add_init_script(path=node_module("axe-core/axe.min.js"))
    yield context.new_page()
    context.close()


def objections(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe says of the page that is open, without what is accepted."""
    accepted = {*ACCEPTED, *((rule, "") for rule in A_FRAME if page.url.endswith("/embed/"))}
    return [
        f"{page.url} {rule} {source}: {said}"
        for rule, source, said in page.evaluate(RUN, options)
        if not any(rule == known and part in said for known, part in accepted)
    ]


@pytest.mark.parametrize("name", states.STATES)
def test_nothing_to_object_to(browser: Browser, site: Callable[[str], Site], name: str) -> None:
    place, found = site(name), []
    with judged(browser, viewport={"width": 1280, "height": 900}) as page:
        for path in place.telling():
            page.emulate_media(color_scheme="light")
            page.goto(place.address + path)
            found += objections(page, RULES)
            page.emulate_media(color_scheme="dark")
            found += objections(page, CONTRAST)
    assert found == []


@pytest.mark.parametrize("name", ["critical", "maintenance"])
@pytest.mark.parametrize(
    ("options", "rules"),
    [
        ({"forced_colors": "active"}, WITHOUT_CONTRAST),
        ({"reduced_motion": "reduce", "viewport": {"width": 360, "height": 740}}, RULES),
    ],
    ids=["forced-colours", "small-and-still"],
)
def test_nor_as_some_readers_set_it(
    browser: Browser,
    site: Callable[[str], Site],
    name: str,
    options: dict[str, Any],
    rules: dict[str, Any],
) -> None:
    place, found = site(name), []
    with judged(browser, **options) as page:
        for path in place.telling():
            page.goto(place.address + path)
            found += objections(page, rules)
    assert found == []


def test_every_language_is_judged(browser: Browser, site: Callable[[str], Site]) -> None:
    place = site("critical")
    homes = [f"/{locale}/" for locale in states.LOCALES if locale != states.DEFAULT]
    assert homes
    with judged(browser) as page:
        for path in homes:
            page.goto(place.address + path)
            assert objections(page, RULES) == []


def test_the_judge_can_object(browser: Browser, site: Callable[[str], Site]) -> None:
    place = site("empty")
    with judged(browser) as page:
        page.goto(f"{place.address}/")
        page.evaluate("document.querySelector('h1').style.color = 'silver'")
        page.evaluate("document.documentElement.removeAttribute('lang')")
        rules = {said.split()[1] for said in objections(page, RULES)}
        assert rules == {"color-contrast", "html-has-lang"}
