"""How X counts, and what is said when the words do not fit."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.status import PublicationKind
from publishers.channels._base import ChannelOptions, Receipt
from publishers.channels._x_text import LIMIT, compose, reply_target, weighted_length
from tests.publishers.channels.drivers._base import message

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("This is a test.", 15),
        ("http://test.com", 23),
        ("test.com", 23),
        ("Test https://test.com test https://test.com test.com test", 86),
        ("Hi http://test.co", 26),
        ("https://www.twitter.com/aloha " * 10, 240),
        ("x" * 285, 285),
        ("のののの", 8),
        ("\u8def" * 140, 280),
        ("\U00010000\U0010ffff", 4),
        ("A\u0301B", 2),
        ("A\u05e9\u05bc\u05c1", 4),
        (f"H\U0001f431\u263a{FAMILY}", 7),
        (FAMILY * 140, 280),
        ("\U0001f64b\U0001f3fd\U0001f468\u200d\U0001f3a4", 4),
        ("\U0001f637\U0001f47e\U0001f621\U0001f525\U0001f4a9", 10),
        ("Unicode 10.0 emoji: 🤪; 🧕; 🧕🏾; 🏴󠁧󠁢󠁥󠁮󠁧󠁿", 34),
        ("🇮🇹1️⃣❤️‍🔥", 6),
        ("\u2000\u200a\u200b\u2010\u2013\u2019\u201f\u2032\u2037", 9),
        ("€…", 4),
        ("«L’ora è più su»", 16),
        ("ABC\u202a\uffffABC\ufffe", 12),
        ("\u2066\u202ahttp://foobar.پاکستان/\u202c\u2069", 31),
        ("randomurlrandomurlrandomurlrandomurlrandomurlrandomurlrandomurls.com", 68),
        ("perche.no", 23),
        ("http://127.0.0.1:8000/x", 23),
        ("http://[::1]/", 13),
    ],
)  # fmt: skip
def test_counts_as_x_does(text: str, length: int) -> None:
    assert weighted_length(text) == length


LATIN = st.text(alphabet=st.characters(max_codepoint=0x24F, exclude_characters=".©®"), max_size=300)


@given(LATIN)
def test_latin_text_counts_its_code_points_however_they_are_composed(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    length = len(unicodedata.normalize("NFC", text))
    assert weighted_length(text) == weighted_length(decomposed) == length


@given(st.text(alphabet="abc .\n", max_size=100), st.text(alphabet="abc .\n", max_size=100))
def test_what_stands_apart_adds_up(one: str, other: str) -> None:
    whole = weighted_length(f"{one} {other}")
    assert whole == weighted_length(one) + 1 + weighted_length(other)


def composed(reference: bool = False, **changes: Any) -> Any:
    fields = {key: changes.pop(key) for key in ("link", "thread", "hashtags") if key in changes}
    options = ChannelOptions(name="x", kind="x", locale="it", **fields)
    return compose(message(**changes), options, reference=reference)


def test_says_the_short_text_and_the_address() -> None:
    post = composed(short="Il Portafoglio non funziona.", url="https://s.example.it/?u=3")
    assert post.text == "Il Portafoglio non funziona.\nhttps://s.example.it/?u=3"
    assert (post.length, post.limit, post.fallback) == (28 + 1 + 23, 280, False)


def test_says_the_reference_and_no_address() -> None:
    post = composed(reference=True, link=False, short="Il Portafoglio non funziona.")
    assert post.text == "Il Portafoglio non funziona. #42/3"


def test_says_the_headline_where_there_is_no_short_text() -> None:
    assert composed(link=False, short=" ", headline="Fermo").text == "Fermo"


@pytest.mark.parametrize(("letters", "fallback"), [(256, False), (257, True)])
def test_what_fits_to_the_last_character_is_said(letters: int, fallback: bool) -> None:
    post = composed(short="x" * letters, status="Risolto", name="App", url="https://s.example.it/")
    assert post.fallback is fallback
    assert post.text == ("Risolto: App" if fallback else "x" * letters) + "\nhttps://s.example.it/"


@pytest.mark.parametrize(
    ("short", "brief", "said", "fallback"),
    [
        ("corto", "più corto", "corto", False),
        ("x" * 999, "più corto", "più corto", False),
        ("x" * 999, "y" * 999, "Risolto: App", True),
    ],
)
def test_the_shorter_wording_is_said_before_the_fallback(
    short: str, brief: str, said: str, fallback: bool
) -> None:
    post = composed(short=short, brief=brief, status="Risolto", name="App", link=False)
    assert (post.text, post.fallback) == (said, fallback)


def test_a_local_address_may_count_as_a_public_one() -> None:
    options = ChannelOptions(name="log", kind="log", locale="it")
    sent = message(short="x" * 256, url="http://127.0.0.1:8000/incidents/k3v9/?u=3")
    post = compose(sent, options, reference=False, counted_url="https://s.example.it/")
    assert (post.length, post.fallback) == (280, False)
    assert post.text.endswith(sent.url)


def test_a_long_name_leaves_the_status() -> None:
    post = composed(short="x" * 999, name="y" * 999, status="Risolto", link=False)
    assert (post.text, post.fallback) == ("Risolto", True)


def test_what_does_not_fit_even_so_shows_its_length() -> None:
    post = composed(short="", headline="", status="z" * 999, link=False)
    assert post.length > LIMIT


def test_the_fallback_pings_nobody_either() -> None:
    post = composed(short="x" * 999, name="Guasto @comune #App", hashtags=("app",), link=False)
    assert "@\u200bcomune #App" in post.text


FIRST, LATEST, TARGET = Receipt("1"), Receipt("2"), Receipt("3")


@pytest.mark.parametrize(
    ("kind", "target", "expected"),
    [
        (PublicationKind.UPDATE, None, LATEST),
        (PublicationKind.UPDATE, TARGET, LATEST),
        (PublicationKind.ANSWER, None, LATEST),
        (PublicationKind.CORRECTION, TARGET, TARGET),
        (PublicationKind.RETRACTION, TARGET, TARGET),
        (PublicationKind.RETRACTION, None, LATEST),
    ],
)
def test_replies_to(kind: PublicationKind, target: Receipt | None, expected: Receipt) -> None:
    sent = message(kind=kind, parent=LATEST, root=FIRST, target=target)
    options = ChannelOptions(name="x", kind="x", locale="it")
    assert reply_target(sent, options) == expected
    assert reply_target(sent, options.model_copy(update={"thread": False})) is None
