"""The IO app's `status/backend.json`: its shape, and how a part of it is patched in its own text.

Pure. The shape is that of `pagopa/io-services-metadata`, definitions.yml (BackendStatus): a file
that the app cannot decode is no news to it, and the old state stays on the screen. So nothing
is emitted that would not decode, and all that is not patched stays byte by byte as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

REQUIRED_SECTIONS = (
    *("bancomat", "bancomatpay", "cashback", "cobadge", "credit_card", "paypal"),
    *("digital_payments", "email_validation", "euCovidCert", "ingress", "login", "messages"),
    *("satispay", "services", "wallets", "favourite_language", "app_update_required", "cgn"),
    "fims",
)
SECTIONS = (*REQUIRED_SECTIONS, "cdc", "payments")
LEVELS = ("critical", "warning", "normal")
_SPACE = re.compile(r"[ \t\r\n]*")
_INDENT = re.compile(r"\n([ \t]*)$")

Span = tuple[int, int]
Place = tuple[str, ...]


class NotDecodable(ValueError):
    """The app would not decode the file; `faults` are sentences that name the field."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def decoded(text: str) -> dict[str, Any]:
    """The file's content. Raises `NotDecodable` with everything that is wrong with it."""
    if text.startswith("\ufeff"):
        raise NotDecodable("the file: begins with a byte order mark; remove it")
    try:
        data = json.loads(text, object_pairs_hook=_without_twins, parse_constant=_no_constant)
    except NotDecodable:
        raise
    except (ValueError, RecursionError) as problem:
        line = f"line {problem.lineno}: " if isinstance(problem, json.JSONDecodeError) else ""
        raise NotDecodable(f"the file: {line}is no JSON") from None
    faults = list(_faults(data))
    if faults:
        raise NotDecodable(*faults)
    found: dict[str, Any] = data
    return found


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise NotDecodable(f"{key}: stands twice in one object; keep one")
        found[key] = value
    return found


def _no_constant(name: str) -> None:
    raise NotDecodable(f"{name}: is no JSON number")


def _faults(data: Any) -> Iterator[str]:
    if not isinstance(data, dict):
        yield "the file: should be an object"
        return
    if not isinstance(data.get("is_alive"), bool):
        yield "is_alive: should be true or false"
    yield from _message_faults("message", data.get("message"))
    if not isinstance(data.get("config"), dict):
        yield "config: should be an object"
    yield from _sections_faults(data.get("sections"))
    if "statusMessages" in data:
        yield from _status_messages_faults(data["statusMessages"])


def _sections_faults(sections: Any) -> Iterator[str]:
    if not isinstance(sections, dict):
        yield "sections: should be an object"
        return
    for name in SECTIONS:
        at = f"sections.{name}"
        if name in sections:
            yield from _section_faults(at, sections[name])
        elif name in REQUIRED_SECTIONS:
            yield f"{at}: is missing; without it the app decodes nothing of the file"


def _section_faults(at: str, section: Any) -> Iterator[str]:
    if not isinstance(section, dict):
        yield f"{at}: should be an object"
        return
    if not isinstance(section.get("is_visible"), bool):
        yield f"{at}.is_visible: should be true or false"
    yield from _banner_faults(at, section, ("web_url", "badge"))


def _banner_faults(at: str, banner: Mapping[str, Any], others: Place) -> Iterator[str]:
    level = banner.get("level")
    if not isinstance(level, str) or level not in LEVELS:
        yield f"{at}.level: should be {', '.join(LEVELS[:-1])} or {LEVELS[-1]}"
    yield from _message_faults(f"{at}.message", banner.get("message"))
    for other in others:
        if other in banner:
            yield from _message_faults(f"{at}.{other}", banner[other])


