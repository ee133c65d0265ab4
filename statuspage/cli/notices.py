"""Declare, update, answer, correct, retract, resolve, schedule, cancel; list and drafts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from incidents import actions, queries
from incidents.actions import Desk, Outcome
from incidents.models import Incident
from incidents.status import Status
from statuspage.cli import _values as values
from statuspage.cli._common import (
    Context,
    as_option,
    json_option,
    out,
    print_json,
    refusing,
    table,
)
from statuspage.cli._publish import publish, version_of
from statuspage.house import House

Command = Callable[..., None]


def options(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order in which help shows them."""

    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


word_options = options(
    click.option("--template", metavar="KEY", help="A notice template, as apology/high-traffic."),
    click.option("--field", "field", multiple=True, metavar="NAME[.LOCALE]=TEXT"),
    click.option("--headline", multiple=True, metavar="LOCALE=TEXT", help="Own words."),
    click.option("--short", multiple=True, metavar="LOCALE=TEXT"),
    click.option("--body", multiple=True, metavar="LOCALE=MARKDOWN"),
    click.option(
        "--file",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="More fields (figures, texts ...) from a TOML or JSON file; options win over it.",
    ),
)
update_options = options(
    click.option("--component", multiple=True, metavar="KEY=STATUS"),
    click.option("--next-update-by", metavar="TIME", help="When you will speak again."),
    click.option("--answer", "answers", multiple=True, metavar="KEY", help="Attach an answer."),
    click.option(
        "--still-cannot", multiple=True, metavar="LOCALE=TEXT", help="While monitoring: who cannot."
    ),
    click.option("--impact", help="none, minor, major or critical; else from the components."),
    click.option("--note", help="An internal note, never public."),
)
publish_options = options(
    as_option,
    click.option("--yes", is_flag=True, help="Publish without asking."),
    click.option("--draft", is_flag=True, help="Keep it, publish nothing."),
    json_option,
)


def _input(house: House, given: Mapping[str, Any]) -> dict[str, Any]:
    """One action's input from the options that were given and the file."""
    zone = house.service.time_zone
    data = values.with_zone(values.read_file(given["file"]), zone)
    own = values.texts({part: given[part] for part in ("headline", "short", "body")})
    found = {
        "template": given["template"],
        "fields": values.fields(given["field"]),
        "texts": own,
        "components": values.pairs(given.get("component", ()), "--component"),
        "answers": list(given.get("answers", ())),
        "still_cannot": values.pairs(given.get("still_cannot", ()), "--still-cannot"),
        "impact": given.get("impact"),
        "internal_note": given.get("note"),
        "next_update_by": _moment(house, given.get("next_update_by"), "--next-update-by"),
    }
    return {**data, **{key: value for key, value in found.items() if value}}


def _moment(house: House, text: str | None, named: str) -> Any:
    return text and values.moment(text, house.clock.now(), house.service.time_zone, named)


def _go(
    context: Context,
    given: Mapping[str, Any],
    action: str,
    data: Mapping[str, Any],
    work: Callable[[Desk], Outcome],
) -> None:
    house = context.house
    if given.get("draft"):
        now = house.clock.now()
        outcome = actions.save_draft(house.desk, given["actor"], now, action, data)
        _say_draft(outcome, as_json=given["as_json"])
        return
    publish(house, work, yes=given["yes"], as_json=given["as_json"])


