"""What monitors told of: which alarms last, and what became of each."""

from __future__ import annotations

from typing import Any

import click

from incidents import queries
from incidents.alarms import Alarm
from statuspage.cli._common import LIMIT, Context, json_option, print_json, refusing, table


@click.command()
@click.option("--open", "only_open", is_flag=True, help="Only those that last.")
@click.option("--limit", default=50, show_default=True, type=LIMIT, help="How many at most.")
@json_option
@click.pass_obj
@refusing
def alarms(context: Context, *, only_open: bool, limit: int, as_json: bool) -> None:
    """List what monitors told of, newest first."""
    with context.read() as session:
        rows = queries.alarms(session, limit, only_open=only_open)
    if as_json:
        print_json([_as_json(row) for row in rows])
        return
    table(
        "Alarms",
        ("Began", "Over", "Source", "Severity", "Says", "Became"),
        (
            (
                context.local(row.began_at),
                context.local(row.ended_at),
                row.source,
                row.severity,
                row.summary,
                _became(row),
            )
            for row in rows
        ),
    )


def _became(row: Alarm) -> str:
    if row.incident_id:
        return f"incident {row.incident_id}"
    return f"draft {row.draft_id}" if row.draft_id else ""


def _as_json(row: Alarm) -> dict[str, Any]:
    return {
        "source": row.source,
        "fingerprint": row.fingerprint,
        "summary": row.summary,
        "severity": row.severity,
        "components": row.components,
        "began_at": row.began_at,
        "ended_at": row.ended_at,
        "seen_at": row.seen_at,
        "published_at": row.published_at,
        "draft_id": row.draft_id,
        "incident_id": row.incident_id,
    }
