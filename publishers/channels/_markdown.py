"""What Markdown says to somebody who sees plain text: for places that show no markup. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

# As on the page: raw HTML is words like any other.
_markdown = MarkdownIt("commonmark", {"html": False})
_WORDS = ("inline", "fence", "code_block")
_LISTS = ("bullet_list_close", "ordered_list_close")
_BREAKS = {"softbreak": " ", "hardbreak": "\n"}


def plain(markdown: str) -> str:
    """CommonMark as plain text: the same words, without the signs that only mark them up.

    Paragraphs and headings are set apart by an empty line, the items of a list by their "- " or
    number; a link is its words with the address in brackets, an image its description.
    """
    text = ""
    for words, below in _blocks(_markdown.parse(markdown)):
        text += ("\n" if below else "\n\n") + words if text else words
    return text


def _blocks(tokens: Iterable[Token]) -> Iterator[tuple[str, bool]]:
    """Each block's words, and whether they stand right below the last, as in a tight list."""
    mark, tight, last_tight = "", False, False
    for token in tokens:
        if token.nesting == 1:
            tight = token.hidden
        if token.type == "list_item_open":
            mark = f"{token.info}{token.markup} " if token.info else "- "
        elif token.type in _LISTS and token.level == 0:
            last_tight = False
        elif token.type in _WORDS:
            words = _words(token.children) if token.children else token.content.strip("\n")
            if words.strip():
                yield mark + words, tight and last_tight
                last_tight = tight
            mark, tight = "", False


def _words(tokens: Iterable[Token]) -> str:
    pieces: list[str] = []
    first, address = 0, ""
    for token in tokens:
        if token.type == "link_open":
            first, address = len(pieces), _address(token)
        elif token.type == "link_close":
            if address and "".join(pieces[first:]) != address:
                pieces.append(f" ({address})")
        elif token.type == "image":
            pieces.append(_words(token.children or ()))
        else:
            pieces.append(_BREAKS.get(token.type, token.content))
    return "".join(pieces)


def _address(link: Token) -> str:
    """What the page links to: web and e-mail addresses; "" where the link's words say it."""
    href = str(link.attrs["href"])
    scheme, _, rest = href.partition(":")
    if link.info == "auto":
        return ""
    if scheme.lower() == "mailto":
        return rest.partition("?")[0]
    return href if scheme.lower() in ("http", "https") else ""