def _message_faults(at: str, message: Any) -> Iterator[str]:
    if not isinstance(message, dict):
        yield f"{at}: should be an object with it-IT and en-EN"
        return
    for language in ("it-IT", "en-EN"):
        if not isinstance(message.get(language), str):
            yield f"{at}.{language}: should be a string"
    if not isinstance(message.get("de-DE", ""), str):
        yield f"{at}.de-DE: should be a string"


def _status_messages_faults(messages: Any) -> Iterator[str]:
    items = messages.get("items") if isinstance(messages, dict) else None
    if not isinstance(items, list):
        yield "statusMessages.items: should be a list"
        return
    seen: set[str] = set()
    for index, item in enumerate(items):
        at = f"statusMessages.items[{index}]"
        if not isinstance(item, dict):
            yield f"{at}: should be an object"
            continue
        yield from _banner_faults(at, item, ("web_url", "label_cta"))
        routes = item.get("routes")
        if not isinstance(routes, list) or not all(isinstance(route, str) for route in routes):
            yield f"{at}.routes: should be a list of strings"
            continue
        for route in routes:
            if route in seen:
                yield f"{at}.routes: {route!r} stands twice; each route may have one message"
            seen.add(route)


def patched(text: str, sections: Mapping[str, Mapping[str, Any]]) -> str:
    """The file with these keys of these sections set, and nothing else changed.

    Raises `NotDecodable`, naming the field, where the app could not decode the file before or
    after, or where it has no such section.
    """
    before = decoded(text)
    for name, wanted in sections.items():
        section = before["sections"].get(name)
        if section is None:
            raise NotDecodable(f"sections.{name}: is not in the file; add it by hand once")
        for key, value in wanted.items():
            if section.get(key) != value:
                text = _with(text, ("sections", name), key, value)
    after = decoded(text)
    expected = {**before["sections"]}
    for name, wanted in sections.items():
        expected[name] = {**expected[name], **wanted}
    if after != {**before, "sections": expected}:
        raise NotDecodable("the file: cannot be patched without changing more than is wanted")
    return text


def _with(text: str, place: Place, key: str, value: Any) -> str:
    """The text with one key of an object set: replaced where it is, else added at the end."""
    start = _SPACE.match(text).end()  # type: ignore[union-attr]
    for name in place:
        start = _members(text, start)[name][0]
    members = _members(text, start)
    keys = _first_key(text, start)
    break_before = _INDENT.search(text, 0, keys)
    indent = break_before[1] if break_before else None
    written = _written(text, value, indent, len(place) + 1)
    if key in members:
        begin, end = members[key]
        return text[:begin] + written + text[end:]
    end = max(end for _, end in members.values())
    gap = text[start + 1 : keys] or " "
    return f"{text[:end]},{gap}{json.dumps(key)}: {written}{text[end:]}"


def _written(text: str, value: Any, indent: str | None, depth: int) -> str:
    """A value as the file around it is written: its indentation, its line ends."""
    if indent is None:
        return json.dumps(value, ensure_ascii=False)
    unit = indent[: len(indent) // depth] or "  "
    lines = json.dumps(value, ensure_ascii=False, indent=unit).split("\n")
    end = "\r\n" if "\r\n" in text else "\n"
    return f"{end}{indent}".join(lines)


def _first_key(text: str, start: int) -> int:
    """Where the first key of the object at `start` stands."""
    return _SPACE.match(text, start + 1).end()  # type: ignore[union-attr]


def _members(text: str, start: int) -> dict[str, Span]:
    """Where each value of the object at `start` begins and ends. The text is good JSON."""
    decoder = json.JSONDecoder()
    found: dict[str, Span] = {}
    at = _first_key(text, start)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        begin = _SPACE.match(text, _SPACE.match(text, at).end() + 1).end()  # type: ignore[union-attr]
        _, end = decoder.raw_decode(text, begin)
        found[key] = (begin, end)
        at = _SPACE.match(text, end).end()  # type: ignore[union-attr]
        if text[at] == ",":
            at = _SPACE.match(text, at + 1).end()  # type: ignore[union-attr]
    return found
