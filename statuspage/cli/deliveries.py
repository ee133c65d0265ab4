"""Deliveries and channels: what went out, what did not, and what an operator decides."""

from __future__ import annotations

from typing import Any

import click

from incidents import actions, queries
from incidents.models import Delivery
from incidents.status import DeliveryState
from statuspage.cli._common import (
    Context,
    as_option,
    json_option,
    out,
    print_json,
    refusing,
    table,
)


@click.group(invoke_without_command=True)
@click.option("--incident", metavar="REF", help="Only those of one incident.")
@click.option("--state", type=click.Choice([str(state) for state in DeliveryState]))
@click.option("--channel", metavar="NAME")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@click.pass_context
@refusing
def deliveries(context: click.Context, /, **given: Any) -> None:
    """List deliveries, newest first; or decide about one."""
    if context.invoked_subcommand is not None:
        return
    house = context.obj.house
    with house.db.read() as session:
        rows = queries.deliveries(
            session,
            incident=given["incident"],
            state=DeliveryState(given["state"]) if given["state"] else None,
            channel=given["channel"],
            limit=given["limit"],
        )
        broken = queries.channel_states(session)
        if given["as_json"]:
            print_json([_as_json(row) for row in rows])
            return
        table(
            "Deliveries",
            ("Id", "Notice", "Channel", "State", "Sent", "Text", "Where", "Why"),
            (_row(row, house.texts.words[house.service.default_locale]) for row in rows),
        )
        for channel in broken.values():
            out.print(f"[red]{channel.name} is {channel.state}[/]: {channel.why}", markup=True)


def _row(row: Delivery, words: Any) -> tuple[object, ...]:
    return (
        row.id,
        f"#{row.publication.reference} {row.publication.kind}",
        row.channel,
        row.state,
        words.time(row.sent_at) if row.sent_at else "",
        row.text,
        row.remote_url or row.remote_id,
        row.error,
    )


def _as_json(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "publication": row.publication_id,
        "reference": row.publication.reference,
        "kind": row.publication.kind,
        "incident": row.thread,
        "channel": row.channel,
        "recipient": row.recipient,
        "state": row.state,
        "attempts": row.attempts,
        "text": row.text,
        "fallback": row.fallback,
        "standalone": row.standalone,
        "remote_id": row.remote_id,
        "url": row.remote_url,
        "error": row.error,
        "created_at": row.created_at,
        "not_before": row.not_before,
        "sent_at": row.sent_at,
    }


@deliveries.command()
@click.argument("delivery", type=int)
@as_option
@click.pass_obj
@refusing
def retry(context: Context, delivery: int, actor: str) -> None:
    """Send a failed delivery again."""
    actions.retry_delivery(context.house.desk, actor, context.house.clock.now(), delivery)
    out.print("It goes out again with the worker")


@deliveries.command()
@click.argument("delivery", type=int)
@as_option
@click.pass_obj
@refusing
def skip(context: Context, delivery: int, actor: str) -> None:
    """Do not send a delivery."""
    actions.skip_delivery(context.house.desk, actor, context.house.clock.now(), delivery)
    out.print("Skipped")


@deliveries.command()
@click.argument("delivery", type=int)
@click.option("--url", help="Where the post is.")
@as_option
@click.pass_obj
@refusing
def there(context: Context, delivery: int, url: str | None, actor: str) -> None:
    """An unconfirmed post is there: I looked."""
    house = context.house
    outcome = actions.settle_unconfirmed(
        house.desk, actor, house.clock.now(), delivery, there=True, url=url
    )
    house.site.refresh(house.clock.now(), outcome.event)
    out.print("Noted as sent")


@deliveries.command("not-there")
@click.argument("delivery", type=int)
@as_option
@click.pass_obj
@refusing
def not_there(context: Context, delivery: int, actor: str) -> None:
    """An unconfirmed post is not there: send it again."""
    house = context.house
    actions.settle_unconfirmed(house.desk, actor, house.clock.now(), delivery, there=False)
    out.print("It goes out again with the worker")


@click.group()
def channel() -> None:
    """Pause a channel, or use a paused or broken one again."""


@channel.command()
@click.argument("name")
@click.option("--why", default="", help="For the other operators.")
@as_option
@click.pass_obj
@refusing
def pause(context: Context, name: str, why: str, actor: str) -> None:
    """Let nothing new go to a channel."""
    actions.pause_channel(context.house.desk, actor, context.house.clock.now(), name, why)
    out.print(f"{name} is paused")


@channel.command()
@click.argument("name")
@as_option
@click.pass_obj
@refusing
def resume(context: Context, name: str, actor: str) -> None:
    """Use a channel again; what waited goes out unless it is stale."""
    actions.resume_channel(context.house.desk, actor, context.house.clock.now(), name)
    out.print(f"{name} is on")
