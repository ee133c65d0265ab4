"""Which of the addresses that strangers give us may be called. Pure.

Whoever subscribes a webhook or a browser chooses where our server calls: it must not be made to
call into the network that it stands in. An address is read once, by strict rules of our own, and
what was read is what is called; the IP addresses that its host turns out to have are looked at
when the connection is made (`_connecting`), each time anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urlsplit

import idna

Address = IPv4Address | IPv6Address

_PORTS = {"https": 443, "http": 80}
_LOWEST_PORT = 1024
_LONGEST_NAME = 253
_NETLOC = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:@%\\]+)(?::([0-9]{1,5}))?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_IN_A_TARGET = "/?:@!$&'()*+,;=~%"
_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_ISATAP = re.compile(rb"[\x00\x02]\x00\x5e\xfe", re.DOTALL)
_METADATA = tuple(
    map(
        ip_network,
        (
            # Where clouds tell a machine of itself, keys included, amid "own" addresses: Amazon,
            # Google, Oracle, Scaleway. All others do it at link-local or carrier's ones.
            "fd00:ec2::/32",
            "fd20:ce::/32",
            "fd00:c1::/32",
            "fd00:42::/32",
        ),
    )
)
_OWN = tuple(
    map(
        ip_network,
        ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"),
    )
)
_CLOSED = tuple(
    map(
        ip_network,
        (
            # Not public, though some releases of Python say so (IANA's registries of
            # special-purpose addresses).
            "100.64.0.0/10",
            "192.0.0.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
            # Azure's own service of a machine (metadata, keys): public by its number alone.
            "168.63.129.16/32",
        ),
    )
)


class NotAllowed(Exception):
    """This address must not be called. Says why, and never what its host turned out to be."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes, as it was read; nothing of it is ever read again."""

    scheme: str
    host: str
    """A name in ASCII, or an IP address without brackets."""
    port: int
    target: str
    """Path and query, in ASCII."""

    @property
    def origin(self) -> str:
        """As in "https://example.org:8443"; the port where it is not the usual one."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def read_place(url: str, *, private: bool = False) -> Place:
    """An address as it will be called. Raises `NotAllowed`.

    `private` also allows hosts of one's own network, any port, and plain HTTP on this machine.
    """
    if not url.isprintable() or " " in url or "\\" in url:
        raise NotAllowed("the address has characters that no address has")
    try:
        parts = urlsplit(url)
    except ValueError as problem:
        raise NotAllowed("the address cannot be read") from problem
    if "@" in parts.netloc:
        raise NotAllowed("the address has a user or a password in it")
    found = _NETLOC.fullmatch(parts.netloc)
    if not found or parts.scheme not in _PORTS:
        raise NotAllowed("the address should be like https://example.org/path")
    host = _host(found[1], private=private)
    _check_scheme(parts.scheme, host, private=private)
    port = int(found[2]) if found[2] else _PORTS[parts.scheme]
    _check_port(port, private=private)
    target = quote(parts.path or "/", safe=_IN_A_TARGET)
    query = f"?{quote(parts.query, safe=_IN_A_TARGET)}" if parts.query else ""
    return Place(parts.scheme, host, port, target + query)


def _host(written: str, *, private: bool) -> str:
    """The host, in ASCII; an address that is written as numbers has to be allowed."""
    name = written[1:-1] if written.startswith("[") else _name(written)
    try:
        address = ip_address(name)
    except ValueError:
        # Resolvers take "127.1", "0x7f.1", "0177.0.0.1" and "2130706433" for 127.0.0.1.
        if written.startswith("[") or _NUMBER.fullmatch(name.rpartition(".")[2]):
            raise NotAllowed("the host is a number, but no plain IP address") from None
        if "." not in name and not private:
            raise NotAllowed("the host should be a whole name, with its domain") from None
        return name
    check_address(address, private=private)
    return str(address)


def _name(written: str) -> str:
    """A name as the DNS knows it: all dots are ".", none at the end, all letters lower case."""
    try:
        encoded = idna.encode(written, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as problem:
        raise NotAllowed("the host is no name") from problem
    name = encoded.removesuffix(".").lower()
    if not name or len(name) > _LONGEST_NAME:
        raise NotAllowed("the host is no name")
    return name


def _check_scheme(scheme: str, host: str, *, private: bool) -> None:
    if scheme == "http" and not (private and _is_here(host)):
        raise NotAllowed("the address should begin with https://")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _check_port(port: int, *, private: bool) -> None:
    """Below 1024 stand services that are no web servers."""
    lowest = 1 if private else _LOWEST_PORT
    if not lowest <= port <= 65535 and port != _PORTS["https"]:
        raise NotAllowed("the port should be 443, or one from 1024 to 65535")


def check_address(address: Address, *, private: bool = False) -> None:
    """Raises `NotAllowed` where nothing may be sent to an IP address."""
    allowed = is_reachable if private else is_public
    if not allowed(address):
        raise NotAllowed("the host is not in the public internet")


def is_public(address: Address) -> bool:
    """Whether it is one host of the public internet, also behind whatever it may be packed in.

    What carries an IPv4 address within it is public where that is; ways to pack one that nobody
    uses any more (6to4, Teredo, IPv4-compatible) are not public at all.
    """
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL_UNICAST or address.scope_id or _is_isatap(address):
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _CLOSED)
    )


def is_reachable(address: Address) -> bool:
    """Whether it is one host, be it of one's own network: where receivers may be private.

    Never one that means no host, many, or what is on the same wire, such as a cloud's metadata.
    """
    inner = _inner(address) if isinstance(address, IPv6Address) else None
    if inner is not None:
        return is_reachable(inner)
    if any(address in network for network in _METADATA):
        return False
    return any(address in network for network in _OWN) or is_public(address)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that the system, or a translator of the network (RFC 6052), calls."""
    if address.ipv4_mapped:
        return address.ipv4_mapped
    return IPv4Address(address.packed[12:]) if address in _NAT64 else None


def _is_isatap(address: IPv6Address) -> bool:
    return _ISATAP.match(address.packed[8:]) is not None
