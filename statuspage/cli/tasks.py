"""Tasks: what a person is asked to publish by hand, and what they say became of it.

A task is a delivery to a channel that is a person's job. It waits, as unconfirmed, for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click
from rich.markup import escape
from rich.panel import Panel
from rich.rule import Rule
from sqlalchemy.orm import Session, selectinload

from incidents import actions, queries
from incidents.errors import NotFound, NotPossible
from incidents.models import Delivery
from incidents.status import Certainty, DeliveryState
from publishers._kinds import load
from publishers.channels._base import ChannelOptions
from statuspage.cli._common import (
    Context,
    as_option,
    json_option,
    out,
    print_json,
    printable,
    refusing,
    say_done,
)
from statuspage.cli._publish import put_online
from statuspage.cli.deliveries import ID

_MOST = 1000
"""How many tasks of one channel are listed, the newest."""

Places = Mapping[str, ChannelOptions]


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
@refusing
def tasks(context: click.Context, /, *, as_json: bool) -> None:
    """List what waits for a person, oldest first; or say what became of it."""
    if context.invoked_subcommand is not None:
        return
    shared: Context = context.obj
    places = _places(shared)
    with shared.read() as session:
        rows = _waiting(session, places)
        if as_json:
            print_json([_as_json(row, places[row.channel]) for row in rows])
            return
        for row in rows:
            _show(shared, row, places[row.channel])
    if not rows:
        out.print("Tasks: none")


def _places(context: Context) -> Places:
    """The configured channels that are a person's job, by name."""
    return {
        options.name: options
        for options in context.settings.channels
        if load("publishers.channels", options.kind).Channel.certainty is Certainty.PERSONAL
    }


def _waiting(session: Session, places: Places) -> list[Delivery]:
    rows = [
        row
        for name in places
        for row in queries.deliveries(
            session, state=DeliveryState.UNCONFIRMED, channel=name, limit=_MOST
        )
    ]
    return sorted(rows, key=lambda row: (row.seq, row.id))


def _as_json(row: Delivery, options: ChannelOptions) -> dict[str, Any]:
    return {
        "id": row.id,
        "publication": row.publication_id,
        "reference": row.publication.reference,
        "kind": row.publication.kind,
        "incident": row.thread,
        "channel": row.channel,
        "who": _told(options, "who"),
        "instructions": _told(options, "instructions"),
        "text": row.text,
        "since": row.settled_at,
    }


def _told(options: ChannelOptions, name: str) -> str:
    """What the settings say of a task; only kinds that are a person's job have it."""
    return str(getattr(options, name, ""))


def _show(context: Context, row: Delivery, options: ChannelOptions) -> None:
    notice = f"#{row.publication.reference} {row.publication.kind}"
    lines = "\n".join(
        f"[bold]{label:<11}[/] {escape(printable(value))}"
        for label, value in _lines(context, row, options)
        if value
    )
    out.print(
        Panel(lines, title=escape(f"{row.id} · {row.channel} · {notice}"), title_align="left")
    )
    # Without a frame and without line breaks of ours: it is there to be copied.
    click.echo(row.text)
    out.print(Rule())


def _lines(context: Context, row: Delivery, options: ChannelOptions) -> Iterator[tuple[str, str]]:
    yield "Ask", _told(options, "who")
    yield "What to do", _told(options, "instructions")
    if row.state is DeliveryState.UNCONFIRMED:
        yield "Since", context.local(row.settled_at)
        yield "When done", f"avviso tasks done {row.id}"
    else:
        yield "State", _settled(context, row)


def _settled(context: Context, row: Delivery) -> str:
    """Why a task waits for nobody."""
    if row.state in (DeliveryState.PENDING, DeliveryState.SENDING):
        return "not handed over yet; the worker does that"
    if row.state is DeliveryState.FAILED:
        return f"failed: {row.error}"
    if row.state is DeliveryState.SUPERSEDED:
        return f"nobody needs to do it any more: {row.error}"
    return f"done already, {context.local(row.sent_at)}"


def _task(context: Context, task: int) -> tuple[Delivery, ChannelOptions]:
    """A task in any state, with what the settings say of it. Raises `NotFound`."""
    with context.read() as session:
        row = session.get(Delivery, task, options=[selectinload(Delivery.publication)])
    if row is None:
        raise NotFound(f"there is no task {task}; 'avviso tasks' lists them")
    places = _places(context)
    if row.channel not in places:
        raise NotFound(f"{task} is a delivery to {row.channel}, no task; see 'avviso deliveries'")
    return row, places[row.channel]


def _must_wait(context: Context, task: int) -> None:
    row, _ = _task(context, task)
    if row.state is not DeliveryState.UNCONFIRMED:
        raise NotPossible(f"task {task} does not wait for a person: {_settled(context, row)}")


@tasks.command()
@click.argument("task", type=ID)
@click.option("--plain", is_flag=True, help="Print the text and nothing else, to pipe it on.")
@click.pass_obj
@refusing
def show(context: Context, task: int, *, plain: bool) -> None:
    """Show one task, and the text to copy."""
    row, options = _task(context, task)
    if row.text is None:
        raise NotPossible(f"task {task} has no text: {_settled(context, row)}")
    if plain:
        click.echo(row.text, nl=False)
    else:
        _show(context, row, options)


@tasks.command()
@click.argument("task", type=ID)
@click.option("--url", metavar="ADDRESS", help="Where readers see it.")
@as_option
@json_option
@click.pass_obj
@refusing
def done(context: Context, task: int, url: str | None, actor: str, *, as_json: bool) -> None:
    """A task is done."""
    _must_wait(context, task)
    house = context.house
    outcome = actions.settle_unconfirmed(
        house.desk, actor, house.clock.now(), task, there=True, url=url
    )
    put_online(house, outcome.event, house.clock.now(), "Noted as done", as_json=as_json)


@tasks.command()
@click.argument("task", type=ID)
@as_option
@json_option
@click.pass_obj
@refusing
def skip(context: Context, task: int, actor: str, *, as_json: bool) -> None:
    """A task will not be done."""
    _must_wait(context, task)
    house = context.house
    outcome = actions.skip_delivery(house.desk, actor, house.clock.now(), task)
    say_done(outcome, "Noted: it will not be done", as_json=as_json)
