"""One line for each request of the app, and an id that goes through all that it caused.

No query, no cookie, no whole address of a person: what is not written down cannot be lost.
"""

from __future__ import annotations

import re
import secrets
import time
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import quote

import structlog
from flask import Flask, Request, Response, current_app, g, request

from statuspage._proxies import visitors_address
from statuspage.settings import Settings

log = structlog.get_logger()

HEADER = "X-Request-Id"
LONGEST_PATH = 200
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_LINK = re.compile(r"(/(?:subscriptions/[a-z]+|console/enter)/).+", re.DOTALL)
"""Addresses whose rest is a key that opens something."""
_IPV4_PREFIX, _IPV6_PREFIX = 24, 48


def log_requests(app: Flask) -> None:
    """Write a line for each request of an app, and send its id along.

    The document server in front sets the id, and drops what a client says in its place.
    """
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def request_id() -> str:
    """The id of the request that is being answered."""
    found: str = g.request_id
    return found


def known_id(said: str | None) -> str:
    """The id that came with a request if it is one, else a new one."""
    return said if said and _ID.fullmatch(said) else secrets.token_hex(8)


def neighbourhood(address: str | None) -> str:
    """A person's address, without what tells them from their neighbours: "203.0.113.0/24"."""
    try:
        whole = ip_address((address or "").strip().partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(whole, IPv6Address) and whole.ipv4_mapped:
        whole = whole.ipv4_mapped
    prefix = _IPV4_PREFIX if whole.version == 4 else _IPV6_PREFIX
    return str(ip_network(f"{whole}/{prefix}", strict=False))


def asked_from() -> str:
    """The address that the request comes from: the peer's, or what a trusted server says."""
    settings: Settings | None = current_app.extensions.get("avviso")
    trusted = settings.web.trusted_proxies if settings else ()
    return visitors_address(request.remote_addr, request.headers.get("X-Forwarded-For"), trusted)


def shown_path(asked: Request) -> str:
    """The path without the query. Where a part of it is a variable, the variable's name: it may
    be a key that opens something."""
    rule = asked.url_rule
    path = rule.rule if rule is not None and rule.arguments else _without_keys(asked.path)
    return path if len(path) <= LONGEST_PATH else f"{path[:LONGEST_PATH]}…"


def _without_keys(path: str) -> str:
    """A path for which there is no rule: a link to which something was added, or a method that it
    does not know, holds its key all the same."""
    return quote(_LINK.sub(r"\1…", path), "/…")


def _begin() -> None:
    g.began = time.perf_counter()
    g.request_id = known_id(request.headers.get(HEADER))
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    log.info(
        "request",
        method=request.method,
        path=shown_path(request),
        status=response.status_code,
        milliseconds=round((time.perf_counter() - g.began) * 1000, 1),
        client=neighbourhood(asked_from()),
    )
    return response


def _forget(_problem: BaseException | None) -> None:
    structlog.contextvars.unbind_contextvars("request_id")
