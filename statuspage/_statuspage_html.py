"""The little HTML that Statuspage's editors put into an update, as Markdown. Pure.

Only tags that say something are translated. Every other one stays as it is, and pages show it as
the characters that it is made of: nothing that comes from outside is ever markup.
"""

from __future__ import annotations

import re
from html import unescape

# White space is looked at from its beginning alone, lest a long run of it be gone through again
# from each of its characters.
_BREAK = re.compile(r"(?<!\s)\s*<br\s*/?>[ \t]*\n?", re.IGNORECASE)
_BLOCK = re.compile(
    r"(?<!\s)\s*(?:</?(?:p|div|ul|ol|h[1-6]|blockquote)(?:\s[^<>]*)?>\s*)+", re.IGNORECASE
)
_ITEM = re.compile(r"(?<!\s)\s*<li(?:\s[^<>]*)?>\s*", re.IGNORECASE)
_ITEM_END = re.compile(r"(?<!\s)\s*</li>\s*", re.IGNORECASE)
_BOLD = re.compile(r"<(b|strong)>([^<>]*\S)</\1>", re.IGNORECASE)
_ITALIC = re.compile(r"<(i|em)>([^<>]*\S)</\1>", re.IGNORECASE)
_LINK = re.compile(
    r"""<a\s[^<>]*?href\s*=\s*["'](https?://[^\s"'<>()]+)["'][^<>]*>([^<>\[\]]*)</a>""",
    re.IGNORECASE,
)
_TIME = re.compile(r"<var(?:\s[^<>]*)?>([^<>]*)</var>", re.IGNORECASE)
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)


def markdown_of(body: str) -> str:
    """An update's body with its HTML as Markdown; code stays as it was written."""
    if "<" not in body:
        return body
    pieces = _CODE.split(body)
    return "".join(
        piece if index % 2 else _translated(piece) for index, piece in enumerate(pieces)
    ).strip("\n")


def _translated(text: str) -> str:
    text = _TIME.sub(r"\1", text)
    text = _BOLD.sub(r"**\2**", text)
    text = _ITALIC.sub(r"*\2*", text)
    text = _LINK.sub(lambda link: f"[{link[2].strip() or link[1]}]({unescape(link[1])})", text)
    text = _ITEM_END.sub("", text)
    text = _ITEM.sub("\n- ", text)
    text = _BLOCK.sub("\n\n", text)
    return _BREAK.sub("  \n", text)
