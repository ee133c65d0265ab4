"""A visitor's address is what trusted servers say of it, and nothing that a visitor says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage._proxies import visitors_address

OURS = ("10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", "10.0.0.1", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, rubbish", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4,", "10.0.0.1"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("fd00::1", "2001:db8::9", "2001:db8::9"),
        ("fe80::1%eth0", "2001:db8::9", "fe80::1%eth0"),
    ],
)
def test_from_right_to_left_as_far_as_our_own_servers_go(
    peer: str, forwarded: str | None, found: str
) -> None:
    assert visitors_address(peer, forwarded, OURS) == found


@pytest.mark.parametrize("peer", ["", None, "unix:"])
def test_over_a_socket_of_this_machine_the_front_is_believed(peer: str | None) -> None:
    assert visitors_address(peer, "203.0.113.9", ()) == "203.0.113.9"


@given(st.text(max_size=60))
def test_nobody_is_believed_where_nobody_is_trusted(said: str) -> None:
    assert visitors_address("203.0.113.9", said, ()) == "203.0.113.9"


@given(st.text(st.characters(codec="ascii"), max_size=60))
def test_what_stands_left_of_the_visitor_changes_nothing(said: str) -> None:
    assert visitors_address("10.0.0.1", f"{said}, 203.0.113.9", OURS) == "203.0.113.9"
