"""The tokens of letters that come back: right ones only, however mail servers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.status import ListMode
from incidents.subscribers import KEY_PART, address_key
from statuspage.bounce_tokens import LENGTH, bounce_token, owner_of

KEYS = ("new key", "old key")


def key_of(address: str) -> str:
    return address_key(ListMode.EMAIL, address)[:KEY_PART]


@pytest.mark.parametrize("address", ["ada@example.org", "città@example.org"])
def test_it_names_its_owner(address: str) -> None:
    token = bounce_token(KEYS, address)
    assert owner_of(KEYS, [token]) == key_of(address)
    assert owner_of(KEYS, [token.upper()]) == key_of(address)
    assert owner_of(KEYS, ["", "nonsense", f" {token} "]) == key_of(address)


def test_it_fits_before_the_at_sign() -> None:
    token = bounce_token(KEYS, "ada@example.org")
    assert len(token) == LENGTH
    assert len(f"bounces+{token}") <= 64
    assert token.isalnum()
    assert token.islower()


def test_an_older_key_is_still_good() -> None:
    token = bounce_token(("old key",), "ada@example.org")
    assert owner_of(KEYS, [token]) == key_of("ada@example.org")
    assert owner_of(("new key",), [token]) is None
    assert owner_of((), [token]) is None


@pytest.mark.parametrize("place", [0, 10, 23, 24, 30, LENGTH - 1])
def test_one_that_was_changed_is_none(place: int) -> None:
    token = bounce_token(KEYS, "ada@example.org")
    other = "a" if token[place] != "a" else "b"
    assert owner_of(KEYS, [token[:place] + other + token[place + 1 :]]) is None
    assert owner_of(KEYS, [token[:-1], token + "a", token[1:]]) is None


@given(st.text())
def test_nobody_guesses_one(token: str) -> None:
    assert owner_of(KEYS, [token]) is None
