"""Addresses as they are written, and the one key under which each is known. Pure.

Two ways to write the same address have the same key, so that nobody is told twice; what is sent
goes to the address as its owner wrote it, so that no look-alike of it gets anybody's mail.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

import idna

from incidents.errors import InvalidInput
from incidents.status import ListMode

LONGEST = {ListMode.EMAIL: 254, ListMode.WEBHOOK: 2000, ListMode.PUSH: 2000}
_LOCAL = 64
_PUNCTUATION = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]")
_NO_EMAIL = "email: should be like name@example.org"
_NO_URL = "endpoint: should be an https:// address, without user and password"


def read_email(value: str) -> str:
    """An e-mail address, tidied: RFC 6531's, without quoted local parts and address literals.

    Raises `InvalidInput`.
    """
    address = unicodedata.normalize("NFC", value.strip())
    local, at, host = address.rpartition("@")
    if not at or len(address.encode()) > LONGEST[ListMode.EMAIL]:
        raise InvalidInput(_NO_EMAIL)
    dots_are_fine = not (local.startswith(".") or local.endswith(".") or ".." in local)
    fits = 0 < len(local.encode()) <= _LOCAL
    domain = _domain(host)
    if not (fits and dots_are_fine and all(map(_may_stand, local)) and "." in domain):
        raise InvalidInput(_NO_EMAIL)
    return f"{local}@{domain}"


def _may_stand(letter: str) -> bool:
    if letter.isascii():
        return _PUNCTUATION.fullmatch(letter) is not None
    return unicodedata.category(letter)[0] in "LMN"


@lru_cache(maxsize=4096)  # a list has many addresses and few domains
def _domain(host: str) -> str:
    """A host as the DNS knows it. Raises `InvalidInput`."""
    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        raise InvalidInput(_NO_EMAIL) from None


def read_url(value: str) -> str:
    """The address of a webhook or of a browser's push service, tidied: https alone.

    Where it leads is not looked at here: that is checked whenever it is called. Raises
    `InvalidInput`.
    """
    address = value.strip()
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InvalidInput(_NO_URL) from None
    plain = address.isprintable() and " " not in address and "\\" not in address
    fits = len(address) <= LONGEST[ListMode.WEBHOOK]
    if not (plain and fits and parts.scheme == "https" and host and port != 0):
        raise InvalidInput(_NO_URL)
    if "@" in parts.netloc:
        raise InvalidInput(_NO_URL)
    try:
        known = host if ":" in host else idna.encode(host, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        raise InvalidInput(_NO_URL) from None
    place = f"[{known}]" if ":" in known else known
    place = f"{place}:{port}" if port and port != 443 else place
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return f"https://{place}{path}{query}"


def read_address(mode: ListMode, value: str) -> str:
    """An address of a mode, tidied. Raises `InvalidInput`."""
    return read_email(value) if mode is ListMode.EMAIL else read_url(value)


def address_key(mode: ListMode, address: str, owner: str | None = None) -> str:
    """The key of a tidied address: the same for every way to write it.

    A webhook's is that of its address and of its owner's together: whoever names the address of
    somebody else's program must neither see its secret nor end what its owner asked for.

    Servers may tell upper from lower case before the "@", but nobody gives two people addresses
    that differ in that alone. Nothing more is folded: "straße" and "strasse" may be two people, and
    one of them must not be able to speak for the other.
    """
    if mode is ListMode.EMAIL:
        address = unicodedata.normalize("NFC", address.lower())
    if owner is not None:
        address = f"{address} {address_key(ListMode.EMAIL, owner)}"
    digest = hashlib.sha256(f"{mode} {address}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
