"""What the pages are made of: landmarks, headings, lists, languages, times, links that lead on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from lxml import html

from publishers.documents._style import stylesheet
from tests.pages import states
from tests.pages.conftest import Site, locale_of
from tests.pages.states import STATES

ORIGIN = "https://stato.example.it"
A_FRAME = "/embed/"
"""The end of the address of what stands in other people's pages, which have their own headings."""
STARTS_RIGHT_TO_LEFT = re.compile(r"[^\w]*[\u0590-\u06ff]")
Page = tuple[str, Any]


@pytest.fixture(params=STATES)
def place(request: pytest.FixtureRequest, site: Callable[[str], Site]) -> Site:
    return site(request.param)


def pages_of(place: Site) -> Iterator[Page]:
    """The address and the parsed document of each page that stands for others."""
    for path in place.some():
        yield path, html.document_fromstring(place.file(path).read_bytes().decode())


def whole_pages_of(place: Site) -> Iterator[Page]:
    return ((path, page) for path, page in pages_of(place) if not path.endswith(A_FRAME))


def words_in(element: Any) -> str:
    return " ".join(element.text_content().split())


def test_landmarks_and_headings(place: Site) -> None:
    for path, page in whole_pages_of(place):
        levels = [int(found.tag[1]) for found in page.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
        assert levels[:1] == [1], path
        assert levels.count(1) == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), path
        assert all(words_in(found) for found in page.xpath("//h1|//h2|//h3|//h4")), path
        assert len(page.xpath("//main")) == 1, path
        assert len(page.xpath("//body/header")) == len(page.xpath("//body/footer")) == 1, path
        names = page.xpath("//nav/@aria-label")
        assert len(names) == len(page.xpath("//nav")) == len(set(names)) > 0, path
        assert page.xpath("//body//a")[0].get("href") == "#" + page.xpath("//main/@id")[0], path


def test_lists_hold_what_there_are_several_of(place: Site) -> None:
    for path, page in pages_of(place):
        for items in page.xpath("//ul|//ol"):
            assert {child.tag for child in items} == {"li"}, path
        for part in page.xpath("//section[contains(@class, 'components')]"):
            assert part.xpath(".//ul/li"), path
        for updates in page.xpath("//section[contains(@class, 'timeline')]"):
            assert updates.xpath("./ol/li"), path


def test_every_shape_stands_beside_a_word(place: Site) -> None:
    """Severity is never told by colour or by a picture alone."""
    for path, page in pages_of(place):
        for shape in page.find_class("shape"):
            assert shape.get("aria-hidden") == "true", path
            beside = shape.xpath("ancestor::*[self::li or self::p or self::h3 or self::div][1]")
            assert words_in(beside[0]), path
        for element in page.xpath("//body//*[@title]"):
            assert element.get("title") in words_in(element), (path, "only in a tool tip")


def test_the_title_begins_with_what_the_page_says(place: Site) -> None:
    for path, page in whole_pages_of(place):
        title, heading = words_in(page.find("head/title")), words_in(page.find(".//h1"))
        assert title.startswith(heading), path


def test_the_reader_may_zoom(place: Site) -> None:
    for path, page in pages_of(place):
        (viewport,) = page.xpath("//meta[@name='viewport']/@content")
        assert viewport == "width=device-width, initial-scale=1", path


def test_times_can_be_read_by_machines(place: Site) -> None:
    for path, page in pages_of(place):
        for moment in page.iter("time"):
            read = datetime.fromisoformat(moment.get("datetime"))
            assert words_in(moment), path
            assert "T" not in moment.get("datetime") or read.utcoffset() is not None, path


def test_text_of_another_language_or_direction_says_so(place: Site) -> None:
    for path, page in pages_of(place):
        root = page.getroottree().getroot()
        assert root.get("lang") == locale_of(path)
        assert root.get("dir") == "ltr"
        for text in page.xpath("//body//text()"):
            if STARTS_RIGHT_TO_LEFT.match(text) and "/call-script/" not in path:
                above = [text.getparent(), *text.getparent().iterancestors()]
                own = [e for e in above if e.tag == "bdi" or e.get("dir") == "auto"]
                assert own, (path, text)
        for element in page.xpath("//body//*[@lang]"):
            assert element.get("lang"), path


def test_what_nobody_translated_is_marked_and_explained(site: Callable[[str], Site]) -> None:
    place = site("right_to_left")
    found = 0
    for path, page in pages_of(place):
        marked = page.xpath("//main//*[@lang='ar']")
        found += len(marked)
        if marked and (path == f"/{locale_of(path)}/" or "/incidents/" in path):
            assert page.xpath("//main//*[contains(@class, 'note')]"), path
    assert found > 4


def test_the_languages_know_each_other(place: Site) -> None:
    named = {path: _alternates(page) for path, page in whole_pages_of(place)}
    for path, others in named.items():
        assert set(others) == {*states.LOCALES, "x-default"}, path
        assert others["x-default"] == others[states.DEFAULT], path
        assert others[locale_of(path)] == path
        for locale in states.LOCALES:
            assert place.file(others[locale]).exists(), path
            assert named.get(others[locale], others) == others, path


def _alternates(page: Any) -> dict[str, str]:
    links = page.xpath("//head/link[@hreflang]")
    return {link.get("hreflang"): link.get("href").removeprefix(ORIGIN) for link in links}


@pytest.mark.parametrize("name", [name for name, state in STATES.items() if not state.home_alone])
def test_every_link_leads_somewhere(site: Callable[[str], Site], name: str) -> None:
    place = site(name)
    anchors: dict[Path, set[str]] = {}
    for path, page in pages_of(place):
        for link in page.xpath("//@href|//@src"):
            address, _, anchor = urljoin(f"{ORIGIN}{path}", link).partition("#")
            if not address.startswith(f"{ORIGIN}/"):
                assert re.match("https://|mailto:", address), (path, link)
                continue
            assert link.startswith(ORIGIN) or not link.startswith(("/", "http")), (path, link)
            file = _file(place, address)
            assert file.is_file(), (path, link)
            if anchor:
                if file not in anchors:
                    found = html.document_fromstring(file.read_bytes().decode())
                    anchors[file] = set(found.xpath("//@id"))
                assert anchor in anchors[file], (path, link)


def _file(place: Site, address: str) -> Path:
    wanted = address.removeprefix(ORIGIN).partition("?")[0]
    return place.file(wanted) if wanted.endswith("/") else place.root / wanted[1:]


def test_forms_and_what_unfolds(place: Site) -> None:
    for path, page in pages_of(place):
        for control in page.xpath("//input[not(@type='hidden')]|//select|//textarea"):
            labels = page.xpath(f"//label[@for='{control.get('id')}']")
            assert [words_in(label) for label in labels], path
            if control.get("type") not in {"radio", "checkbox"}:  # nothing is typed there
                assert control.get("autocomplete"), path
        for button in page.xpath("//button"):
            assert words_in(button) or button.get("aria-label"), path
        for unfolding in page.xpath("//details"):
            assert unfolding[0].tag == "summary", path
            assert words_in(unfolding[0]), path


def test_nothing_is_shown_by_pointing_alone() -> None:
    for rule in re.findall(r"[^{}]*:hover[^{}]*\{[^}]*\}", stylesheet()):
        assert not re.search(r"display|visibility|opacity|content|height|clip", rule), rule
