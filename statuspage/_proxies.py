"""Whose word on a visitor's address is believed: that of the servers that the settings name.

Each server in front appends the address that it saw to X-Forwarded-For. Read from the right, the
first that is not one of ours is the visitor; what stands left of it anybody may have made up. The
Host header is never believed: addresses are made from the settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def visitors_address(peer: str | None, forwarded: str | None, trusted: Sequence[str]) -> str:
    """The visitor's address. `peer` is who opened the connection; one without an address is a
    process of this machine, over a socket that only we can reach."""
    address = _read(peer)
    hops = (forwarded or "").split(",")
    current = peer or ""
    while hops and (address is None or is_trusted(address, tuple(trusted))):
        said = hops.pop().strip()
        found = _read(said)
        if found is None:
            break
        address, current = found, said
    return current


def says_https(peer: str | None, said: str | None, trusted: Sequence[str]) -> bool:
    """Whether a trusted server where TLS ends says that the visitor came over https
    (X-Forwarded-Proto). `peer` is who opened the connection, as in `visitors_address`."""
    address = _read(peer)
    believed = address is None or is_trusted(address, tuple(trusted))
    return believed and (said or "").strip().lower() == "https"


@lru_cache(maxsize=1024)
def is_trusted(address: IPv4Address | IPv6Address, trusted: tuple[str, ...]) -> bool:
    """Whether an address is in one of the networks."""
    return any(address in ip_network(network) for network in trusted)


def _read(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address((text or "").strip().partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
