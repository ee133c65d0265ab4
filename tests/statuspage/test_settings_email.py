"""What `[email]` takes: addresses that every relay takes, and no password in the open."""

from __future__ import annotations

import pytest

from statuspage._settings_file import checked
from statuspage._settings_lists import EmailSection

FULL = {"host": "relay.example.org", "sender": "Comune di Esempio <stato@example.org>"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"sender": "stato@example.org"},
        {"sender": '"Comune, ufficio è" <stato@example.org>'},
        {"bounces": "bounces@xn--citt-3na.example", "reply_to": "urp@example.org"},
    ],
)
def test_what_is_good(more: dict[str, str]) -> None:
    assert checked(EmailSection, {**FULL, **more}, "email")[1] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sender", "Comune, ufficio <stato@example.org>"),
        ("sender", "Comune <stato@città.example>"),
        ("sender", "Comune\n<stato@example.org>"),
        ("sender", "Comune"),
        ("bounces", "bounces@città.example"),
        ("bounces", "Bounces <bounces@example.org>"),
        ("bounces", "bounces@example.org\r\nRCPT TO:<x@y.it>"),
        ("bounces", f"{'b' * 65}@example.org"),
        ("reply_to", "è@example.org"),
    ],
)
def test_what_no_relay_would_take(key: str, value: str) -> None:
    _, faults = checked(EmailSection, {**FULL, key: value}, "email")
    assert [where for where, _ in faults] == [f"email.{key}"]
