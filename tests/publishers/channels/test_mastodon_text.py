"""How Mastodon counts, and what it would make of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.channels._mastodon_text import counted_length, harmless
from tests.fakes.mastodon_api import counted, mentioned, tagged

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Il Portafoglio è fermo…", 23),
        ("perche\u0301", 6),
        (FAMILY * 10, 10),
        ("🇮🇹🇪🇺", 2),
        ("€", 1),
        ("https://stato.example.it/incidents/k3v9/?u=3", 23),
        ("Ciao\nhttps://stato.example.it/incidents/k3v9/?u=3", 28),
        ("(https://stato.example.it/a).", 26),
        ("https://a.it https://b.it", 47),
        ("https://stato.example.it/@comune/1?a=b&c=d#e", 23),
        ("perche.no", 9),
        ("stato.example.it/incidents", 26),
        ("info@comune.example.it", 22),
    ],
)
def test_counts_as_mastodon_does(text: str, length: int) -> None:
    assert counted_length(text, 23) == counted(text) == length


@pytest.mark.parametrize("per_link", [1, 23, 40])
def test_a_link_counts_what_the_instance_says(per_link: int) -> None:
    text = "Ora: https://stato.example.it/incidents/k3v9/ e basta"
    assert counted_length(text, per_link) == counted(text, per_link) == 13 + per_link


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8000/x",
        "gemini://a.it",
        "https://a_b.it/x",
        "https://x.it/a=",
        "https://x.it/a()",
        "https://x.it/a?b-",
        "https://x.it/città",
        "https://città.it/",
        "https://x.invalid/" + "a" * 60,
        "https://stato.internal/incidents/k3v9/?u=3",
        "https://x.it/" + "a" * 5000,
        "HTTPS://X.IT/A",
    ],
)
def test_what_may_not_be_a_link_counts_as_both(text: str) -> None:
    assert counted_length(text, 23) >= max(counted(text), 23)
    assert counted_length(text, 23) in (23, len(text) + 23)


LINKS = ("https://", "http://", "gemini://", "ssb://", "a.it", "x.example.it", "127.0.0.1", ":80")
SIGNS = ("/", "/a", "?", "?b=c", "&", "=", "-", "_", "(", ")", "()", ".", ",", "…", "“", "'", "%40")
WORDS = ("@", "@a", "#", "#Tag", "i", "è", "漢", "\u0301", "\u200b", FAMILY, " ", "\n")
PIECES = st.sampled_from((*LINKS, *SIGNS, *WORDS))


@given(st.lists(PIECES, max_size=12).map("".join))
def test_never_counts_less_than_mastodon(text: str) -> None:
    assert counted_length(text, 23) >= counted(text)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_never_mentions_anyone(text: str) -> None:
    once = harmless(text)
    assert mentioned(once) == []
    assert harmless(once) == once


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://x.it/a-@sindaco", "https://x.it/a-%40sindaco"),
        ("https://x.it/a=@sindaco", "https://x.it/a=%40sindaco"),
        ("https://social.example.it/@comune/1", "https://social.example.it/@comune/1"),
        ("https://x.it/a@b", "https://x.it/a@b"),
        ("info@comune.example.it", "info@comune.example.it"),
        ("@sindaco", "@\u200bsindaco"),
    ],
)
def test_only_what_would_mention_somebody_is_changed(text: str, clean: str) -> None:
    assert harmless(text) == clean


def test_allowed_tags_work_and_no_others() -> None:
    text = harmless("#Cashback #cashback #Altro ＃Cashback #Cashback_2", ("Cashback",))
    assert tagged(text) == ["Cashback", "cashback", "Cashback"]
