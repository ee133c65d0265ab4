"""What a visit costs and whom it concerns: few bytes, nobody else, no cookie, no script needed."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urljoin
from urllib.request import Request, urlopen

import pytest
from lxml import html
from playwright.sync_api import Browser, Response

from tests.pages.conftest import Site

KB = 1024
ONE_ROUND_TRIP = 14 * KB
"""What a server may send before it hears from the reader: 10 segments (RFC 6928)."""
SMALL = 3 * KB


def compressed(address: str) -> int:
    """Bytes of a document's body as a browser gets it."""
    asked = Request(address, headers={"Accept-Encoding": "gzip, br"})
    with urlopen(asked, timeout=30) as answer:
        assert answer.headers["Set-Cookie"] is None
        return len(answer.read())


def test_the_worst_hour_arrives_at_once(site: Callable[[str], Site]) -> None:
    home = f"{site('critical').address}/"
    assert compressed(home) <= ONE_ROUND_TRIP
    with urlopen(home, timeout=30) as answer:
        page = html.document_fromstring(answer.read().decode())
    more = page.xpath("//script/@src|//link[@rel='icon' or @rel='stylesheet']/@href|//img/@src")
    assert len(more) <= 2
    assert all(compressed(urljoin(home, link)) <= SMALL for link in more)


def test_a_crowd_of_components_is_no_crowd_of_bytes(site: Callable[[str], Site]) -> None:
    assert compressed(f"{site('many').address}/") < 40 * KB


@pytest.mark.parametrize("name", ["critical", "empty", "right_to_left"])
def test_nobody_else_is_asked_and_nothing_is_left_behind(
    browser: Browser, site: Callable[[str], Site], name: str
) -> None:
    place = site(name)
    answers: list[Response] = []
    complaints: list[str] = []
    context = browser.new_context()
    context.on("response", lambda answer: answers.append(answer))
    context.on("console", lambda message: complaints.append(message.text))
    context.on("weberror", lambda problem: complaints.append(str(problem.error)))
    page = context.new_page()
    for path in place.telling():
        page.goto(place.address + path, wait_until="networkidle")
        assert page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == [
            "",
            0,
            0,
        ]
    assert context.cookies() == []
    context.close()
    assert {answer.url for answer in answers if not answer.url.startswith(place.address)} == set()
    missing = {answer.url for answer in answers if answer.status >= 400}
    assert missing == {f"{place.address}/nothing-here/"}
    assert [said for said in complaints if "404" not in said] == []
    assert not [answer.url for answer in answers if "set-cookie" in answer.headers]


def test_no_script_is_needed(browser: Browser, site: Callable[[str], Site]) -> None:
    place = site("critical")
    with_it = browser.new_context()
    without = browser.new_context(java_script_enabled=False)
    for path in place.telling():
        said = []
        for context in (with_it, without):
            page = context.new_page()
            page.goto(place.address + path)
            said.append(page.inner_text("body"))
            page.close()
        assert said[0] == said[1], path
    with_it.close()
    without.close()


def test_no_script_stands_in_a_page(site: Callable[[str], Site]) -> None:
    place = site("critical")
    for path in place.some():
        source = place.file(path).read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]* src=)|\son[a-z]+=|\sstyle=|javascript:", source), (
            path
        )
