"""Deliveries and channels: what went out, what did not, and what an operator decides."""

from __future__ import annotations

from typing import Any

import click
from rich.markup import escape

from incidents import actions, queries
from incidents.errors import InvalidInput
from incidents.models import Delivery
from incidents.status import DeliveryState
from publishers.channels._text import BREAKER
from statuspage.cli._common import (
    LIMIT,
    Context,
    as_option,
    json_option,
    out,
    print_json,
    printable,
    refusing,
    table,
)
from statuspage.cli._publish import put_online

ID = click.IntRange(1, 2**31 - 1)
"""What a delivery's number may be: that of a database's integer."""


@click.group(invoke_without_command=True)
@click.option("--incident", metavar="REF", help="Only those of one incident.")
@click.option("--state", type=click.Choice([str(state) for state in DeliveryState]))
@click.option("--channel", metavar="NAME")
@click.option("--limit", default=50, show_default=True, type=LIMIT, help="How many at most.")
@json_option
@click.pass_context
@refusing
def deliveries(context: click.Context, /, **given: Any) -> None:
    """List deliveries, newest first; or decide about one."""
    if context.invoked_subcommand is not None:
        return
    shared: Context = context.obj
    with shared.read() as session:
        rows = queries.deliveries(
            session,
            incident=given["incident"],
            state=DeliveryState(given["state"]) if given["state"] else None,
            channel=given["channel"],
            limit=given["limit"],
        )
        if not rows and given["channel"]:
            _must_be_known(shared, given["channel"])
        if given["as_json"]:
            print_json([_as_json(row) for row in rows])
            return
        table(
            "Deliveries",
            ("Id", "Notice", "Channel", "State", "Sent", "Text", "Where", "Why"),
            (_row(row, shared) for row in rows),
        )
        for stopped in queries.channel_states(session).values():
            why = printable(f"{stopped.name} is {stopped.state}: {stopped.why}")
            out.print(f"[red]![/] {escape(why)}")


def _must_be_known(context: Context, name: str) -> None:
    known = [options.name for options in context.settings.channels]
    if name not in known:
        there = ", ".join(known) or "none"
        raise InvalidInput(f"--channel: there is no channel {name!r}; there are: {there}")


def _row(row: Delivery, context: Context) -> tuple[object, ...]:
    return (
        row.id,
        f"#{row.publication.reference} {row.publication.kind}",
        row.channel,
        row.state,
        context.local(row.sent_at),
        (row.text or "").replace(BREAKER, ""),
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
@click.argument("delivery", type=ID)
@as_option
@click.pass_obj
@refusing
def retry(context: Context, delivery: int, actor: str) -> None:
    """Send a failed delivery again."""
    actions.retry_delivery(context.house.desk, actor, context.house.clock.now(), delivery)
    out.print("It goes out again with the worker")


@deliveries.command()
@click.argument("delivery", type=ID)
@as_option
@click.pass_obj
@refusing
def skip(context: Context, delivery: int, actor: str) -> None:
    """Do not send a delivery."""
    actions.skip_delivery(context.house.desk, actor, context.house.clock.now(), delivery)
    out.print("Skipped")


@deliveries.command()
@click.argument("delivery", type=ID)
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
    put_online(house, outcome.event, house.clock.now(), "Noted as sent")


@deliveries.command("not-there")
@click.argument("delivery", type=ID)
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
    out.print(f"{escape(name)} is paused")


@channel.command()
@click.argument("name")
@as_option
@click.pass_obj
@refusing
def resume(context: Context, name: str, actor: str) -> None:
    """Use a channel again; what waited goes out unless it is stale."""
    actions.resume_channel(context.house.desk, actor, context.house.clock.now(), name)
    out.print(f"{escape(name)} is on")
