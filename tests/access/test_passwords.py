"""Which passwords will do, and how they are kept."""

from __future__ import annotations

import unicodedata

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.access import LONGEST, SHORTEST, check_password
from incidents.access._passwords import hash_password, is_outdated, is_password
from incidents.errors import InvalidInput

GOOD = "cavallo batteria pinza"
NAMES = ("ada.lovelace", "Ada Lovelace", "App dei servizi pubblici")


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "x7#Qp!mZr2&w",
        "una frase lunga con spazi",
        "пароль из нескольких слов",
        "🐎🔋📎✨🌍🍕🎈🚀🌲🎁🧭🔑🧩",
    ],
)
def test_length_is_all_that_is_asked_for(password: str) -> None:
    check_password(password, NAMES)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "too short"),
        ("x7#Qp!mZr2&", "too short"),
        ("x" * (LONGEST + 1), "too long"),
        ("aaaaaaaaaaaaaaaa", "attackers try first"),
        ("abababababababab", "attackers try first"),
        ("PasswordPassword", "attackers try first"),
        ("password 1234", "attackers try first"),
        ("Correct-Horse-Battery-Staple", "attackers try first"),
        ("qwertyuiopasdfghjkl", "attackers try first"),
        ("benvenuto2026", "attackers try first"),
        ("Ada.Lovelace1", "a name"),
        ("AdaLovelace!2020", "a name"),
        ("app dei servizi pubblici", "a name"),
    ],
)
def test_what_is_refused_and_why(password: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=f"^password: .*{why}") as refused:
        check_password(password, NAMES)
    assert not password or password not in str(refused.value)


def test_the_shortest_is_counted_in_characters() -> None:
    check_password("è" + "xy!zqwkdjfu"[: SHORTEST - 1])


def test_it_is_the_same_from_whichever_keyboard() -> None:
    kept = hash_password(unicodedata.normalize("NFD", "perché no, è così"))
    assert is_password(unicodedata.normalize("NFC", "perché no, è così"), kept)


def test_what_is_kept_does_not_tell_it() -> None:
    kept = hash_password(GOOD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert kept != hash_password(GOOD)
    assert is_password(GOOD, kept)


@pytest.mark.parametrize("kept", [None, "", "no hash", "$argon2id$v=19$m=1$x"])
def test_nobody_has_nothing(kept: str | None) -> None:
    assert not is_password("nobody has this password", kept)


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=LONGEST))
def test_another_password_is_not_taken(other: str) -> None:
    kept = _KEPT
    assert is_password(other, kept) == (unicodedata.normalize("NFKC", other) == GOOD)


def test_too_long_a_password_is_not_hashed_at_length() -> None:
    assert not is_password(GOOD + "x" * 1_000_000, _KEPT)


def test_other_parameters_are_noticed() -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(GOOD)
    assert is_outdated(old)
    assert not is_outdated(_KEPT)


_KEPT = hash_password(GOOD)
