"""The stylesheet and the scripts of the operators' pages, each at an address that changes with it.

They are the same for everybody and say nothing of anybody: no sign-in is asked for.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from flask import Blueprint, Response, abort

from publishers.documents._style import COLOURS, TEMPLATES
from statuspage.settings import Settings

_FOLDER = TEMPLATES / "console"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_SHEET = "console.css"
_FOR_EVER = "public, max-age=31536000, immutable"


def routes(pages: Blueprint, _settings: Settings) -> None:
    """`/console/assets/<version>/<name>`."""

    @pages.get("/assets/<version>/<name>")
    def console_asset(version: str, name: str) -> Response:
        if name not in _names():
            abort(404)
        body, current = _read(name)
        answer = Response(body, content_type=_TYPES[name[name.rindex(".") :]])
        # A page of an earlier version may still ask under its address: it is given what there is.
        answer.headers["Cache-Control"] = _FOR_EVER if version == current else "no-cache"
        return answer


def asset(name: str) -> str:
    """Where a stylesheet or script of the console is to be had: "/console/assets/…/console.css"."""
    return f"/console/assets/{_read(name)[1]}/{name}"


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in _FOLDER.iterdir() if path.suffix in _TYPES)


@cache
def _read(name: str) -> tuple[bytes, str]:
    body = (_FOLDER / name).read_bytes()
    if name == _SHEET:
        body = COLOURS.read_bytes() + body
    return body, sha256(body).hexdigest()[:16]
