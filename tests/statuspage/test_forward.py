"""What the front tells the application of who asks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from statuspage._forward import _said_by_the_front
from statuspage._http1 import read_head


class Peer(asyncio.Transport):
    """A connection from an address."""

    def __init__(self, address: str | None) -> None:
        super().__init__({"peername": (address, 4711) if address else None})


def told(address: str | None, said: str, trusted: Sequence[str]) -> str:
    head = read_head(f"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {said}\r\n\r\n".encode())
    found: dict[bytes, Any] = dict(_said_by_the_front(Peer(address), head, trusted))
    forwarded: bytes = found[b"x-forwarded-for"]
    return forwarded.decode()


@pytest.mark.parametrize(
    ("address", "said", "trusted", "found"),
    [
        ("127.0.0.1", "203.0.113.9", [], "127.0.0.1"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9", ["127.0.0.1/32"], "203.0.113.9"),
        ("198.51.100.1", "203.0.113.9", ["127.0.0.1/32"], "198.51.100.1"),
        (None, "203.0.113.9", [], "unknown"),
    ],
)
def test_the_visitor_and_who_may_say_so(
    address: str | None, said: str, trusted: list[str], found: str
) -> None:
    assert told(address, said, trusted) == found


@pytest.mark.parametrize(
    ("address", "said", "trusted", "found"),
    [
        ("127.0.0.1", "https", ["127.0.0.1/32"], b"https"),
        ("127.0.0.1", "http", ["127.0.0.1/32"], b"http"),
        ("127.0.0.1", "https, http", ["127.0.0.1/32"], b"http"),
        ("198.51.100.1", "https", ["127.0.0.1/32"], b"http"),
        ("127.0.0.1", "https", [], b"http"),
    ],
)
def test_who_may_say_that_it_came_over_https(
    address: str, said: str, trusted: list[str], found: bytes
) -> None:
    told = f"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: {said}\r\n\r\n"
    head = read_head(told.encode())
    assert dict(_said_by_the_front(Peer(address), head, trusted))[b"x-forwarded-proto"] == found
