"""How evenly everyone is told: what each channel took, the skew, who is left behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.markup import escape

from incidents import queries
from incidents.alike import Lag, Times
from incidents.errors import InvalidInput
from incidents.queries import Alike, Laggard, Spread, Step
from statuspage.board import accounts_of, personal_channels
from statuspage.cli._common import (
    Context,
    json_option,
    out,
    print_json,
    printable,
    refusing,
    table,
)
from statuspage.clock import Clock as RealClock

MOST_DAYS = 400
_BARS = "▁▂▃▄▅▆▇█"
_NONE = "·"
_WHY: Mapping[Lag, str] = {
    Lag.BROKEN: "its account is broken",
    Lag.PAUSED: "it is paused",
    Lag.FAILED: "it failed there",
    Lag.UNCONFIRMED: "nobody knows whether it is there",
    Lag.WAITING: "it waits",
    Lag.LATE: "it came late",
}


@click.command()
@click.option(
    "--days",
    default=30,
    show_default=True,
    type=click.IntRange(1, MOST_DAYS),
    help="How many local days, today among them; more than 31 are told by the week.",
)
@click.option(
    "--since",
    metavar="DATE",
    help="From this local day on, as in 2020-12-07, in place of --days.",
)
@json_option
@click.pass_obj
@refusing
def stats(context: Context, *, days: int, since: str | None, as_json: bool) -> None:
    """How evenly everyone is told: what each channel took, and the skew between first and last.

    Seconds count from when a publication should have gone out to when the network had it: half of
    them took p50 or less, nineteen of twenty p95 or less. A channel that has not what the page has
    is named. A person's job is told too, but is not compared.
    """
    settings, now = context.settings, RealClock().now()
    zone = ZoneInfo(settings.service.time_zone)
    if since is not None:
        days = _days_since(since, now.astimezone(zone).date())
    with context.read() as session:
        found = queries.alike(
            session, now, zone, days, accounts_of(settings), personal_channels(settings)
        )
    if as_json:
        print_json(stats_as_json(found))
        return
    _print_channels(context, found)
    for line in _skews(found, zone):
        out.print(escape(printable(line)), soft_wrap=True)
    _print_recent(context, found)
    for laggard in found.behind:
        line = printable(_left_behind(context, laggard))
        out.print(f"[red]![/] {escape(line)}", soft_wrap=True)
    if not found.behind:
        out.print("No channel is left behind")


def _days_since(since: str, today: date) -> int:
    """How many days, both included. Raises `InvalidInput`."""
    try:
        days = (today - date.fromisoformat(since)).days + 1
    except ValueError:
        raise InvalidInput(f"--since: {since!r} should be a day like 2020-12-07") from None
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(f"--since: should be within the last {MOST_DAYS} days")
    return days


def _print_channels(context: Context, found: Alike) -> None:
    behind = {each.channel for each in found.behind}
    rows: list[tuple[object, ...]] = [("the page", *_times(found.page), "", "", "")]
    rows += [
        (
            f"{each.channel} (a person’s job)" if each.personal else each.channel,
            *_times(each.times),
            each.failed,
            each.unconfirmed,
            "yes" if each.channel in behind else "",
        )
        for each in found.channels
    ]
    columns = ("Where", "Out", "p50", "p95", "Slowest", "Failed", "In doubt", "Behind")
    table(f"Since {context.local(found.since)}", columns, rows)


def _times(times: Times) -> tuple[object, ...]:
    return times.number, *(_in_words(value) for value in (times.p50, times.p95, times.slowest))


def _in_words(seconds: float | None) -> str:
    """As in "0.4 s", "12 s", "3 min 5 s", "2 h 10 min"; "" where it is not known."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    parts = (("h", whole // 3600), ("min", whole // 60 % 60), ("s", whole % 60))
    return " ".join([f"{number} {unit}" for unit, number in parts if number][:2])


