"""Date rules: from when, and until when, does something count?

A rule speaks of local days and hours; everything here is worked out in the zone that is passed in.
Nothing here reads the clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
_DAY = re.compile(r"[12]\d{3}-\d\d-\d\d")
_MOMENT = re.compile(r"[12]\d{3}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?")
_ONE_DAY = timedelta(days=1)


class RuleError(ValueError):
    """A rule that cannot be read; each of `problems` names its field."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _read_clock(value: object) -> time:
    if isinstance(value, time) and value.tzinfo is None:
        return value
    # YAML reads an unquoted 12:30 as the number 750.
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return time.fromisoformat(value)
    raise ValueError('write a time of the day in quotes, as in "00:01"')


def _read_day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    raise ValueError('write a day as in "2020-12-08"')


Clock = Annotated[time, BeforeValidator(_read_clock)]
Day = Annotated[date, BeforeValidator(_read_day)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class RuleEnd(_Frozen):
    """One end of a rule: at an hour of the local day, some days after an event."""

    event: Annotated[str, Field(strict=True, min_length=1)]
    days_after: Annotated[int, Field(strict=True, ge=0, le=366)]
    at: Clock


class Rule(_Frozen):
    """Half-open [from, until), within a window whose two days both belong to it."""

    from_: RuleEnd = Field(validation_alias="from")
    until: RuleEnd | None = None
    window: tuple[Day, Day] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Rule:
        if self.window and self.window[1] < self.window[0]:
            raise ValueError("window: its last day is before its first")
        return self

    def moved(self, by: timedelta) -> Rule:
        """The same rule with its window moved by whole days."""
        if self.window is None:
            return self
        first, last = self.window
        return self.model_copy(update={"window": (first + by, last + by)})


def validation_problems(error: ValidationError) -> tuple[tuple[tuple[str, ...], str], ...]:
    """What pydantic found, as (path to the field, message in plain English)."""
    return tuple(
        (tuple(str(step) for step in found["loc"]), _plain(found["msg"]))
        for found in error.errors(include_url=False, include_context=False)
    )


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def parse_rule(mapping: Mapping[str, object]) -> Rule:
    """Read a rule as it stands in the head of an answer. Raises `RuleError` naming the fields."""
    try:
        return Rule.model_validate(mapping)
    except ValidationError as error:
        found = validation_problems(error)
    raise RuleError(*(f"{'.'.join(('rule', *path))}: {text}" for path, text in found))


def resolve_local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant at which the zone's clocks show `at` on `day` (aware, in `zone`).

    A time that the clocks skip moves forward by what they skip; one that comes twice is the first
    (RFC 5545, section 3.3.5).
    """
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0), tzinfo=zone)
    # Through UTC and back: only so does an hour that does not exist become one that does.
    return wall.astimezone(UTC).astimezone(zone)


def parse_local(text: str, zone: ZoneInfo) -> datetime:
    """Read "2020-12-08T18:30" as the zone's time, or with an offset ("…+01:00", "…Z") as given.

    Answers an aware datetime in `zone`. Raises `ValueError` with a message for the one who typed.
    """
    if not _MOMENT.fullmatch(text.strip()):
        raise ValueError(
            f"{text!r} is not a date and time: write it as in 2020-12-08T18:30 "
            f"(the time of {zone.key}) or 2020-12-08T18:30+01:00"
        )
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as problem:
        raise ValueError(f"{text!r} does not exist: {problem}") from None
    if moment.tzinfo is None:
        return resolve_local(moment.date(), moment.time(), zone)
    return moment.astimezone(zone)


def counts_from(rule: Rule, activated_at: datetime | date, zone: ZoneInfo) -> datetime:
    """The first instant that counts, by the rule alone: its window is not looked at.

    Answers an aware datetime in `zone`. Compare it in UTC: Python compares two datetimes of one
    zone by their wall clocks, and those repeat an hour each autumn.
    """
    return _moment(rule.from_, activated_at, zone)


def counts_until(rule: Rule, deactivated_at: datetime | date, zone: ZoneInfo) -> datetime:
    """The first instant that no longer counts, by the rule alone. In `zone`, as `counts_from`.

    Raises `ValueError` when the rule has no `until`.
    """
    if rule.until is None:
        raise ValueError("this rule does not say until when: it has no 'until'")
    return _moment(rule.until, deactivated_at, zone)


def _moment(end: RuleEnd, event: datetime | date, zone: ZoneInfo) -> datetime:
    day = _local_day(event, zone) + timedelta(days=end.days_after)
    return resolve_local(day, end.at, zone)


def _local_day(event: datetime | date, zone: ZoneInfo) -> date:
    if not isinstance(event, datetime):
        return event
    return _aware(event).astimezone(zone).date()


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment


def counts(
    rule: Rule,
    purchase_at: datetime,
    activated: datetime | date,
    deactivated: datetime | date | None,
    zone: ZoneInfo,
) -> bool:
    """Whether something that happened at `purchase_at` (aware) counts."""
    start, end = _span(rule, activated, deactivated, zone)
    moment = _in_utc(_aware(purchase_at))
    return _in_utc(start) <= moment and (end is None or moment < _in_utc(end))


def window_ends(rule: Rule, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """The window as instants [start, end): from its first day's 00:00 to the end of its last."""
    if rule.window is None:
        return None
    first, last = rule.window
    return resolve_local(first, time(), zone), resolve_local(last + _ONE_DAY, time(), zone)


def in_window(rule: Rule, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether an instant (aware) lies in the rule's window; with no window, always."""
    window = window_ends(rule, zone)
    return window is None or _in_utc(window[0]) <= _in_utc(_aware(moment)) < _in_utc(window[1])


def _span(
    rule: Rule, activated: datetime | date, deactivated: datetime | date | None, zone: ZoneInfo
) -> tuple[datetime, datetime | None]:
    """What counts, [start, end), within the window; empty when end is not after start."""
    start = counts_from(rule, activated, zone)
    end = None if deactivated is None else counts_until(rule, deactivated, zone)
    window = window_ends(rule, zone)
    if window:
        start = max(start, window[0], key=_in_utc)
        end = window[1] if end is None else min(end, window[1], key=_in_utc)
    return start, end


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def days_that_matter(rule: Rule, today: date, end: RuleEnd | None = None) -> tuple[date, ...]:
    """The days of (de)activation whose dates are worth printing today, in order.

    Yesterday, today and the window's last day; before the window also the earliest day that can
    count and its first. After the window none; with no window yesterday and today. `end` is the
    end of the rule asked about, `rule.from_` unless told.
    """
    near = {today - _ONE_DAY, today}
    if rule.window is None:
        return tuple(sorted(near))
    first, last = rule.window
    if today > last:
        return ()
    earliest = first - timedelta(days=(end or rule.from_).days_after)
    days = near | {last} | ({earliest, first} if today < first else set())
    return tuple(sorted(day for day in days if earliest <= day <= last))


@dataclass(frozen=True, slots=True)
class Explanation:
    """From when to when something counts, within the window, and how that follows."""

    counts_from: datetime
    counts_until: datetime | None
    """None: with no end in sight."""
    in_window: bool
    """Whether anything counts at all."""
    steps: tuple[str, ...]
    """The reasoning, one plain English sentence each."""


def explain(
    rule: Rule, activated: datetime | date, deactivated: datetime | date | None, zone: ZoneInfo
) -> Explanation:
    """Work out a rule and say how. Raises `ValueError` as `counts_until` does."""
    start, end = _span(rule, activated, deactivated, zone)
    something = end is None or _in_utc(start) < _in_utc(end)
    steps = [_end_step("from", rule.from_, activated, zone)]
    if deactivated is not None and rule.until is not None:
        steps.append(_end_step("until", rule.until, deactivated, zone))
    if rule.window:
        first, last = rule.window
        steps.append(
            f"Only what happens from {_day(first)} to {_day(last)}, both included, counts."
        )
    steps.append(_conclusion(start, end) if something else "So nothing counts.")
    steps.append(f"Times are those of {zone.key}.")
    return Explanation(start, end, something, tuple(steps))


def _end_step(word: str, end: RuleEnd, event: datetime | date, zone: ZoneInfo) -> str:
    day, moment = _local_day(event, zone), _moment(end, event, zone)
    later = {0: "the same day", 1: "the next day"}.get(end.days_after, f"{end.days_after} days on")
    step = (
        f"The {end.event} is on {_day(day)}; the rule counts {word} {_hour(end.at)} {later}: "
        f"{_when(moment)}."
    )
    if moment.time() != end.at:
        step += f" The clocks skip {_hour(end.at)} that day, so it is {_hour(moment)}."
    return step


def _conclusion(start: datetime, end: datetime | None) -> str:
    if end is None:
        return f"So it counts from {_when(start)}."
    return f"So it counts from {_when(start)} until {_when(end)}, that instant excluded."


def _hour(at: time | datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def _when(moment: datetime) -> str:
    return f"{_hour(moment)} on {_day(moment)}"
