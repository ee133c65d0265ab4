"""The settings' tables [calm] and [reminders], quiet hours, and lengths of time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Protocol

from pydantic import AfterValidator

from incidents.calm import Calm, QuietHours, parse_quiet_hours
from incidents.reminders import Reminders
from incidents.status import Impact
from publishers.channels._base import ChannelOptions
from statuspage._settings_file import Section, Text

_LENGTH = re.compile(r"(\d{1,4})([mhd])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_LONGEST_BEFORE = timedelta(days=30)
_LONGEST_WINDOW = timedelta(hours=24)


def parse_length(text: str) -> timedelta:
    """As in "15m", "24h", "7d", or "0". Raises `ValueError`."""
    if text == "0":
        return timedelta(0)
    match = _LENGTH.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} should be like 15m, 24h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _window(text: str) -> str:
    if parse_length(text) > _LONGEST_WINDOW:
        raise ValueError(f"{text!r} is longer than a day: people would wait for the last word")
    return text


class CalmSection(Section):
    """How a component that comes and goes is kept from becoming a storm of posts."""

    window: Annotated[str, AfterValidator(_window)] = "15m"
    """For how long after a program's notice (a token's, an alarm's) the next one about the same
    components waits before it is pushed; the page has it at once. `"0"`: never. What a person
    publishes never waits for it."""


def _times(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        if not timedelta(0) < parse_length(text) <= _LONGEST_BEFORE:
            raise ValueError(f"{text!r} should be more than 0 and at most 30 days")
    return texts


class RemindersSection(Section):
    """Reminders: of planned work, to those who subscribed; of promises and faults, to operators, in
    channels whose `channels.audience` they are, and by mail."""

    promise_before: Annotated[str, AfterValidator(_window)] = "5m"
    """How long before a promised update is due operators are reminded of it; once it is overdue
    they are told at once, and after 15 minutes, 1, 4 and 24 hours. `"0"`: only then."""
    mail: tuple[Text, ...] = ()
    """Addresses of operators who are reminded by mail too; by the relay of `[email]`."""
    before_maintenance: Annotated[tuple[str, ...], AfterValidator(_times)] = ("24h",)
    """How long before planned work begins, as in `["7d", "24h"]`: to the lists, to channels with
    `channels.reminders`, and in the feeds. An empty list: never."""


def reminders_of(section: RemindersSection, channels: Iterable[ChannelOptions]) -> Reminders:
    """The rules as the domain knows them."""
    return Reminders(
        before_maintenance=tuple(parse_length(text) for text in section.before_maintenance),
        channels=frozenset(options.name for options in channels if options.reminders),
    )


class Quiet(Protocol):
    """What says when a channel or a list is quiet."""

    @property
    def quiet_hours(self) -> str: ...
    @property
    def quiet_below(self) -> str: ...


def calm_of(section: CalmSection, channels: Iterable[tuple[str, Quiet]]) -> Calm:
    """The rules as the domain knows them, of channels and lists by their names."""
    quiet = {
        name: QuietHours(*parse_quiet_hours(own.quiet_hours), below=Impact(own.quiet_below))
        for name, own in channels
        if own.quiet_hours
    }
    return Calm(window=parse_length(section.window), quiet=quiet)
