"""How Bluesky counts, and what it links: places in bytes, nothing that nobody asked for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishers.channels._bluesky_text import LIMIT, facets, length
from publishers.channels._text import clean

FAMILY = "👨‍👩‍👧‍👦"


def linked(text: str, hashtags: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
    """Each facet's part of the text, by its bytes, and what it leads to."""
    found = []
    for facet in facets(text, hashtags):
        index, (feature,) = facet["index"], facet["features"]
        part = text.encode()[index["byteStart"] : index["byteEnd"]].decode()
        found.append((part, feature.get("uri") or feature.get("tag")))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("perché", 6),
        ("e\u0301", 1),
        ("🇮🇹", 1),
        # 25 bytes in one grapheme: it is the bytes that run out.
        (FAMILY, 3),
        (FAMILY * 120, LIMIT),
        (FAMILY * 121, 303),
        ("x" * LIMIT, LIMIT),
        ("漢" * LIMIT, LIMIT),
        ("🐌" * LIMIT, LIMIT),
        ("🇮🇹" * LIMIT, LIMIT),
        ("👍🏽👍🏽" + "x" * 298, LIMIT),
        ("x" * 299 + "é", LIMIT),
    ],
)
def test_counts_graphemes_or_tenths_of_bytes(text: str, expected: int) -> None:
    assert length(text) == expected


@settings(deadline=None)
@given(st.text())
def test_what_fits_by_our_count_fits_in_bytes_too(text: str) -> None:
    text = text.encode(errors="ignore").decode()
    assert len(text.encode()) <= length(text) * 10


def test_a_link_is_found_by_its_bytes() -> None:
    text = "È così 👍🏽: https://stato.example.it/?u=3 e basta"
    assert linked(text) == [("https://stato.example.it/?u=3", "https://stato.example.it/?u=3")]


def test_a_facet_is_what_the_lexicon_says() -> None:
    assert facets("È: https://a.it", ()) == [
        {
            "index": {"byteStart": 4, "byteEnd": 16},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://a.it"}],
        }
    ]
    assert facets("#Uno", ("Uno",)) == [
        {
            "index": {"byteStart": 0, "byteEnd": 4},
            "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "Uno"}],
        }
    ]


@pytest.mark.parametrize(
    "text", ["Non si sa perche.no", "@comune.bsky.social", "info@comune.it", "$TSLA", "#Vergogna"]
)
def test_nothing_else_is_linked(text: str) -> None:
    assert linked(text, ("Cashback",)) == []
    assert linked(clean(text), ("Cashback",)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#Cashback", [("#Cashback", "Cashback")]),
        ("Il #cashback.", [("#cashback", "cashback")]),
        ("(#Cashback, ＃CASHBACK)", [("#Cashback", "Cashback"), ("＃CASHBACK", "CASHBACK")]),
        ("#CashbackDiStato", [("#CashbackDiStato", "CashbackDiStato")]),
        ("#Città", [("#Città", "Città")]),
        ("#Cashbacks #Cashback2 #Cashback_", []),
        ("abc#Cashback ##Cashback", []),
        ("https://a.it/-#Cashback", [("https://a.it/-#Cashback", "https://a.it/-#Cashback")]),
        ("https://a.it #Cashback", [("https://a.it", "https://a.it"), ("#Cashback", "Cashback")]),
        ("#Cashback https://a.it", [("#Cashback", "Cashback"), ("https://a.it", "https://a.it")]),
        ("a.it/-#Cashback", []),
    ],
)
def test_allowed_hashtags_are_tagged_as_they_are_written(
    text: str, expected: list[tuple[str, str]]
) -> None:
    allowed = ("Cashback", "CashbackDiStato", "Città")
    assert linked(text, allowed) == expected
    assert linked(clean(text, allowed), allowed) == expected


def test_no_hashtags_are_allowed_unless_named() -> None:
    assert linked("# #Cashback", ()) == []


@pytest.mark.parametrize(("size", "tagged"), [(64, 1), (65, 0)])
def test_a_tag_that_bluesky_would_refuse_is_not_made(size: int, tagged: int) -> None:
    assert len(linked(f"#{'x' * size}", ("x" * size,))) == tagged
