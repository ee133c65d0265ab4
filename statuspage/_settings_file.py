"""The settings file's shape, and how its faults are told: by key, in words, never by value."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails

CATALOGUES = Path(__file__).parents[1] / "templates" / "locales"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+", re.IGNORECASE)
_TOML_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)

Fault = tuple[str, str]
"""Where ("channels[2].locale") and what is wrong there."""


class Unreadable(Exception):
    """The file cannot be read as TOML; the message says where and why."""


def checked_name(value: str) -> str:
    """The name of a channel or target. Raises `ValueError`."""
    if not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} should be 1 to 40 of a-z, 0-9 and '-'")
    return value


def _locales(values: tuple[str, ...]) -> tuple[str, ...]:
    known = sorted(path.stem for path in CATALOGUES.glob("*.po"))
    if not values:
        raise ValueError("should name at least one locale")
    for value in values:
        if value not in known:
            raise ValueError(f"there is no catalogue for {value!r}; there are: {', '.join(known)}")
    if len(set(values)) < len(values):
        raise ValueError("names a locale twice")
    return values


def _default_locale(value: str, info: ValidationInfo) -> str:
    locales = info.data.get("locales")
    if locales and value not in locales:
        raise ValueError(not_ours(value, locales))
    return value


def _service_name(texts: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    locales, default = info.data.get("locales"), info.data.get("default_locale")
    for locale in texts:
        if locales and locale not in locales:
            raise ValueError(not_ours(locale, locales))
    if default and default not in texts:
        raise ValueError(f"has no text for the default locale ({default})")
    return texts


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        hint = did_you_mean(value, available_timezones())
        raise ValueError(f"there is no zone {value!r}{hint}") from None
    return value


def _page_address(value: str) -> str:
    # Nothing of the value is quoted: somebody may have put a password into it.
    try:
        parts = urlsplit(value)
        host, port_is_fine = parts.hostname or "", parts.port != 0
    except ValueError:
        raise ValueError("is no address") from None
    if parts.scheme not in {"http", "https"} or not host or not port_is_fine:
        raise ValueError("should be like https://status.example.org")
    if "@" in parts.netloc:
        raise ValueError("should have no user and no password")
    if value != f"{parts.scheme}://{parts.netloc}":
        raise ValueError("should end after the host: no path, no slash, no query")
    if not _HOST.fullmatch(host):
        raise ValueError("has a host that no browser knows; write accents as xn--…")
    return value


def not_ours(locale: str, locales: Sequence[str]) -> str:
    """As in "'fr' is not one of the service's locales (it, en)"."""
    return f"{locale!r} is not one of the service's locales ({', '.join(locales)})"


Name = Annotated[str, AfterValidator(checked_name)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServiceSection(Section):
    """The service that the page reports on."""

    # In this order, because each is checked against those above it.
    locales: Annotated[tuple[str, ...], AfterValidator(_locales)]
    default_locale: Annotated[str, AfterValidator(_default_locale)]
    name: Annotated[dict[str, Text], AfterValidator(_service_name)]
    url: Annotated[str, AfterValidator(_page_address)]
    """Where the page lives, without a slash at its end."""
    time_zone: Annotated[str, AfterValidator(_zone)]
    """An IANA name such as "Europe/Rome"."""


class DatabaseSection(Section):
    url: str = Field(default="sqlite", repr=False)


class DataSection(Section):
    path: Text = "data"


class WebSection(Section):
    """Where the server listens, and with how many processes."""

    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    workers: Annotated[int, Field(ge=1, le=64)] = 1


class ApprovalSection(Section):
    """From which impact on own words need a second person."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: Literal["none", "minor", "major", "critical"] | None = Field(
        default=None, validation_alias="from"
    )


class TargetSection(Section):
    name: Name
    kind: str = "directory"
    path: Text


SECTIONS = ("service", "database", "data", "web", "approval", "targets", "channels")


def read_toml(path: Path) -> dict[str, object]:
    """The file's contents. Raises `Unreadable`."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise Unreadable("there is no such file; `avviso init` writes one to start from") from None
    except OSError as fault:
        raise Unreadable(f"cannot be read: {fault.strerror}") from None
    try:
        text = content.decode("utf-8-sig")
        return tomllib.loads(text)
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise Unreadable(f"line {line}: is not UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        raise Unreadable(_placed(str(fault), text)) from None


def _placed(message: str, text: str) -> str:
    match = _TOML_PLACE.fullmatch(message)
    if not match:
        return message
    what, line, column = match.groups()
    last = text.splitlines() or [""]
    return f"line {line or len(last)}, column {column or len(last[-1]) + 1}: {what}"


M = TypeVar("M", bound=BaseModel)


def checked(model: type[M], raw: object, at: str) -> tuple[M | None, list[Fault]]:
    """The raw table as the model, or None and everything that is wrong with it."""
    if not isinstance(raw, dict):
        return None, [(at, "should be a table")]
    # By way of JSON, because pydantic is strict about scalars there ("8080" is no number) and
    # yet takes a list for a tuple.
    try:
        return model.model_validate_json(json.dumps(raw, default=str), strict=True), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        return None, [_told(model, at, detail) for detail in details]


def _told(model: type[BaseModel], at: str, detail: ErrorDetails) -> Fault:
    loc = detail["loc"]
    place = _joined(at, loc)
    if detail["type"] == "missing":
        return place, "is missing"
    if detail["type"] == "extra_forbidden":
        return place, f"is not known here{did_you_mean(str(loc[-1]), _keys(model, loc[:-1]))}"
    message = detail["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return place, message[:1].lower() + message[1:]


def _joined(at: str, loc: Iterable[int | str]) -> str:
    for part in loc:
        at += f"[{part}]" if isinstance(part, int) else f".{_shown(part)}" if at else _shown(part)
    return at


def _shown(key: str) -> str:
    return key if key.isprintable() else repr(key)


def _keys(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """The keys that a model knows at a place inside it."""
    for part in loc:
        if isinstance(part, str) and part in model.model_fields:
            inner = _model_in(model.model_fields[part].annotation)
            if inner is None:
                return []
            model = inner
    return list(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """As in "; did you mean 'locale'?", or nothing where nothing is near."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def unprintable(raw: object, at: str = "") -> Iterator[Fault]:
    """The strings of a table that hold line breaks or control characters."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            yield from unprintable(value, _joined(at, [key]))
    elif isinstance(raw, list):
        for index, value in enumerate(raw):
            yield from unprintable(value, _joined(at, [index]))
    elif isinstance(raw, str) and not _one_line(raw):
        yield at, "has a line break or a control character"


def _one_line(text: str) -> bool:
    return all(letter.isprintable() or letter == "\N{NO-BREAK SPACE}" for letter in text)
