"""Checks the values that operators fill in: right type, and no character that deceives."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from incidents.rules import parse_local, resolve_local
from incidents.texts.model import Field, TextError

LONGEST_TEXT = 5_000
LONGEST_LIST = 100
LARGEST_NUMBER = 10**15

# Overrides, embeddings and isolates: they show a reader another order than the one written.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class WrongValue(ValueError):
    """A value of the wrong type or with something in it; the message is "must be ..."."""


def forbidden_character(text: str) -> str | None:
    """Why a text may not be published as it is; None when it may."""
    for character in text:
        code = f"U+{ord(character):04X}"
        if character in _TURNING:
            return f"holds the invisible character {code}, which changes the order of reading"
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t":
            return f"holds the control character {code}"
    return None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise WrongValue("must be text")
    # Browsers send a text area's line breaks as CR LF.
    text = value.replace("\r\n", "\n").strip()
    if len(text) > LONGEST_TEXT:
        raise WrongValue(f"is longer than {LONGEST_TEXT} characters")
    reason = forbidden_character(text)
    if reason:
        raise WrongValue(reason)
    return text


def _list(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise WrongValue("must be a list of texts")
    if len(value) > LONGEST_LIST:
        raise WrongValue(f"has more than {LONGEST_LIST} items")
    return tuple(text for text in (_text(item) for item in value) if text)


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongValue("must be a number")
    if not math.isfinite(value) or abs(value) > LARGEST_NUMBER:
        raise WrongValue("is not a number that can be shown")
    return value


def _datetime(value: object, zone: ZoneInfo) -> datetime:
    if isinstance(value, str):
        try:
            return parse_local(value, zone)
        except ValueError as problem:
            raise WrongValue(f"cannot be understood: {problem}") from None
    if not isinstance(value, datetime):
        raise WrongValue('must be a date and time, as in "2020-12-08T18:30"')
    if value.tzinfo is None:
        raise WrongValue("must be a date and time with a time zone")
    return value.astimezone(UTC)


_READERS: Mapping[str, Callable[[object], object]] = {
    "text": _text,
    "list": _list,
    "number": _number,
}


def read_value(kind: str, value: object, zone: ZoneInfo) -> object:
    """A value as a text may use it. Raises `WrongValue`."""
    return _datetime(value, zone) if kind == "datetime" else _READERS[kind](value)


def read_example(kind: str, value: object, zone: ZoneInfo) -> object:
    """As `read_value`, for one in a head, where YAML gives times without a zone: local ones."""
    if isinstance(value, datetime) and value.tzinfo is None:
        value = resolve_local(value.date(), value.time(), zone)
    return read_value(kind, value, zone)


def fill(
    fields: Iterable[Field], given: Mapping[str, object], locale: str, zone: ZoneInfo
) -> dict[str, object]:
    """Every field's value in a locale: the one given, else its default.

    A value may be a mapping with one per locale. None, a blank text and an empty list are as good
    as not given. Raises `TextError` with every problem.
    """
    known = {field.name: field for field in fields}
    problems = [_unknown(name, known) for name in given if name not in known]
    values: dict[str, object] = {}
    for field in known.values():
        try:
            values[field.name] = _filled(field, given.get(field.name), locale, zone)
        except WrongValue as problem:
            problems.append(f"field {field.name!r} {problem}")
    if problems:
        raise TextError(*problems)
    return values


def _unknown(name: str, known: Mapping[str, Field]) -> str:
    return f"there is no field {name!r}; the fields are: {', '.join(known) or 'none'}"


def _filled(field: Field, value: object, locale: str, zone: ZoneInfo) -> object:
    if isinstance(value, Mapping):
        value = value.get(locale)
    if isinstance(value, str) and not value.strip():
        value = None
    value = None if value is None else read_value(field.type, value, zone)
    if value not in (None, ()):
        return value
    if field.required:
        raise WrongValue(f"({field.label}) must be filled in for {locale!r}")
    return field.default
