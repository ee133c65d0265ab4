"""How X counts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.channels._x_text import weighted_length

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
