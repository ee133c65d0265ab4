"""Which coding a request is given, and when it has the document already."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage._negotiation import matches, preferred

ALL = {"br", "gzip", "identity"}


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("br", "br"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP, BR;Q=0.5", "gzip"),
        ("gzip;q=0.8, br;q=0.7", "gzip"),
        ("gzip;q=0.7, br;q=0.8", "br"),
        ("gzip ; q = 0.7 , br ; q = 0.8", "br"),
        ("br;q=0", "identity"),
        ("br;q=0.000, gzip;q=0.001", "gzip"),
        ("*", "br"),
        ("*;q=0.5, br;q=0", "gzip"),
        ("identity, *;q=0.5", "identity"),
        ("identity;q=0.5, gzip;q=0.4", "identity"),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        ("*;q=0", "identity"),
        ("identity;q=0", "identity"),
        ("deflate", "identity"),
        ("br;q=nan", "identity"),
        ("br;q=1.5, gzip;q=0.1", "gzip"),
        ("br;q=-1, gzip;q=0.1", "gzip"),
        ("br;x=1, gzip;q=0.1", "gzip"),
        (";;,,;q=,", "identity"),
        ("br," + " " * 600, "identity"),
    ],
)
def test_the_coding_that_a_header_asks_for(header: str | None, coding: str) -> None:
    assert preferred(header, ALL) == coding


def test_only_what_is_there_can_be_sent() -> None:
    assert preferred("br, gzip;q=0.5", {"gzip", "identity"}) == "gzip"
    assert preferred("br", {"identity"}) == "identity"
    assert preferred("identity;q=0, br", {"identity"}) == "identity"


@given(st.text())
def test_no_header_can_break_it(header: str) -> None:
    assert preferred(header, ALL) in ALL


TAG = '"abc-br"'


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        (None, False),
        ("", False),
        ('"abc-br"', True),
        ('W/"abc-br"', True),
        ("*", True),
        (" * ", True),
        ('"x", "abc-br"', True),
        ('"x",W/"abc-br","y"', True),
        ('"abc"', False),
        ('"ABC-BR"', False),
        ("abc-br", False),
        ('"x*"', False),
        ('"abc-br', False),
    ],
)
def test_an_if_none_match(header: str | None, answer: bool) -> None:
    assert matches(header, TAG) is answer
