"""The filters and tests that a text may use: a closed list, made of one locale's words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Undefined, pass_context
from jinja2.runtime import Context

from incidents.locales import Words

ARGUMENTS: Mapping[str, int] = {
    "date": 0,
    "day": 0,
    "month": 0,
    "time": 0,
    "when": 0,
    "by": 0,
    "zone": 0,
    "listed": 0,
    "count": 0,
    "number": 0,
    "upper_first": 0,
    "lower_first": 0,
    "default": 1,
}
"""Every filter, with the number of arguments that it takes."""

TESTS = frozenset({"defined", "none", "string", "number"})

_MOMENT = (dt.datetime,)
_DAY = (dt.date,)
_LIST = (tuple, list)
_NUMBER = (int, float)
_NAMES: Mapping[tuple[type, ...], str] = {
    _MOMENT: "a date and time",
    _DAY: "a date",
    _LIST: "a list",
    _NUMBER: "a number",
    (str,): "text",
}


def filters_of(words: Words) -> dict[str, Any]:
    """The filters of one locale, by name. Each refuses what is not of its kind."""
    return {
        "date": _only("date", _DAY, words.date),
        "day": _only("day", _DAY, words.day),
        "month": _only("month", _DAY, words.month),
        "time": _only("time", _MOMENT, words.time),
        "when": _only("when", _MOMENT, words.when),
        "by": _deadline(words),
        "zone": _only("zone", _MOMENT, lambda _: words.zone_name),
        "listed": _only("listed", _LIST, words.listed),
        "count": _only("count", _LIST, len),
        "number": _only("number", _NUMBER, words.number),
        "upper_first": _only("upper_first", (str,), upper_first),
        "lower_first": _only("lower_first", (str,), lower_first),
        "default": _default,
    }


def _only(
    name: str, accepted: tuple[type, ...], function: Callable[[Any], object]
) -> Callable[[object], object]:
    def checked(value: object) -> object:
        if not isinstance(value, accepted) or isinstance(value, bool):
            raise TypeError(f"|{name} needs {_NAMES[accepted]}, and here is {_described(value)}")
        return function(value)

    return checked


def _described(value: object) -> str:
    return "nothing" if value is None or isinstance(value, Undefined) else repr(value)


def _deadline(words: Words) -> Callable[[Context, object], object]:
    """A deadline as it is said at the moment of publication, the text's `at`."""

    @pass_context
    def by(context: Context, value: object) -> object:
        return _only("by", _MOMENT, lambda moment: words.by(moment, context["at"]))(value)

    return by


def _default(value: object, other: object) -> object:
    """The other where there is nothing: not Jinja's, which knows only undefined names."""
    absent = isinstance(value, Undefined) or value is None or value in ("", ())
    return other if absent else value


def upper_first(text: str) -> str:
    """As in "Portafoglio e carte", for the start of a sentence."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """As in "portafoglio e carte", for its middle."""
    return text[:1].lower() + text[1:]


def tests_of() -> dict[str, Any]:
    """The tests, as in `{% if delay is none %}`."""
    return {
        "defined": lambda value: not isinstance(value, Undefined),
        "none": lambda value: value is None,
        "string": lambda value: isinstance(value, str),
        "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    }
