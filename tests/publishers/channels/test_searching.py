"""What a search is asked for: words and hashtags of a post."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.channels._searching import counted, tags_of, words_of
from publishers.channels._text import clean


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Il Portafoglio dell’app non funziona. #42/3",
            ["Portafoglio", "funziona"],
        ),
        ("L'accesso è lento: riprova più tardi", ["lento", "riprova", "tardi"]),
        ("Vedi https://stato.example.it/pagamenti/ qui sotto", ["Vedi", "sotto"]),
        ("Vedi stato.example.it/pagamenti", ["Vedi"]),
        ("#Cashback @comune nome@comune.it", []),
        ("uno due tre", []),
        ("dopo Dopo dopo", ["dopo", "Dopo"]),
        ("alfa beta gamma delta epsilon zeta eta theta iota", [
            "alfa", "beta", "gamma", "delta", "epsilon", "zeta",
        ]),
        ("Störung der Überweisung", ["Störung", "Überweisung"]),
        ("", []),
    ],
)  # fmt: skip
def test_words_by_which_a_search_should_find_it(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text(max_size=300))
def test_no_sign_of_a_searchs_own_language_gets_into_it(text: str) -> None:
    for word in words_of(text):
        assert word.isalpha()
        assert len(word) >= 4


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("Chiuso #cashback oggi", ["Cashback"]),
        ("#Cashback #IO", ["Cashback", "IO"]),
        ("#Cashback_2 #IOS", []),
        ("https://example.it/#Cashback", []),
        ("＃Cashback", ["Cashback"]),
        ("#\u200bCashback", []),
    ],
)
def test_hashtags_that_it_carries(text: str, tags: list[str]) -> None:
    assert tags_of(text, ("Cashback", "IO")) == tags


def test_a_hashtag_that_was_made_harmless_is_none() -> None:
    assert tags_of(clean("#Vergogna #Cashback", ("Cashback",)), ("Cashback", "Vergogna")) == [
        "Cashback"
    ]


def test_figures_are_numbers() -> None:
    document = {"a": 1, "b": True, "c": "2", "d": -1, "e": None, "f": 0}
    names = {name: name.upper() for name in "abcdefg"}
    assert counted(document, names) == {"A": 1, "F": 0}
