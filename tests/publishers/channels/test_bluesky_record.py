"""The record of a post and its key: the same at every attempt, and shared by no two deliveries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishers.channels._base import Card, Post
from publishers.channels._bluesky_record import (
    Found,
    Place,
    Reference,
    _written,
    address,
    place_below,
    receipt,
    record,
    record_key,
    reference,
)

AT = datetime(2020, 12, 7, 20, 49, 30, 123456, tzinfo=UTC)
DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
DID = "did:plc:z72i7hdynmk6r22z27h6tvur"
URI = f"at://{DID}/app.bsky.feed.post/3l6oveex3ii2l"
FIRST = Reference(URI, "bafyfirst")
SECOND = Reference(URI.replace("3l6o", "3l7o"), "bafysecond")


def number(tid: str) -> int:
    value = 0
    for digit in tid:
        value = value * 32 + DIGITS.index(digit)
    return value


def test_the_key_is_the_same_for_ever() -> None:
    """Another key after an upgrade would post again what was in doubt before it."""
    assert record_key("delivery-1", AT) == "3hpwrvb3nxrm5"


@settings(deadline=None)
@given(st.text(), st.floats(0, 7e9))
def test_the_key_is_a_tid_of_the_very_second(key: str, seconds: float) -> None:
    tid = record_key(key, datetime.fromtimestamp(seconds, UTC))
    assert len(tid) == 13
    assert number(tid) < 2**63
    assert (number(tid) >> 10) // 1_000_000 == int(seconds)


def test_a_tid_is_written_as_everybody_writes_it() -> None:
    """Bluesky's own: 2024-08-20T16:31:35.793Z by clock 816."""
    assert number("3l25zusnsfctk") >> 10 == 1724171495793000
    assert _written(1724171495793000 << 10 | 816) == "3l25zusnsfctk"


def test_fractions_and_zones_do_not_change_the_key() -> None:
    rome = AT.astimezone(timezone(timedelta(hours=1)))
    assert (
        record_key("k", rome) == record_key("k", AT) == record_key("k", AT.replace(microsecond=0))
    )
    assert record_key("k", AT) != record_key("k", AT + timedelta(seconds=1))


def test_deliveries_of_one_second_have_keys_of_their_own() -> None:
    keys = [record_key(f"delivery-{n}", AT) for n in range(2000)]
    assert len(set(keys)) == 2000
    below = {number(key) % (1 << 10) for key in keys}
    assert len(below) > 500  # the clock's bits are used as well
    micros = {(number(key) >> 10) % 1_000_000 for key in keys}
    assert len(micros) > 1900


def test_a_plain_record_says_no_more_than_it_must() -> None:
    assert record(Post("Ciao.", 5, 300), AT, ("it",), (), None) == {
        "$type": "app.bsky.feed.post",
        "text": "Ciao.",
        "createdAt": "2020-12-07T20:49:30.123Z",
        "langs": ["it"],
    }


def test_a_full_record_has_facets_a_card_and_a_place() -> None:
    card = Card("https://stato.example.it/?u=3", "Portafoglio", "Stiamo verificando")
    made = record(Post("#Uno", 4, 300, card=card), AT, ("it", "de"), ("Uno",), Place(FIRST, SECOND))
    assert made["langs"] == ["it", "de"]
    assert len(made["facets"]) == 1
    assert made["embed"] == {
        "$type": "app.bsky.embed.external",
        "external": {
            "uri": "https://stato.example.it/?u=3",
            "title": "Portafoglio",
            "description": "Stiamo verificando",
        },
    }
    assert made["reply"] == {
        "root": {"uri": FIRST.uri, "cid": "bafyfirst"},
        "parent": {"uri": SECOND.uri, "cid": "bafysecond"},
    }


def test_the_time_is_told_in_utc() -> None:
    rome = AT.astimezone(timezone(timedelta(hours=1)))
    made = record(Post("", 0, 300), rome, ("it",), (), None)
    assert made["createdAt"] == "2020-12-07T20:49:30.123Z"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (URI, (DID, "3l6oveex3ii2l")),
        ("at://did:web:pds.example.it%3A8080/app.bsky.feed.post/x",
         ("did:web:pds.example.it%3A8080", "x")),
        ("1", None),
        ("", None),
        (f"{URI}/x", None),
        (f"{URI}?x", None),
        (f"{URI}\n", None),
        (URI.replace("post", "like"), None),
        (URI.replace("app.bsky", "appxbsky"), None),
        ("at://comune.bsky.social/app.bsky.feed.post/3l6oveex3ii2l", None),
    ],
)  # fmt: skip
def test_an_address_is_taken_apart(uri: str, expected: tuple[str, str] | None) -> None:
    assert address(uri) == expected


def test_the_receipt_leads_readers_to_the_post() -> None:
    made = receipt(FIRST, standalone=True)
    assert made.remote_id == URI
    assert made.url == f"https://bsky.app/profile/{DID}/post/3l6oveex3ii2l"
    assert made.extra == {"cid": "bafyfirst"}
    assert made.standalone


@pytest.mark.parametrize(
    "value",
    [None, [], "x", {}, {"uri": URI}, {"uri": URI, "cid": None}, {"uri": 1, "cid": "x"},
     {"uri": "at://x", "cid": "x"}],
)  # fmt: skip
def test_what_is_no_reference_is_none(value: object) -> None:
    assert reference(value) is None


def test_a_reply_stands_in_the_thread_of_its_parent() -> None:
    assert place_below(Found(FIRST, {"text": "x"})) == Place(FIRST, FIRST)
    inside = {"reply": {"root": FIRST.json, "parent": FIRST.json}}
    assert place_below(Found(SECOND, inside)) == Place(FIRST, SECOND)


@pytest.mark.parametrize("reply", [None, "x", {}, {"root": None}, {"root": {"uri": "x"}}])
def test_a_parent_that_names_no_sound_root_is_the_root(reply: object) -> None:
    assert place_below(Found(SECOND, {"reply": reply})) == Place(SECOND, SECOND)
