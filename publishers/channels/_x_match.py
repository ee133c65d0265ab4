"""Whether a post on X's timeline is the one that we look for. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from publishers.channels._base import Message, Post


def is_same(tweet: Mapping[str, Any], message: Message, post: Post) -> bool:
    """Whether X's JSON object of a post, with its entities, is what `post` said.

    Several deliveries share an update's address (the update, its corrections, its answers), so
    the address alone proves nothing. Sure is: the same text, once X's short links and HTML
    entities are undone. Else, for a text that X has touched up, all of its letters and digits
    in the same order, together with this very address or reference.
    """
    theirs, ours = _canonical(_expanded(tweet)), _canonical(post.text)
    if theirs == ours:
        return True
    marked = message.url in _addresses(tweet) or f" {message.reference}" in theirs
    return marked and _letters(theirs) == _letters(ours)


def _expanded(tweet: Mapping[str, Any]) -> str:
    """A post's text with its t.co links and HTML entities undone."""
    text = str(tweet.get("text", ""))
    for entity in _entities(tweet):
        if "media_key" in entity:  # the picture's own link, which X puts at the end
            text = text.replace(str(entity.get("url")), "")
            continue
        text = text.replace(str(entity.get("url")), str(entity.get("expanded_url")))
    return html.unescape(text)


def _canonical(text: str) -> str:
    """What no network changes: no invisible characters, no "https://", single spaces."""
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    bare = re.sub(r"https?://", "", unicodedata.normalize("NFC", visible))
    return " ".join(word.rstrip("/") for word in bare.split())


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _addresses(tweet: Mapping[str, Any]) -> set[str]:
    entities = _entities(tweet)
    return {str(e.get(key)) for e in entities for key in ("expanded_url", "unwound_url")}


def _entities(tweet: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entities = tweet.get("entities")
    return list(objects(entities.get("urls"))) if isinstance(entities, dict) else []


def replied_to(tweet: Mapping[str, Any]) -> set[str]:
    """The id of the post that this one replies to, if any."""
    references = objects(tweet.get("referenced_tweets"))
    return {str(r.get("id")) for r in references if r.get("type") == "replied_to"}


def objects(items: Any) -> Iterator[Mapping[str, Any]]:
    """The JSON objects among whatever came where a list should be."""
    return (
        (item for item in items if isinstance(item, dict)) if isinstance(items, list) else iter(())
    )
