"""Feeds: valid in three formats, harmless, true dates, the same bytes until there is news."""

from __future__ import annotations

import json
import locale as process_locale
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
import jsonschema
import pytest
from lxml import etree, html

from incidents.status import PublicationKind, Status
from incidents.view import Overview, PublicPublication, PublicText
from publishers.documents import feeds
from publishers.documents._base import page_url, update_path
from tests.publishers.documents import sample_views
from tests.publishers.documents.sample_incidents import UTC, rome
from tests.publishers.documents.schema_json_feed import JSON_FEED

ATOM = "{http://www.w3.org/2005/Atom}"
NAMES = ("feed.rss", "feed.atom", "feed.json")
VIEWS = ("all_well", "worst_hour", "hostile", "many", "maintenance", "empty")


def bodies(view: Overview) -> dict[str, bytes]:
    return {document.path: document.body or b"" for document in feeds.overview(view)}


def rss(view: Overview, path: str = "en/feed.rss") -> Any:
    return etree.fromstring(bodies(view)[path])


def atom(view: Overview, path: str = "en/feed.atom") -> Any:
    return etree.fromstring(bodies(view)[path])


def json_feed(view: Overview, path: str = "en/feed.json") -> Any:
    return json.loads(bodies(view)[path])


def of(publication: PublicPublication) -> Overview:
    """A view with one publication."""
    return replace(sample_views.empty(), publications=(publication,))


def item(publication: PublicPublication) -> Any:
    return json_feed(of(publication))["items"][0]


@pytest.fixture(params=VIEWS)
def view(request: pytest.FixtureRequest) -> Overview:
    made = getattr(sample_views, request.param)()
    assert isinstance(made, Overview)
    return made


@pytest.fixture
def publication() -> PublicPublication:
    return PublicPublication(
        id="p1",
        kind=PublicationKind.UPDATE,
        at=rome(8, 14, 26),
        incident_id="crash0000001",
        incident_name={"it": "Portafoglio non disponibile", "en": "Wallet unavailable"},
        incident_kind=sample_views.worst_hour().active[0].kind,
        update_number=3,
        status=Status.MONITORING,
        texts={"en": PublicText("It works for most", "It works.", "Sign-in is **slow**.")},
    )


def test_a_plan_that_was_called_off_is_not_called_completed(
    publication: PublicPublication,
) -> None:
    over = replace(publication, status=Status.COMPLETED)
    assert item(over)["tags"] == ["Finished"]
    assert item(replace(over, cancelled=True))["tags"] == ["Cancelled"]


def test_every_locale_has_the_three_formats() -> None:
    assert list(bodies(sample_views.worst_hour())) == [
        *NAMES,
        *(f"en/{name}" for name in NAMES),
    ]


