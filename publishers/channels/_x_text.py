"""What a short social network would say, and how X counts it. Pure.

The rules are those of twitter-text, configuration v3:
https://github.com/twitter/twitter-text/blob/master/config/v3.json
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from incidents.status import PublicationKind
from publishers.channels._base import ChannelOptions, Message, Post, Receipt, fallback_text
from publishers.channels._links import links
from publishers.channels._text import clean

LIMIT = 280
_LINK_LENGTH = 23
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))

# Emoji by Unicode's own grammar (UTS #51, ED-16) over every block that holds pictographs. Those
# weigh 2 alone as well, so only what joins, tints, flags or keycaps needs to be recognised.
_PICTOGRAPH = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf"
    "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5"
    "\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_TINT = "[\U0001f3fb-\U0001f3ff]"
_ELEMENT = f"{_PICTOGRAPH}(?:\ufe0f|{_TINT}\ufe0f?)?"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
    f"|{_ELEMENT}(?:\u200d{_ELEMENT})*"
    f"|{_TINT}"
)


def weighted_length(text: str) -> int:
    """How long X says that a text is, after NFC: a link 23, an emoji 2, CJK, "€" and "…" 2, else 1.

    A link that X may or may not recognise counts as the longer of both.
    """
    text = unicodedata.normalize("NFC", text)
    length, done = 0, 0
    for link in links(text):
        own = _length_of_words(link.text)
        length += _length_of_words(text[done : link.start])
        length += _LINK_LENGTH if link.sure else max(_LINK_LENGTH, own)
        done = link.end
    return length + _length_of_words(text[done:])


def _length_of_words(text: str) -> int:
    emoji = len(_EMOJI.findall(text))
    return 2 * emoji + sum(_weight(char) for char in _EMOJI.sub("", text))


def _weight(char: str) -> int:
    return 1 if any(first <= ord(char) <= last for first, last in _LIGHT) else 2


def reply_target(message: Message, options: ChannelOptions) -> Receipt | None:
    """The post to reply to: what a correction or retraction speaks of, else the thread's latest."""
    if not options.thread:
        return None
    if message.kind in (PublicationKind.CORRECTION, PublicationKind.RETRACTION):
        return message.target or message.parent
    return message.parent


def compose(
    message: Message,
    options: ChannelOptions,
    *,
    reference: bool,
    notes: tuple[str, ...] = (),
    counted_url: str | None = None,
) -> Post:
    """The short text, with reference and link as asked; what does not fit is replaced, not cut.

    Then it is the status and the incident's name, and if the name is too long, the status alone.
    A post that is longer than its limit even so must not be sent. `counted_url` stands in for the
    link when counting: a page tried out on this machine has an address that X would not shorten.
    """
    said = list(_candidates(message, options))
    texts = [_assembled(message, options, words, reference) for words, _ in said]
    counted = [text.replace(message.url, counted_url or message.url) for text in texts]
    lengths = [weighted_length(text) for text in counted]
    chosen = next((i for i, length in enumerate(lengths) if length <= LIMIT), len(said) - 1)
    return Post(
        text=texts[chosen],
        length=lengths[chosen],
        limit=LIMIT,
        fallback=said[chosen][1],
        replies=reply_target(message, options) is not None,
        notes=notes,
    )


def _candidates(message: Message, options: ChannelOptions) -> Iterator[tuple[str, bool]]:
    """Words to try in turn, each with whether it is a fallback."""
    full = clean(message.short, options.hashtags) or clean(message.headline, options.hashtags)
    if full:
        yield full, False
    if message.brief:
        yield clean(message.brief, options.hashtags), False
    yield clean(fallback_text(message), options.hashtags), True
    yield clean(message.status, options.hashtags), True


def _assembled(message: Message, options: ChannelOptions, words: str, reference: bool) -> str:
    spoken = f"{words} {message.reference}" if reference else words
    return f"{spoken}\n{message.url}" if options.link else spoken
