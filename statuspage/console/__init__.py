"""The operators' pages: the board, the forms that publish, and what is set from day to day.

Each module here answers for one part and adds its addresses to the one blueprint.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from urllib.parse import quote

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from statuspage.settings import Settings

PARTS = (
    "_assets",
    "_board",
    "_writing",
    "_entries",
    "_finding",
    "_drafts",
    "_channels",
    "_stats",
    "_pictures",
    "_trail",
    "_texts",
    "_answering",
    "_set_up",
    "_unsent",
)
"""The modules that have pages; each has `routes(pages, settings)`."""


def console(settings: Settings) -> Blueprint:
    """Everything under `/console/`, for some settings."""
    pages = Blueprint("console", __name__, url_prefix="/console")
    pages.before_app_request(_to_the_address_without_a_slash)
    for name in PARTS:
        routes: Callable[[Blueprint, Settings], None] = import_module(f"{__name__}.{name}").routes
        routes(pages, settings)
    return pages


def _to_the_address_without_a_slash() -> Response | None:
    """Whoever types a slash too many is sent to where the page is."""
    path = request.path
    lost = request.routing_exception is not None and path.startswith("/console/")
    if not lost or not path.endswith("/") or request.method not in ("GET", "HEAD"):
        return None
    asked = request.query_string.decode("ascii", "replace")
    return redirect(quote(path.rstrip("/")) + (f"?{asked}" if asked else ""), 308)
