"""What the address of a post tells: the network, the post's id, and often when it was written.

X's ids hold milliseconds since 4 November 2010 above 22 bits (https://docs.x.com/fundamentals/x-ids),
Mastodon's since 1970 above 16 bits (lib/mastodon/snowflake.rb), Bluesky's record keys microseconds
above 10 bits, in base 32 (https://atproto.com/specs/tid). Facebook's ids tell nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

OLD_AFTER = timedelta(hours=24)
"""A post that is older than this may have been dug up by somebody else: look twice."""

_LONGEST = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_X_EPOCH = 1_288_834_974_657
_FIRST_X_ID = 29_700_859_247
"""Ids before it were counted up, one by one."""
_TID = re.compile(r"[2-7a-j][2-7a-z]{12}")
_BASE32 = "234567abcdefghijklmnopqrstuvwxyz"
_X_HOSTS = {"x.com", "twitter.com"}
_FACEBOOK_HOSTS = {"facebook.com", "fb.com"}
_X_PATH = re.compile(r"/(?:i/web|i|[A-Za-z0-9_]{1,15})/status(?:es)?/([0-9]{1,19})(?:/.*)?")
_BLUESKY_PATH = re.compile(r"/profile/([A-Za-z0-9.:%_-]{3,300})/post/([2-7a-z]{13})/?")
_AT_URI = re.compile(r"at://([A-Za-z0-9.:%_-]{3,300})/app\.bsky\.feed\.post/([2-7a-z]{13})")
_MASTODON_PATH = re.compile(r"/(?:web/)?(?:@[\w.@-]+|users/[\w.-]+/statuses)/([0-9]{15,19})/?")
_FACEBOOK_NAMES = ("story_fbid", "id", "fbid")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a post is. `address` is its one form, however it was copied, with no more of its
    author than the network needs; `written_at` is None where the id does not tell."""

    network: str
    """"x", "mastodon", "bluesky" or "facebook"."""
    address: str
    written_at: datetime | None


def address_of(pasted: str) -> Address | None:
    """Read a post's address; None for what is not one of a network that we know."""
    pasted = pasted.strip()
    if not pasted or len(pasted) > _LONGEST or any(char.isspace() for char in pasted):
        return None
    if record := _AT_URI.fullmatch(pasted):
        return _bluesky(record[1], record[2])
    try:
        parts = urlsplit(pasted if "://" in pasted else f"https://{pasted}")
        host = (parts.hostname or "").removeprefix("www.").removeprefix("mobile.")
    except ValueError:
        return None
    host = host.removeprefix("m.")
    if parts.scheme not in ("http", "https") or "." not in host:
        return None
    if host in _X_HOSTS:
        return _x(parts.path)
    if host == "bsky.app":
        post = _BLUESKY_PATH.fullmatch(parts.path)
        return _bluesky(post[1], post[2]) if post else None
    if host in _FACEBOOK_HOSTS:
        return _facebook(parts.path, parts.query)
    return _mastodon(host, parts.path)


def date_in_id(network: str, post_id: str) -> datetime | None:
    """When a post was written by its id; None where the id does not tell."""
    if network == "bluesky":
        return _moment(_from_base32(post_id) >> 10) if _TID.fullmatch(post_id) else None
    number = int(post_id)
    if network == "x":
        known = number >= _FIRST_X_ID
        return _moment(((number >> 22) + _X_EPOCH) * 1000) if known else None
    return _moment((number >> 16) * 1000)


def _moment(microseconds: int) -> datetime | None:
    try:
        found = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return None
    # Some servers that are no Mastodon count their posts up, or keep an order of their own.
    return found if 2006 <= found.year < 2200 else None


def _from_base32(text: str) -> int:
    number = 0
    for char in text:
        number = number * 32 + _BASE32.index(char)
    return number


def _x(path: str) -> Address | None:
    post = _X_PATH.fullmatch(path)
    if post is None:
        return None
    # X leads from here to the author's page, whatever they are called now.
    return Address("x", f"https://x.com/i/status/{post[1]}", date_in_id("x", post[1]))


def _bluesky(author: str, key: str) -> Address:
    address = f"https://bsky.app/profile/{author.lower()}/post/{key}"
    return Address("bluesky", address, date_in_id("bluesky", key))


def _mastodon(host: str, path: str) -> Address | None:
    post = _MASTODON_PATH.fullmatch(path)
    if post is None:
        return None
    return Address("mastodon", f"https://{host}{path}".rstrip("/"), date_in_id("mastodon", post[1]))


def _facebook(path: str, query: str) -> Address | None:
    """A link to one post, without what follows its readers around."""
    kept = urlencode([(k, v) for k, v in parse_qsl(query) if k in _FACEBOOK_NAMES])
    if not kept and len(path.strip("/").split("/")) < 2:
        return None
    address = f"https://www.facebook.com{path.rstrip('/')}" + (f"?{kept}" if kept else "")
    return Address("facebook", address, None)
