"""How X counts the length of a text. Pure.

The rules are those of twitter-text, configuration v3:
https://github.com/twitter/twitter-text/blob/master/config/v3.json
"""

from __future__ import annotations

import re
import unicodedata

from publishers.channels._links import links

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
