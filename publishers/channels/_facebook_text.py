"""What Facebook makes of a text: its length, its mentions, and the same text read back. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from publishers.channels._base import Post
from publishers.channels._text import BREAKER, clean

LIMIT = 63_206

_TAG = re.compile(r"([@＠﹫])(?=\[)")


def harmless(words: str, hashtags: Collection[str] = ()) -> str:
    """As `clean`; besides, "@[123]", by which the Graph API mentions a Page, loses its effect."""
    return _TAG.sub(rf"\g<1>{BREAKER}", clean(words, hashtags))


def length(text: str) -> int:
    """In UTF-16 code units. Facebook does not say what it counts: nothing it may mean by
    "characters" is more."""
    return len(text.encode("utf-16-le")) // 2


def is_same(found: Mapping[str, Any], post: Post) -> bool:
    """Whether Facebook's JSON object of a post, with its attachments, is what `post` says.

    The whole text must be the same. Where Facebook says where the card leads, that must be the
    same page; only its query may differ, for Facebook takes the address that the page prefers.
    """
    if not has_text(found, post.text):
        return False
    pages = {_page(url) for url in _leads_to(found)}
    return post.card is None or not pages or _page(post.card.url) in pages


def has_text(found: Mapping[str, Any], text: str) -> bool:
    """Whether the text of Facebook's JSON object of a post is this one."""
    return _canonical(str(found.get("message", ""))) == _canonical(text)


def _canonical(text: str) -> str:
    """What no network changes: no invisible characters, single spaces."""
    normal = unicodedata.normalize("NFC", text)
    return " ".join("".join(c for c in normal if unicodedata.category(c) != "Cf").split())


def _leads_to(found: Mapping[str, Any]) -> Iterator[str]:
    attachments = found.get("attachments")
    for item in objects(attachments.get("data") if isinstance(attachments, dict) else None):
        if isinstance(item.get("unshimmed_url"), str):
            yield item["unshimmed_url"]


def _page(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.netloc.lower(), parts.path.rstrip("/")


def objects(items: Any) -> Iterator[Mapping[str, Any]]:
    """The JSON objects among whatever came where a list should be."""
    listed = items if isinstance(items, list) else []
    return (item for item in listed if isinstance(item, dict))
