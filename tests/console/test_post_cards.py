"""Each channel's post as its network shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html

from incidents.status import Role
from publishers.channels._base import ChannelOptions
from statuspage.console._post_words import account_of, as_shown, host_of
from tests.console import conftest
from tests.console._busy import CHANNELS
from tests.console.conftest import Browser, Place
from tests.console.test_declare import opened

ADDRESS = "https://stato.example.it/incidents/abcdefghijkl/?u=1"


class Described(ChannelOptions):
    """A kind's options, with what kinds call an account."""

    handle: str = ""
    base_url: str = ""
    who: str = ""
    chat: str = ""
    room: str = ""
    alias: str = ""


def options(kind: str, **more: str) -> Described:
    return Described(name="a", kind=kind, locale="it", **more)  # type: ignore[arg-type]


@pytest.fixture
def cards(make_place: Callable[..., Place]) -> dict[str, Any]:
    """The cards of a preview, by their channels."""
    return previewed(make_place(CHANNELS).client_of(Role.AUTHOR))


def previewed(client: Browser) -> dict[str, Any]:
    page = client.post_form("/console/declare", opened(client, do="preview")).text
    found = html.document_fromstring(page).find_class("post")
    return {card.get("aria-label"): card for card in found}


def says(card: Any) -> str:
    return " ".join(card.text_content().split())


def test_every_channel_and_the_feed_have_a_card_of_their_own_looks(cards: dict[str, Any]) -> None:
    looks = {name: card.get("class").split()[1] for name, card in cards.items()}
    assert looks == {
        "Il feed, Italiano": "post-feed",
        "x-it": "post-log",
        "x-en": "post-log",
        "x": "post-x",
        "mastodon": "post-mastodon",
        "bluesky": "post-bluesky",
        "facebook": "post-facebook",
        "call-centre-of-the-night-and-of-holidays": "post-task",
    }


def test_a_post_has_name_account_count_and_language(cards: dict[str, Any]) -> None:
    said = says(cards["bluesky"])
    assert "Bluesky · English ·" in said
    assert "di 300" in said
    assert "Public services app @app.example.it" in said
    assert "social.example.it" in says(cards["mastodon"])


def test_a_service_without_a_name_in_a_language_is_shown_by_that_of_the_default_one(
    make_place: Callable[..., Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    unnamed = conftest.SETTINGS.replace(', en = "Public services app" }', " }")
    assert unnamed != conftest.SETTINGS
    monkeypatch.setattr(conftest, "SETTINGS", unnamed)
    shown = previewed(make_place(CHANNELS).client_of(Role.AUTHOR))
    names = [
        says(name)
        for card in shown.values()
        for name in card.xpath(".//*[@lang='en'][span[@class='avatar']]/p[@class='by']/strong")
    ]
    assert names
    assert set(names) == {"App dei servizi pubblici"}


def test_a_card_of_the_link_shows_host_and_title(cards: dict[str, Any]) -> None:
    link = cards["bluesky"].find_class("link")[0]
    assert "stato.example.it" in says(link)
    assert "Wallet" in says(link)
    assert cards["x"].find_class("link") == []
    assert "La rete aggiunge da sé un riquadro" in says(cards["x"])


def test_a_limit_that_is_none_is_not_shown(cards: dict[str, Any]) -> None:
    said = says(cards["call-centre-of-the-night-and-of-holidays"])
    assert "caratteri" in said
    assert "100000" not in said
    assert "Per Capoturno, 06 555 0100" in said


def test_what_networks_say_of_themselves_is_in_the_readers_language(cards: dict[str, Any]) -> None:
    assert "X fa pagare un messaggio con un link" in says(cards["x"])
    assert "Lo deve fare una persona: Capoturno" in says(
        cards["call-centre-of-the-night-and-of-holidays"]
    )


def test_a_feed_says_the_status_first(cards: dict[str, Any]) -> None:
    assert "Stiamo verificando – Fuori servizio: Portafoglio" in says(cards["Il feed, Italiano"])


@pytest.mark.parametrize("kind", ["x", "mastodon"])
def test_long_addresses_are_shortened_where_the_network_does(kind: str) -> None:
    shown = as_shown(f"Guasto\n{ADDRESS}", kind)
    assert ">stato.example.it/incidents/abc…</span>" in shown
    assert f'title="{ADDRESS}"' in shown
    assert f">{ADDRESS}</span>" in as_shown(ADDRESS, "facebook")


def test_only_hashtags_that_tag_are_marked() -> None:
    shown = as_shown("#Cashback e #altro", "x", ("Cashback",))
    assert shown.count("anchor") == 1
    assert ">#Cashback</span> e #altro" in shown


def test_nothing_in_a_post_is_markup() -> None:
    shown = as_shown('<b>"x"</b> https://a.test/"onclick=<i>', "x")
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert '"onclick' not in shown


@pytest.mark.parametrize(
    ("told", "account"),
    [
        (options("bluesky", handle="a.test", base_url="https://bsky.social"), "@a.test"),
        (options("mastodon", base_url="https://social.test"), "social.test"),
        (options("x", base_url="https://api.x.com"), ""),
        (options("task", who="Capoturno"), "Capoturno"),
        (options("telegram", chat="@comune", base_url="https://api.telegram.org"), "@comune"),
        (options("matrix", room="!r:a.test", base_url="https://a.test"), "!r:a.test"),
        (options("matrix", room="!r:a.test", alias="#r:a.test"), "#r:a.test"),
    ],
)
def test_what_the_settings_know_of_an_account(told: ChannelOptions, account: str) -> None:
    assert account_of(told) == account


def test_a_host() -> None:
    assert host_of(ADDRESS) == "stato.example.it"
    assert host_of("nothing") == "nothing"
