"""The board on the command line, one entry with all that was said of it, and the page itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import click
from rich.markup import escape

from incidents import queries
from incidents.models import Incident
from incidents.queries import Board, BoardEntry, Clock
from incidents.status import IncidentKind
from publishers.documents._base import page_url
from statuspage.board import Behind, Worker, behind_of, personal_channels, read_board, worker_of
from statuspage.cli._common import (
    Context,
    json_option,
    out,
    print_json,
    printable,
    refusing,
    table,
)
from statuspage.cli.deliveries import delivery_as_json
from statuspage.cli.drafts import draft_as_json
from statuspage.cli.entries import entry_as_json
from statuspage.clock import Clock as RealClock


@click.command()
@json_option
@click.pass_obj
@refusing
def board(context: Context, *, as_json: bool) -> None:
    """Show what is open with its promises, and what needs somebody now."""
    settings, now = context.settings, RealClock().now()
    with context.read() as session:
        found = read_board(session, settings, now, personal_channels(settings))
        worker = worker_of(settings, found, now)
        behind = behind_of(settings, found, worker)
        if as_json:
            print_json(_board_as_json(found, worker, behind))
            return
        for line in _warnings(found, worker, behind, now):
            out.print(f"[red]![/] {escape(printable(line))}", soft_wrap=True)
        entries = [*found.incidents, *found.running, *found.planned]
        for entry in entries:
            mark = "[red]![/]" if entry.alarmed else "[green]•[/]"
            out.print(f"{mark} {escape(printable(_line(context, entry)))}", soft_wrap=True)
        if not entries:
            out.print("Nothing is open")
        if found.drafts:
            out.print(f"Drafts: {len(found.drafts)}; see 'avviso draft list'")
        duty = f"{found.duty.name} is on duty" if found.duty else "Nobody is on duty"
        out.print(escape(printable(duty)))


def _line(context: Context, entry: BoardEntry) -> str:
    """An entry on one line, which is not cut to fit a terminal."""
    incident = entry.incident
    begins = context.local(incident.scheduled_for or incident.started_at)
    name = incident.name.get(context.settings.service.default_locale, "")
    parts = [f"#{incident.number} {name}: {incident.status}", f"from {begins}"]
    if incident.next_update_by is not None:
        standing = {Clock.NEAR: ", which is near", Clock.LATE: ", which is over"}
        promised = context.local(incident.next_update_by)
        parts.append(f"next update by {promised}{standing.get(entry.promise, '')}")
    elif incident.kind is IncidentKind.INCIDENT:
        parts.append("no next update promised")
    if entry.overdue:
        parts.append("should have begun or ended by now")
    if entry.alarms_over:
        parts.append("its alarms are over")
    return "; ".join(parts)


def _warnings(
    found: Board, worker: Worker, behind: Sequence[Behind], now: datetime
) -> Iterator[str]:
    """What needs somebody, in sentences, each with what helps."""
    if not worker.alive:
        yield "no worker looks after the page: start it with 'avviso worker' or 'avviso run'"
    for place in behind:
        yield f"{place.target} does not show the latest"
    for row in found.channels.values():
        yield f"{row.name} is {row.state}: {row.why}; 'avviso channel resume {row.name}'"
    for delivery in found.troubles:
        yield (
            f"delivery {delivery.id} to {delivery.channel} is {delivery.state}: "
            f"{delivery.error or 'look whether it is there'}; see 'avviso deliveries'"
        )
    yield from _unannounced(found, now)
    if found.tasks:
        yield f"{len(found.tasks)} posts wait for a person; see 'avviso tasks'"


def _unannounced(found: Board, now: datetime) -> Iterator[str]:
    for key, fault in found.unannounced.items():
        if fault.stands is Clock.LATE:
            minutes = (now - fault.since) // timedelta(minutes=1)
            yield f"draft {key}: no notice yet after {minutes} minutes; see 'avviso draft list'"


def _board_as_json(found: Board, worker: Worker, behind: Sequence[Behind]) -> dict[str, Any]:
    return {
        "alarmed": found.alarmed,
        "incidents": [_entry_as_json(each) for each in found.incidents],
        "running": [_entry_as_json(each) for each in found.running],
        "planned": [_entry_as_json(each) for each in found.planned],
        "troubles": [delivery_as_json(row) for row in found.troubles],
        "tasks": [delivery_as_json(row) for row in found.tasks],
        "waiting": found.waiting,
        "channels": [
            {"name": row.name, "state": row.state, "why": row.why}
            for row in found.channels.values()
        ],
        "drafts": [draft_as_json(row) for row in found.drafts],
        "unannounced": found.unannounced,
        "duty": found.duty,
        "behind": behind,
        "worker": worker,
    }


def _entry_as_json(entry: BoardEntry) -> dict[str, Any]:
    incident = entry.incident
    return {
        "id": incident.id,
        "number": incident.number,
        "kind": incident.kind,
        "name": incident.name,
        "status": incident.status,
        "impact": incident.impact,
        "started_at": incident.started_at,
        "scheduled_for": incident.scheduled_for,
        "next_update_by": incident.next_update_by,
        "promise": entry.promise,
        "first_notice": entry.first_notice,
        "overdue": entry.overdue,
        "alarmed": entry.alarmed,
        "alarms_over": entry.alarms_over,
        "version": incident.version,
    }


@click.command()
@click.argument("incident", metavar="REF")
@json_option
@click.pass_obj
@refusing
def show(context: Context, incident: str, *, as_json: bool) -> None:
    """Show one incident, by its number, key or id, with all that was said of it."""
    with context.read() as session:
        row = queries.find_incident(session, incident)
        if as_json:
            print_json(entry_as_json(row))
            return
        _print(context, row)


def _print(context: Context, row: Incident) -> None:
    locale = context.settings.service.default_locale
    name = printable(row.name.get(locale, ""))
    out.print(f"[bold]#{row.number} {escape(name)}[/]: {row.status}, {row.impact}")
    for affected in row.affected:
        out.print(escape(printable(f"  {affected.name.get(locale, '')}: {affected.status}")))
    for update in row.updates:
        out.print()
        out.print(f"[bold]{update.number}[/] {context.local(update.at)} {update.status}")
        told = update.texts.get(locale, {})
        for part in ("headline", "body"):
            click.echo(printable(told.get(part, "")))


@click.command()
@json_option
@click.pass_obj
@refusing
def page(context: Context, *, as_json: bool) -> None:
    """Tell the page's id, name, address, time zone and languages."""
    with context.read() as session:
        page_id = queries.page_id(session)
    service = context.settings.service_view(page_id or "")
    told = {
        "id": page_id,
        "name": service.name,
        "url": page_url(service, service.default_locale),
        "time_zone": service.time_zone.key,
        "locales": service.locales,
        "default_locale": service.default_locale,
    }
    if as_json:
        print_json(told)
        return
    told["name"] = service.name.get(service.default_locale)
    told["locales"] = ", ".join(service.locales)
    table("The page", ("", ""), told.items())
