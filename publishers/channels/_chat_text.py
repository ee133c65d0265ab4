"""What the chat kinds have in common about texts: where the links are, and how they count. Pure.

A chat reads signs as markup. Each kind says how its words are made plain and how a link is written;
what is in a link stays as it is, or it would lead elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

# Holds nothing that ends a link or begins markup in a chat, and ends as a link in a sentence does.
_LINK = re.compile(r"https?://[^\s<>|()\[\]\"\\`]*[\w/=&#%~+-]")


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, in order, each with whether it is a link with "https://" or "http://"."""
    done = 0
    for match in _LINK.finditer(text):
        yield text[done : match.start()], False
        yield match[0], True
        done = match.end()
    yield text[done:], False


def written(text: str, words: Callable[[str], str], link: Callable[[str], str]) -> str:
    """The text with each link written by `link`, and all between them by `words`."""
    return "".join(link(piece) if is_link else words(piece) for piece, is_link in pieces(text))


def utf16_length(text: str) -> int:
    """In UTF-16 code units: nothing that a chat may mean by "characters" is more."""
    return len(text.encode("utf-16-le")) // 2
