"""A real day, played through the same actions that operators use: the demo, and the long test."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from incidents import actions
from incidents.actions import Desk, Outcome
from incidents.rules import resolve_local
from incidents.status import IncidentKind

CASHBACK = Path(__file__).parent / "cashback-2020-12.toml"
WORST_HOUR = datetime(2020, 12, 8, 14, 30)  # noqa: DTZ001  a local time, as in the scenario
OPERATOR = "demo"
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_STANDING_ANSWERS = ("how-much-and-until-when", "where-to-put-the-iban", "is-my-data-safe")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that an operator did, and when (aware UTC)."""

    at: datetime
    do: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Day:
    """A scenario with all its times moved by `shift`."""

    service: Mapping[str, Any]
    components: tuple[Mapping[str, Any], ...]
    steps: tuple[Step, ...]
    zone: ZoneInfo
    shift: timedelta

    @property
    def begins(self) -> datetime:
        """A little before the first step."""
        return self.steps[0].at - timedelta(minutes=10)

    @property
    def shift_days(self) -> int:
        """By how many calendar days a date of the scenario is moved."""
        return (local_day(WORST_HOUR, self.zone, self.shift) - WORST_HOUR.date()).days


def local_day(moment: datetime, zone: ZoneInfo, shift: timedelta) -> date:
    return (aware(moment, zone) + shift).astimezone(zone).date()


def aware(moment: datetime, zone: ZoneInfo) -> datetime:
    """A scenario's local time as an instant."""
    return resolve_local(moment.date(), moment.time(), zone).astimezone(UTC)


def load_day(path: Path = CASHBACK, now: datetime | None = None) -> Day:
    """Read a scenario. With `now`, its worst hour is moved there."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    zone = ZoneInfo(raw["service"]["time_zone"])
    shift = timedelta(0) if now is None else now - aware(WORST_HOUR, zone)
    # Whole minutes, so that a moved time still looks like one that a person would write.
    shift = timedelta(minutes=shift // timedelta(minutes=1))
    steps = [_step(event, zone, shift) for event in raw["events"]]
    return Day(
        service=raw["service"],
        components=tuple(raw["components"]),
        steps=tuple(sorted(steps, key=lambda step: step.at)),
        zone=zone,
        shift=shift,
    )


def _step(event: Mapping[str, Any], zone: ZoneInfo, shift: timedelta) -> Step:
    moved = _moved(event, zone, shift)
    data = {key: value for key, value in moved.items() if key not in ("at", "do")}
    return Step(moved["at"], event["do"], data)


def _moved(value: Any, zone: ZoneInfo, shift: timedelta) -> Any:
    if isinstance(value, datetime):
        return aware(value, zone) + shift
    if isinstance(value, Mapping):
        return {key: _moved(item, zone, shift) for key, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, zone, shift) for item in value]
    return value


def seeded_ids(seed: str) -> Callable[[], str]:
    """Ids that are the same at every run, so that a replayed day gives the same addresses."""
    source = random.Random(seed)  # noqa: S311  nothing secret: they stand in public addresses
    return lambda: "".join(source.choices(_ALPHABET, k=12))


def open_the_page(desk: Desk, day: Day) -> None:
    """What stood there before the first step: an operator, the components, standing answers."""
    now = day.begins
    actions.add_operator(
        desk,
        actions.AVVISO,
        now,
        {"login": OPERATOR, "name": "Demo", "role": "admin"},
    )
    for component in day.components:
        actions.save_component(desk, OPERATOR, now, _spoken(component, desk))
    for key in _STANDING_ANSWERS:
        actions.attach_answer(desk, OPERATOR, now, {"key": key})


def play(desk: Desk, step: Step) -> Outcome:
    """Do one step of the day. Raises what its action raises."""
    return _ACTIONS[step.do](desk, replace(step, data=_spoken(step.data, desk)))


def _spoken(value: Any, desk: Desk) -> Any:
    """The scenario's texts in the languages of the service alone; the scenario may know more."""
    if isinstance(value, Mapping):
        is_text = desk.service.default_locale in value
        return {
            key: _spoken(item, desk)
            for key, item in value.items()
            if not is_text or key in desk.service.locales
        }
    if isinstance(value, list):
        return [_spoken(item, desk) for item in value]
    return value


def _notice(desk: Desk, step: Step) -> Outcome:
    data = {**step.data, "kind": IncidentKind.ADVANCE_NOTICE}
    return actions.schedule(desk, OPERATOR, step.at, data)


_ACTIONS: Mapping[str, Callable[[Desk, Step], Outcome]] = {
    "schedule_advance_notice": _notice,
    "declare_incident": lambda d, s: actions.declare_incident(d, OPERATOR, s.at, s.data),
    "post_update": lambda d, s: actions.post_update(d, OPERATOR, s.at, s.data),
    "correct_update": lambda d, s: actions.correct_update(d, OPERATOR, s.at, s.data),
    "resolve_incident": lambda d, s: actions.resolve_incident(d, OPERATOR, s.at, s.data),
}
