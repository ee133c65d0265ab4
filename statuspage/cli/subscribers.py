"""Subscribers: how many, who, added and removed; lists taken over and given out as CSV.

Whoever may run commands here is trusted with the whole database; each change and each export is
an event of the trail all the same, which never has an address in it.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
from rich.markup import escape
from rich.progress import Progress

from incidents import queries, subscribers
from incidents.errors import InvalidInput, NotPossible
from incidents.status import IncidentKind, ListMode
from incidents.subscribers import Choices, Found, Request, Search, SubscriberState
from statuspage.cli._common import (
    LIMIT,
    Context,
    as_option,
    err,
    json_option,
    options,
    out,
    print_json,
    printable,
    refusing,
    table,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from statuspage.house import House

_MODES = click.Choice([str(mode) for mode in ListMode])
_STATES = click.Choice([str(state) for state in SubscriberState])
_KINDS = click.Choice([str(kind) for kind in IncidentKind])
_FAULTS_SHOWN = 20
_chosen = options(
    click.option("--language", metavar="LOCALE", help="The language that they read."),
    click.option(
        "--component", "components", multiple=True, metavar="KEY", help="This component alone."
    ),
    click.option("--all-components", is_flag=True, help="Every component, those to come as well."),
    click.option("--kind", "kinds", multiple=True, type=_KINDS, help="This kind of news alone."),
    click.option("--incident", metavar="WHICH", help="Follow this one entry, whatever else."),
)
_consent_option = click.option(
    "--consent",
    metavar="TEXT",
    help="Where and when they agreed: they are active at once, and the trail keeps it.",
)


@click.group()
def subscriber() -> None:
    """Those who asked to be told: by mail, webhook or browser."""


@subscriber.command("count")
@json_option
@click.pass_obj
@refusing
def count(context: Context, *, as_json: bool) -> None:
    """Count subscribers by list and state."""
    with context.read() as session:
        found = subscribers.histogram(session)
    if as_json:
        print_json(found)
        return
    rows = ((mode, *(states[state] for state in SubscriberState)) for mode, states in found.items())
    table("Subscribers", ("List", *map(str, SubscriberState)), rows)


@subscriber.command("list")
@click.option("--holding", default="", metavar="TEXT", help="Whose address holds this.")
@click.option("--mode", "modes", multiple=True, type=_MODES, help="Only this list.")
@click.option("--state", "states", multiple=True, type=_STATES, help="Only in this state.")
@click.option("--component", metavar="KEY", help="Who chose this component by itself.")
@click.option("--incident", metavar="WHICH", help="Who follows this entry by itself.")
@click.option("--limit", default=50, show_default=True, type=LIMIT, help="How many at most.")
@click.option("--page", default=1, type=LIMIT, help="Which of the pages of so many; the first.")
@json_option
@click.pass_obj
@refusing
def list_(
    context: Context,
    holding: str,
    modes: tuple[str, ...],
    states: tuple[str, ...],
    component: str | None,
    incident: str | None,
    limit: int,
    page: int,
    *,
    as_json: bool,
) -> None:
    """List subscribers, the newest first."""
    with context.read() as session:
        asked = Search(
            text=holding,
            modes=tuple(map(ListMode, modes)),
            states=tuple(map(SubscriberState, states)),
            component=_component_ids(session, [component])[0] if component else None,
            incident=queries.find_incident(session, incident).id if incident else None,
        )
        found = subscribers.search(session, asked, page, limit)
    if as_json:
        print_json([_as_json(one) for one in found.subscribers])
        return
    rows = (
        (one.id, one.mode, _address(one), one.state, context.local(one.since), one.why)
        for one in found.subscribers
    )
    title = f"Subscribers ({found.total} in all)"
    table(title, ("Id", "List", "Address", "State", "Since", "Why"), rows)


@subscriber.command("show")
@click.argument("subscriber_id", metavar="ID")
@json_option
@click.pass_obj
@refusing
def show(context: Context, subscriber_id: str, *, as_json: bool) -> None:
    """Show one subscriber, with what they chose."""
    with context.read() as session:
        found = subscribers.one(session, subscriber_id)
        keys = _keys(session)
    told = _as_json(found)
    if as_json:
        print_json(told)
        return
    named = found.choices.components
    told["components"] = "all" if named is None else [keys[each] for each in named]
    for name, value in told.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        out.print(f"[bold]{name}[/]: {escape(printable(str(shown)))}", soft_wrap=True)


@subscriber.command("add")
@click.argument("address")
@click.option("--contact", default="", metavar="EMAIL", help="A webhook's owner.")
@_chosen
@_consent_option
@as_option
@json_option
@click.pass_obj
@refusing
def add(
    context: Context,
    /,
    address: str,
    contact: str,
    consent: str | None,
    actor: str,
    *,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Add an e-mail ADDRESS, or a webhook's https:// one. A letter asks them to confirm."""
    house = context.house
    mode = ListMode.WEBHOOK if "://" in address else ListMode.EMAIL
    with house.db.read() as session:
        choices = _choices(session, chosen, Choices(house.service.default_locale))
        if chosen["incident"] and not chosen["components"] and not chosen["all_components"]:
            choices = replace(choices, follows=False)
    request = Request(mode, address, choices, contact)
    added = subscribers.add(house.desk, actor, house.clock.now(), request, consent)
    asked = "a letter asks them to confirm" if added.asked else "active"
    _say({"id": added.id, "asked": added.asked}, f"{added.id}: {asked}", as_json=as_json)


