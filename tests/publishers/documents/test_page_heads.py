"""What pages tell machines: addresses, what networks show of them, what an open page compares."""

from __future__ import annotations

from dataclasses import replace

from incidents.view import IncidentView, Overview
from publishers.documents import call_script, components, pages
from publishers.documents._phrases import COMPONENT_STATUS, STATUS
from publishers.documents._render import words_for
from publishers.documents._version import version
from tests.publishers.documents import sample_incidents as incidents
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.page_reader import home, incident_page, only, tree
from tests.publishers.documents.sample_follow import component_view


def test_the_page_names_the_version_that_it_shows() -> None:
    view = views.worst_hour()
    live = only(home(view, "en/index.html"), "//*[@id='live']")
    assert live.get("data-version") == version(view)
    assert live.get("data-status") == "../status.json"
    answers = only(tree(pages.overview(view), "answers/index.html"), "//*[@id='live']")
    assert answers.get("data-version") == version(view)
    elsewhere = only(incident_page(views.incident_view()), "//*[@id='live']")
    assert elsewhere.get("data-version") is None
    assert elsewhere.get("data-entry") is None
    assert elsewhere.get("data-status") == "../../status.json"


def test_addresses_for_machines() -> None:
    page = home(views.worst_hour(), "en/index.html")
    links = [
        (link.get("rel"), link.get("hreflang") or link.get("title"), link.get("href"))
        for link in page.iter("link")
    ]
    assert links == [
        ("canonical", None, "https://stato.example.it/en/"),
        ("alternate", "it", "https://stato.example.it/"),
        ("alternate", "en", "https://stato.example.it/en/"),
        ("alternate", "x-default", "https://stato.example.it/"),
        ("alternate", "Atom", "../en/feed.atom"),
        ("alternate", "RSS", "../en/feed.rss"),
        ("alternate", "JSON Feed", "../en/feed.json"),
        ("alternate", "History (Atom)", "../en/history.atom"),
        ("alternate", "History (RSS)", "../en/history.rss"),
        ("icon", None, "../favicon.svg"),
    ]
    types = page.xpath("//link[@title]/@type")
    assert types[3:] == ["application/atom+xml", "application/rss+xml"]
    metas = {m.get("property") or m.get("name"): m.get("content") for m in page.iter("meta")}
    assert metas["og:title"] == "Public services app"
    assert metas["og:description"] == metas["description"]
    assert metas["og:locale"] == "en"
    assert "Wallet" not in metas["description"]
    assert "maximum-scale" not in metas["viewport"]


def test_the_page_of_an_open_entry_names_when_it_last_changed() -> None:
    entry = incidents.crash()
    shown = replace(views.incident_view(), incident=entry)
    live = only(incident_page(shown), "//*[@id='live']")
    assert (live.get("data-entry"), live.get("data-mark")) == (entry.id, "2020-12-08T13:26:00Z")


def previews(view: Overview) -> dict[str, str]:
    """What networks show of each page of a state, by its path."""
    found = [*pages.home(view), *pages.overview(view), *call_script.home(view)]
    for entry in (*view.active, *view.upcoming, *view.past):
        shown = IncidentView(view.service, view.today, entry)
        found += pages.incident(view.service, entry.id, shown)
    for part in view.components:
        shown_part = replace(component_view(), component=part)
        found += components.component(view.service, part.id, shown_part)
    month = views.month_view()
    found += pages.month(month.service, month.month, month)
    texts = {}
    for path in (document.path for document in found if document.path.endswith(".html")):
        page = tree(iter(found), path)
        texts[path] = page.xpath("//meta[@property='og:description']/@content")[0]
    return texts


def test_what_networks_show_of_a_page_is_the_same_in_every_state() -> None:
    worst, calm = previews(views.worst_hour()), previews(views.all_well())
    both_have = worst.keys() & calm.keys()
    assert {path.split("/")[0] for path in both_have} >= {
        "index.html", "answers", "call-script", "incidents", "components", "history", "en",
    }  # fmt: skip
    assert {path: worst[path] for path in both_have} == {path: calm[path] for path in both_have}
    statuses = (*COMPONENT_STATUS.values(), *STATUS.values())
    for path, said in (worst | calm).items():
        assert said
        words = words_for("en" if path.startswith("en/") else "it", incidents.ROME)
        assert not [s for s in statuses if f": {words.gettext(s)}" in said], (path, said)


def test_what_networks_keep_for_weeks_holds_no_status() -> None:
    page = incident_page(views.incident_view())
    (title,) = page.xpath("//meta[@property='og:title']/@content")
    assert title == "Portafoglio non disponibile · App dei servizi pubblici"
    assert page.findtext(".//title").startswith("Portafoglio non disponibile: Risolto")
