"""The audit trail on the command line, and who is on duty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.markup import escape

from incidents import actions, queries
from incidents.queries import TrailEvent, TrailFilter
from incidents.rules import resolve_local
from statuspage.cli._common import (
    LIMIT,
    Context,
    as_option,
    json_option,
    printable,
    refusing,
    say_done,
    table,
)
from statuspage.trail_files import csv_lines, json_lines
from statuspage.trail_words import event_phrase, facts_of

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--person", metavar="LOGIN", help="Only what one operator did.")
@click.option("--kind", metavar="KIND", help="Only one kind of event, as in update_posted.")
@click.option("--incident", "entry", metavar="REF", help="Only what was done about one entry.")
@click.option("--since", type=_DAY, help="From this day on, as in 2020-12-08.")
@click.option("--until", type=_DAY, help="Up to this day and with it.")
@click.option("--limit", default=50, show_default=True, type=LIMIT, help="How many in the table.")
@click.option("--csv", "as_csv", is_flag=True, help="Print all of it as CSV, for spreadsheets.")
@json_option
@click.pass_obj
@refusing
def trail(context: Context, /, *, limit: int, as_csv: bool, as_json: bool, **given: Any) -> None:
    """Who did what and when, newest first. As CSV and as JSON: all that there is."""
    zone = ZoneInfo(context.settings.service.time_zone)
    asked = TrailFilter(
        person=given["person"],
        kind=given["kind"],
        entry=given["entry"],
        since=_begins(given["since"], zone),
        until=_begins(given["until"], zone, timedelta(days=1)),
    )
    locale = context.settings.service.default_locale
    with context.read() as session:
        if as_csv or as_json:
            events = queries.whole_trail(session, asked)
            lines = csv_lines(events, zone, locale) if as_csv else json_lines(events, zone)
            _write(lines)
            return
        found = queries.trail(session, asked, limit=limit)
    rows = (_row(context, event) for event in found.events)
    table("Trail", ("Event", "When", "Who", "What", "Entry", "Told"), rows)


def _begins(day: datetime | None, zone: ZoneInfo, later: timedelta = timedelta(0)) -> Any:
    """The instant at which a local day begins, or the one so many days later; None for None."""
    if day is None:
        return None
    wanted: date = day.date()
    if wanted < date.max - later:
        wanted += later
    return resolve_local(wanted, time(0), zone).astimezone(UTC)


def _write(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line, nl=False)


def _row(context: Context, event: TrailEvent) -> tuple[object, ...]:
    told = "\n".join(
        f"{fact.label}: {fact.after if fact.before is None else f'{fact.before} → {fact.after}'}"
        for fact in facts_of(event.data)
    )
    entry = f"#{event.entry_number}" if event.entry_number else ""
    who = event.login or "by itself"
    return event.seq, context.local(event.at), who, event_phrase(event.kind), entry, told


@click.group()
def duty() -> None:
    """Who looks after the page now: take it, hand it over, leave it."""


@duty.command()
@as_option
@json_option
@click.pass_obj
@refusing
def take(context: Context, actor: str, *, as_json: bool) -> None:
    """You are on duty from now on."""
    outcome = actions.take_duty(context.house.desk, actor, context.house.clock.now())
    say_done(outcome, f"{escape(printable(actor))} is on duty", as_json=as_json)


@duty.command()
@click.argument("to", metavar="LOGIN")
@as_option
@json_option
@click.pass_obj
@refusing
def over(context: Context, to: str, actor: str, *, as_json: bool) -> None:
    """Another operator is on duty from now on."""
    outcome = actions.hand_over_duty(context.house.desk, actor, context.house.clock.now(), to)
    say_done(outcome, f"{escape(printable(to))} is on duty", as_json=as_json)


@duty.command()
@as_option
@json_option
@click.pass_obj
@refusing
def leave(context: Context, actor: str, *, as_json: bool) -> None:
    """Nobody is on duty any more."""
    outcome = actions.leave_duty(context.house.desk, actor, context.house.clock.now())
    say_done(outcome, "Nobody is on duty", as_json=as_json)
