"""Where the links of a text are, and how long it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.channels._chat_text import pieces, utf16_length, written


def links(text: str) -> list[str]:
    return [piece for piece, is_link in pieces(text) if is_link]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vedi https://a.example/x_y_z.", ["https://a.example/x_y_z"]),
        ("(http://127.0.0.1:8000/i/1/?u=3)", ["http://127.0.0.1:8000/i/1/?u=3"]),
        ("<https://a.example/|qui>", ["https://a.example/"]),
        ("https://a.example/a https://b.example", ["https://a.example/a", "https://b.example"]),
        ("[qui](https://a.example/x)", ["https://a.example/x"]),
        ("`https://a.example/x`", ["https://a.example/x"]),
        ("perche.no, ftp://a.example, https://", []),
    ],
)
def test_links_end_where_a_sentence_or_markup_goes_on(text: str, found: list[str]) -> None:
    assert links(text) == found


@given(st.text(alphabet="ab<>*_|()[]\\ \n./:https&", max_size=60))
def test_the_pieces_are_the_text_and_no_link_holds_markup(text: str) -> None:
    assert written(text, str, str) == text
    assert not [link for link in links(text) if set(link) & set("<>|()[]\\ \n")]


def test_counts_in_utf16() -> None:
    assert utf16_length("è€") == 2
    assert utf16_length("😀") == 2
