"""The pictures of a preview: shown beside the post, with their alternative text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from incidents.status import Role
from publishers.channels._picture_drawing import draw
from statuspage.console._pictures import picture_at
from tests.console._busy import CHANNELS
from tests.console.conftest import Browser, Place
from tests.console.test_declare import opened
from tests.publishers.channels._pictures import PICTURE

WITHOUT = CHANNELS.replace("picture = true\n", "")
WITH_PICTURES = re.sub(
    r'(kind = "(?:x|mastodon|bluesky|facebook)"\n)', r"\1picture = true\n", WITHOUT
)


@pytest.fixture
def author(make_place: Callable[..., Place]) -> Browser:
    return make_place(WITH_PICTURES).client_of(Role.AUTHOR)


def cards(author: Browser) -> dict[str, Any]:
    page = author.post_form("/console/declare", opened(author, do="preview")).text
    found = html.document_fromstring(page).find_class("post")
    return {card.get("aria-label"): card for card in found}


def test_each_post_shows_its_picture_and_what_the_blind_are_told(author: Browser) -> None:
    shown = cards(author)
    for name in ("x", "mastodon", "bluesky", "facebook"):
        (image,) = shown[name].iter("img")
        answer = author.get(image.get("src"))
        assert answer.status_code == 200, name
        assert answer.data.startswith(b"\x89PNG")
        assert answer.content_type == "image/png"
        assert image.get("alt") in " ".join(shown[name].text_content().split())
    assert "Stiamo verificando" in next(shown["x"].iter("img")).get("alt")
    assert "Looking into it" in next(shown["bluesky"].iter("img")).get("alt")
    assert not list(shown["call-centre-of-the-night-and-of-holidays"].iter("img"))


def test_a_picture_takes_the_place_of_the_links_card(author: Browser) -> None:
    shown = cards(author)
    assert shown["bluesky"].find_class("link") == []
    assert "La rete aggiunge da sé" not in shown["x"].text_content()


def test_no_picture_is_shown_where_none_is_wanted(make_place: Callable[..., Place]) -> None:
    found = cards(make_place(WITHOUT).client_of(Role.AUTHOR))
    assert not any(list(card.iter("img")) for card in found.values())


def test_one_that_has_not_changed_is_not_fetched_again(author: Browser) -> None:
    answer = author.get(picture_at(PICTURE))
    assert answer.data == draw(PICTURE)
    assert answer.headers["Cache-Control"] == "private, max-age=3600"


@pytest.mark.parametrize("change", [{"accent": "red"}, {"name": "障害"}, {"name": ""}])
def test_what_is_no_picture_is_not_there(author: Browser, change: dict[str, str]) -> None:
    made: dict[str, Any] = change
    assert author.get(picture_at(replace(PICTURE, **made))).status_code == 404


def test_what_names_no_shape_is_not_there(author: Browser) -> None:
    address = picture_at(PICTURE).replace("sign=open", "sign=other")
    assert author.get(address).status_code == 404
