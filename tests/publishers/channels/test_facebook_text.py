"""What a post on a Facebook Page says, how it counts, and that it mentions nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.status import PublicationKind
from publishers.channels._base import Card, Message, Post, Receipt
from publishers.channels._facebook_text import harmless, has_text, length
from publishers.channels._text import clean
from publishers.channels.facebook import Channel, FacebookOptions
from tests.fakes.graph_api import FakePage
from tests.publishers.channels._facebook import publish
from tests.publishers.channels.drivers._base import MESSAGE, message

TARGET = Receipt("1_2", extra={"card": MESSAGE.url})
CORRECTION, RETRACTION = PublicationKind.CORRECTION, PublicationKind.RETRACTION


@pytest.fixture
def page() -> Iterator[FakePage]:
    with FakePage() as fake:
        yield fake


def composed(sent: Message, **options: Any) -> Post:
    settings = {"name": "facebook", "kind": "facebook", "locale": "it", "page_id": "1"}
    return Channel(FacebookOptions(**{**settings, **options}), {}, Path()).compose(sent)


def test_says_headline_and_body_and_makes_the_link_a_card() -> None:
    post = composed(message())
    assert post.text == f"{MESSAGE.headline}\n\n{MESSAGE.body}"
    assert (post.length, post.limit) == (len(post.text), 63_206)
    assert post.card == Card(MESSAGE.url, "stato.example.it")
    assert not post.fallback


def test_the_body_is_said_without_its_markup() -> None:
    post = composed(message(headline="H", body="**Ora**\n\n- [qui](https://x.it/a)\n- @qualcuno"))
    assert post.text == "H\n\nOra\n\n- qui (https://x.it/a)\n- @\u200bqualcuno"


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({}, {"text": "short"}),
        ({"body": ""}, {}),
        ({"body": "![](https://x.it/a.png)"}, {}),
        ({"automatic": True}, {}),
        ({"kind": CORRECTION}, {}),
        ({"kind": CORRECTION, "target": TARGET}, {}),
        ({"kind": RETRACTION}, {}),
    ],
)
def test_says_the_short_text_where_only_that_will_do(
    changes: dict[str, Any], options: dict[str, Any]
) -> None:
    sent = message(short="Rettifica: riapre alle 9.", **changes)
    assert composed(sent, **options).text == "Rettifica: riapre alle 9."


@pytest.mark.parametrize("kind", [PublicationKind.UPDATE, PublicationKind.ANSWER])
def test_updates_and_answers_are_said_in_full(kind: PublicationKind) -> None:
    assert MESSAGE.body in composed(message(kind=kind)).text


@pytest.mark.parametrize("body", ["x" * 70_000, "👍" * 40_000])
def test_a_body_that_does_not_fit_leaves_the_short_text(body: str) -> None:
    post = composed(message(body=body))
    assert post.text == MESSAGE.short
    assert not post.fallback


def test_what_does_not_fit_at_all_is_replaced(page: FakePage) -> None:
    post = composed(message(body="x" * 70_000, short="y" * 70_000))
    assert post.text == f"{MESSAGE.status}: {MESSAGE.name}"
    assert post.fallback
    assert post.card


def test_the_longest_text_is_taken_by_facebook(page: FakePage) -> None:
    body = "x" * (63_206 - len(MESSAGE.headline) - 2)
    publish(page, message(body=body))
    assert len(page.texts[0]) == 63_206


@pytest.mark.parametrize(("text", "count"), [("perché", 6), ("👍", 2), ("👨‍👩‍👧", 8), ("", 0)])
def test_counts_utf_16_code_units(text: str, count: int) -> None:
    assert length(text) == count


@pytest.mark.parametrize("sign", ["@", "＠", "﹫"])
def test_the_apis_own_mentions_lose_their_effect(page: FakePage, sign: str) -> None:
    hostile = f"Grazie {sign}[123456] e {sign}\u200b[78:1:Nome], su https://x.it/{sign}[9]"
    sent = message(headline=hostile, short=hostile, body=hostile, name=hostile)
    publish(page, sent)
    publish(page, sent, text="short")
    publish(page, message(short="y" * 70_000, name=hostile), text="short")
    assert len(page.texts) == 3
    assert page.mentioned == []


@pytest.mark.parametrize("text", ["a@b.it", "@ [x]", "(@)", "[@]"])
def test_what_mentions_nobody_stays_as_it_is(text: str) -> None:
    assert harmless(text) == clean(text)


@given(st.text(alphabet="@＠[]1a# \u200b", max_size=12))
def test_harmless_is_idempotent(text: str) -> None:
    once = harmless(text)
    assert "@[" not in once
    assert "＠[" not in once
    assert harmless(once) == once


def test_full_texts_ping_and_tag_nobody() -> None:
    hostile = "@carabinieri #Vergogna #Cashback"
    text = composed(message(headline=hostile, body=hostile), hashtags=("Cashback",)).text
    made = "@\u200bcarabinieri #\u200bVergogna #Cashback"
    assert text == f"{made}\n\n{made}"


@pytest.mark.parametrize(
    ("found", "text", "same"),
    [
        ("Riapre alle 9.", "Riapre alle 9.", True),
        ("Riapre\r\nalle 9. ", "Riapre\nalle 9.", True),
        ("Riapre, @comune", "Riapre, @\u200bcomune", True),
        ("perche\u0301", "perché", True),
        ("Riapre alle 8.", "Riapre alle 9.", False),
        ("Riapre alle 9. E poi?", "Riapre alle 9.", False),
        ("riapre alle 9.", "Riapre alle 9.", False),
    ],
)
def test_the_whole_text_is_compared(found: str, text: str, same: bool) -> None:
    assert has_text({"message": found}, text) is same


@pytest.mark.parametrize("found", [{}, {"message": None}, {"message": 7}])
def test_a_post_without_text_is_another(found: dict[str, Any]) -> None:
    assert not has_text(found, "Riapre alle 9.")


@pytest.mark.parametrize(
    ("changes", "options", "note"),
    [
        ({}, {}, "makes the card"),
        ({"parent": Receipt("1_2")}, {"link": False}, "no threads"),
        ({"kind": CORRECTION, "target": TARGET}, {}, "edits the post in place"),
        ({"headline": "Non si sa perche.no"}, {"link": False}, "“perche.no”"),
        ({"short": "Non si sa perche.no"}, {"link": False, "text": "short"}, "“perche.no”"),
    ],
)
def test_notes_the_networks_rules(
    changes: dict[str, Any], options: dict[str, Any], note: str
) -> None:
    notes = composed(message(**changes), **options).notes
    assert len(notes) == 1
    assert note in notes[0]


def test_notes_nothing_where_there_is_nothing_to_note() -> None:
    assert composed(message(), link=False).notes == ()
    assert composed(message(parent=TARGET), link=False, thread=False).notes == ()
