"""What a network's search is asked for, to see whether it finds a post. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

from publishers.channels._links import links
from publishers.channels._text import carried

_MOST_WORDS = 6
# Four letters or more, between blanks or punctuation: how networks cut at an apostrophe differs.
_WORD = re.compile(r"(?<![\w'’#@./-])[^\W\d_]{4,}(?![\w'’@/-]|\.\w)")


def words_of(text: str) -> list[str]:
    """Words of a post by which a search should find it, in their order; links and tags left out."""
    bare, done = [], 0
    for link in links(text):
        bare.append(text[done : link.start])
        done = link.end
    plain = " ".join([*bare, text[done:]])
    visible = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    words = (word for word in _WORD.findall(visible) if word.isalpha())
    return list(dict.fromkeys(words))[:_MOST_WORDS]


def tags_of(text: str, hashtags: Collection[str]) -> list[str]:
    """Which of the allowed hashtags a post carries, as the settings write them."""
    there = carried(text)
    return [tag for tag in hashtags if tag.casefold() in there]


def counted(document: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, int]:
    """The figures that a network tells, by our words for them; what is no number is left out.

    `names` are our words by the network's.
    """
    told = {ours: document.get(theirs) for theirs, ours in names.items()}
    return {
        name: value
        for name, value in told.items()
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0
    }
