"""A link is good for one purpose and one address, for its time, and under the keys there are."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidents.status import ListMode
from statuspage.subscriber_links import Purpose, Token, make_token, read_token, webhook_secret
from tests.conftest import NOON

OLD, NEW = "o" * 40, "n" * 40
HOUR = timedelta(hours=1)


def made(key: str = NEW, until: bool = True) -> str:
    end = NOON + HOUR if until else None
    return make_token([key], Purpose.MANAGE, ListMode.EMAIL, "subject_-9", end)


def test_a_good_link_says_whose_it_is() -> None:
    token = Token(Purpose.MANAGE, ListMode.EMAIL, "subject_-9")
    assert read_token([NEW], Purpose.MANAGE, made(), NOON) == token
    assert read_token([NEW], Purpose.MANAGE, made(until=False), NOON + 9999 * HOUR) == token


def test_it_ends_in_time() -> None:
    assert read_token([NEW], Purpose.MANAGE, made(), NOON + HOUR + timedelta(seconds=1)) is None


def test_it_is_good_for_one_purpose_alone() -> None:
    for other in (Purpose.CONFIRM, Purpose.UNSUBSCRIBE):
        assert read_token([NEW], other, made(), NOON) is None


def test_an_old_key_is_good_while_it_is_kept() -> None:
    token = made(OLD)
    assert read_token([NEW, OLD], Purpose.MANAGE, token, NOON) is not None
    assert read_token([NEW], Purpose.MANAGE, token, NOON) is None
    assert read_token([], Purpose.MANAGE, token, NOON) is None


@given(st.integers(min_value=0), st.characters(codec="utf-8"))
def test_a_link_that_was_changed_by_a_letter_is_none(place: int, letter: str) -> None:
    token = made()
    at = place % len(token)
    changed = token[:at] + letter + token[at + 1 :]
    if changed != token:
        assert read_token([NEW], Purpose.MANAGE, changed, NOON) is None


@given(st.text())
def test_whatever_is_no_link_is_none(text: str) -> None:
    assert read_token([NEW], Purpose.MANAGE, text, NOON) is None


def test_each_webhook_has_a_secret_of_its_own() -> None:
    secrets = {webhook_secret(key, address) for key in (OLD, NEW) for address in "ab"}
    assert len(secrets) == 4
