"""How values are written on the command line: times, and things per locale."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from incidents.errors import InvalidInput
from incidents.rules import parse_local, resolve_local

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_TIME_OF_DAY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_FROM_NOW = re.compile(r"\+([0-9]{1,4})([mhd])")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_ONE_MINUTE = timedelta(minutes=1)


def moment(text: str, now: datetime, zone: ZoneInfo, named: str) -> datetime:
    """Read "2020-12-08T18:30", "18:30" (the next one) or "+30m". Raises `InvalidInput`."""
    if offset := _FROM_NOW.fullmatch(text):
        return _whole_minute(now + timedelta(**{_UNITS[offset[2]]: int(offset[1])}))
    if at := _TIME_OF_DAY.fullmatch(text):
        return _time_of_day(at, now, zone, later=True)
    return written_out(
        text, zone, named, "; for the next one 18:30 is enough, and +30m, +2h or +1d"
    )


def past_moment(text: str, now: datetime, zone: ZoneInfo, named: str) -> datetime:
    """As `moment`, but "21:40" is the last time that the clock showed that; no "+30m"."""
    if at := _TIME_OF_DAY.fullmatch(text):
        return _time_of_day(at, now, zone, later=False)
    return written_out(text, zone, named, "; 18:30 (the last one) will do too")


def _whole_minute(found: datetime) -> datetime:
    """Upwards: a promise is read to the minute, and is not to be broken within it."""
    under_way = timedelta(seconds=found.second, microseconds=found.microsecond)
    return found - under_way + (_ONE_MINUTE if under_way else timedelta(0))


def _time_of_day(at: re.Match[str], now: datetime, zone: ZoneInfo, *, later: bool) -> datetime:
    clock = time(int(at[1]), int(at[2]))
    today = now.astimezone(zone).date()
    then = resolve_local(today, clock, zone)
    if later:
        return then if then > now else resolve_local(today + timedelta(days=1), clock, zone)
    return then if then <= now else resolve_local(today - timedelta(days=1), clock, zone)


def written_out(text: str, zone: ZoneInfo, named: str, shorter: str = "") -> datetime:
    """Read "2020-12-08T18:30", with or without an offset. Raises `InvalidInput`."""
    try:
        return parse_local(text, zone)
    except ValueError as problem:
        raise InvalidInput(f"{named}: {problem}{shorter}") from None


def pairs(items: Iterable[str], named: str, form: str = "LOCALE=TEXT") -> dict[str, str]:
    """Read "key=value" items. Raises `InvalidInput` naming the option."""
    found: dict[str, str] = {}
    for item in items:
        key, value = _pair(item, named, form)
        _put(found, key, value, named, key)
    return found


def _pair(item: str, named: str, form: str) -> tuple[str, str]:
    key, equals, value = item.partition("=")
    if not equals or not key:
        raise InvalidInput(f"{named}: {item!r} should be written as {form}")
    return key, value


def _put(into: dict[str, Any], key: str, value: Any, named: str, said: str) -> None:
    if key in into:
        raise InvalidInput(f"{named}: {said} is given twice")
    into[key] = value


def fields(items: Iterable[str], types: Mapping[str, str] = {}) -> dict[str, Any]:
    """Read template fields: "delay=3 giorni", or per locale "delay.it=3 giorni".

    `types` are those of the template's fields, by name: a number is read as one, and a list is
    given item by item. Raises `InvalidInput`.
    """
    found: dict[str, Any] = {}
    for item in items:
        key, text = _pair(item, "--field", "NAME=TEXT or NAME.LOCALE=TEXT")
        name, dot, locale = key.partition(".")
        if name in found and isinstance(found[name], dict) is not bool(dot):
            raise InvalidInput(f"--field: {name} is given with and without a language")
        into, last = (found.setdefault(name, {}), locale) if dot else (found, name)
        if types.get(name) == "list":
            into.setdefault(last, []).append(text)
        else:
            value = _number(text, key) if types.get(name) == "number" else text
            _put(into, last, value, "--field", key)
    return found


def _number(text: str, key: str) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise InvalidInput(f"--field: {key} is a number; write it as in 1500 or 2.5")
    return float(text) if "." in text else int(text)


def texts(parts: Mapping[str, Iterable[str]]) -> dict[str, dict[str, str]]:
    """Per locale {"headline": …, "short": …, "body": …} from options such as --body it=…"""
    found: dict[str, dict[str, str]] = {}
    for part, items in parts.items():
        for locale, text in pairs(items, f"--{part}").items():
            found.setdefault(locale, {})[part] = text
    return found


def read_file(path: Path | None) -> dict[str, Any]:
    """A whole input from a TOML or JSON file. Raises `InvalidInput` naming file and place."""
    if path is None:
        return {}
    try:
        source = path.read_text(encoding="utf-8-sig")
        found = json.loads(source) if path.suffix == ".json" else tomllib.loads(source)
    except UnicodeDecodeError:
        raise InvalidInput(f"{path}: is not UTF-8") from None
    except (ValueError, OSError, RecursionError) as problem:
        raise InvalidInput(f"{path}: {problem}") from None
    if not isinstance(found, dict):
        raise InvalidInput(f"{path}: should be a table of fields")
    only_text(found, str(path))
    return found


def only_text(value: Any, named: str) -> None:
    """Refuse what no database takes for text: NUL, and bytes that were no UTF-8.

    Raises `InvalidInput` naming the option, or the file with the field.
    """
    if isinstance(value, str) and any(
        char == "\0" or "\ud800" <= char <= "\udfff" for char in value
    ):
        raise InvalidInput(f"{named}: has bytes that are no text; write it as UTF-8")
    if isinstance(value, Mapping):
        for key, item in value.items():
            only_text(key, named)
            only_text(item, f"{named}: {key}")
    elif isinstance(value, list | tuple):
        for item in value:
            only_text(item, named)


def with_zone(value: Any, zone: ZoneInfo, named: str = "") -> Any:
    """The file's times without an offset are the service's own; those among the fields of a
    template stay text, as operators type them. Raises `InvalidInput`."""
    if isinstance(value, datetime) and value.tzinfo is None:
        try:
            return resolve_local(value.date(), value.time(), zone)
        except OverflowError:
            raise InvalidInput(f"{named}: the year {value.year} is out of range") from None
    if isinstance(value, dict):
        return {
            key: _typed(item) if key == "fields" else with_zone(item, zone, key)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [with_zone(item, zone, named) for item in value]
    return value


def _typed(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return value
