"""`/v1/openapi.json`, made from the operations and their models, and the same as a page to read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

from flask import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from incidents.access._tokens import Scope
from statuspage import __version__
from statuspage.api._bodies import FORM_TYPE, JSON_TYPE
from statuspage.api._calls import Operation, Query
from statuspage.api._errors import ErrorObject
from statuspage.api._ignored import HEADER, takes_ignored
from statuspage.api._objects import WaitingObject
from statuspage.api._operations import OPERATIONS
from statuspage.settings import Settings

Json = dict[str, Any]
TEMPLATES = Path(__file__).parents[2] / "templates" / "api"
_REF = "#/components/schemas/{model}"
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_REFERENCE = {"type": "string", "pattern": "^[A-Za-z0-9-]{1,80}$"}
_REFUSALS: Mapping[str, str] = {
    "400": "The body or a header cannot be read.",
    "401": "Could not authenticate.",
    "403": "The token or its operator may not do it.",
    "404": "There is no such thing.",
    "409": "The same request is under way, or somebody changed it meanwhile.",
    "412": "`If-Match` names another version.",
    "413": "The body is too large.",
    "415": "The body is neither JSON nor a form.",
    "422": "What was said cannot be done; each problem names its field.",
    "429": "Too many requests; `Retry-After` says how long to wait.",
    "503": "The database does not answer.",
}
_IGNORED: Json = {
    "description": "The fields that were said and have no effect, with commas between them.",
    "schema": {"type": "string"},
}
_READS = ("401", "403", "404", "422", "429", "503")
_SAYS = """\
The shape of Statuspage's manage API v1: a client of it works here with another host and key.
What is Avviso's own is optional in what is sent, and stands under `avviso` in what is answered.
"""


def described(settings: Settings) -> Response:
    """The OpenAPI document."""
    body = json.dumps(document(settings.service.url), ensure_ascii=False)
    return Response(body, content_type="application/json")


def document(url: str) -> Json:
    """The OpenAPI 3.1 document of a service at an address."""
    schemas = _schemas()
    paths: Json = {}
    for operation in OPERATIONS:
        for method in operation.methods:
            told = _operation(operation, method)
            paths.setdefault(operation.path, {})[method.lower()] = told
    key = {"type": "apiKey", "in": "header", "name": "Authorization"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Avviso", "version": __version__, "description": _SAYS},
        "servers": [{"url": f"{url}/v1"}],
        "security": [{"token": []}, {"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "key": {**key, "description": "`OAuth KEY`, as Statuspage's clients send it."},
            },
        },
    }


def _models() -> list[type[BaseModel]]:
    found = [model for operation in OPERATIONS if (model := _inner(operation.answer))]
    return [*found, ErrorObject, WaitingObject]


@cache
def _schemas() -> Json:
    said = [(operation.body, "validation") for operation in OPERATIONS if _takes_body(operation)]
    told = [(model, "serialization") for model in _models()]
    _, found = models_json_schema([*said, *told], ref_template=_REF)  # type: ignore[list-item]
    schemas: Json = found["$defs"]
    return schemas


def _takes_body(operation: Operation) -> bool:
    return bool(operation.body.model_fields)


def _inner(answer: Any) -> type[BaseModel] | None:
    found: type[BaseModel] | None = get_args(answer)[0] if get_origin(answer) is list else answer
    return found


def _operation(operation: Operation, method: str) -> Json:
    told: Json = {
        "operationId": _operation_id(operation, method),
        "summary": operation.title,
        "description": f"{operation.says}\n\n{_needs(operation)}".strip(),
        "tags": [_tag(operation)],
        "parameters": [*_path_parts(operation), *_query(operation.query), *_headers(operation)],
        "responses": _responses(operation),
    }
    if _takes_body(operation):
        schema = {"$ref": _REF.format(model=operation.body.__name__)}
        content = {JSON_TYPE: {"schema": schema}}
        told["requestBody"] = {"required": True, "content": content}
        told["requestBody"]["description"] = f"Also as {FORM_TYPE}, as in `incident[name]=…`."
    return told


def _operation_id(operation: Operation, method: str) -> str:
    words = re.sub(r"[^a-z]+", "_", re.sub(r"[{}]", "", operation.path.lower())).strip("_")
    return f"{method.lower()}_{words}"


def _tag(operation: Operation) -> str:
    parts = operation.path.split("/")
    return parts[3] if len(parts) > 3 else "pages"


def _needs(operation: Operation) -> str:
    if operation.scope is Scope.READ:
        return ""
    return f"Needs the scope `{operation.scope}`, of an operator who is {operation.role} or more."


def _path_parts(operation: Operation) -> Iterable[Json]:
    for name in re.findall(r"\{(\w+)\}", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": _REFERENCE}


def _query(query: Iterable[Query]) -> Iterable[Json]:
    for one in query:
        yield {"name": one.name, "in": "query", "description": one.says, "schema": one.schema}


def _headers(operation: Operation) -> Iterable[Json]:
    if operation.writes:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The same request under the same key is done once, for 24 hours.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }
    if operation.versioned or operation.tagged:
        version = "[0-9]{1,9}" if operation.versioned else "[0-9a-f]{16}"
        yield {
            "name": "If-Match",
            "in": "header",
            "description": "The `ETag` that was seen; another one by now is refused with 412.",
            "schema": {"type": "string", "pattern": f'^"?{version}"?$'},
        }


def _responses(operation: Operation) -> Json:
    refusals = _REFUSALS if operation.writes else _READS
    found = {code: _refusal(code) for code in refusals}
    if operation.drafts:
        found["202"] = _content("It waits for a second person.", WaitingObject)
    done: Json = {"description": "Done."}
    if operation.answer is not None:
        done = _content("Done.", operation.answer)
    if takes_ignored(operation.body):
        done["headers"] = {HEADER: _IGNORED}
    return dict(sorted({str(operation.status): done, **found}.items()))


def _refusal(code: str) -> Json:
    return _content(_REFUSALS[code], ErrorObject)


def _content(says: str, answer: Any) -> Json:
    model = _inner(answer)
    schema: Json = {"$ref": _REF.format(model=model.__name__ if model else "")}
    if get_origin(answer) is list:
        schema = {"type": "array", "items": schema}
    return {"description": says, "content": {JSON_TYPE: {"schema": schema}}}


def description_page(settings: Settings) -> Response:
    """The same to read: no script, and nothing from anywhere else."""
    loader = FileSystemLoader(TEMPLATES)
    pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    pages.filters["coded"] = coded
    told = document(settings.service.url)
    page = pages.get_template("docs.html").render(told=told, kind_of=kind_of)
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def coded(text: str) -> Markup:
    """What stands between backticks as code, and all else as it is."""
    parts = (escape(part) for part in text.split("`"))
    marked = [f"<code>{part}</code>" if odd % 2 else part for odd, part in enumerate(parts)]
    return Markup("".join(marked))  # noqa: S704  every part is escaped


def style() -> Response:
    """The page's looks."""
    return Response((TEMPLATES / "docs.css").read_text(encoding="utf-8"), content_type="text/css")


def kind_of(schema: Mapping[str, Any]) -> str:
    """What a schema takes, in a few words: "string", "list of UpdateObject", "string or null"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(kind_of(option) for option in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"{kind_of(schema['additionalProperties'])} by name"
    return str(schema.get("format", kind))
