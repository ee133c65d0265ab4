"""The page on data says what the settings say, and nothing that is not so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from incidents.status import ListMode
from incidents.view import Contacts, Overview
from publishers.documents import privacy
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.page_reader import only, tree, words_in
from tests.publishers.documents.sample_lists import PRIVACY, with_lists


def shown(view: Overview, path: str = "en/privacy/index.html") -> Any:
    return tree(privacy.overview(view), path)


def told(view: Overview) -> str:
    return words_in(only(shown(view), "//main"))


def test_how_long_is_what_was_set() -> None:
    text = told(with_lists(views.all_well()))
    assert "A request that nobody confirms is erased after 12 hours." in text
    assert "erased after 3 days, in which you can undo it" in text
    assert "gets nothing more, and is erased after 30 days." in text
    at_once = replace(PRIVACY, unsubscribed_days=0)
    assert "Then it is erased within minutes." in told(
        with_lists(views.all_well(), privacy=at_once)
    )


def test_who_sees_it_is_named() -> None:
    text = told(with_lists(views.all_well()))
    assert "Posta Srl, che inoltra le email" in text
    assert "Casa dei server <Srl>" in text
    assert "googleapis.com and push.apple.com" in text
    assert "Comune di Esempio, dpo@example.it" in text


def test_what_is_not_there_is_not_spoken_of() -> None:
    text = told(with_lists(views.all_well(), modes=(ListMode.EMAIL,)))
    assert "push service" not in text
    assert "webhook" not in text
    nothing = told(views.all_well())
    assert "Nothing: here nobody can leave an address." in nothing
    assert "erased" not in nothing


def test_the_bodys_own_statement_stays_linked() -> None:
    view = with_lists(views.all_well())
    contacts = Contacts(privacy={"it": "https://example.it/privacy"})
    page = shown(replace(view, service=replace(view.service, contacts=contacts)))
    assert len(page.xpath("//a[@href='https://example.it/privacy']")) == 2


def test_it_leads_to_ones_own_data() -> None:
    view = with_lists(views.all_well())
    assert shown(view).xpath("//main//a/@href")[0] == "../../en/subscribe/#change"