def _skews(found: Alike, zone: ZoneInfo) -> Iterator[str]:
    """The skew in one line, and over time as a row of bars with what they mean."""
    if not found.skew.number:
        yield "Skew: nothing is out on two channels"
        return
    p50, p95, slowest = (_in_words(value) for value in _three(found.skew))
    yield f"Skew, from the first channel to the last: p50 {p50}, p95 {p95}, at most {slowest}"
    values = [step.skew.p95 for step in found.steps]
    unit = "week" if found.weekly else "day"
    first, last = (_day(step, zone) for step in (found.steps[0], found.steps[-1]))
    yield f"p95 by the {unit}, {first} to {last}: {bars(values)}"
    worst = max(found.steps, key=lambda step: step.skew.p95 or 0.0)
    yield f"The worst {unit}: {_day(worst, zone)}, {_in_words(worst.skew.p95)}"


def _three(times: Times) -> tuple[float | None, ...]:
    return times.p50, times.p95, times.slowest


def _day(step: Step, zone: ZoneInfo) -> str:
    return f"{step.start.astimezone(zone):%Y-%m-%d}"


def bars(values: Sequence[float | None]) -> str:
    """One sign for each value, the highest as the largest; a dot where there is none."""
    most = max((value for value in values if value is not None), default=0.0)
    return "".join(_bar(value, most) for value in values)


def _bar(value: float | None, most: float) -> str:
    if value is None:
        return _NONE
    return _BARS[round(value / most * (len(_BARS) - 1)) if most else 0]


def _print_recent(context: Context, found: Alike) -> None:
    default = context.settings.service.default_locale
    for each in found.recent:
        when = [f"the page {_in_words(each.page)}"] if each.page is not None else []
        when += _reached(each)
        when += [f"skew {_in_words(each.skew)}"] if each.skew is not None else []
        name = each.name.get(default, "")
        line = f"#{each.reference} {name}, {context.local(each.at)}: {', '.join(when)}"
        out.print(f"• {escape(printable(line))}", soft_wrap=True)


def _reached(spread: Spread) -> Iterator[str]:
    for each in spread.reached:
        lag = spread.behind.get(each.channel)
        said = _in_words(each.took) or str(each.state)
        yield f"{each.channel} {said}{' (left behind)' if lag else ''}"


def _left_behind(context: Context, laggard: Laggard) -> str:
    what = f", {laggard.number} from #{laggard.reference} on" if laggard.number else ""
    since = context.local(laggard.since)
    return f"{laggard.channel} is left behind since {since}{what}: {_WHY[laggard.why]}"


def stats_as_json(found: Alike) -> dict[str, Any]:
    """The same for programs; seconds throughout, null where there is nothing to tell."""
    return {
        "since": found.since,
        "until": found.until,
        "channels": [
            {
                "channel": each.channel,
                "personal": each.personal,
                **_times_as_json(each.times),
                "failed": each.failed,
                "unconfirmed": each.unconfirmed,
            }
            for each in found.channels
        ],
        "page": _times_as_json(found.page),
        "skew": _times_as_json(found.skew),
        "step": "week" if found.weekly else "day",
        "steps": [
            {
                "start": step.start,
                "skew": _times_as_json(step.skew),
                "channels": {name: _times_as_json(each) for name, each in step.channels.items()},
            }
            for step in found.steps
        ],
        "recent": [_spread_as_json(each) for each in found.recent],
        "behind": found.behind,
    }


def _times_as_json(times: Times) -> dict[str, Any]:
    p50, p95, slowest = _three(times)
    return {"number": times.number, "p50": p50, "p95": p95, "slowest": slowest}


def _spread_as_json(spread: Spread) -> dict[str, Any]:
    return {
        "reference": spread.reference,
        "kind": spread.kind,
        "at": spread.at,
        "page": spread.page,
        "channels": [
            {
                "channel": each.channel,
                "state": each.state,
                "took": each.took,
                "behind": spread.behind.get(each.channel),
            }
            for each in spread.reached
        ],
        "skew": spread.skew,
    }
