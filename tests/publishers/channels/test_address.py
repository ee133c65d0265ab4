"""Which addresses may be asked with a secret."""

from __future__ import annotations

import pytest

from publishers.channels._address import is_server


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("https://api.telegram.org", True),
        ("https://matrix.example.it:8448/base/", True),
        ("http://127.0.0.1:8081", True),
        ("http://localhost:8081", True),
        ("http://[::1]:8081", True),
        ("http://api.telegram.org", False),
        ("http://127.0.0.1.example.it", False),
        ("https://", False),
        ("https://user:word@matrix.example.it", False),
        ("https://matrix.example.it?x=1", False),
        ("https://matrix.example.it#x", False),
        ("https://matrix.example.it:0", False),
        ("https://matrix.example.it:nine", False),
        ("https://matrix.example.it/a b", False),
        ("https://[::1", False),
        ("matrix.example.it", False),
        ("ftp://matrix.example.it", False),
    ],
)
def test_what_is_the_address_of_a_server(address: str, is_one: bool) -> None:
    assert is_server(address) is is_one
