"""Whether a post speaks to us or only of us: who is only spoken of should not butt in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

_HANDLE = r"(?<![\w@])@[\w.-]+(?:@[\w.-]+)?"
_FIRST = re.compile(rf"[\s.]*({_HANDLE}(?:[\s,]+{_HANDLE})*)")


class Addressed(StrEnum):
    """To whom a post is said."""

    TO_US = "to_us"
    """It begins with our name, or answers one of our posts."""
    NAMES_US = "names_us"
    """Our name comes later: others are spoken to."""
    TO_OTHERS = "to_others"
    """It begins with somebody else's name, and has not ours."""
    NOBODY = "nobody"
    """It has not our name at all."""


def addressed(text: str, accounts: Iterable[str], *, replies_to_us: bool = False) -> Addressed:
    """To whom a post is said; `accounts` are our own handles, as in "@ServiziApp"."""
    ours = {_plain(account) for account in accounts if account}
    named = [_plain(handle) for handle in re.findall(_HANDLE, text)]
    start = _FIRST.match(text)
    first = [_plain(handle) for handle in re.findall(_HANDLE, start[1])] if start else []
    if replies_to_us or any(_is_ours(handle, ours) for handle in first):
        return Addressed.TO_US
    if any(_is_ours(handle, ours) for handle in named):
        return Addressed.NAMES_US
    return Addressed.TO_OTHERS if first else Addressed.NOBODY


def _plain(handle: str) -> str:
    return handle.strip().lstrip("@").rstrip(".-").casefold()


def _is_ours(handle: str, ours: set[str]) -> bool:
    """On Mastodon a name goes without its server where both are on the same one."""
    return handle in ours or any(own.partition("@")[0] == handle for own in ours if "@" in own)
