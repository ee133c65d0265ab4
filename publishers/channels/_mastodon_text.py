"""How Mastodon counts the length of a text, and whom a text would mention there. Pure.

The rules are those of its `StatusLengthValidator`, `Extractor` and `Account::MENTION_RE`:
https://github.com/mastodon/mastodon/tree/main/app
"""

from __future__ import annotations

import re
from collections.abc import Collection

from publishers.channels._graphemes import grapheme_length
from publishers.channels._links import links
from publishers.channels._text import clean

# Mastodon mentions within links too, but not after a letter, a digit, "_" or "/".
_MENTION = re.compile(r"(?<![0-9A-Za-z_/])@(?=[0-9A-Za-z_])")
# What it makes a link of has a scheme. These hold nothing that one of its versions leaves out.
_SURE_LINK = re.compile(
    r"https?://[a-z0-9.-]{1,253}(?::[0-9]{1,5})?"
    r"(?:/(?:[\w~!$&'*+,;:=@.%#/-]{0,1000}[a-z0-9_/])?)?"
    r"(?:\?[\w~!$&'*+,;:=@.%#/-]{0,1000}[a-z0-9_&=#/])?",
    re.IGNORECASE | re.ASCII,
)
_SCHEME = re.compile(r"(?:https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini)://", re.IGNORECASE)


def harmless(text: str, hashtags: Collection[str] = ()) -> str:
    """`_text.clean`, and nobody is mentioned from within a link either: its "@" becomes "%40"."""
    return _MENTION.sub("%40", clean(text, hashtags))


def counted_length(text: str, per_link: int) -> int:
    """How long Mastodon says that a text is: graphemes, a link with a scheme `per_link`.

    What may or may not be a link there counts as both, so that we never count less than it does.
    """
    length, done, rest = 0, 0, ""
    for link in links(text):
        if link.known and link.has_scheme and _SURE_LINK.fullmatch(link.text):
            length += per_link + grapheme_length(text[done : link.start])
            rest += text[done : link.start]
            done = link.end
    length += grapheme_length(text[done:])
    return length + per_link * len(_SCHEME.findall(rest + text[done:]))
