"""The same promises as `_http`, for SDKs built on `httpx`: bind the client that an SDK made.

A bounded wait, no redirects, no kept connections, no cookies, and knowing what was never sent.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Iterable
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

from publishers.channels import _base

NETWORK_ERRORS = (httpx.HTTPError, httpx.InvalidURL)
"""All that a call over a bounded client may raise by itself."""

_MOST_BYTES = 16 * 1024 * 1024
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)

# They write headers and addresses at DEBUG and INFO. They must not, whatever the root says.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@cache
def tls() -> ssl.SSLContext:
    """The authorities that are trusted; reading them takes longer than a request does."""
    return httpx.create_ssl_context()


def bind(client: httpx.Client) -> None:
    """Make each call end within three times NETWORK_TIMEOUT: connecting, the TLS handshake, and
    sending with the whole answer may each take that long, however slowly the bytes drip (the
    resolver's own time-out aside; a host's addresses are tried in turn, each that long).

    Proxies that the environment names keep working.
    """
    client.follow_redirects = False
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    client.headers["Connection"] = "close"
    # An answer that is packed could unpack to any size.
    client.headers["Accept-Encoding"] = "identity"
    client.event_hooks["response"].append(_refuse_packed)
    # httpx has no public way to bound a wait as a whole, and keep the environment's proxies.
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001
        if isinstance(transport, httpx.HTTPTransport):
            pool: Any = transport._pool  # noqa: SLF001
            pool._network_backend = _BoundedBackend(pool._network_backend)  # noqa: SLF001


def never_sent(error: BaseException) -> bool:
    """Whether a call failed before any byte of the request left: no connection, no TLS, no name.

    Looks through the errors that an SDK wraps around those of httpx.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _NEVER_SENT):
            return True
        cause = cause.__cause__
    return False


def _refuse_packed(response: httpx.Response) -> None:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise httpx.DecodingError("the answer is packed, which nobody asked for")


class _BoundedBackend(httpcore.NetworkBackend):
    """Opens connections that each serve one call, by a deadline."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        stream = self._backend.connect_tcp(
            host, port, _base.NETWORK_TIMEOUT, local_address, socket_options
        )
        return _BoundedStream(stream)


class _BoundedStream(httpcore.NetworkStream):
    """A connection's bytes until NETWORK_TIMEOUT is over: each wait is what is left of it."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._deadline = time.monotonic() + _base.NETWORK_TIMEOUT
        self._bytes = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        data = self._stream.read(max_bytes, self._left(httpcore.ReadTimeout))
        self._bytes += len(data)
        if self._bytes > _MOST_BYTES:
            raise httpcore.ReadError("the answer is too large")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, self._left(httpcore.WriteTimeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        secured = self._stream.start_tls(ssl_context, server_hostname, _base.NETWORK_TIMEOUT)
        return _BoundedStream(secured)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()

    def _left(self, over: type[httpcore.TimeoutException]) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise over("it took too long")
        return left