class TestEveryView:
    @pytest.mark.parametrize("prefix", ["", "en/"])
    @pytest.mark.parametrize("name", ["feed.rss", "feed.atom"])
    def test_feed_readers_take_it(self, view: Overview, prefix: str, name: str) -> None:
        parsed = feedparser.parse(bodies(view)[prefix + name])
        assert not parsed.bozo
        assert parsed.version == {"feed.rss": "rss20", "feed.atom": "atom10"}[name]
        assert parsed.feed.language == (prefix.strip("/") or "it")
        assert len(parsed.entries) == len(view.publications)

    def test_all_formats_say_the_same_in_the_same_order(self, view: Overview) -> None:
        said = json_feed(view)["items"]
        expected = [(i["id"], i["url"], i["title"], i["content_html"]) for i in said]
        assert [
            tuple(i.findtext(tag) for tag in ("guid", "link", "title", "description"))
            for i in rss(view).iter("item")
        ] == expected
        assert [
            (
                e.findtext(f"{ATOM}id"),
                e.find(f"{ATOM}link").get("href"),
                e.findtext(f"{ATOM}title"),
                e.findtext(f"{ATOM}content"),
            )
            for e in atom(view).iter(f"{ATOM}entry")
        ] == expected

    def test_dates_are_those_of_the_publications(self, view: Overview) -> None:
        expected = [publication.at for publication in view.publications]
        assert [parsedate_to_datetime(t.text) for t in rss(view).iter("pubDate")] == expected
        for tag in (f"{ATOM}published", f"{ATOM}updated"):
            entries = atom(view).iter(f"{ATOM}entry")
            assert [datetime.fromisoformat(e.findtext(tag)) for e in entries] == expected
        for key in ("date_published", "date_modified"):
            found = [datetime.fromisoformat(i[key]) for i in json_feed(view)["items"]]
            assert found == expected

    def test_the_feed_is_as_new_as_its_newest_item(self, view: Overview) -> None:
        newest = max((p.at for p in view.publications), default=view.updated_at)
        assert parsedate_to_datetime(rss(view).findtext("channel/lastBuildDate")) == newest
        assert datetime.fromisoformat(atom(view).findtext(f"{ATOM}updated")) == newest

    def test_nothing_changes_while_there_is_no_news(self, view: Overview) -> None:
        later = view.checked_at + timedelta(days=1)
        assert bodies(view) == bodies(replace(view, checked_at=later, today=later.date()))

    def test_links_lead_home_and_to_itself(self, view: Overview) -> None:
        home = page_url(view.service, "en")
        channel = rss(view).find("channel")
        assert channel.findtext("link") == home
        assert channel.find(f"{ATOM}link").attrib == {
            "href": f"{home}feed.rss",
            "rel": "self",
            "type": "application/rss+xml",
        }
        links = {link.get("rel"): link.get("href") for link in atom(view).findall(f"{ATOM}link")}
        assert links == {"self": f"{home}feed.atom", "alternate": home}
        told = json_feed(view)
        assert (told["home_page_url"], told["feed_url"]) == (home, f"{home}feed.json")

    def test_json_is_json_feed_1_1(self, view: Overview) -> None:
        for path in ("feed.json", "en/feed.json"):
            jsonschema.validate(json_feed(view, path), JSON_FEED)

    def test_rss_and_atom_have_what_they_must(self, view: Overview) -> None:
        channel = rss(view).find("channel")
        assert all(channel.findtext(tag) for tag in ("title", "link", "description"))
        assert all(g.get("isPermaLink") == "false" for g in rss(view).iter("guid"))
        feed = atom(view)
        assert feed.findtext(f"{ATOM}author/{ATOM}name")
        assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
        for element in (feed, *feed.iter(f"{ATOM}entry")):
            assert all(element.findtext(ATOM + tag) for tag in ("id", "title", "updated"))
        assert {c.get("type") for c in feed.iter(f"{ATOM}content")} <= {"html"}


def test_touches_no_process_wide_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise AssertionError("setlocale is felt by every thread")

    monkeypatch.setattr(process_locale, "setlocale", refuse)
    assert bodies(sample_views.worst_hour())


def test_dates_are_by_the_services_clock(publication: PublicPublication) -> None:
    exact = replace(publication, at=publication.at.replace(microsecond=123456))
    view = of(exact)
    assert rss(view).findtext("channel/item/pubDate") == "Tue, 08 Dec 2020 14:26:00 +0100"
    assert atom(view).findtext(f"{ATOM}updated") == "2020-12-08T14:26:00+01:00"
    assert item(exact)["date_published"] == "2020-12-08T14:26:00+01:00"


class TestIds:
    def test_outlive_edits_a_new_host_and_a_new_status(
        self, publication: PublicPublication
    ) -> None:
        view = of(publication)
        edited = replace(
            publication,
            texts={"en": PublicText("x", "y", "z")},
            incident_name={"en": "Renamed"},
            status=Status.RESOLVED,
            at=rome(9, 9),
        )
        moved = replace(
            of(edited), service=replace(view.service, url="https://elsewhere.example.org")
        )
        assert json_feed(moved)["items"][0]["id"] == item(publication)["id"]
        assert atom(moved).findtext(f"{ATOM}id") == atom(view).findtext(f"{ATOM}id")

    def test_differ_by_publication_language_and_service(
        self, publication: PublicPublication
    ) -> None:
        view = of(publication)
        other_service = replace(view, service=replace(view.service, id="another00001"))
        ids = {
            item(publication)["id"],
            item(replace(publication, id="p2"))["id"],
            json_feed(view, "feed.json")["items"][0]["id"],
            json_feed(other_service)["items"][0]["id"],
        }
        assert len(ids) == 4

    def test_are_urns(self, publication: PublicPublication) -> None:
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", item(publication)["id"])


