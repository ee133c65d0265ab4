"""The settings of targets: each kind's own options, where it puts documents, its secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from publishers._kinds import load
from publishers.targets._base import TargetOptions
from statuspage._settings_file import Fault, checked, checked_name


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """One target's checked options, where it puts documents, its secrets' names, those set."""

    options: TargetOptions
    place: str
    """An absolute path or an address, with "/" at its end."""
    secret_names: tuple[str, ...]
    secrets: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        return self.options.name

    @property
    def kind(self) -> str:
        return self.options.kind

    @property
    def path(self) -> Path | None:
        """The folder of a directory; None for another kind."""
        return Path(self.place) if self.kind == "directory" else None


def read_target(
    at: str, kind: str, table: Mapping[str, object], data_path: Path, env: Mapping[str, str]
) -> tuple[TargetSettings | None, list[Fault]]:
    """One `[[targets]]` table as its kind understands it, or None and what is wrong with it."""
    try:
        target = load("publishers.targets", kind).Target
    except ImportError as missing:
        return None, [(f"{at}.kind", f"{kind!r} cannot be loaded: {missing}")]
    options, faults = checked(target.Options, table, at)
    if options is None:
        return None, faults
    settings = TargetSettings(
        options=options,
        place=options.place(data_path),
        secret_names=tuple(target.SECRETS),
        secrets=MappingProxyType(secrets_in(env, target_owner(options.name), target.SECRETS)),
    )
    return settings, faults


def target_faults(
    at: str, target: TargetSettings, data_path: Path, taken: Sequence[str]
) -> Iterator[Fault]:
    """What is wrong with a target beside those whose places are taken."""
    yield from name_faults(at, target.name)
    key, place = f"{at}.{target.options.PLACED_BY}", target.place
    if place in taken:
        yield key, "another target is put there already"
    elif any(place.startswith(other) or other.startswith(place) for other in taken):
        # Each would remove the other's documents as being none of its own.
        yield key, "is inside another target's place, or has one inside"
    if target.path and data_path.is_relative_to(target.path):
        yield key, "would publish the data folder and all that is private in it"


def name_faults(at: str, name: str) -> Iterator[Fault]:
    """What is wrong with the name of a target or a channel."""
    try:
        checked_name(name)
    except ValueError as fault:
        yield f"{at}.name", str(fault)


def target_owner(target: str) -> str:
    """Under which name a target's secrets are looked for, so that no channel's are taken."""
    return f"target-{target}"


def secret_variable(owner: str, secret: str) -> str:
    """The environment's variable of a channel's secret, as in "AVVISO_X_IT_ACCESS_TOKEN"."""
    return f"AVVISO_{owner}_{secret}".upper().replace("-", "_")


def secrets_in(env: Mapping[str, str], owner: str, names: Iterable[str]) -> dict[str, str]:
    """The secrets of a channel or target that are set, by the names that its kind gives them."""
    values = {name: env.get(secret_variable(owner, name), "").strip() for name in names}
    return {name: value for name, value in values.items() if value}
