"""sitemap.xml and robots.txt: all that is to be found, in every language, and no untrue date."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.robotparser import RobotFileParser

import pytest
from lxml import etree

from incidents.view import Overview
from publishers.documents import sitemap
from tests.publishers.documents import sample_views

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
HOST = "https://stato.example.it"


def bodies(view: Overview) -> dict[str, bytes]:
    return {each.path: each.body or b"" for each in sitemap.overview(view)}


def urls(view: Overview) -> dict[str, Any]:
    root = etree.fromstring(bodies(view)["sitemap.xml"])
    assert root.tag == f"{MAP}urlset"
    found = {url.findtext(f"{MAP}loc"): url for url in root}
    assert len(found) == len(root), "an address stands there twice"
    return found


def test_every_page_is_there_in_every_language() -> None:
    view = sample_views.worst_hour()
    found = urls(view)
    component = view.components[0].id
    for path in (
        "",
        "answers/",
        "history/2020-12/",
        "incidents/crash0000001/",
        f"components/{component}/",
    ):
        assert f"{HOST}/{path}" in found
        assert f"{HOST}/en/{path}" in found


def test_each_names_the_same_page_in_the_other_languages() -> None:
    for address, url in urls(sample_views.worst_hour()).items():
        links = {link.get("hreflang"): link.get("href") for link in url.findall(LINK)}
        assert set(links) == {"it", "en", "x-default"}
        assert links["x-default"] == links["it"]
        assert address in links.values()
        assert links["en"] == links["it"].replace(HOST, f"{HOST}/en")


def test_a_date_stands_only_where_it_is_known() -> None:
    view = sample_views.worst_hour()
    dated = {at: u.findtext(f"{MAP}lastmod") for at, u in urls(view).items()}
    entries = {entry.id: entry for entry in (*view.active, *view.upcoming, *view.past)}
    for address, said in dated.items():
        path = address.removeprefix(HOST).removeprefix("/en")
        if path.startswith("/incidents/"):
            expected = entries[path.split("/")[2]].updated_at
        elif path == "/":
            expected = view.updated_at
        else:
            assert said is None, address
            continue
        assert datetime.fromisoformat(said or "") == expected


def test_there_is_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MOST", 10)
    found = list(urls(sample_views.many()))
    assert len(found) == 10
    assert found[:2] == [f"{HOST}/", f"{HOST}/en/"]


def test_a_new_page_has_one_too() -> None:
    assert list(urls(sample_views.empty())) == [
        f"{HOST}/",
        f"{HOST}/en/",
        f"{HOST}/answers/",
        f"{HOST}/en/answers/",
    ]


def test_robots_may_read_everything_and_find_the_map() -> None:
    robots = RobotFileParser()
    robots.parse(bodies(sample_views.worst_hour())["robots.txt"].decode().splitlines())
    assert robots.can_fetch("AnyBot", f"{HOST}/en/incidents/x/")
    assert robots.site_maps() == [f"{HOST}/sitemap.xml"]


def test_the_same_view_gives_the_same_bytes() -> None:
    view = sample_views.worst_hour()
    assert bodies(view) == bodies(replace(view))
