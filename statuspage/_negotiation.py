"""What a request asks for: which coding (RFC 9110, 12.5.3), and whether it has it (13.1.2)."""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache

IDENTITY = "identity"
CODINGS = {"br": ".br", "gzip": ".gz"}
"""Content codings, the smaller first, and what they add to a document's name."""

_LONGEST_HEADER = 500
_QUALITY = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
_ENTITY_TAG = re.compile(r'"[^"]*"')
_ALIASES = {"x-gzip": "gzip"}


def preferred(accept_encoding: str | None, available: Container[str]) -> str:
    """The coding to send; "identity" where nothing available is acceptable."""
    return next((c for c in _ranking(accept_encoding or "") if c in available), IDENTITY)


def _ranking(header: str) -> tuple[str, ...]:
    # Nobody's honest header is that long, and the cache must not hold on to it.
    return _ranked(header) if len(header) <= _LONGEST_HEADER else (IDENTITY,)


@lru_cache(maxsize=256)
def _ranked(header: str) -> tuple[str, ...]:
    """All codings that a header accepts, the best first; what is malformed is not accepted."""
    wishes = dict(_wish(item) for item in header.lower().split(",") if item.strip())
    anything = wishes.get("*", 0.0)
    # Not named, identity is acceptable, but only after everything that was asked for.
    unnamed = {IDENTITY: anything or 0.0001}
    quality = {c: wishes.get(c, unnamed.get(c, anything)) for c in (*CODINGS, IDENTITY)}
    return tuple(sorted((c for c, q in quality.items() if q), key=lambda c: -quality[c]))


def _wish(item: str) -> tuple[str, float]:
    coding, *parameters = (part.strip() for part in item.split(";"))
    name = _ALIASES.get(coding, coding)
    if not parameters:
        return name, 1.0
    match = _QUALITY.fullmatch(parameters[0].replace(" ", "")) if len(parameters) == 1 else None
    return name, float(match[1]) if match else 0.0


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether an If-None-Match names this strong tag, by weak comparison."""
    if not if_none_match:
        return False
    if if_none_match == etag or if_none_match.strip() == "*":
        return True
    return etag in _ENTITY_TAG.findall(if_none_match)
