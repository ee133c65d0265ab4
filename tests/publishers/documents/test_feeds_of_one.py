"""Feeds of one component and of one incident, and what feeds say of their hub."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
import jsonschema
import pytest
from lxml import etree

from publishers.documents import feeds
from publishers.documents._base import Document
from tests.publishers.documents import sample_follow as samples
from tests.publishers.documents import sample_views
from tests.publishers.documents.sample_incidents import SERVICE
from tests.publishers.documents.schema_atom import ATOM_SCHEMA
from tests.publishers.documents.schema_json_feed import JSON_FEED

ATOM = "{http://www.w3.org/2005/Atom}"
NAMES = ("feed.rss", "feed.atom", "feed.json")
COMPONENT = f"components/{samples.component_view().component.id}/"
INCIDENT = "incidents/crash0000001/"


def bodies(documents: Iterable[Document]) -> dict[str, bytes | None]:
    return {document.path: document.body for document in documents}


def of_component(hub: str = "") -> dict[str, bytes | None]:
    view = samples.component_view()
    service = replace(view.service, hub=hub)
    return bodies(feeds.component(service, view.component.id, view))


def of_incident(hub: str = "") -> dict[str, bytes | None]:
    view = samples.followed_view()
    return bodies(feeds.incident(replace(SERVICE, hub=hub), view.incident.id, view))


def of_page(hub: str = "") -> dict[str, bytes | None]:
    view = sample_views.worst_hour()
    return bodies(feeds.overview(replace(view, service=replace(view.service, hub=hub))))


def of_hostile(hub: str = "") -> dict[str, bytes | None]:
    view = samples.hostile_followed_view()
    return bodies(feeds.incident(replace(view.service, hub=hub), view.incident.id, view))


EVERY = (of_page, of_component, of_incident, of_hostile)
Made = Callable[..., dict[str, bytes | None]]


def paths(folder: str) -> list[str]:
    return [f"{prefix}{folder}{name}" for prefix in ("", "en/") for name in NAMES]


def test_they_lie_beside_their_pages() -> None:
    assert list(of_component()) == paths(COMPONENT)
    assert list(of_incident()) == paths(INCIDENT)


@pytest.mark.parametrize("view", [None, replace(samples.followed_view(), followed=False)])
def test_an_incident_that_is_not_followed_any_more_has_none(view: Any) -> None:
    gone = bodies(feeds.incident(SERVICE, "crash0000001", view))
    assert gone == dict.fromkeys(paths(INCIDENT))


def test_a_component_that_is_hidden_has_none() -> None:
    hidden = bodies(feeds.component(SERVICE, samples.component_view().component.id, None))
    assert hidden == dict.fromkeys(paths(COMPONENT))


def items(body: bytes | None) -> list[Any]:
    found: list[Any] = json.loads(body or b"")["items"]
    return found


def test_an_item_is_the_same_in_every_feed() -> None:
    everything = {item["id"]: item for item in items(of_page()["feed.json"])}
    own = items(of_incident()[f"{INCIDENT}feed.json"])
    assert own
    assert all(everything[item["id"]] == item for item in own)
    assert len(own) < len(everything)
    assert items(of_component()[f"{COMPONENT}feed.json"]) == list(everything.values())


def test_feeds_have_ids_and_titles_of_their_own() -> None:
    found = [
        feedparser.parse(made[path]).feed
        for made, path in (
            (of_page(), "en/feed.atom"),
            (of_component(), f"en/{COMPONENT}feed.atom"),
            (of_incident(), f"en/{INCIDENT}feed.atom"),
        )
    ]
    assert len({feed.id for feed in found}) == 3
    assert [feed.title for feed in found] == [
        "Updates on Public services app",
        "Wallet · Updates on Public services app",
        "Wallet unavailable · Updates on Public services app",
    ]
    assert found[2].link == "https://stato.example.it/en/incidents/crash0000001/"
    assert found[2].subtitle == (
        "Wallet unavailable. Every update on Public services app, newest first."
    )


def test_one_that_says_nothing_yet_is_as_old_as_what_it_is_of() -> None:
    view = replace(samples.component_view(), publications=())
    made = bodies(feeds.component(view.service, view.component.id, view))
    body = made[f"{COMPONENT}feed.rss"]
    built = parsedate_to_datetime(feedparser.parse(body).feed.updated)
    assert built == view.component.updated_at


@pytest.mark.parametrize("made", EVERY)
@pytest.mark.parametrize("hub", ["", samples.HUB])
class TestValidity:
    def test_atom_by_the_schema_of_its_rfc(self, made: Made, hub: str) -> None:
        for path, body in made(hub).items():
            if path.endswith(".atom"):
                tree = etree.fromstring(body or b"")
                assert ATOM_SCHEMA.validate(tree), ATOM_SCHEMA.error_log
                ids = [entry.findtext(f"{ATOM}id") for entry in tree.iter(f"{ATOM}entry")]
                assert len(set(ids)) == len(ids)

    def test_rss_by_the_profile_of_its_advisory_board(self, made: Made, hub: str) -> None:
        for path, body in made(hub).items():
            if path.endswith(".rss"):
                assert list(faults_of_rss(etree.fromstring(body or b""))) == []

    def test_json_by_its_schema(self, made: Made, hub: str) -> None:
        for path, body in made(hub).items():
            if path.endswith(".json"):
                jsonschema.validate(json.loads(body or b""), JSON_FEED)


ONCE = {
    "channel": ("title", "link", "description", "language", "lastBuildDate", "generator", "docs"),
    "item": ("title", "link", "description", "guid", "pubDate"),
}
MAY = {"channel": {"item", f"{ATOM}link"}, "item": {"category"}}
DATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"
)


def faults_of_rss(rss: Any) -> Iterable[str]:
    """What https://www.rssboard.org/rss-profile (and the specification) would find."""
    if rss.tag != "rss" or rss.get("version") != "2.0" or [c.tag for c in rss] != ["channel"]:
        yield "not one channel of RSS 2.0"
    for element in (rss[0], *rss[0].iter("item")):
        tags = [child.tag for child in element]
        yield from (f"{tag} in {element.tag}" for tag in ONCE[element.tag] if tags.count(tag) != 1)
        yield from set(tags) - set(ONCE[element.tag]) - MAY[element.tag]
    for tag in ("pubDate", "lastBuildDate"):
        yield from (d.text for d in rss.iter(tag) if not DATE.fullmatch(d.text))
    for link in rss.iter("link"):
        if not link.text.startswith("https://"):
            yield link.text
    selves = [a for a in rss[0].findall(f"{ATOM}link") if a.get("rel") == "self"]
    if len(selves) != 1 or selves[0].get("type") != "application/rss+xml":
        yield "no link to itself"
    guids = [(guid.text, guid.get("isPermaLink")) for guid in rss.iter("guid")]
    if len(set(guids)) != len(guids) or any(permanent != "false" for _, permanent in guids):
        yield "guids"


@pytest.mark.parametrize("made", EVERY)
def test_every_feed_names_its_hub_and_itself(made: Made) -> None:
    for path, body in made(samples.HUB).items():
        own = f"https://stato.example.it/{path}"
        if path.endswith(".json"):
            told = json.loads(body or b"")
            assert told["hubs"] == [{"type": "WebSub", "url": samples.HUB}]
            assert told["feed_url"] == own
        else:
            links = etree.fromstring(body or b"").iter(f"{ATOM}link")
            found = [(link.get("rel"), link.get("href")) for link in links]
            assert ("hub", samples.HUB) in found
            assert ("self", own) in found


def test_without_a_hub_none_is_named() -> None:
    for body in of_page().values():
        assert b"hub" not in (body or b"")


def test_the_same_view_gives_the_same_bytes() -> None:
    for made in EVERY:
        assert made() == made()
