"""Text hygiene that all channels share: nobody is pinged or tagged by accident, nothing is cut."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

import regex

from publishers.channels._links import HOST, links

BREAKER = "\u200b"
"""The zero-width space put after "@", "#" and "$". A name or tag must follow its sign directly
(twitter-text, Mastodon's and Slack's patterns), and this is no part of one. X counts it as 1."""

# "RT@name.it" is a mention on X, not an address.
_EMAIL = re.compile(
    rf"(?<![\w.@#$%+-])(?!(?i:rt)@)[0-9A-Za-z](?:[\w.%+-]{{0,62}}[0-9A-Za-z_])?@{HOST}[a-z]{{2,}}"
)

_JOINERS = "\u200c\u200d"
_ARABIC_SIGNS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u08e2")
_JOINED = frozenset({"Lo", "Lm", "Mn", "Mc", "Me", "So", "Sk", "Sm"})
_FIRST_JOINED = "\u0590"  # neither Latin, Greek nor Cyrillic joins letters: there it only hides
_FLAG_TAGS = re.compile("\U0001f3f4([\U000e0020-\U000e007e]{3,6}\U000e007f)")
_NONCHARACTERS = frozenset("\ufffe\uffff")

_MENTION = re.compile(r"([@＠﹫])(?=\w)")
_CASHTAG = re.compile(r"([$＄])(?=[A-Za-z])")
_CHAT_COMMAND = re.compile(r"(<)(?=[!@#])")
# What may follow a hash sign in a tag: for Mastodon what Ruby calls a word, that is letters
# (circled ones as well), marks, digits and connectors; for twitter-text these too.
_TAG_WORD = regex.compile(r"[\p{Alphabetic}\p{M}\p{N}\p{Pc}]")
_TAG_EXTRAS = "\u00b7\u0f0b\u0f0c\u05be\u05f3\u05f4\u200c\u200d\u3003\u301c\u309b\u309c\u30a0\u30fb"
_HASH = re.compile(r"[#＃﹟](?![\ufe0f\u20e3])")


def clean(text: str, hashtags: Collection[str] = ()) -> str:
    """The text as it may go out: normalised, without hidden characters, harmless to others.

    Control characters, bidi overrides and zero-width characters go; emoji sequences stay whole.
    "@name", "$NAME", "<!name" and every hashtag that is not in `hashtags` (without "#", in any
    case) lose their effect by an invisible space after the sign. Links and e-mail addresses are
    left as they are, but for links under a top-level domain that we do not know. Whitespace is
    tidied; no visible character is removed. Idempotent.
    """
    return neutralise(_tidy(_visible(text)), hashtags)


def neutralise(text: str, hashtags: Collection[str] = ()) -> str:
    """Put `BREAKER` after each sign that would mention or tag somebody or something."""
    allowed = {tag.casefold() for tag in hashtags}
    pieces, done = [], 0
    for start, end in _protected(text):
        pieces += [_break_signs(text[done:start], allowed), text[start:end]]
        done = end
    return "".join([*pieces, _break_signs(text[done:], allowed)])


def carried(text: str) -> set[str]:
    """The hashtags that a text carries, without "#" and in small letters."""
    spans = _protected(text)
    found = (
        _tag(text, match.end())
        for match in _HASH.finditer(text)
        if not any(start <= match.start() < end for start, end in spans)
    )
    return {tag.casefold() for tag in found if tag.strip("0123456789")}


def _protected(text: str) -> list[tuple[int, int]]:
    """Spans of links and e-mail addresses, in order, without overlaps."""
    spans = [(link.start, link.end) for link in links(text) if link.known]
    spans += [match.span() for match in _EMAIL.finditer(text)]
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _break_signs(text: str, allowed: Collection[str]) -> str:
    for sign in (_MENTION, _CASHTAG, _CHAT_COMMAND):
        text = sign.sub(rf"\g<1>{BREAKER}", text)
    return _HASH.sub(lambda match: match[0] + _tag_breaker(text, match.end(), allowed), text)


def _tag_breaker(text: str, start: int, allowed: Collection[str]) -> str:
    """`BREAKER` when a tag that is not allowed begins here. Digits alone ("#42") are no tag."""
    tag = _tag(text, start)
    return "" if not tag.strip("0123456789") or tag.casefold() in allowed else BREAKER


def _tag(text: str, start: int) -> str:
    end = start
    while end < len(text) and _belongs_to_tag(text[end]):
        end += 1
    return text[start:end]


def _belongs_to_tag(char: str) -> bool:
    return char in _TAG_EXTRAS or _TAG_WORD.match(char) is not None


def _visible(text: str) -> str:
    """Without what nobody sees; NFC, as X and Mastodon count."""
    text = re.sub("\r\n?|[\u0085\u2028\u2029]", "\n", text).replace("\t", " ")
    flags = {i for match in _FLAG_TAGS.finditer(text) for i in range(*match.span(1))}
    kept = (char for i, char in enumerate(text) if i in flags or _is_seen(text, i))
    return unicodedata.normalize("NFC", "".join(kept))


def _is_seen(text: str, index: int) -> bool:
    char = text[index]
    if char in _JOINERS:
        return _joins(text, index)
    if char == "\n" or char in _ARABIC_SIGNS:
        return True
    return char not in _NONCHARACTERS and unicodedata.category(char) not in ("Cc", "Cf", "Cs")


def _joins(text: str, index: int) -> bool:
    """Whether a joiner stands between two characters that it can join: emoji, Indic, Persian."""
    around = text[max(0, index - 1) : index], text[index + 1 : index + 2]
    return all(char >= _FIRST_JOINED and unicodedata.category(char) in _JOINED for char in around)


def _tidy(text: str) -> str:
    """No blanks at the ends of lines, at most one empty line in a row, as networks do anyway."""
    lines = "\n".join(_trimmed(text))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _trimmed(text: str) -> Iterator[str]:
    return (re.sub(" {2,}", " ", line).strip() for line in text.split("\n"))
