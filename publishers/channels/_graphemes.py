"""How many characters a reader sees, which is what Mastodon and Bluesky count. Pure.

A grapheme cluster is what UAX #29 of Unicode calls one: a letter with its accents, a flag, a
family of emoji.
"""

from __future__ import annotations

import regex

_CLUSTER = regex.compile(r"\X")
_CONSONANT = regex.compile(r"\p{InCB=Consonant}")


def grapheme_length(text: str) -> int:
    """The number of extended grapheme clusters of a text, or one more here and there, never less.

    Since Unicode 15.1 consonants of Indic scripts that a virama joins are one cluster. Servers
    with older tables count each of them, and so do we.
    """
    clusters = _CLUSTER.findall(text)
    return sum(max(1, len(_CONSONANT.findall(cluster))) for cluster in clusters)
