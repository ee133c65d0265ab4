"""The JSON API of the operators' programs, in the shape of Statuspage's manage API v1.

Each operation is in `_operations`; from that list come the routes and `/v1/openapi.json`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from statuspage.api._calls import Operation
from statuspage.api._describing import described, description_page, style
from statuspage.api._errors import Refused
from statuspage.api._operations import OPERATIONS
from statuspage.api._serving import Serving, refusal
from statuspage.settings import Settings

_ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PART = re.compile(r"\{(\w+)\}")
_REFERENCE = re.compile(r"[A-Za-z0-9-]{1,80}")


def api(settings: Settings) -> Blueprint:
    """Everything under `/v1/`, for some settings. It asks for tokens, never for cookies."""
    routes = Blueprint("api", __name__, url_prefix="/v1")
    serving = Serving(settings.api.per_minute)
    for operation in OPERATIONS:
        view = _view(serving, operation)
        for rule in _rules(operation.path):
            routes.add_url_rule(
                rule,
                endpoint=f"{operation.methods[0]} {operation.path}".replace(".", "_"),
                view_func=view,
                methods=operation.methods,
            )
    routes.add_url_rule("/openapi.json", "openapi", lambda: described(settings))
    routes.add_url_rule("/docs", "docs", lambda: description_page(settings))
    routes.add_url_rule("/docs.css", "style", style)
    routes.add_url_rule("/", "nothing", _nothing, methods=_ALL_METHODS, defaults={"rest": ""})
    routes.add_url_rule("/<path:rest>", "nothing", _nothing, methods=_ALL_METHODS)
    routes.register_error_handler(HTTPException, _explained)
    return routes


def _rules(path: str) -> Iterator[str]:
    """Its rule, and the same with `.json`, which Statuspage's older clients write."""
    rule = _PART.sub(r"<\1>", path)
    yield rule
    if not rule.endswith(">"):
        yield f"{rule}.json"


def _view(serving: Serving, operation: Operation) -> Callable[..., Response]:
    def view(**args: str) -> Response:
        # The last part of a path may end in ".json" too.
        plain = {name: value.removesuffix(".json") for name, value in args.items()}
        for name, value in plain.items():
            if not _REFERENCE.fullmatch(value):
                return refusal(Refused(404, f"{name}: there is nothing of that id"))
        return serving.answer(operation, plain)

    return view


def _nothing(rest: str) -> Response:
    """An address that is none, or one that does not take this method."""
    path = f"/{rest}".removesuffix(".json")
    methods = sorted(
        {
            method
            for operation in OPERATIONS
            if re.fullmatch(_PART.sub("[^/]+", operation.path), path)
            for method in operation.methods
        }
    )
    if not methods:
        return refusal(Refused(404, "there is nothing at this address; see /v1/docs"))
    says = f"{request.method} is not possible here; there are: {', '.join(methods)}"
    return refusal(Refused(405, says, headers={"Allow": ", ".join(methods)}))


def _explained(fault: HTTPException) -> Response:
    says = {
        413: "the body is too large",
        500: "something went wrong on our side; it may have been saved: look before retrying",
        503: "the database cannot be opened; try again in a moment",
    }
    code = fault.code or 500
    kept: dict[str, Any] = {
        name: value
        for name, value in fault.get_headers()
        if name not in ("Content-Type", "Content-Length")
    }
    return refusal(Refused(code, says.get(code, fault.name), headers=kept))
