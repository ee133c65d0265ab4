"""What there is: incidents, planned work, advance notices."""

from __future__ import annotations

from typing import Any

import click

from incidents import queries
from incidents.models import Incident
from incidents.status import IncidentKind, Status
from statuspage.cli._common import (
    LIMIT,
    Context,
    json_option,
    print_json,
    refusing,
    table,
)


@click.command()
@click.option("--open", "only_open", is_flag=True, help="Only what is not over.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([str(kind) for kind in IncidentKind]),
    help="Only this kind.",
)
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([str(status) for status in Status]),
    help="Only what is so.",
)
@click.option("--naming", default="", metavar="TEXT", help="Only those whose name holds this.")
@click.option("--limit", default=50, show_default=True, type=LIMIT, help="How many at most.")
@click.option("--page", default=1, type=LIMIT, help="Which of the pages of so many; the first.")
@json_option
@click.pass_obj
@refusing
def incidents(context: Context, /, *, as_json: bool, **asked: Any) -> None:
    """List incidents, planned work and advance notices, newest first."""
    default = context.settings.service.default_locale
    asked["kinds"] = [IncidentKind(kind) for kind in asked["kinds"]]
    asked["statuses"] = [Status(status) for status in asked["statuses"]]
    with context.read() as session:
        rows = queries.incidents(session, **asked)
        if as_json:
            print_json([entry_as_json(row) for row in rows])
            return
        table(
            "Incidents",
            ("#", "Key", "Name", "Kind", "Status", "Began", "Updates", "Next update by"),
            (
                (
                    row.number,
                    row.key,
                    row.name.get(default),
                    str(row.kind).replace("_", " "),
                    row.status,
                    context.local(row.started_at),
                    len(row.updates),
                    context.local(row.next_update_by),
                )
                for row in rows
            ),
        )


def entry_as_json(row: Incident) -> dict[str, Any]:
    """An entry with its components and updates, as programs read it."""
    return {
        "id": row.id,
        "number": row.number,
        "key": row.key,
        "kind": row.kind,
        "name": row.name,
        "status": row.status,
        "impact": row.impact,
        "started_at": row.started_at,
        "created_at": row.created_at,
        "resolved_at": row.resolved_at,
        "scheduled_for": row.scheduled_for,
        "scheduled_until": row.scheduled_until,
        "next_update_by": row.next_update_by,
        "version": row.version,
        "components": [
            {"name": component.name, "status": component.status} for component in row.affected
        ],
        "updates": [
            {
                "number": update.number,
                "status": update.status,
                "at": update.at,
                "texts": update.texts,
                "next_update_by": update.next_update_by,
            }
            for update in row.updates
        ],
    }
