"""The compressed siblings of a document, which servers send instead of compressing each time."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath
from typing import cast

import brotli

from publishers.documents._base import Document

TEXT_TYPES = frozenset(
    {".html", ".rss", ".atom", ".xml", ".json", ".svg", ".css", ".js", ".ics", ".txt"}
)
SMALLEST = 200
"""Bytes below which a compressed sibling saves nothing: the reply's head is longer."""


def _gzipped(body: bytes) -> bytes:
    # No time in it: the same body must give the same bytes, and so the same ETag.
    return gzip.compress(body, compresslevel=6, mtime=0)


def _brotlied(body: bytes) -> bytes:
    return cast("bytes", brotli.compress(body, quality=5))


def _unbrotlied(squeezed: bytes) -> bytes:
    return cast("bytes", brotli.decompress(squeezed))


_PRESS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".gz": (_gzipped, gzip.decompress),
    ".br": (_brotlied, _unbrotlied),
}
ENDINGS = tuple(_PRESS)
"""What is added to a document's name to name its siblings."""


def deserves_siblings(path: str, body: bytes) -> bool:
    """Whether a document is worth compressing: a text that is not tiny."""
    return len(body) >= SMALLEST and PurePosixPath(path).suffix in TEXT_TYPES


def siblings(path: str, body: bytes) -> dict[str, bytes]:
    """The siblings that a document deserves, by ending; none that would not be smaller."""
    if not deserves_siblings(path, body):
        return {}
    pressed = {ending: press(body) for ending, (press, _) in _PRESS.items()}
    return {ending: small for ending, small in pressed.items() if len(small) < len(body)}


def squeezed(document: Document) -> Document:
    """The document with its siblings beside it, made only where they were not yet."""
    if document.body is None or document.squeezed is not None:
        return document
    return replace(document, squeezed=siblings(document.path, document.body))


def holds(ending: str, squeezed: bytes, body: bytes) -> bool:
    """Whether a sibling's bytes are whole and say the same as the body."""
    expand = _PRESS[ending][1]
    try:
        return expand(squeezed) == body
    except (OSError, EOFError, zlib.error, brotli.error):
        return False
