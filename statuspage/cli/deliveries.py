"""Deliveries and channels: what went out, what did not, and what an operator decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from rich.markup import escape

from incidents import actions, queries
from incidents.errors import InvalidInput, NotFound
from incidents.models import Delivery
from incidents.sightings import NetworkTicket, Sighting
from incidents.status import DeliveryState
from publishers.channels._text import BREAKER
from statuspage._not_seen import advice_for, faults_of
from statuspage.cli._common import (
    LIMIT,
    Context,
    as_option,
    json_option,
    out,
    print_json,
    printable,
    refusing,
    say_done,
    table,
)
from statuspage.cli._publish import WHY_WAITS, put_online

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
            print_json([delivery_as_json(row) for row in rows])
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
    known = context.settings.channel_names
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
        _why(row, context),
    )


def _why(row: Delivery, context: Context) -> str | None:
    if not row.waits_for:
        return row.error
    return f"waits until {context.local(row.not_before)}: {WHY_WAITS[row.waits_for]}"


def delivery_as_json(row: Delivery) -> dict[str, Any]:
    """A delivery as programs read it."""
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
        "without_picture": row.without_picture,
        "remote_id": row.remote_id,
        "url": row.remote_url,
        "error": row.error,
        "created_at": row.created_at,
        "not_before": row.not_before,
        "waits_for": row.waits_for,
        "sent_at": row.sent_at,
    }


@deliveries.command()
@click.argument("delivery", type=ID)
@as_option
@json_option
@click.pass_obj
@refusing
def retry(context: Context, delivery: int, actor: str, *, as_json: bool) -> None:
    """Send a failed delivery again, or at once what waits for a calmer hour."""
    house = context.house
    outcome = actions.retry_delivery(house.desk, actor, house.clock.now(), delivery)
    say_done(outcome, "It goes out again with the worker", as_json=as_json)


@deliveries.command()
@click.argument("delivery", type=ID)
@as_option
@json_option
@click.pass_obj
@refusing
def skip(context: Context, delivery: int, actor: str, *, as_json: bool) -> None:
    """Do not send a delivery."""
    house = context.house
    outcome = actions.skip_delivery(house.desk, actor, house.clock.now(), delivery)
    say_done(outcome, "Skipped", as_json=as_json)


@deliveries.command()
@click.argument("delivery", type=ID)
@click.option("--url", help="Where the post is.")
@as_option
@json_option
@click.pass_obj
@refusing
def there(context: Context, delivery: int, url: str | None, actor: str, *, as_json: bool) -> None:
    """An unconfirmed post is there: I looked."""
    house = context.house
    outcome = actions.settle_unconfirmed(
        house.desk, actor, house.clock.now(), delivery, there=True, url=url
    )
    put_online(house, outcome.event, house.clock.now(), "Noted as sent", as_json=as_json)


@deliveries.command("not-there")
@click.argument("delivery", type=ID)
@as_option
@json_option
@click.pass_obj
@refusing
def not_there(context: Context, delivery: int, actor: str, *, as_json: bool) -> None:
    """An unconfirmed post is not there: send it again."""
    house = context.house
    outcome = actions.settle_unconfirmed(
        house.desk, actor, house.clock.now(), delivery, there=False
    )
    say_done(outcome, "It goes out again with the worker", as_json=as_json)


@deliveries.command()
@json_option
@click.pass_obj
@refusing
def unseen(context: Context, *, as_json: bool) -> None:
    """Posts that are out and that readers or a search do not see, and what to do."""
    kinds = {options.name: options.kind for options in context.settings.channels}
    with context.read() as session:
        rows = queries.unseen(session, context.house.clock.now(), kinds)
        if as_json:
            print_json([_unseen_as_json(row) for row in rows])
            return
        for row in rows:
            sent, advice = row.delivery, advice_for(kinds[row.channel])
            where = printable(sent.remote_url or "")
            out.print(f"[bold]{row.delivery_id}[/] {row.channel} #{sent.publication.reference}")
            out.print(escape(where), soft_wrap=True)
            for phrase, filled in faults_of(row):
                out.print(f"[red]![/] {escape(phrase.format(**filled))}", soft_wrap=True)
            for step in advice.steps:
                out.print(f"  - {escape(step)}", soft_wrap=True)
            if advice.where:
                out.print(f"  - {advice.where}", soft_wrap=True)
        if not rows:
            out.print("Nothing says that a post is not seen.")


def _unseen_as_json(row: Sighting) -> dict[str, Any]:
    return {**delivery_as_json(row.delivery), **sighting_as_json(row)}


def sighting_as_json(row: Sighting) -> dict[str, Any]:
    """What was seen of a post, as programs read it."""
    return {
        "seen_by_reader": row.reader,
        "seen_by_account": row.account,
        "looked_at": row.looked_at,
        "found_by_search": row.search,
        "found_under": row.hashtags,
        "searched_at": row.searched_at,
        "reach": row.reach,
        "reach_at": row.reach_at,
        "not_looked_at": row.why,
        "unseen_since": row.unseen_since,
    }


@deliveries.command()
@click.argument("delivery", type=ID)
@json_option
@click.pass_obj
@refusing
def seen(context: Context, delivery: int, *, as_json: bool) -> None:
    """What was seen of one delivery's post, and what it reached."""
    with context.read() as session:
        row = queries.sightings(session, [delivery]).get(delivery)
    if row is None:
        raise NotFound(f"nothing was seen of delivery {delivery} yet")
    found = sighting_as_json(row)
    if as_json:
        print_json(found)
        return
    table(
        "Seen", ("What", "Found"), ((name, _said(value, context)) for name, value in found.items())
    )