def _say_draft(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        print_json(outcome)
    else:
        out.print(f"Kept as draft [bold]{outcome.draft_id}[/]; 'avviso draft publish' publishes it")


@click.command()
@click.option("--name", multiple=True, metavar="LOCALE=TEXT", help="What it is called.")
@click.option("--key", help="A short name of your own for it.")
@click.option("--status", help="investigating (default), identified or monitoring.")
@click.option("--started-at", metavar="TIME", help="When it began; else now.")
@click.option("--from-notice", metavar="REF", help="The advance notice that has come true.")
@update_options
@word_options
@publish_options
@click.pass_obj
@refusing
def declare(context: Context, /, **given: Any) -> None:
    """Declare an incident: page, feeds and every channel say so."""
    house = context.house
    data = _input(house, given)
    started = given["started_at"]
    extra = {
        "name": values.pairs(given["name"], "--name"),
        "key": given["key"],
        "status": given["status"],
        "from_notice": given["from_notice"],
        "started_at": started
        and values.past_moment(started, house.clock.now(), house.service.time_zone, "--started-at"),
    }
    data |= {key: value for key, value in extra.items() if value}

    def work(desk: Desk) -> Outcome:
        return actions.declare_incident(desk, given["actor"], house.clock.now(), data)

    _go(context, given, "declare_incident", data, work)


@click.command()
@click.argument("incident", metavar="REF")
@click.option("--status", help="The status that it takes; else it keeps its own.")
@click.option("--key", help="A short name of your own for this update.")
@update_options
@word_options
@publish_options
@click.pass_obj
@refusing
def update(context: Context, /, **given: Any) -> None:
    """Post an update. REF is an incident's number, key or id."""
    _post(context, given, given["status"], given["key"])


@click.command()
@click.argument("incident", metavar="REF")
@update_options
@word_options
@publish_options
@click.pass_obj
@refusing
def resolve(context: Context, /, **given: Any) -> None:
    """Resolve an incident; refused while an affected component is bad."""
    _post(context, given, Status.RESOLVED, None)


def _post(context: Context, given: Mapping[str, Any], status: str | None, key: str | None) -> None:
    house = context.house
    data = _input(house, given) | {"incident": given["incident"]}
    data |= {name: value for name, value in (("status", status), ("key", key)) if value}
    data.setdefault("version", version_of(house, given["incident"]))

    def work(desk: Desk) -> Outcome:
        return actions.post_update(desk, given["actor"], house.clock.now(), data)

    _go(context, given, "post_update", data, work)


@click.command()
@click.argument("incident", metavar="REF")
@click.argument("answer_key", metavar="ANSWER")
@click.option("--field", "field", multiple=True, metavar="NAME[.LOCALE]=TEXT")
@as_option
@click.option("--yes", is_flag=True, help="Publish without asking.")
@json_option
@click.pass_obj
@refusing
def answer(context: Context, /, **given: Any) -> None:
    """Post an answer in an incident's thread, and show it on the page."""
    house = context.house
    data = {
        "incident": given["incident"],
        "answer": {"key": given["answer_key"], "fields": values.fields(given["field"])},
        "version": version_of(house, given["incident"]),
    }
    publish(
        house,
        lambda desk: actions.post_answer(desk, given["actor"], house.clock.now(), data),
        yes=given["yes"],
        as_json=given["as_json"],
    )


@click.command()
@click.argument("incident", metavar="REF")
@click.argument("update_ref", metavar="UPDATE")
@click.option("--reason", multiple=True, required=True, metavar="LOCALE=TEXT")
@click.option("--field", "field", multiple=True, metavar="NAME[.LOCALE]=TEXT")
@click.option("--headline", multiple=True, metavar="LOCALE=TEXT")
@click.option("--short", multiple=True, metavar="LOCALE=TEXT")
@click.option("--body", multiple=True, metavar="LOCALE=MARKDOWN")
@as_option
@click.option("--yes", is_flag=True, help="Publish without asking.")
@json_option
@click.pass_obj
@refusing
def correct(context: Context, /, **given: Any) -> None:
    """Correct a published update, visibly. UPDATE is its number or key."""
    house = context.house
    own = values.texts({part: given[part] for part in ("headline", "short", "body")})
    data = {
        "incident": given["incident"],
        "update": given["update_ref"],
        "fields": values.fields(given["field"]),
        "reason": values.pairs(given["reason"], "--reason"),
        "version": version_of(house, given["incident"]),
        **({"texts": own} if own else {}),
    }
    publish(
        house,
        lambda desk: actions.correct_update(desk, given["actor"], house.clock.now(), data),
        yes=given["yes"],
        as_json=given["as_json"],
    )


@click.command()
@click.argument("incident", metavar="REF")
@click.argument("update_ref", metavar="UPDATE")
@click.option("--reason", multiple=True, required=True, metavar="LOCALE=TEXT")
@as_option
@click.option("--yes", is_flag=True, help="Publish without asking.")
@json_option
@click.pass_obj
@refusing
def retract(context: Context, /, **given: Any) -> None:
    """Take a published update back, visibly, and say so on every channel."""
    house = context.house
    data = {
        "incident": given["incident"],
        "update": given["update_ref"],
        "reason": values.pairs(given["reason"], "--reason"),
        "version": version_of(house, given["incident"]),
    }
    publish(
        house,
        lambda desk: actions.retract_update(desk, given["actor"], house.clock.now(), data),
        yes=given["yes"],
        as_json=given["as_json"],
    )


@click.command()
@click.option(
    "--kind",
    type=click.Choice(["maintenance", "advance-notice"]),
    default="maintenance",
    show_default=True,
    help="Planned work, or the warning of an expected strain.",
)
@click.option("--name", multiple=True, metavar="LOCALE=TEXT", help="What it is called.")
@click.option("--key", help="A short name of your own for it.")
@click.option("--starts-at", metavar="TIME", required=True)
@click.option("--ends-at", metavar="TIME", required=True)
@click.option("--component", multiple=True, metavar="KEY[=STATUS]")
@click.option("--by-hand", is_flag=True, help="The clock neither starts nor ends it.")
@word_options
@publish_options
@click.pass_obj
@refusing
def schedule(context: Context, /, **given: Any) -> None:
    """Schedule planned work or an advance notice."""
    house = context.house
    named = [item if "=" in item else f"{item}=under_maintenance" for item in given["component"]]
    data = _input(house, {**given, "component": named})
    data |= {
        "kind": given["kind"].replace("-", "_"),
        "starts_at": _moment(house, given["starts_at"], "--starts-at"),
        "ends_at": _moment(house, given["ends_at"], "--ends-at"),
    }
    extra = {"name": values.pairs(given["name"], "--name"), "key": given["key"]}
    data |= {key: value for key, value in extra.items() if value}
    if given["by_hand"]:
        data |= {"starts_itself": False, "ends_itself": False}

    def work(desk: Desk) -> Outcome:
        return actions.schedule(desk, given["actor"], house.clock.now(), data)

    _go(context, given, "schedule", data, work)


@click.command()
@click.argument("incident", metavar="REF")
@as_option
@click.option("--yes", is_flag=True, help="Publish without asking.")
@json_option
@click.pass_obj
@refusing
def cancel(context: Context, incident: str, actor: str, *, yes: bool, as_json: bool) -> None:
    """Call off planned work or an advance notice before its time."""
    house = context.house
    version = version_of(house, incident)
    publish(
        house,
        lambda desk: actions.cancel(desk, actor, house.clock.now(), incident, version),
        yes=yes,
        as_json=as_json,
    )


@click.command()
@click.option("--open", "only_open", is_flag=True, help="Only what is not over.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@click.pass_obj
@refusing
def incidents(context: Context, *, only_open: bool, limit: int, as_json: bool) -> None:
    """List incidents, planned work and advance notices, newest first."""
    house = context.house
    with house.db.read() as session:
        rows = queries.incidents(session, only_open=only_open, limit=limit)
        if as_json:
            print_json([_as_json(row) for row in rows])
            return
        words = house.texts.words[house.service.default_locale]
        table(
            "Incidents",
            ("#", "Key", "Name", "Kind", "Status", "Began", "Updates", "Next update by"),
            (
                (
                    row.number,
                    row.key,
                    row.name.get(house.service.default_locale),
                    str(row.kind).replace("_", " "),
                    row.status,
                    words.when(row.started_at),
                    len(row.updates),
                    words.when(row.next_update_by) if row.next_update_by else "",
                )
                for row in rows
            ),
        )


def _as_json(row: Incident) -> dict[str, Any]:
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
    with context.house.db.read() as session:
        found = [
            {
                "id": row.id,
                "action": row.action,
                "why": row.why,
                "created_at": row.created_at,
                "input": row.input,
            }
            for row in queries.drafts(session)
        ]
    if as_json:
        print_json(found)
        return
    rows = ((item["id"], item["action"], item["why"], item["created_at"]) for item in found)
    table("Drafts", ("Draft", "For", "Waits because", "Since"), rows)


@draft.command("publish")
@click.argument("draft_id", metavar="DRAFT")
@as_option
@click.option("--yes", is_flag=True, help="Publish without asking.")
@json_option
@click.pass_obj
@refusing
def draft_publish(context: Context, draft_id: str, actor: str, *, yes: bool, as_json: bool) -> None:
    """Publish a draft; approve it, where it waits for a second person."""
    house = context.house
    publish(
        house,
        lambda desk: actions.publish_draft(desk, actor, house.clock.now(), draft_id),
        yes=yes,
        as_json=as_json,
    )


@draft.command("discard")
@click.argument("draft_id", metavar="DRAFT")
@as_option
@click.pass_obj
@refusing
def draft_discard(context: Context, draft_id: str, actor: str) -> None:
    """Throw a draft away."""
    actions.discard_draft(context.house.desk, actor, context.house.clock.now(), draft_id)
    out.print("Thrown away")


__all__ = [
    "answer",
    "cancel",
    "correct",
    "declare",
    "draft",
    "incidents",
    "resolve",
    "retract",
    "schedule",
    "update",
]
