"""The one stylesheet of all pages, and how a policy names it. Imports nothing that takes time."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from incidents.view import Theme

TEMPLATES = Path(__file__).parents[2] / "templates"
COLOURS = TEMPLATES / "pages" / "colours.css"
"""What the citizens' pages and the operators' share."""
PLAIN = Theme()
"""Avviso's own looks."""


@cache
def stylesheet(theme: Theme = PLAIN) -> str:
    """The one stylesheet as it stands in every page, without comments and spare white space.

    A theme changes custom properties alone, at its end.
    """
    return _squeezed("colours.css") + _squeezed("avviso.css") + _properties(theme)


@cache
def embed_stylesheet() -> str:
    """The stylesheet of the frame that other sites show, likewise."""
    return _squeezed("embed.css")


def _squeezed(name: str) -> str:
    source = (TEMPLATES / "pages" / name).read_text(encoding="utf-8")
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    source = re.sub(r"\s+", " ", source)
    return re.sub(r"\s*([{};,])\s*", r"\1", source).replace(": ", ":").strip()


def _properties(theme: Theme) -> str:
    own = {"accent": theme.accent, "accent-dark": theme.accent_dark, "fonts": theme.fonts}
    said = "".join(f"--{name}:{value};" for name, value in own.items() if value)
    return f":root{{{said}}}" if said else ""


@cache
def style_hash(theme: Theme = PLAIN) -> str:
    """The stylesheet's source expression for a Content-Security-Policy: "sha256-..." (CSP 3)."""
    return _hash(stylesheet(theme))


@cache
def embed_style_hash() -> str:
    """The same of the frame's stylesheet."""
    return _hash(embed_stylesheet())


def _hash(source: str) -> str:
    return "sha256-" + b64encode(sha256(source.encode()).digest()).decode()
