"""How values are written on the command line: times, and things per locale."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from incidents.errors import InvalidInput
from incidents.rules import parse_local, resolve_local

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def moment(text: str, now: datetime, zone: ZoneInfo, named: str) -> datetime:
    """Read "2020-12-08T18:30", "18:30" (the next one) or "+30m". Raises `InvalidInput`."""
    if offset := re.fullmatch(r"\+(\d{1,4})([mhd])", text):
        return now + timedelta(**{_UNITS[offset[2]]: int(offset[1])})
    if re.fullmatch(r"\d{1,2}:\d{2}", text):
        return _next_time(text, now, zone, named)
    try:
        return parse_local(text, zone)
    except ValueError as problem:
        raise InvalidInput(f"{named}: {problem}, 18:30, or +30m") from None


def _next_time(text: str, now: datetime, zone: ZoneInfo, named: str) -> datetime:
    try:
        at = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  a time of day
    except ValueError:
        raise InvalidInput(f"{named}: {text!r} is no time of a day") from None
    today = now.astimezone(zone).date()
    then = resolve_local(today, at, zone)
    return then if then > now else resolve_local(today + timedelta(days=1), at, zone)


def past_moment(text: str, now: datetime, zone: ZoneInfo, named: str) -> datetime:
    """As `moment`, but "21:40" is the last time that the clock showed that."""
    found = moment(text, now, zone, named)
    if re.fullmatch(r"\d{1,2}:\d{2}", text):
        local = found.astimezone(zone)
        return resolve_local(local.date() - timedelta(days=1), local.time(), zone)
    return found


def pairs(items: Iterable[str], named: str) -> dict[str, str]:
    """Read "key=value" items. Raises `InvalidInput` naming the option."""
    found = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise InvalidInput(f"{named}: {item!r} should be written as key=value")
        found[key] = value
    return found


def fields(items: Iterable[str]) -> dict[str, Any]:
    """Read template fields: "delay=3 giorni", or per locale "delay.it=3 giorni"."""
    found: dict[str, Any] = {}
    for key, value in pairs(items, "--field").items():
        name, dot, locale = key.partition(".")
        if not dot:
            found[name] = value
            continue
        inner = found.setdefault(name, {})
        if not isinstance(inner, dict):
            raise InvalidInput(f"--field: {name} is given with and without a language")
        inner[locale] = value
    return found


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
        source = path.read_text(encoding="utf-8")
        found = json.loads(source) if path.suffix == ".json" else tomllib.loads(source)
    except (ValueError, OSError) as problem:
        raise InvalidInput(f"{path}: {problem}") from None
    if not isinstance(found, dict):
        raise InvalidInput(f"{path}: should be a table of fields")
    return found


def with_zone(value: Any, zone: ZoneInfo) -> Any:
    """The file's times without an offset are the service's own."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return resolve_local(value.date(), value.time(), zone)
    if isinstance(value, dict):
        return {key: with_zone(item, zone) for key, item in value.items()}
    if isinstance(value, list):
        return [with_zone(item, zone) for item in value]
    return value