class TestItems:
    def test_link_to_their_update(self, publication: PublicPublication) -> None:
        service = of(publication).service
        expected = page_url(service, "en", update_path("crash0000001", 3))
        assert item(publication)["url"] == expected
        assert expected.endswith("/en/incidents/crash0000001/?u=3")

    @pytest.mark.parametrize(
        ("kind", "title"),
        [
            (PublicationKind.UPDATE, "Being watched – It works for most"),
            (PublicationKind.ANSWER, "Answer – It works for most"),
            (PublicationKind.CORRECTION, "Correction – It works for most"),
            (PublicationKind.RETRACTION, "Withdrawn – It works for most"),
            (PublicationKind.REMINDER, "Reminder – It works for most"),
        ],
    )
    def test_say_in_their_title_what_they_are(
        self, publication: PublicPublication, kind: PublicationKind, title: str
    ) -> None:
        assert item(replace(publication, kind=kind))["title"] == title

    @pytest.mark.parametrize(
        ("text", "title"),
        [
            (PublicText("", "It works.", ""), "Being watched – It works."),
            (PublicText("", "", ""), "Being watched – Wallet unavailable"),
        ],
    )
    def test_have_a_title_without_a_headline(
        self, publication: PublicPublication, text: PublicText, title: str
    ) -> None:
        assert item(replace(publication, texts={"en": text}))["title"] == title

    def test_have_a_title_with_no_text_at_all(self, publication: PublicPublication) -> None:
        bare = replace(publication, texts={}, incident_name={})
        assert item(bare)["title"] == "Being watched"

    def test_open_with_the_incident_and_its_status(self, publication: PublicPublication) -> None:
        assert item(publication)["content_html"] == (
            "<p><strong>Wallet unavailable</strong> – Being watched</p>\n"
            "<p>Sign-in is <strong>slow</strong>.</p>\n"
        )

    def test_fall_back_to_the_short_text(self, publication: PublicPublication) -> None:
        short = replace(publication, texts={"en": PublicText("Headline", "A & B", "")})
        assert "<p>A &amp; B</p>" in item(short)["content_html"]

    @pytest.mark.parametrize(
        ("kind", "mark"),
        [
            (PublicationKind.CORRECTION, "<strong>Correction</strong>. Why: The hour was wrong"),
            (PublicationKind.RETRACTION, "<strong>Withdrawn</strong>. Why: The hour was wrong"),
        ],
    )
    def test_give_the_reason(
        self, publication: PublicPublication, kind: PublicationKind, mark: str
    ) -> None:
        changed = replace(publication, kind=kind, reason={"en": "The hour was wrong"})
        assert mark in item(changed)["content_html"]

    def test_say_that_they_are_a_correction_even_without_a_reason(
        self, publication: PublicPublication
    ) -> None:
        changed = replace(publication, kind=PublicationKind.CORRECTION)
        assert "<p><strong>Correction</strong></p>" in item(changed)["content_html"]

    def test_do_not_repeat_what_was_retracted(self, publication: PublicPublication) -> None:
        gone = replace(
            publication,
            kind=PublicationKind.RETRACTION,
            next_update_by=rome(8, 18),
            figures=sample_views.worst_hour().publications[0].figures,
        )
        content = item(gone)["content_html"]
        assert "slow" not in content
        assert "Next update" not in content
        assert "<li>" not in content

    def test_say_what_to_do_and_what_not(self, publication: PublicPublication) -> None:
        told = replace(
            publication,
            to_do={"it": "Paga <con la carta>.", "en": "Pay <by card>."},
            not_to_do={"it": "Non riprovare.", "en": "Do not retry."},
        )
        content = item(told)["content_html"]
        assert "<p><strong>What to do</strong>: Pay &lt;by card&gt;.</p>" in content
        assert "<p><strong>What not to do</strong>: Do not retry.</p>" in content
        assert "Pay" not in item(replace(told, kind=PublicationKind.RETRACTION))["content_html"]

    def test_give_figures_with_all_that_makes_them_true(self) -> None:
        newest = json_feed(sample_views.worst_hour())["items"][0]["content_html"]
        told = [li.text_content() for li in html.fromstring(f"<div>{newest}</div>").iter("li")]
        as_of = "Source: our systems, as of 12:00 on Tuesday 8 December 2020."
        assert f"14,000 requests a second in the Wallet section. {as_of}" in told
        assert f"people who completed activation: we do not know yet. {as_of}" in told
        caveat = "Note: one person may have several: do not subtract from the other figures."
        assert any(line.startswith("2,300,000") and line.endswith(caveat) for line in told)

    def test_promise_the_next_update(self, publication: PublicPublication) -> None:
        promised = replace(publication, next_update_by=rome(8, 18))
        said = "Next update by 18:00 on Tuesday 8 December 2020 (Italian time)"
        assert said in item(promised)["content_html"]

    def test_say_that_they_are_automatic(self, publication: PublicPublication) -> None:
        assert "Automatic notice" in item(replace(publication, automatic=True))["content_html"]
        assert "Automatic notice" not in item(publication)["content_html"]

    def test_mark_a_missing_translation(self, publication: PublicPublication) -> None:
        italian = replace(publication, texts={"it": PublicText("Funziona", "", "Funziona.")})
        told = item(italian)
        assert told["language"] == "it"
        assert '<div lang="it" dir="auto"><p>Funziona.</p>' in told["content_html"]


