"""Whether a status on Mastodon is the one that we look for. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from publishers.channels._base import Post

_BREAK = re.compile(r"</?(?:p|br|div|li|blockquote)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile("<[^>]*>")


def is_same(status: Mapping[str, Any], post: Post) -> bool:
    """Whether the JSON object of a status says what `post` says.

    Several deliveries share an update's address (the update, its corrections, its answers), so
    only whole texts count. Mastodon changes no word of a text, and cuts a link only for the eye.
    """
    return _canonical(_plain(str(status.get("content", "")))) == _canonical(post.text)


def replied_to(status: Mapping[str, Any]) -> str | None:
    """The id of the status that this one replies to."""
    parent = status.get("in_reply_to_id")
    return None if parent is None else str(parent)


def _plain(content: str) -> str:
    """The text of a status' HTML. The parts of a link that are hidden from view belong to it."""
    return html.unescape(_TAG.sub("", _BREAK.sub(" ", content)))


def _canonical(text: str) -> str:
    """What no server changes: no invisible characters, no "https://", single spaces."""
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    bare = re.sub(r"https?://", "", unicodedata.normalize("NFC", visible))
    return " ".join(word.rstrip("/") for word in bare.split())
