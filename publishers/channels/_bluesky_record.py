"""The record that a post is in its account's repository, and the key it is kept under. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from publishers.channels._base import Card, Post, Receipt
from publishers.channels._bluesky_text import facets
from publishers.channels._picture import HEIGHT, WIDTH, Picture

COLLECTION = "app.bsky.feed.post"

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_ADDRESS = re.compile(rf"at://(did:[a-z]+:[\w.:%-]+)/{re.escape(COLLECTION)}/([\w.:~-]+)", re.ASCII)


Blob = dict[str, Any]
"""A file that was uploaded, as records name it: https://atproto.com/specs/data-model#blob-type."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One version of a record, as replies name it (`com.atproto.repo.strongRef`)."""

    uri: str
    cid: str

    @property
    def json(self) -> dict[str, str]:
        return {"uri": self.uri, "cid": self.cid}


@dataclass(frozen=True, slots=True)
class Found:
    """A post that is there, with the JSON of its record."""

    reference: Reference
    value: dict[str, Any]

    @property
    def text(self) -> Any:
        return self.value.get("text")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply stands: the first post of its thread, and the one that it replies to."""

    root: Reference
    parent: Reference


def record_key(key: str, at: datetime) -> str:
    """The record key of a delivery, the same at every attempt: a TID, as posts must have.

    A TID holds microseconds since 1970 (53 bits) and the number of a clock (10 bits), written as
    13 digits of base 32: https://atproto.com/specs/tid. Here the seconds are those of `at`; what
    is below a second, and the clock's number, come from the SHA-256 of the delivery's `key`. Two
    deliveries of the same second get the same record key once in a thousand million times.
    """
    noise = int.from_bytes(hashlib.sha256(key.encode()).digest())
    noise, clock = divmod(noise, 1 << 10)
    microseconds = int(at.timestamp()) * 1_000_000 + noise % 1_000_000
    return _written(microseconds << 10 | clock)


def record(
    post: Post,
    at: datetime,
    languages: Sequence[str],
    hashtags: Sequence[str],
    place: Place | None,
    blob: Blob | None = None,
) -> dict[str, Any]:
    """The record's JSON, the same at every attempt. `place` is None for what is no reply, `blob`
    for what has no picture."""
    made: dict[str, Any] = {
        "$type": COLLECTION,
        "text": post.text,
        "createdAt": _instant(at),
        "langs": list(languages),
    }
    if found := facets(post.text, hashtags):
        made["facets"] = found
    if post.card:
        made["embed"] = _embedded(post.card)
    if post.picture and blob:
        made["embed"] = _shown(post.picture, blob)
    if place:
        made["reply"] = {"root": place.root.json, "parent": place.parent.json}
    return made


def address(uri: str) -> tuple[str, str] | None:
    """The account (a DID) and the record key of a post's at:// address; None for any other."""
    match = _ADDRESS.fullmatch(uri)
    return (match[1], match[2]) if match else None


def receipt(reference: Reference, *, standalone: bool = False) -> Receipt:
    """The receipt of a post; its link names the account by DID, which outlives its handle."""
    account, key = address(reference.uri) or ("", "")
    url = f"https://bsky.app/profile/{account}/post/{key}"
    return Receipt(reference.uri, url, standalone, {"cid": reference.cid})


def reference(value: Any) -> Reference | None:
    """The reference that this JSON is; None when it is none."""
    if not isinstance(value, dict):
        return None
    uri, cid = value.get("uri"), value.get("cid")
    if not isinstance(uri, str) or not isinstance(cid, str) or not address(uri):
        return None
    return Reference(uri, cid)


def place_below(parent: Found) -> Place:
    """Where a reply to `parent` stands: its root is that of the parent, or readers do not see it
    in the thread."""
    reply = parent.value.get("reply")
    root = reference(reply.get("root")) if isinstance(reply, dict) else None
    return Place(root or parent.reference, parent.reference)


def _written(number: int) -> str:
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shown(picture: Picture, blob: Blob) -> dict[str, Any]:
    size = {"width": WIDTH, "height": HEIGHT}
    image = {"image": blob, "alt": picture.alt, "aspectRatio": size}
    return {"$type": "app.bsky.embed.images", "images": [image]}


def _embedded(card: Card) -> dict[str, Any]:
    external = {"uri": card.url, "title": card.title, "description": card.description}
    return {"$type": "app.bsky.embed.external", "external": external}
