"""How a post's words stand in its network: links and hashtags marked, long addresses shortened
where the network shortens them. Pure; nothing here changes what is sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from publishers._kinds import kinds, load
from publishers.channels._base import ChannelOptions

CHANNELS = "publishers.channels"
LONGEST_SHOWN = 30
"""Characters of an address, without its scheme, before X and Mastodon cut it on their pages."""
_SHORTENING = {"x", "mastodon"}
_ACCOUNTS = (
    *(("handle", "@{}"), ("base_url", "{}"), ("who", "{}")),
    *(("chat", "{}"), ("alias", "{}"), ("room", "{}")),
)


def network_of(kind: str) -> str:
    """What readers call a kind's network, as the kind itself says; else the kind's name."""
    if kind not in kinds(CHANNELS):
        return kind
    called: str = load(CHANNELS, kind).Channel.NETWORK
    return called or kind


def as_shown(text: str, kind: str, hashtags: Sequence[str] = ()) -> Markup:
    """A post's text with its links and the allowed hashtags marked, as readers there see it."""
    tags = "|".join(re.escape(tag) for tag in hashtags)
    marked = re.compile(rf"https?://\S+|#(?:{tags})\b" if tags else r"https?://\S+")
    parts, at = [], 0
    for found in marked.finditer(text):
        parts.append(escape(text[at : found.start()]))
        parts.append(_marked(found[0], kind))
        at = found.end()
    parts.append(escape(text[at:]))
    return Markup("").join(parts)


def _marked(part: str, kind: str) -> Markup:
    said = part
    if kind in _SHORTENING and part.startswith("http"):
        bare = part.partition("://")[2]
        said = bare if len(bare) <= LONGEST_SHOWN else f"{bare[:LONGEST_SHOWN]}…"
    return Markup('<span class="anchor" title="{}">{}</span>').format(part, said)


def host_of(address: str) -> str:
    """What networks show of a card's address: "stato.example.it"."""
    return urlsplit(address).hostname or address


def account_of(options: ChannelOptions) -> str:
    """What the settings know of the account's own name: its handle, its server, its reader, its
    chat or room; "" where they say nothing."""
    for name, shown in _ACCOUNTS:
        known = getattr(options, name, "")
        if known and not (name == "base_url" and options.kind != "mastodon"):
            return shown.format(host_of(known) if name == "base_url" else known)
    return ""
