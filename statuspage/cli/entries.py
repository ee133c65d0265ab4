"""What there is: incidents, planned work, advance notices; and drafts, to publish or throw away."""

from __future__ import annotations

from typing import Any

import click

from incidents import actions, queries
from incidents.models import Draft, Incident
from incidents.status import IncidentKind, Status
from statuspage.cli._common import (
    LIMIT,
    Context,
    as_option,
    json_option,
    print_json,
    refusing,
    say_done,
    table,
)
from statuspage.cli._publish import judging_options, publish


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


@click.group()
def draft() -> None:
    """List, publish or throw away what was kept for later."""


@draft.command("list")
@json_option
@click.pass_obj
@refusing
def draft_list(context: Context, *, as_json: bool) -> None:
    """List drafts, oldest first."""
    with context.read() as session:
        rows = queries.drafts(session)
    if as_json:
        print_json([draft_as_json(row) for row in rows])
        return
    table(
        "Drafts",
        ("Draft", "For", "Waits because", "Since"),
        (
            (row.id, row.action.replace("_", " "), row.why, context.local(row.created_at))
            for row in rows
        ),
    )


def draft_as_json(row: Draft) -> dict[str, Any]:
    """A draft as programs read it."""
    return {
        "id": row.id,
        "action": row.action,
        "why": row.why,
        "needs_approval": row.needs_approval,
        "revision": row.revision,
        "approved_at": row.approved_at,
        "created_at": row.created_at,
        "input": row.input,
    }


@draft.command("publish")
@click.argument("draft_id", metavar="DRAFT")
@as_option
@click.option("--yes", is_flag=True, help="Publish without asking.")
@judging_options
@json_option
@click.pass_obj
@refusing
def draft_publish(context: Context, /, draft_id: str, actor: str, **how: Any) -> None:
    """Publish a draft; approve it, where it waits for a second person."""
    house = context.house
    publish(
        house,
        lambda desk: actions.publish_draft(desk, actor, house.clock.now(), draft_id),
        **how,
    )


@draft.command("approve")
@click.argument("draft_id", metavar="DRAFT")
@as_option
@click.option("--revision", type=int, help="The one that you read; refused where it changed.")
@json_option
@click.pass_obj
@refusing
def draft_approve(
    context: Context, draft_id: str, actor: str, revision: int | None, *, as_json: bool
) -> None:
    """Approve a draft that somebody else wrote, and leave it to them to publish it."""
    house = context.house
    outcome = actions.approve_draft(house.desk, actor, house.clock.now(), draft_id, revision)
    say_done(outcome, f"Approved. 'avviso draft publish {draft_id}' publishes it", as_json=as_json)


@draft.command("discard")
@click.argument("draft_id", metavar="DRAFT")
@as_option
@json_option
@click.pass_obj
@refusing
def draft_discard(context: Context, draft_id: str, actor: str, *, as_json: bool) -> None:
    """Throw a draft away."""
    outcome = actions.discard_draft(context.house.desk, actor, context.house.clock.now(), draft_id)
    say_done(outcome, "Thrown away", as_json=as_json)
