"""One address is one address, however it is written; two are two, however alike they look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.errors import InvalidInput
from incidents.status import ListMode
from incidents.subscribers import address_key, read_address, read_email, read_url


def key(value: str, mode: ListMode = ListMode.EMAIL) -> str:
    return address_key(mode, read_address(mode, value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna@example.org", "ANNA@Example.ORG"),
        ("anna@example.org", "  anna@example.org "),
        ("jose\u0301@example.org", "jos\u00e9@example.org"),
        ("anna@b\u00fccher.example", "anna@xn--bcher-kva.example"),
        ("anna@B\u00dcCHER.example", "anna@b\u00fccher.example"),
        ("anna@example\u3002org", "anna@example.org"),
        ("anna+x@example.org", "Anna+X@example.org"),
    ],
)
def test_the_same_address_has_the_same_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stra\u00dfe@example.org", "strasse@example.org"),
        ("m\u0131ke@example.org", "mike@example.org"),
        ("\ufb01sh@example.org", "fish@example.org"),
        ("anna@example.org", "\u0430nna@example.org"),
        ("anna+x@example.org", "anna@example.org"),
        ("an.na@example.org", "anna@example.org"),
    ],
)
def test_two_people_have_two_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "anna",
        "@example.org",
        "anna@",
        "anna@localhost",
        "an na@example.org",
        "anna@exa mple.org",
        "anna@example.org\r\nBcc: x@example.org",
        "anna@example..org",
        ".anna@example.org",
        "anna.@example.org",
        "a..b@example.org",
        "<anna@example.org>",
        "Anna <anna@example.org>",
        "anna@example.org,bea@example.org",
        "anna@[127.0.0.1]",
        '"anna"@example.org',
        "an\u202ena@example.org",
        "a" * 65 + "@example.org",
        "anna@" + "a" * 64 + ".org",
        "anna@" + ".".join(["abcdefgh"] * 30) + ".org",
    ],
)
def test_what_is_no_address_is_refused_by_its_field(value: str) -> None:
    with pytest.raises(InvalidInput, match=r"^email: should be like name@example\.org$"):
        read_email(value)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://example.org", "https://example.org/"),
        ("https://EXAMPLE.org:443/Hook?a=B", "https://example.org/Hook?a=B"),
        ("https://b\u00fccher.example/x#part", "https://xn--bcher-kva.example/x"),
        ("https://example.org:8443/", "https://example.org:8443/"),
    ],
)
def test_a_webhook_is_kept_as_it_is_called(typed: str, kept: str) -> None:
    assert read_url(typed) == kept


@pytest.mark.parametrize(
    "value",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org\\@evil.example/",
        "https://example.org/\nX: y",
        "javascript:alert(1)",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_what_is_no_webhook_is_refused_by_its_field(value: str) -> None:
    with pytest.raises(InvalidInput, match=r"^endpoint: should be an https:// address"):
        read_url(value)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_an_address_or_is_refused(value: str) -> None:
    for mode in ListMode:
        try:
            tidied = read_address(mode, value)
        except InvalidInput:
            continue
        assert read_address(mode, tidied) == tidied
        assert "\n" not in tidied
        assert "\r" not in tidied
