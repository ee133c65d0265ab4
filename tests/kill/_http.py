"""Web servers of this machine, and what a reader gets from them."""

from __future__ import annotations

import socket
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from random import SystemRandom

_NOBODYS = range(20_000, 32_000)
"""Ports that Linux gives to no client: one that is free stays so while its server is restarted."""


def own_port() -> int:
    """A port of this machine where nobody listens."""
    while True:
        port = SystemRandom().choice(_NOBODYS)
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def ask(port: int, document: str = "index.html") -> bytes | None:
    """A document; None where nobody answers, or not to the end. Any answer is a good one."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        try:
            connection.request("GET", "/" + document.removesuffix("index.html"))
            response = connection.getresponse()
            body = response.read()
        except (OSError, HTTPException):
            return None
    assert response.status == 200, (document, response.status)
    return body
