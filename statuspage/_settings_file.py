"""The settings file's shape, and how its faults are told: by key, in words, never by value."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
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


def known_locales() -> list[str]:
    """The locales that a page can be written in: those with a catalogue."""
    return sorted(path.stem for path in CATALOGUES.glob("*.po"))


def _locales(values: tuple[str, ...]) -> tuple[str, ...]:
    known = known_locales()
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


def ping_fault(value: str) -> str:
    """What is wrong with the address to ping, without quoting it; "" where it will do."""
    try:
        parts = urlsplit(value)
        host, port_is_fine = parts.hostname or "", parts.port != 0
    except ValueError:
        return "is no address"
    if not value:
        return ""
    if not value.isascii() or not value.isprintable() or " " in value:
        return "has a character that no address has"
    near = parts.scheme == "http" and is_loopback(host)
    if not host or not port_is_fine or not (parts.scheme == "https" or near):
        return "should be an https:// address (http:// for 127.0.0.1 alone)"
    return ""


def _ping(value: str) -> str:
    fault = ping_fault(value)
    if fault:
        raise ValueError(fault)
    return value


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ip_network(value)
        except ValueError:
            raise ValueError(f"{value!r} is no network, such as 10.0.0.0/8") from None
    return values


def not_ours(locale: str, locales: Sequence[str]) -> str:
    """As in "'fr' is not one of the service's locales (it, en)"."""
    return f"{locale!r} is not one of the service's locales ({', '.join(locales)})"


Name = Annotated[str, AfterValidator(checked_name)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Section(BaseModel):
    """One table of the file. What stands below a field is its description in docs/settings.md."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ServiceSection(Section):
    """The service that the page reports on."""

    # In this order, because each is checked against those above it.
    locales: Annotated[tuple[str, ...], AfterValidator(_locales)]
    """The languages of the page: each has a catalogue in `templates/locales`."""
    default_locale: Annotated[str, AfterValidator(_default_locale)]
    """The one that lives at `/`; every other lives under `/en/` and the like."""
    name: Annotated[dict[str, Text], AfterValidator(_service_name)]
    """What the page reports on, per locale; at least in the default one."""
    url: Annotated[str, AfterValidator(_page_address)]
    """Where people find the page, as in `https://status.example.org`: no path, no slash at the
    end. Feeds, posts and the API link to it."""
    time_zone: Annotated[str, AfterValidator(_zone)]
    """The zone of every date, by its IANA name such as `Europe/Rome`."""


class DatabaseSection(Section):
    """Where what operators do is kept."""

    url: str = Field(default="sqlite", repr=False)
    """`"sqlite"` is a file `avviso.db` in the data folder; or `postgresql://user@host/database`,
    whose password belongs into the environment."""


class DataSection(Section):
    """Avviso's own files."""

    path: Text = "data"
    """The folder of the database's file, of lists and logs; relative to the settings file."""


class WebSection(Section):
    """Where the server listens, and with how many processes."""

    host: Text = "127.0.0.1"
    """The address that it listens on."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    """The port that it listens on."""
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Its processes; one for each core that the page may have."""
    memory: Annotated[int, Field(ge=1, le=65536)] = 64
    """Megabytes of documents that each process keeps in memory; others are read from the disk."""
    trusted_proxies: Annotated[tuple[str, ...], AfterValidator(_networks)] = ()
    """The networks of the servers in front (nginx, a load balancer), as in `10.0.0.0/8`: what
    they say of a visitor's address, and of https (`X-Forwarded-Proto`), is believed, what
    anybody else says is not."""
    certificate: Path | None = None
    """A file with the certificate and those above it (PEM): the server then speaks TLS."""
    key: Path | None = None
    """A file with the certificate's private key (PEM, PKCS#8)."""

    @property
    def memory_bytes(self) -> int:
        return self.memory * 1024 * 1024


class NodeSection(Section):
    """This machine among those on the same database."""

    name: Annotated[str, AfterValidator(checked_name)] | None = None
    """By default it is called as its host."""


class ApprovalSection(Section):
    """When own words need a second person; where several are set, each of them asks for one."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: Literal["none", "minor", "major", "critical"] | None = Field(
        default=None, validation_alias="from"
    )
    """Own words at this impact or worse wait for an approver; `"none"`: always. Left out: never."""
    channels: tuple[str, ...] = ()
    """Own words that go to one of these channels wait for an approver."""
    findings: tuple[str, ...] = ()
    """Own words in which one of these checks found something wait for an approver."""


class MonitorSection(Section):
    """Who is told, each minute, that the worker really works."""

    ping: Annotated[str, AfterValidator(_ping)] = Field(default="", repr=False)
    """An https address of your own monitor, which the worker gets; it alarms when that stops."""
    every: Annotated[int, Field(ge=60, le=3600)] = 60
    """Seconds from one ping to the next."""


SECTIONS = (
    "service",
    "theme",
    "contacts",
    "hours",
    "feeds",
    "io",
    "database",
    "data",
    "web",
    "node",
    "approval",
    "checks",
    "monitor",
    "answering",
    "sign_in",
    "board",
    "calm",
    "reminders",
    "api",
    "alarms",
    "email",
    "webhook",
    "push",
    "privacy",
    "targets",
    "channels",
)


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
