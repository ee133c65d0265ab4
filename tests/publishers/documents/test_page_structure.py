"""The pages' structure, what they ask of others (nothing), and what hostile words do (nothing)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import urljoin

import pytest
from lxml import html

from incidents.view import Archive, IncidentView
from publishers.documents import (
    _render,
    _style,
    archive,
    calendar,
    components,
    history_feeds,
    pages,
    privacy,
    subscribe,
)
from publishers.documents._base import Document
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.page_reader import body, every_page
from tests.publishers.documents.sample_follow import component_view

VOID = {"meta", "link", "br"}


class _Nesting(HTMLParser):
    """Fails on a tag that is closed out of turn or never: browsers would guess."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            assert not (tag in {"p", "ul", "ol", "div", "section"} and "p" in self.open)
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"use", "circle", "path"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("document", list(every_page()), ids=lambda d: d.path)
def test_structure(document: Document) -> None:
    source = body(document)
    parser = _Nesting()
    parser.feed(source)
    assert not parser.open
    page = html.document_fromstring(source)
    levels = [int(h.tag[1]) for h in page.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = Counter(page.xpath("//@id"))
    assert [name for name, times in ids.items() if times > 1] == []
    for label in page.xpath("//@aria-labelledby"):
        assert label in ids
    for items in page.xpath("//ul|//ol"):
        assert len(items)
        assert {child.tag for child in items} == {"li"}
    assert all(li.getparent().tag in {"ul", "ol"} for li in page.iter("li"))
    assert len(page.xpath("//main")) == len(page.xpath("//header[@class='top']")) == 1
    assert page.xpath("//body/a[1]/@href") == ["#content"]


@pytest.mark.parametrize("document", list(every_page()), ids=lambda d: d.path)
def test_a_page_asks_nothing_of_anybody(document: Document) -> None:
    source = body(document)
    page = html.document_fromstring(source)
    assert not page.xpath("//iframe|//img|//object|//embed|//form|//base|//@style")
    (script,) = page.iter("script")
    assert script.text is None
    assert page.xpath("//@src") == [script.get("src")]
    assert urljoin(f"/{document.path}", script.get("src")) == "/avviso.js"
    assert not page.xpath("//@*[starts-with(name(), 'on')]")
    for link in page.xpath("//link[@rel='icon' or @type]/@href"):
        assert "//" not in link
    for use in page.xpath("//*[local-name()='use']/@href"):
        assert use.startswith("#s-")
    (style,) = page.iter("style")
    assert style.text == _style.stylesheet()
    assert not re.search(r"url\(|@import|expression", style.text)


def whole_site() -> dict[str, Document]:
    """The worst hour with every page that it leads to."""
    view, month = views.worst_hour(), views.month_view()
    service = view.service
    found = [*pages.home(view), *pages.overview(view), *calendar.overview(view)]
    found += history_feeds.overview(view)
    found += [*subscribe.overview(view), *privacy.overview(view)]
    found += archive.archive(Archive(service, ()))
    for entry in (*view.active, *view.upcoming, *view.past):
        told = IncidentView(service, view.today, entry)
        found += pages.incident(service, entry.id, told)
    for part in view.components:
        shown = replace(component_view(), component=part)
        found += components.component(service, part.id, shown)
        found += calendar.component(service, part.id, shown)
    for name in ("2020-11", "2020-12", "2021-01"):
        found += pages.month(service, name, replace(month, month=name))
    return {document.path: document for document in found}


def test_every_link_within_the_site_leads_somewhere() -> None:
    site = whole_site()
    for path, document in site.items():
        if not path.endswith(".html"):
            continue
        for link in html.document_fromstring(body(document)).xpath("//@href"):
            address, _, anchor = urljoin(f"https://here.example/{path}", link).partition("#")
            there = address.removeprefix("https://here.example/")
            if "//" in there or there.rpartition("/")[2].startswith("feed."):
                continue
            there += "index.html" if there.endswith("/") or not there else ""
            assert there in site, (path, link)
            assert not anchor or f'id="{anchor}"' in body(site[there]), (path, link)


# Hostile words


HOSTILE = [d for d in every_page() if "hostile" in d.path] + list(pages.home(views.hostile()))


@pytest.mark.parametrize("document", HOSTILE, ids=lambda d: d.path)
def test_hostile_words_are_words(document: Document) -> None:
    source = body(document)
    assert source.lower().count("<script") == source.count('avviso.js" defer></script>') == 1
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", source)
    page = html.document_fromstring(source)
    assert "<script>alert(1)</script>\" onload='alert(2)' ]]> &amp;" in page.text_content()
    for link in page.xpath("//a/@href"):
        assert not re.match(r"(?i)\s*(javascript|data|vbscript):", link)
        assert "evil" not in link
    assert "7*7" in page.text_content()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a **b** *c* `d`", "<p>a <strong>b</strong> <em>c</em> <code>d</code></p>"),
        ("# T\n\ntext", "<p><strong>T</strong></p>\n<p>text</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        (
            "[a](https://example.org/?a=1&b=2)",
            '<p><a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener">a</a></p>',
        ),
        (
            "[m](mailto:a@b.it)",
            '<p><a href="mailto:a@b.it" rel="nofollow noopener">m</a></p>',
        ),
        ("[a](javascript:alert)", "<p>[a](javascript:alert)</p>"),
        ("[a](ftp://x)", '<p><a rel="nofollow noopener">a</a></p>'),
        ("[a](//evil.example)", '<p><a rel="nofollow noopener">a</a></p>'),
        ("<b onclick=x>a</b>", "<p>&lt;b onclick=x&gt;a&lt;/b&gt;</p>"),
        ("```\na < b\n```", "<code>a &lt; b\n</code>"),
        ("---", ""),
    ],
)
def test_markdown_is_harmless(source: str, expected: str) -> None:
    assert _render.markdown(source).strip() == expected


def test_an_image_becomes_its_description() -> None:
    assert _render.markdown("![a<b](https://evil.example/x.gif)") == "<p>a&lt;b</p>\n"
