"""Every trick by which a stranger's address was ever made to lead inside."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.lists._guard import NotAllowed, Place, is_public, is_reachable, read_place

INSIDE = {
    "this machine": "https://127.0.0.1/",
    "all of this machine's block": "https://127.8.9.10/",
    "no address": "https://0.0.0.0/",
    "metadata": "https://169.254.169.254/latest/meta-data/",
    "metadata of Azure": "https://168.63.129.16/",
    "metadata of Alibaba": "https://100.100.100.200/",
    "metadata of Oracle": "https://192.0.0.192/",
    "metadata of AWS": "https://[fd00:ec2::254]/",
    "private": "https://10.1.2.3/",
    "private too": "https://172.16.0.1/",
    "private as well": "https://192.168.1.1/",
    "carrier's": "https://100.64.0.1/",
    "for tests": "https://198.18.0.1/",
    "for books": "https://203.0.113.7/",
    "relay of 6to4": "https://192.88.99.1/",
    "many": "https://224.0.0.1/",
    "all": "https://255.255.255.255/",
    "reserved": "https://240.0.0.1/",
    "IPv6 of this machine": "https://[::1]/",
    "no IPv6 address": "https://[::]/",
    "mapped": "https://[::ffff:127.0.0.1]/",
    "mapped in hex": "https://[::ffff:7f00:1]/",
    "compatible": "https://[::127.0.0.1]/",
    "translated": "https://[::ffff:0:7f00:1]/",
    "6to4": "https://[2002:7f00:1::]/",
    "6to4 of what is public": "https://[2002:808:808::]/",
    "Teredo": "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "NAT64": "https://[64:ff9b::7f00:1]/",
    "NAT64 in decimal": "https://[64:ff9b::10.0.0.1]/",
    "NAT64 of one's own": "https://[64:ff9b:1::7f00:1]/",
    "ISATAP": "https://[2606:4700::5efe:7f00:1]/",
    "link-local": "https://[fe80::1]/",
    "site-local": "https://[fec0::1]/",
    "unique local": "https://[fc00::1]/",
    "IPv6 for many": "https://[ff02::1]/",
    "IPv6 for books": "https://[2001:db8::1]/",
    "IPv6 for new books": "https://[3fff::1]/",
    "ORCHID": "https://[2001:20::1]/",
    "segment routing": "https://[5f00::1]/",
    "IPv4 in brackets": "https://[127.0.0.1]/",
    "octal": "https://0177.0.0.1/",
    "leading zeros": "https://127.000.000.001/",
    "decimal": "https://2130706433/",
    "hexadecimal": "https://0x7f000001/",
    "hexadecimal by parts": "https://0x7f.0x0.0x0.0x1/",
    "half hexadecimal": "https://0x7f.1/",
    "short": "https://127.1/",
    "public in decimal": "https://134744072/",
    "a dot at the end": "https://127.0.0.1./",
    "a dot after decimal": "https://2130706433./",
    "other dots": "https://127。0。0。1/",
    "other dots too": "https://127．0｡0。1/",
    "wide digits": "https://１２７.０.０.１/",
    "circled digits": "https://①②⑦.⓪.⓪.①/",
    "escaped": "https://%31%32%37.0.0.1/",
    "escaped dots": "https://127%2e0%2e0%2e1/",
    "a zone": "https://[fe80::1%25eth0]/",
    "a raw zone": "https://[fe80::1%eth0]/",
    "a user before": "https://example.org@169.254.169.254/",
    "a user and a password": "https://example.org:443@169.254.169.254/",
    "two users": "https://a@example.org@127.0.0.1/",
    "a user after": "https://169.254.169.254@example.org/",
    "a backslash": "https://example.org\\@127.0.0.1/",
    "another backslash": "https:\\\\127.0.0.1/",
    "a host with a port": "https://127.0.0.1:443/",
    "a name without a domain": "https://localhost/",
    "a name of the house": "https://intranet/",
    "a name with a port": "https://localhost:8443/",
    "a name with a dot": "https://localhost./",
    "a wide name": "https://ｌｏｃａｌｈｏｓｔ/",
    "not secured": "http://example.org/",
    "a file": "file:///etc/passwd",
    "gopher": "gopher://example.org/",
    "no scheme": "//example.org/",
    "a service's port": "https://example.org:25/",
    "another service's port": "https://example.org:22/",
    "port 0": "https://example.org:0/",
    "no such port": "https://example.org:65536/",
    "a port in other digits": "https://example.org:４４３/",
    "a port that is none": "https://example.org:443x/",
    "two ports": "https://example.org:443:443/",
    "no port": "https://example.org:/",
    "no host": "https:///path",
    "dots alone": "https://./",
    "two dots": "https://example..org/",
    "no letter": "https://exa_mple.org/",
    "a bracket": "https://[::1/",
    "words after a bracket": "https://[2606:4700::1]evil/",
    "a slash that is another": "https://example.org／evil/",
    "a new line": "https://example.org/\r\nHost: inside",
    "a tab": "https://exa\tmple.org/",
    "a space": "https://example.org/ /",
    "a space before": " https://127.0.0.1/",
    "a zero byte": "https://example.org\0.127.0.0.1/",
    "too long": f"https://{'a.' * 130}org/",
}


@pytest.mark.parametrize("url", INSIDE.values(), ids=INSIDE)
def test_what_leads_inside_is_not_called(url: str) -> None:
    with pytest.raises(NotAllowed) as caught:
        read_place(url)
    assert not any(piece in str(caught.value) for piece in ("127", "169.254", "10.0"))


OUTSIDE = {
    "https://example.org": Place("https", "example.org", 443, "/"),
    "https://example.org.": Place("https", "example.org", 443, "/"),
    "https://Example.ORG:8443/a/b?c=d%20e&f": Place("https", "example.org", 8443, "/a/b?c=d%20e&f"),
    "https://bücher.example/è?è#x": Place("https", "xn--bcher-kva.example", 443, "/%C3%A8?%C3%A8"),
    "https://8.8.8.8/": Place("https", "8.8.8.8", 443, "/"),
    "https://[2606:4700:4700::1111]:443/x": Place("https", "2606:4700:4700::1111", 443, "/x"),
    "https://127.0.0.1.example.org/": Place("https", "127.0.0.1.example.org", 443, "/"),
    # Names of services stand in nobody's list here: only where they lead counts.
    "https://office.com.example.org/": Place("https", "office.com.example.org", 443, "/"),
}


@pytest.mark.parametrize("url", OUTSIDE)
def test_what_leads_outside_is_read_once_and_for_all(url: str) -> None:
    assert read_place(url) == OUTSIDE[url]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://example.org:443/", "https://example.org"),
        ("https://example.org:1443/", "https://example.org:1443"),
        ("https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]"),
    ],
)
def test_an_origin_has_its_port_where_it_is_not_the_usual_one(url: str, origin: str) -> None:
    assert read_place(url).origin == origin


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.1/",
        "https://intranet:22/",
        "https://[fd12::1]/",
        "http://127.0.0.1:8000/",
        "http://[::1]:8000/",
        "https://example.org/",
    ],
)
def test_ones_own_network_may_be_allowed(url: str) -> None:
    with pytest.raises(NotAllowed):
        read_place(url if "example" not in url else "https://10.0.0.1/")
    assert read_place(url, private=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://intranet/",
        "https://169.254.169.254/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fe80::1]/",
        "https://[fd00:ec2::254]/",
        "https://[fd20:ce::254]/",
        "https://[fd00:c1::a9fe:a9fe]/",
        "https://[fd00:42::42]/",
        "https://168.63.129.16/",
        "https://100.100.100.200/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://2130706433/",
        "https://user@10.0.0.1/",
    ],
)
def test_even_then_not_everything(url: str) -> None:
    with pytest.raises(NotAllowed):
        read_place(url, private=True)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_ones_are_public(address: str) -> None:
    assert is_public(ip_address(address))
    assert is_reachable(ip_address(address))


@given(st.ip_addresses(v=4))
def test_what_packs_an_address_is_as_public_as_that(address: IPv4Address) -> None:
    number = int(address)
    assert is_public(IPv6Address((0xFFFF << 32) | number)) == is_public(address)
    assert is_public(IPv6Address((0x64FF9B << 96) | number)) == is_public(address)
    assert not is_public(IPv6Address(number))
    assert not is_public(IPv6Address((0x2002 << 112) | (number << 80)))


@given(st.ip_addresses())
def test_what_is_public_is_global_for_python_too(address: IPv4Address | IPv6Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
