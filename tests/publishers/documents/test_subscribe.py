"""The page of all the ways to be told, and what other pages offer of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from incidents.status import ListMode
from incidents.view import IncidentView, Lists, Overview
from publishers.documents import pages, subscribe
from publishers.documents._base import Document
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.page_reader import body, only, tree, words_in
from tests.publishers.documents.sample_lists import LISTS, with_lists


def documents(view: Overview) -> dict[str, Document]:
    return {document.path: document for document in subscribe.overview(view)}


def shown(view: Overview, path: str = "subscribe/index.html") -> Any:
    return tree(iter(documents(view).values()), path)


def headings(page: Any) -> list[str]:
    return [words_in(found) for found in page.xpath("//main//h2")]


def test_without_lists_there_are_feeds_and_no_form() -> None:
    view = views.all_well()
    assert set(documents(view)) == {"subscribe/index.html", "en/subscribe/index.html"}
    page = shown(view)
    assert headings(page) == ["In un lettore di feed o nel calendario"]
    assert not page.xpath("//form")
    assert {"../feed.rss", "../feed.atom", "../calendar.ics"} <= set(page.xpath("//main//@href"))


def test_each_list_has_its_place() -> None:
    view = with_lists(views.all_well())
    assert set(documents(view)) == {
        "subscribe/index.html", "subscribe/sent/index.html", "subscribe.js", "push.js",
        "en/subscribe/index.html", "en/subscribe/sent/index.html",
    }  # fmt: skip
    assert headings(shown(view, "en/subscribe/index.html")) == [
        "By e-mail",
        "In this browser",
        "In a feed reader or a calendar",
        "On the networks",
        "For programs: a webhook",
        "Change or stop what you get",
    ]


@pytest.mark.parametrize(
    ("modes", "forms"),
    [
        ((ListMode.EMAIL,), {"email", "link"}),
        ((ListMode.EMAIL, ListMode.WEBHOOK), {"email", "webhook", "link"}),
        ((ListMode.WEBHOOK,), set()),  # nobody could confirm
        ((ListMode.PUSH,), set()),
    ],
)
def test_only_what_can_work_is_offered(modes: tuple[ListMode, ...], forms: set[str]) -> None:
    page = shown(with_lists(views.all_well(), modes=modes))
    assert {action.rpartition("/")[2] for action in page.xpath("//form/@action")} == forms
    assert bool(page.xpath("//*[@data-key]")) is (ListMode.PUSH in modes)


def test_the_form_begins_with_everything() -> None:
    page = shown(with_lists(views.all_well()))
    form = only(page, "//form[contains(@action, 'subscribe/email')]")
    assert (form.get("method"), form.get("action")) == ("post", "../subscribe/email")
    assert form.xpath(".//input[@name='scope'][@checked]/@value") == ["all"]
    assert len(form.xpath(".//input[@name='kind'][@checked]")) == 3
    assert not form.xpath(".//input[@name='component'][@checked]")
    assert form.xpath(".//option[@selected]/@value") == ["it"]
    assert only(form, ".//input[@type='email']").get("autocomplete") == "email"


def test_every_component_can_be_chosen_under_its_group() -> None:
    view = with_lists(views.many())
    page = shown(view)
    form = only(page, "//form[contains(@action, 'subscribe/email')]")
    offered = form.xpath(".//input[@name='component']/@value")
    assert sorted(offered) == sorted(part.id for part in view.components)
    assert len(form.find_class("group")) == len(view.groups)


@pytest.mark.parametrize("build", [views.all_well, views.many, views.hostile, views.empty])
def test_every_field_has_a_label_and_every_id_is_one(build: Callable[[], Overview]) -> None:
    page = shown(with_lists(build()))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for item in page.xpath("//input[@type!='hidden'] | //select"):
        assert page.xpath(f"//label[@for='{item.get('id')}']"), item.get("name")
    for reference in page.xpath("//@aria-describedby"):
        assert set(reference.split()) <= set(ids)
    assert all(words_in(legend) for legend in page.xpath("//legend"))
    assert len(page.xpath("//fieldset")) == len(page.xpath("//fieldset/legend"))


def test_hostile_names_are_words() -> None:
    source = body(documents(with_lists(views.hostile()))["subscribe/index.html"])
    scripts = re.findall(r"<script[^>]*>", source)
    assert scripts == [
        '<script src="../avviso.js" defer>', '<script src="../subscribe.js" defer>'
    ]  # fmt: skip


def incident_page(view: Overview, entry: Any) -> Any:
    told = IncidentView(view.service, view.today, entry)
    path = f"incidents/{entry.id}/index.html"
    return tree(pages.incident(view.service, entry.id, told), path)


def test_an_open_incident_can_be_followed_alone() -> None:
    view = with_lists(views.worst_hour())
    entry = view.active[0]
    page = incident_page(view, entry)
    form = only(page, "//main//form")
    assert form.get("action") == "../../subscribe/email"
    assert form.xpath(".//input[@name='incident']/@value") == [entry.id]
    assert only(page, "//*[@data-key]").get("data-incident") == entry.id
    assert only(page, "//*[@data-key]").get("data-worker") == "../../push.js"


@pytest.mark.parametrize("lists", [Lists(), LISTS])
def test_a_closed_one_cannot(lists: Lists) -> None:
    view = views.worst_hour()
    view = replace(view, service=replace(view.service, lists=lists))
    page = incident_page(view, view.past[0])
    assert not page.xpath("//form | //*[@data-key]")
    assert page.xpath("//main//a[contains(@href, 'subscribe/')]")


def test_where_a_form_leads_says_the_same_to_all() -> None:
    page = shown(with_lists(views.all_well()), "en/subscribe/sent/index.html")
    told = words_in(only(page, "//main"))
    assert "If the address is right, a letter with a link is on its way." in told
    assert "good for 48 hours" not in told
    assert "The link that confirms is good for 12 hours." in told
    assert "The link to what you chose is good for 1 hour." in told


def test_the_scripts_are_those_of_the_folder() -> None:
    found = documents(with_lists(views.all_well()))
    assert b"pushManager.subscribe" in (found["subscribe.js"].body or b"")
    assert b'addEventListener("push"' in (found["push.js"].body or b"")
