"""Characters that must not reach a reader's parser or screen."""

from __future__ import annotations

import re

# Control characters are no XML (XML 1.0, 2.2), lone surrogates no UTF-8; bidi controls (Unicode
# TR9) let a name rewrite the look of what follows it.
_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def harmless(text: str) -> str:
    """The text without the characters that break XML, UTF-8 or the order of reading."""
    return _FORBIDDEN.sub("", text)
