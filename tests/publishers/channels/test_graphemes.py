"""Counting what a reader sees as one character."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.channels._graphemes import grapheme_length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("perché", 6),
        ("perche\u0301", 6),
        ("a\r\nb", 3),
        ("a\u200bb", 3),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", 1),
        ("\U0001f44d\U0001f3fd", 1),
        ("\U0001f1ee\U0001f1f9\U0001f1ea\U0001f1fa", 2),
        ("1\ufe0f\u20e3", 1),
        ("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 1),
        ("각", 1),
        ("\u0915\u094d\u0937", 2),
        ("\u0928\u092e\u0938\u094d\u0924\u0947", 4),
    ],
)
def test_counts_what_is_seen(text: str, length: int) -> None:
    assert grapheme_length(text) == length


@given(st.text())
def test_never_counts_more_than_the_code_points(text: str) -> None:
    assert grapheme_length(text) <= len(text)


@given(st.text(alphabet=st.characters(max_codepoint=0x24F, exclude_categories=["Cc"])))
def test_latin_text_counts_the_same_however_it_is_composed(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert grapheme_length(text) == grapheme_length(composed) == len(composed)
