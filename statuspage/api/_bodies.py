"""What clients send: JSON, or a form as in `incident[name]=…`; all else is refused in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from statuspage.api._errors import Refused

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
DEEPEST = 12
"""How deep a body may be nested; what we take is 5 deep."""
MOST_FIELDS = 1000
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def read_body(content_type: str, body: bytes) -> Any:
    """A request's body as JSON values; {} for an empty one. Raises `Refused`."""
    if not body:
        return {}
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON_TYPE:
        return _json(_text(body))
    if kind == FORM_TYPE:
        return _form(_text(body))
    raise Refused(415, f"Content-Type: should be {JSON_TYPE} or {FORM_TYPE}")


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Refused(400, f"the body is not UTF-8, at byte {fault.start}") from None


def _json(text: str) -> Any:
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except RecursionError:
        raise Refused(400, _too_deep()) from None
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise Refused(400, f"the body is no JSON, {where}: {fault.msg}") from None
    except ValueError:  # of a number with thousands of digits
        raise Refused(400, "the body has a number that is too long") from None
    _must_be_flat(found, DEEPEST)
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(400, f"the body has {twice!r} twice in one place")
    return found


def _no_number(word: str) -> NoReturn:
    raise Refused(400, f"the body has {word}, which is no number of JSON")


def _must_be_flat(value: Any, left: int) -> None:
    if left == 0:
        raise Refused(400, _too_deep())
    inner: Iterable[Any] = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    for item in inner:
        _must_be_flat(item, left - 1)


def _too_deep() -> str:
    return f"the body is nested more than {DEEPEST} deep"


def _form(text: str) -> dict[str, Any]:
    """`a[b]=1` is {"a": {"b": "1"}}, `a[]=1&a[]=2` is {"a": ["1", "2"]}, as Rails reads forms."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise Refused(400, "the form is not UTF-8") from None
    except ValueError:
        raise Refused(400, f"the form has more than {MOST_FIELDS} fields") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        _put(found, name, value)
    return found


def _put(found: dict[str, Any], name: str, value: str) -> None:
    shape = _NAME.fullmatch(name)
    if shape is None or name.count("[") > DEEPEST:
        raise Refused(400, f"the form has a field {name[:80]!r}; write it as in incident[name]")
    keys = [shape[1], *re.findall(r"\[([^\[\]]*)\]", shape[2])]
    if keys[-1] == "":
        keys.pop()
        place = _inside(found, keys[:-1], name).setdefault(keys[-1], [])
        if not isinstance(place, list):
            raise Refused(400, f"the form has {name[:80]!r} both as one value and as many")
        place.append(value)
        return
    place = _inside(found, keys[:-1], name)
    if keys[-1] in place:
        raise Refused(400, f"the form has {name[:80]!r} twice")
    place[keys[-1]] = value


def _inside(found: dict[str, Any], keys: list[str], name: str) -> dict[str, Any]:
    for key in keys:
        found = found.setdefault(key, {})
        if not isinstance(found, dict):
            raise Refused(400, f"the form has {name[:80]!r} both as one value and as many")
    return found
