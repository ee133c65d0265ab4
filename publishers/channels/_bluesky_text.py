"""How Bluesky counts a text, and what in it can be clicked. Pure.

https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json and
.../lexicons/app/bsky/richtext/facet.json
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from operator import itemgetter
from typing import Any

from publishers.channels._graphemes import grapheme_length
from publishers.channels._links import links

LIMIT = 300
_BYTES_PER_GRAPHEME = 10  # 3000 bytes for 300 graphemes
_LONGEST_TAG = 64


def length(text: str) -> int:
    """How much of `LIMIT` a text takes: its graphemes, or a tenth of its UTF-8 bytes if more."""
    packed = -(-len(text.encode()) // _BYTES_PER_GRAPHEME)
    return max(grapheme_length(text), packed)


def facets(text: str, hashtags: Collection[str]) -> list[dict[str, Any]]:
    """The lexicon's `app.bsky.richtext.facet` of each link with a scheme and each allowed hashtag.

    Nothing else in a text does anything on Bluesky; a mention is never made. `hashtags` are
    without "#", in any case.
    """
    found = sorted([*_links(text), *_tags(text, hashtags)], key=itemgetter(0))
    return [_facet(text, start, end, feature) for start, end, feature in found]


_Found = tuple[int, int, dict[str, str]]


def _links(text: str) -> Iterator[_Found]:
    for link in links(text):
        if link.has_scheme:
            yield link.start, link.end, _feature("link", uri=link.text)


def _tags(text: str, hashtags: Collection[str]) -> Iterator[_Found]:
    taken = [(link.start, link.end) for link in links(text)]
    for match in _tag_pattern(hashtags).finditer(text):
        if not any(start <= match.start() < end for start, end in taken):
            yield match.start(), match.end(), _feature("tag", tag=match[1])


def _tag_pattern(hashtags: Collection[str]) -> re.Pattern[str]:
    short = (tag for tag in hashtags if grapheme_length(tag) <= _LONGEST_TAG)
    tags = "|".join(map(re.escape, short))
    return re.compile(rf"(?<![\w&#＃/])[#＃]({tags or '(?!)'})(?!\w)", re.IGNORECASE)


def _feature(kind: str, **value: str) -> dict[str, str]:
    return {"$type": f"app.bsky.richtext.facet#{kind}", **value}


def _facet(text: str, start: int, end: int, feature: dict[str, str]) -> dict[str, Any]:
    """Places are counted in bytes of UTF-8, the end excluded."""
    index = {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())}
    return {"index": index, "features": [feature]}
