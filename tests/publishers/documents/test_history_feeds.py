"""history.rss and history.atom: Statuspage's own shape, to the letter, with its known flaws."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

import feedparser
import pytest
from lxml import etree, html

from incidents.status import IncidentKind, Status
from incidents.view import Overview, PublicIncident, PublicText
from publishers.documents import history_feeds
from tests.publishers.documents import sample_views
from tests.publishers.documents.sample_incidents import crash, planned_work, rome, update

ATOM = "{http://www.w3.org/2005/Atom}"
SPACED = "Dec <var data-var='date'> 8</var>, <var data-var='time'>14:26</var>"


def bodies(view: Overview) -> dict[str, bytes]:
    return {each.path: each.body or b"" for each in history_feeds.overview(view)}


def rss(view: Overview, path: str = "en/history.rss") -> Any:
    return etree.fromstring(bodies(view)[path])


def atom(view: Overview, path: str = "en/history.atom") -> Any:
    return etree.fromstring(bodies(view)[path])


def of(*entries: PublicIncident, zone: str = "Europe/Rome") -> Overview:
    """A view of some entries alone."""
    view = sample_views.empty()
    kinds = {kind: tuple(e for e in entries if e.kind is kind) for kind in IncidentKind}
    return replace(
        view,
        service=replace(view.service, time_zone=ZoneInfo(zone)),
        incidents=kinds[IncidentKind.INCIDENT],
        maintenances=kinds[IncidentKind.MAINTENANCE],
        upcoming=kinds[IncidentKind.ADVANCE_NOTICE],
    )


def told(number: int, status: Status, hour: int, body: str, minute: int = 0) -> Any:
    return update(number, status, rome(8, hour, minute), {"en": PublicText("", "", body)})


def small() -> PublicIncident:
    """Three updates, of which the second kept the status."""
    return replace(
        crash(),
        updates=(
            told(3, Status.RESOLVED, 14, "All *works*.", 26),
            told(2, Status.INVESTIGATING, 10, "Still looking."),
            told(1, Status.INVESTIGATING, 9, "We are looking."),
        ),
    )


def work(**changes: Any) -> PublicIncident:
    entry = replace(planned_work(), updates=(told(1, Status.SCHEDULED, 9, "Planned."),))
    return replace(entry, **changes)


def description(entry: PublicIncident, zone: str = "Europe/Rome") -> str:
    said = rss(of(entry, zone=zone)).findtext("channel/item/description")
    assert isinstance(said, str)
    return said


def test_the_default_locale_is_at_the_root() -> None:
    assert list(bodies(sample_views.worst_hour())) == [
        "history.rss",
        "history.atom",
        "en/history.rss",
        "en/history.atom",
    ]


class TestShape:
    def test_rss_opens_as_captured(self) -> None:
        text = bodies(of(small()))["en/history.rss"].decode()
        assert text.startswith(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        )
        channel = rss(of(small()))[0]
        assert [(child.tag, child.text) for child in channel][:3] == [
            ("title", "Public services app Status - Incident History"),
            ("link", "https://stato.example.it/en"),
            ("description", "Statuspage"),
        ]
        assert [child.tag for child in channel] == [
            "title",
            "link",
            "description",
            "pubDate",
            "item",
        ]

    def test_an_incidents_item(self) -> None:
        (item,) = rss(of(small())).iter("item")
        link = "https://stato.example.it/en/incidents/crash0000001"
        assert [(child.tag, child.text) for child in item if child.tag != "description"] == [
            ("title", "Wallet unavailable"),
            ("pubDate", "Tue, 08 Dec 2020 14:26:00 +0100"),
            ("link", link),
            ("guid", link),
        ]

    def test_a_maintenances_item_has_its_end_and_a_date_in_the_future(self) -> None:
        (item,) = rss(of(work())).iter("item")
        assert item.findtext("maintenanceEndDate") == "Sun, 13 Dec 2020 03:00:00 +0100"
        assert item.findtext("pubDate") == "Sun, 13 Dec 2020 01:00:00 +0100"
        assert [child.tag for child in item][3] == "maintenanceEndDate"

    def test_a_maintenance_that_began_has_the_date_of_its_latest_update(self) -> None:
        begun = work(status=Status.IN_PROGRESS)
        assert rss(of(begun)).findtext("channel/item/pubDate") == "Tue, 08 Dec 2020 09:00:00 +0100"

    def test_an_end_that_nobody_knows_is_left_out(self) -> None:
        endless = work(scheduled_until=None)
        assert rss(of(endless)).find("channel/item/maintenanceEndDate") is None
        assert "01:00</var> CET</strong></p>" in description(endless)

    def test_atom_is_as_captured(self) -> None:
        text = bodies(of(small()))["en/history.atom"].decode()
        assert '<feed xml:lang="en" xmlns="http://www.w3.org/2005/Atom">' in text
        feed = atom(of(small()))
        assert [child.tag.removeprefix(ATOM) for child in feed] == [
            "id", "link", "link", "title", "updated", "author", "entry",
        ]  # fmt: skip
        assert feed.findtext(f"{ATOM}id") == "tag:stato.example.it,2005:/en/history"
        entry = feed.find(f"{ATOM}entry")
        assert [child.tag.removeprefix(ATOM) for child in entry] == [
            "id", "published", "updated", "link", "title", "content",
        ]  # fmt: skip
        assert entry.findtext(f"{ATOM}id") == f"tag:stato.example.it,2005:Incident/{small().number}"
        assert entry.findtext(f"{ATOM}published") == "2020-12-08T13:26:00Z"
        assert entry.findtext(f"{ATOM}updated") == "2020-12-08T13:26:00Z"
        assert entry.find(f"{ATOM}content").get("type") == "html"

    def test_both_say_the_same(self) -> None:
        view = sample_views.worst_hour()
        entries = list(atom(view).iter(f"{ATOM}entry"))
        items = list(rss(view).iter("item"))
        assert [i.findtext("description") for i in items] == [
            e.findtext(f"{ATOM}content") for e in entries
        ]
        assert len(items) == 4

    def test_a_name_that_ends_in_status_is_not_given_another(self) -> None:
        view = of(small())
        named = replace(view, service=replace(view.service, name={"en": "App Status"}))
        assert rss(named).findtext("channel/title") == "App Status - Incident History"


class TestHtml:
    def test_is_one_paragraph_per_update_the_newest_first_with_nothing_between(self) -> None:
        assert description(small()) == (
            f"<p><small>{SPACED} CET</small><br><strong>Resolved</strong> - "
            "All <em>works</em>.</p>"
            "<p><small>Dec <var data-var='date'> 8</var>, <var data-var='time'>10:00</var> CET"
            "</small><br><strong>Update</strong> - Still looking.</p>"
            "<p><small>Dec <var data-var='date'> 8</var>, <var data-var='time'>09:00</var> CET"
            "</small><br><strong>Investigating</strong> - We are looking.</p>"
        )

    def test_of_planned_work_opens_with_the_event(self) -> None:
        assert description(work()).startswith(
            "<p><strong>THIS IS A SCHEDULED EVENT Dec <var data-var='date'>13</var>, "
            "<var data-var='time'>01:00</var> - <var data-var='time'>03:00</var> CET</strong></p>"
            "<p><small>"
        )

    def test_an_event_of_two_days_names_both(self) -> None:
        long = work(scheduled_until=rome(14, 3))
        assert (
            "<var data-var='date'>13</var>, <var data-var='time'>01:00</var> - "
            "Dec <var data-var='date'>14</var>, <var data-var='time'>03:00</var> CET"
        ) in description(long)

    def test_the_zone_is_the_pages_and_changes_with_summer_time(self) -> None:
        summer = work(scheduled_for=rome(13, 1, month=7), scheduled_until=rome(13, 3, month=7))
        assert "</var> CEST</strong></p>" in description(summer)
        assert "13:26</var> UTC</small>" in description(small(), "UTC")

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ("one\ntwo", "one<br />two"),
            ("one\r\n\r\ntwo", "one<br /><br />two"),
            ("- a\n- b\n\nend", "- a<br />- b<br /><br />end"),
            ("# Head\n\n> said", "<strong>Head</strong><br /><br />said"),
            ("a < b & c", "a &lt; b &amp; c"),
            (
                "[x](https://example.org/?a=1&b=2)",
                '<a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener">x</a>',
            ),
        ],
    )
    def test_a_body_stays_inside_its_paragraph(self, body: str, said: str) -> None:
        entry = replace(small(), updates=(told(1, Status.INVESTIGATING, 9, body),))
        assert description(entry).endswith(f"<strong>Investigating</strong> - {said}</p>")

    def test_is_well_formed(self) -> None:
        for view in (sample_views.worst_hour(), sample_views.hostile()):
            for item in rss(view).iter("item"):
                source = item.findtext("description")
                top = html.fragment_fromstring(source, create_parent="div")
                assert {child.tag for child in top} == {"p"}
                assert not [p for p in top.iter("p") if p.getparent() is not top]


def test_the_newest_comes_first() -> None:
    older = replace(small(), id="older0000001", number=1, created_at=rome(1, 9))
    view = of(older, small(), work(created_at=rome(9, 9)))
    links = [item.findtext("link").rsplit("/", 1)[1] for item in rss(view).iter("item")]
    assert links == ["work00000001", "crash0000001", "older0000001"]


def test_what_was_recorded_afterwards_stands_where_it_belongs() -> None:
    last_week = replace(
        small(), id="older0000001", number=9, backdated=True, created_at=rome(20, 9)
    )
    first = replace(last_week.updates[-1], at=rome(1, 9))
    last_week = replace(last_week, updates=(first,))
    links = [item.findtext("link") for item in rss(of(last_week, small())).iter("item")]
    assert [link.rsplit("/", 1)[1] for link in links] == ["crash0000001", "older0000001"]


def test_feed_readers_take_both() -> None:
    for view in (sample_views.worst_hour(), sample_views.hostile(), sample_views.empty()):
        for path, body in bodies(view).items():
            parsed = feedparser.parse(body)
            assert not parsed.bozo, path
            assert parsed.version == ("rss20" if path.endswith("rss") else "atom10")


def test_nothing_changes_while_there_is_no_news() -> None:
    view = sample_views.worst_hour()
    later = view.checked_at + timedelta(days=1)
    assert bodies(view) == bodies(replace(view, checked_at=later, today=later.date()))


def test_dates_are_true() -> None:
    view = of(small())
    assert parsedate_to_datetime(rss(view).findtext("channel/pubDate")) == view.updated_at
    assert re.fullmatch(r"[-0-9T:]+Z", atom(view).findtext(f"{ATOM}updated"))