class TestHostileText:
    ALLOWED = frozenset(
        {"div", "p", "br", "strong", "em", "ul", "ol", "li", "a", "code", "blockquote"}
    )
    ATTRIBUTES = frozenset({"lang", "dir", "rel", "href"})

    def contents(self) -> Iterator[str]:
        for path in ("feed.json", "en/feed.json"):
            for told in json_feed(sample_views.hostile(), path)["items"]:
                yield told["content_html"]

    def test_becomes_no_markup(self) -> None:
        for content in self.contents():
            for element in html.fragment_fromstring(content, create_parent="div").iter():
                assert element.tag in self.ALLOWED
                assert set(element.attrib) <= self.ATTRIBUTES
                assert element.get("href", "https:").startswith(("https:", "http:", "mailto:"))

    @pytest.mark.parametrize("path", ["feed.rss", "feed.atom", "feed.json"])
    def test_carries_nothing_that_breaks_readers(self, path: str) -> None:
        view = sample_views.hostile()
        text = bodies(view)[path].decode()
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
        assert not re.search(r"\\u00[01]", text)
        assert "<![CDATA[" not in text

    def test_is_still_there_to_read(self) -> None:
        told = json_feed(sample_views.hostile())["items"]
        attack = "<script>alert(1)</script>\" onload='alert(2)' ]]>"
        assert any(attack in i["title"] for i in told)
        assert any("&lt;script&gt;alert(1)&lt;/script&gt;" in i["content_html"] for i in told)

    @pytest.mark.parametrize("character", ["\x00", "\x1b", "\ud800", "\ufffe", "\u202e", "\x85"])
    def test_loses_single_characters_only(
        self, publication: PublicPublication, character: str
    ) -> None:
        text = PublicText(f"a{character}b 🎉 שלום", "", f"c{character}d")
        told = item(replace(publication, texts={"en": text}))
        assert told["title"] == "Being watched – ab 🎉 שלום"
        assert "<p>cd</p>" in told["content_html"]


def test_an_instant_is_an_instant_whatever_its_zone(publication: PublicPublication) -> None:
    elsewhere = replace(publication, at=publication.at.astimezone(UTC))
    assert bodies(of(elsewhere)) == bodies(of(publication))