@subscriber.command("change")
@click.argument("subscriber_id", metavar="ID")
@_chosen
@click.option("--no-incident", metavar="WHICH", help="Follow this one entry no more.")
@as_option
@json_option
@click.pass_obj
@refusing
def change(
    context: Context,
    /,
    subscriber_id: str,
    no_incident: str | None,
    actor: str,
    *,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Change what a subscriber is told of."""
    house = context.house
    with house.db.read() as session:
        choices = _choices(session, chosen, subscribers.one(session, subscriber_id).choices)
        if no_incident:
            gone = queries.find_incident(session, no_incident).id
            rest = tuple(each for each in choices.incidents if each != gone)
            choices = replace(choices, incidents=rest)
    subscribers.change(house.desk, actor, house.clock.now(), subscriber_id, choices)
    _say({"id": subscriber_id}, "changed", as_json=as_json)


_ids = click.argument("subscriber_ids", metavar="ID...", nargs=-1, required=True)


@subscriber.command("remove")
@_ids
@as_option
@json_option
@click.pass_obj
@refusing
def remove(context: Context, subscriber_ids: tuple[str, ...], actor: str, *, as_json: bool) -> None:
    """Erase subscribers for good."""
    house = context.house
    done = subscribers.remove(house.desk, actor, house.clock.now(), subscriber_ids)
    _say({"count": done}, f"erased: {done}", as_json=as_json)


@subscriber.command("unsubscribe")
@_ids
@as_option
@json_option
@click.pass_obj
@refusing
def unsubscribe(
    context: Context, subscriber_ids: tuple[str, ...], actor: str, *, as_json: bool
) -> None:
    """Write to subscribers no more; they are erased some days later."""
    house = context.house
    done = subscribers.unsubscribe(house.desk, actor, house.clock.now(), subscriber_ids)
    _say({"count": done}, f"unsubscribed: {done}", as_json=as_json)


@subscriber.command("reactivate")
@click.argument("subscriber_ids", metavar="[ID...]", nargs=-1)
@click.option("--all", "everybody", is_flag=True, help="Everybody who is quarantined.")
@as_option
@json_option
@click.pass_obj
@refusing
def reactivate(
    context: Context,
    subscriber_ids: tuple[str, ...],
    actor: str,
    *,
    everybody: bool,
    as_json: bool,
) -> None:
    """Write again to those whose letters came back."""
    if everybody is bool(subscriber_ids):
        raise InvalidInput("name subscribers by their ids, or say --all")
    house = context.house
    desk, now = house.desk, house.clock.now()
    if everybody:
        done = subscribers.reactivate_all(desk, actor, now)
    else:
        done = subscribers.reactivate(desk, actor, now, subscriber_ids)
    _say({"count": done}, f"active again: {done}", as_json=as_json)


@subscriber.command("resend")
@_ids
@as_option
@json_option
@click.pass_obj
@refusing
def resend(context: Context, subscriber_ids: tuple[str, ...], actor: str, *, as_json: bool) -> None:
    """Ask those once more who never confirmed."""
    house = context.house
    done = subscribers.resend(house.desk, actor, house.clock.now(), subscriber_ids)
    _say({"count": done}, f"asked again: {done}", as_json=as_json)


@subscriber.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--ask", is_flag=True, help="Ask each by a letter to confirm.")
@_consent_option
@as_option
@json_option
@click.pass_obj
@refusing
def import_(
    context: Context, file: Path, consent: str | None, actor: str, *, ask: bool, as_json: bool
) -> None:
    """Take subscribers over from a CSV FILE; the same file again adds nobody twice."""
    if ask is (consent is not None):
        raise InvalidInput("say --ask, or with --consent where and when all of them agreed")
    house = context.house
    with file.open(encoding="utf-8-sig", newline="") as text:
        import_id = subscribers.keep(house.desk, actor, house.clock.now(), text, consent)
    done = _taken(house, import_id, quiet=as_json)
    with house.db.read() as session:
        faults = subscribers.faults(session, import_id)
    if as_json:
        print_json({**_plain(done), "faults": faults})
        return
    for fault in faults[:_FAULTS_SHOWN]:
        where = f"line {fault.line}: {fault.field}: {fault.why}"
        err.print(f"[yellow]![/] {escape(printable(where))}")
    if len(faults) > _FAULTS_SHOWN:
        err.print(f"… and {len(faults) - _FAULTS_SHOWN} more; --json has them all")
    told = f"added {done.added}, known already {done.known}, faulty {done.faulty}"
    out.print(f"[green]✓[/] {told}, of {done.lines}")


def _taken(house: House, import_id: str, *, quiet: bool) -> subscribers.Progress:
    """Take a file whose lines are kept, whoever else takes some of them as well."""
    with Progress(transient=True, disable=quiet) as bars:
        bar = bars.add_task("Subscribers")
        while True:
            took = subscribers.take_next(house.desk, house.clock.now())
            with house.db.read() as session:
                done = subscribers.progress(session, import_id)
            bars.update(bar, completed=done.done, total=done.lines)
            if done.finished_at is not None or not took:
                return done
            time.sleep(0.005)  # others write between two parts


@subscriber.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@as_option
@click.pass_obj
@refusing
def export(context: Context, file: Path, actor: str) -> None:
    """Write all but browsers into a CSV FILE, which only you can read; "-" prints it."""
    house = context.house
    modes = (ListMode.EMAIL, ListMode.WEBHOOK)
    if file.exists():
        raise NotPossible(f"{file}: is there already")
    with house.db.read() as session:
        found = subscribers.histogram(session)
        total = sum(sum(found[mode].values()) for mode in modes)
        # First the trail, then the file: nobody has all addresses and no event says so.
        subscribers.note_export(house.desk, actor, house.clock.now(), total)
        with _opened(file) as target:
            lines = subscribers.written(subscribers.everyone(session, modes), _keys(session))
            target.writelines(lines)
    if str(file) != "-":
        out.print(f"[green]✓[/] {total} subscribers are in {escape(str(file))}", soft_wrap=True)


def _opened(file: Path) -> Any:
    if str(file) == "-":
        return nullcontext(sys.stdout)
    made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    text: TextIO = io.open(made, "w", encoding="utf-8", newline="")  # noqa: UP020, SIM115
    return text


def _choices(session: Session, chosen: dict[str, Any], before: Choices) -> Choices:
    """What options say, and what was chosen before where they say nothing."""
    after = before
    if chosen["language"]:
        after = replace(after, locale=chosen["language"])
    if chosen["components"]:
        ids = _component_ids(session, chosen["components"])
        after = replace(after, components=tuple(ids), follows=True)
    elif chosen["all_components"]:
        after = replace(after, components=None, follows=True)
    if chosen["kinds"]:
        after = replace(after, kinds=tuple(IncidentKind(kind) for kind in chosen["kinds"]))
    if chosen["incident"]:
        followed = queries.find_incident(session, chosen["incident"]).id
        after = replace(after, incidents=tuple(dict.fromkeys((*after.incidents, followed))))
    return after


def _component_ids(session: Session, wanted: Iterable[str]) -> Sequence[str]:
    known = {name: row.id for row in queries.components(session) for name in (row.key, row.id)}
    unknown = next((name for name in wanted if name not in known), None)
    if unknown is not None:
        raise InvalidInput(f"--component: there is no component {unknown!r}")
    return [known[name] for name in wanted]


def _keys(session: Session) -> dict[str, str]:
    return {row.id: row.key for row in queries.components(session)}


def _address(found: Found) -> str:
    return found.address if found.mode is not ListMode.PUSH else "(a browser)"


def _as_json(found: Found) -> dict[str, Any]:
    choices = found.choices
    return {
        "id": found.id,
        "mode": found.mode,
        "address": _address(found),
        "contact": found.contact,
        "state": found.state,
        "since": found.since,
        "why": found.why,
        "bounces": found.bounces,
        "language": choices.locale,
        "follows": choices.follows,
        "components": choices.components,
        "kinds": choices.kinds,
        "incidents": choices.incidents,
        "created_at": found.created_at,
    }


def _plain(done: subscribers.Progress) -> dict[str, Any]:
    return {
        "id": done.id,
        "lines": done.lines,
        "added": done.added,
        "known": done.known,
        "faulty": done.faulty,
    }


def _say(told: dict[str, Any], says: str, *, as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        out.print(f"[green]✓[/] {escape(says)}", soft_wrap=True)
