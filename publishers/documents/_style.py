"""The one stylesheet of all pages, and how a policy names it. Imports nothing that takes time."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"


@cache
def stylesheet() -> str:
    """The one stylesheet as it stands in every page, without comments and spare white space."""
    source = (TEMPLATES / "pages" / "avviso.css").read_text(encoding="utf-8")
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    source = re.sub(r"\s+", " ", source)
    return re.sub(r"\s*([{};,])\s*", r"\1", source).replace(": ", ":").strip()


@cache
def style_hash() -> str:
    """The stylesheet's source expression for a Content-Security-Policy: "sha256-..." (CSP 3)."""
    return "sha256-" + b64encode(sha256(stylesheet().encode()).digest()).decode()