def _said(value: Any, context: Context) -> object:
    if isinstance(value, datetime):
        return context.local(value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return "not known" if value is None else value


@deliveries.command()
@click.argument("delivery", type=ID)
@as_option
@json_option
@click.pass_obj
@refusing
def known(context: Context, delivery: int, actor: str, *, as_json: bool) -> None:
    """I know that a post is not seen: say so no more."""
    house = context.house
    outcome = actions.know_unseen(house.desk, actor, house.clock.now(), delivery)
    say_done(outcome, "Noted that you know", as_json=as_json)


@click.group()
def channel() -> None:
    """Pause a channel, use a paused or broken one again, or note a ticket with its network."""


@channel.command()
@click.argument("name")
@click.option("--reference", required=True, help="What the network calls it.")
@click.option("--url", default="", help="Its address, if it has one.")
@click.option("--words", default="", help="In your words, for the other operators.")
@click.option("--delivery", type=ID, help="The post that it is about.")
@as_option
@json_option
@click.pass_obj
@refusing
def ticket(context: Context, /, name: str, actor: str, *, as_json: bool, **given: Any) -> None:
    """Note a ticket that was opened with a channel's network."""
    house = context.house
    data = {"channel": name, **{key: value for key, value in given.items() if value is not None}}
    outcome = actions.note_ticket(house.desk, actor, house.clock.now(), data)
    say_done(outcome, "The ticket is noted", as_json=as_json)


@channel.command()
@click.option("--all", "every", is_flag=True, help="Closed ones, too.")
@json_option
@click.pass_obj
@refusing
def tickets(context: Context, *, every: bool, as_json: bool) -> None:
    """List tickets with networks."""
    with context.read() as session:
        rows = queries.all_tickets(session) if every else queries.open_tickets(session)
    if as_json:
        print_json([_ticket_as_json(row) for row in rows])
        return
    table(
        "Tickets with networks",
        ("Id", "Channel", "Reference", "Address", "Words", "Opened", "Closed"),
        (
            (
                *(row.id, row.channel, row.reference, row.url, row.words),
                *(context.local(row.opened_at), context.local(row.closed_at)),
            )
            for row in rows
        ),
    )


def _ticket_as_json(row: NetworkTicket) -> dict[str, Any]:
    return {
        "id": row.id,
        "channel": row.channel,
        "delivery": row.delivery_id,
        "reference": row.reference,
        "url": row.url,
        "words": row.words,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
    }


@channel.command("close-ticket")
@click.argument("ticket", type=ID)
@as_option
@json_option
@click.pass_obj
@refusing
def close_ticket(context: Context, ticket: int, actor: str, *, as_json: bool) -> None:
    """A network settled a ticket."""
    house = context.house
    outcome = actions.close_ticket(house.desk, actor, house.clock.now(), ticket)
    say_done(outcome, "The ticket is closed", as_json=as_json)


@channel.command()
@click.argument("name")
@click.option("--why", default="", help="For the other operators.")
@as_option
@json_option
@click.pass_obj
@refusing
def pause(context: Context, name: str, why: str, actor: str, *, as_json: bool) -> None:
    """Let nothing new go to a channel."""
    house = context.house
    outcome = actions.pause_channel(house.desk, actor, house.clock.now(), name, why)
    say_done(outcome, f"{escape(name)} is paused", as_json=as_json)


@channel.command()
@click.argument("name")
@as_option
@json_option
@click.pass_obj
@refusing
def resume(context: Context, name: str, actor: str, *, as_json: bool) -> None:
    """Use a channel again; what waited goes out unless it is stale."""
    house = context.house
    outcome = actions.resume_channel(house.desk, actor, house.clock.now(), name)
    say_done(outcome, f"{escape(name)} is on", as_json=as_json)
