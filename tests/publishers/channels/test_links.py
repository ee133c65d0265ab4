"""Links that a reader's client would make of a text, those without a scheme too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.channels._links import accidental_links, links


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Vedi https://stato.example.it/incidents/k3v9/?u=3.", "https://stato.example.it/incidents/k3v9/?u=3"),
        ("(http://example.com/a_(b))", "http://example.com/a_(b)"),
        ("https://example.com/#contatti, poi", "https://example.com/#contatti"),
        ("https://social.example.com/@comune e", "https://social.example.com/@comune"),
        ("https://example.com:8443/x!", "https://example.com:8443/x"),
        ("HTTPS://EXAMPLE.COM", "HTTPS://EXAMPLE.COM"),
        ("Non è possibile perche.no lo è", "perche.no"),
        ("example.com/x?y=1&z=2", "example.com/x?y=1&z=2"),
        ("http://città.example.it/è", "http://città.example.it/è"),
        ("http://あいう.com", "http://あいう.com"),
        ("http://foobar.پاکستان/ ", "http://foobar.پاکستان/"),
        ("https://x.itあ", "https://x.it"),
        ("àhttps://x.it", "https://x.it"),
    ],
)  # fmt: skip
def test_finds_a_link(text: str, found: str) -> None:
    assert [link.text for link in links(text)] == [found]
    assert [text[link.start : link.end] for link in links(text)] == [found]


@pytest.mark.parametrize(
    "text",
    [
        "alle 21.49 di oggi",
        "S.p.A. e P.IVA",
        "fine.Poi ricomincia",
        "http://localhost:8000/x",
        "http://127.0.0.1:8000/x",
        "info@comune.it",
        "@comune.it",
        "example.com_x",
        "randomurlrandomurlrandomurlrandomurlrandomurlrandomurlrandomurls.com",
    ],
)
def test_finds_none(text: str) -> None:
    assert links(text) == []


def test_says_what_is_a_link_by_accident() -> None:
    text = "Chiuso.No, aperto: perche.no? https://stato.example.it/"
    assert accidental_links(text) == ("Chiuso.No", "perche.no")


@given(st.text(alphabet="ab.:/@#?(ht ps-à☃あ", max_size=60))
def test_links_are_in_order_and_apart(text: str) -> None:
    ends = [0]
    for link in links(text):
        assert ends[-1] <= link.start < link.end
        assert text[link.start : link.end] == link.text
        ends.append(link.end)
