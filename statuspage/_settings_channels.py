"""The settings of one channel: its kind's own options, and which of its secrets are set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from incidents.calm import parse_quiet_hours
from publishers._kinds import load
from publishers.channels._base import ChannelOptions
from statuspage._settings_file import Fault, checked, not_ours
from statuspage._settings_targets import name_faults, secrets_in


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """One channel's checked options, the names of its secrets, and those that are set."""

    options: ChannelOptions
    secret_names: tuple[str, ...]
    secrets: Mapping[str, str] = field(repr=False)


def read_channel(
    at: str,
    kind: str,
    table: dict[str, object],
    locales: Sequence[str],
    env: Mapping[str, str],
) -> tuple[ChannelSettings | None, list[Fault]]:
    """One `[[channels]]` table of a known kind, and what is wrong with it."""
    try:
        publisher = load("publishers.channels", kind).Channel
    except ImportError as missing:
        return None, [(f"{at}.kind", f"{kind!r} cannot be loaded: {missing}")]
    options, found = checked(publisher.Options, table, at)
    faults = list(found)
    if options is None:
        return None, faults
    faults += _channel_faults(at, options, locales)
    names = (*publisher.SECRETS, *publisher.OPTIONAL_SECRETS)
    secrets = MappingProxyType(secrets_in(env, options.name, names))
    return ChannelSettings(options, tuple(publisher.SECRETS), secrets), faults


def _channel_faults(at: str, options: ChannelOptions, locales: Sequence[str]) -> Iterator[Fault]:
    yield from name_faults(at, options.name)
    if locales and options.locale not in locales:
        yield f"{at}.locale", not_ours(options.locale, locales)
    if options.quiet_hours:
        try:
            parse_quiet_hours(options.quiet_hours)
        except ValueError as fault:
            yield f"{at}.quiet_hours", str(fault)
    for index, hashtag in enumerate(options.hashtags):
        if not hashtag.isidentifier():
            yield f"{at}.hashtags[{index}]", f"{hashtag!r} should be a word without '#'"
