"""Whether what the settings call an address is one that may be asked with a secret. Pure."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit


def is_server(value: str) -> bool:
    """Whether it is the address of a server that nobody listens in on, and nothing more.

    That is `https://`, or `http://` on this very machine; without user, query or fragment.
    """
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and _is_here(host))
    more = parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", value)
    return safe and bool(host) and port != 0 and not more


def _is_here(host: str | None) -> bool:
    """Whether a host is this very machine, where nobody listens in on plain HTTP."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
