"""HTTP as every channel needs it: a bounded wait, no redirects, and knowing what was never sent.

For SDKs that use `requests`: give them a `BoundedSession` in place of their own session.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Mapping
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ProxyError

from publishers.channels import _base

NETWORK_ERRORS = (OSError, HTTPError)
"""All that a call over a `BoundedSession` may raise by itself (requests' errors are OSErrors)."""

_MOST_BYTES = 16 * 1024 * 1024


class BoundedSession(requests.Session):
    """Each call ends within three times NETWORK_TIMEOUT: connecting, sending and the whole answer
    may each take that long, however slowly the bytes drip (the resolver's own time-out aside).

    Follows no redirect, keeps no cookie, and uses a connection once: a kept one may have been
    closed by the other side at the very moment of sending, and nobody could tell what became of it.
    """

    def __init__(self) -> None:
        super().__init__()
        adapter = BoundedAdapter()
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        self.headers["Connection"] = "close"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: a redirect is an answer like any other."""
        del resp
        return None


class BoundedAdapter(HTTPAdapter):
    """Sets NETWORK_TIMEOUT on every wait, and bounds the answer as a whole by it."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(_POOLS)

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        if isinstance(
            manager, ProxyManager
        ):  # SOCKS has pools of its own: only its waits are bound
            manager.pool_classes_by_scheme = dict(_POOLS)
        return manager

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        kwargs["timeout"] = (_base.NETWORK_TIMEOUT, _base.NETWORK_TIMEOUT)
        return super().send(request, *args, **kwargs)


def never_sent(error: BaseException) -> bool:
    """Whether a call failed before any byte of the request left: no connection, no TLS, no name."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(
        cause.reason, (NewConnectionError, ProxyError)
    )


class _BoundedReader(io.RawIOBase):
    """A socket's bytes up to a moment of the monotonic clock: each wait is what is left of it."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline
        self._bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        count = self._raw.readinto(buffer)
        self._bytes += count or 0
        if self._bytes > _MOST_BYTES:
            raise OSError("the answer is too large")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, deadline: float, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_BoundedReader(sock, deadline))


class _BoundedConnection(HTTPConnection):
    response_class: Any = _BoundedResponse
    _used = False

    def connect(self) -> None:
        """Whatever fails in here was never sent; say so in the error's type."""
        self._used = False
        self._start_clock()
        try:
            super().connect()
        except HTTPError as problem:
            if isinstance(problem, NewConnectionError):
                raise
            raise NewConnectionError(self, str(problem)) from problem
        except (OSError, http.client.HTTPException) as problem:
            raise NewConnectionError(self, str(problem)) from problem

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self._used:
            self.close()
        super().request(*args, **kwargs)
        self._used = True
        self._start_clock()

    def _start_clock(self) -> None:
        deadline = time.monotonic() + _base.NETWORK_TIMEOUT
        self.response_class = partial(_BoundedResponse, deadline=deadline)


class _BoundedTLSConnection(_BoundedConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _BoundedConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _BoundedTLSConnection


_POOLS: Mapping[str, type[HTTPConnectionPool]] = {"http": _Pool, "https": _TLSPool}
