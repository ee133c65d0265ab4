"""Everything that speaks to the public: declare, update, answer, correct, retract, resolve,
schedule, cancel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from incidents import actions, proposed, queries
from incidents.actions import Desk, Outcome
from incidents.errors import InvalidInput
from incidents.status import IncidentKind, Status
from statuspage.cli import _values as values
from statuspage.cli._common import Context, as_option, json_option, options, refusing
from statuspage.cli._publish import (
    field_types,
    judging_options,
    publish,
    say_draft,
    version_of,
)

if TYPE_CHECKING:
    from statuspage.house import House

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
_BESIDE = {"still_cannot": "--still-cannot", "to_do": "--do", "not_to_do": "--do-not"}
"""What an update says beside its words, and the options for it."""

advice_options = options(
    click.option("--do", "to_do", multiple=True, metavar="LOCALE=TEXT", help="What to do."),
    click.option(
        "--do-not", "not_to_do", multiple=True, metavar="LOCALE=TEXT", help="What not to do."
    ),
)
_NAME_HELP = "What it is called; else what is proposed, by its components."
beside_options = options(
    click.option(
        "--still-cannot", multiple=True, metavar="LOCALE=TEXT", help="While monitoring: who cannot."
    ),
    advice_options,
)
_answer_option = click.option(
    "--answer", "answers", multiple=True, metavar="KEY", help="Attach an answer."
)
_note_option = click.option("--note", help="An internal note, never public.")
update_options = options(
    click.option("--component", multiple=True, metavar="KEY=STATUS"),
    click.option("--next-update-by", metavar="TIME", help="When you will speak again."),
    _answer_option,
    beside_options,
    click.option("--impact", help="none, minor, major or critical; else from the components."),
    _note_option,
)
version_option = click.option(
    "--version",
    type=click.IntRange(1),
    metavar="N",
    help="The entry's version that you saw; refused where somebody was first.",
)
plan_options = options(_answer_option, advice_options, _note_option)
publish_options = options(
    as_option,
    click.option("--yes", is_flag=True, help="Publish without asking."),
    click.option("--draft", is_flag=True, help="Keep it, publish nothing."),
    judging_options,
    json_option,
)


def said_in(house: House, given: Mapping[str, Any], known: str | None = None) -> dict[str, Any]:
    """What the options and the file say of an action's input; `known` is the template where they
    name none."""
    zone = house.service.time_zone
    data: dict[str, Any] = values.with_zone(values.read_file(given["file"]), zone)
    template = given["template"] or data.get("template") or known
    found = {
        "template": given["template"],
        "fields": values.fields(given["field"], field_types(house, house.texts.notice, template)),
        "texts": _own_words(given),
        "components": values.pairs(given.get("component", ()), "--component", "KEY=STATUS"),
        "answers": list(given.get("answers", ())),
        **{name: values.pairs(given.get(name, ()), option) for name, option in _BESIDE.items()},
        "impact": given.get("impact"),
        "internal_note": given.get("note"),
        "next_update_by": _moment(house, given.get("next_update_by"), "--next-update-by"),
    }
    return data | {key: value for key, value in found.items() if value}


def _input(house: House, given: Mapping[str, Any]) -> dict[str, Any]:
    """One action's input from the options that were given and the file."""
    data = said_in(house, given)
    if ("template" in data) is ("texts" in data):
        raise InvalidInput("--template: give one, or else --headline and --body in every language")
    return data


def _version(house: House, given: Mapping[str, Any]) -> int:
    """The version of the entry that somebody saw, else the one that it has now."""
    return given.get("version") or version_of(house, given["incident"])


def _own_words(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return values.texts({part: given[part] for part in ("headline", "short", "body")})


def _named(
    house: House,
    data: Mapping[str, Any],
    given: Mapping[str, Any],
    kind: IncidentKind = IncidentKind.INCIDENT,
) -> dict[str, Any]:
    """The name that was given, else the one that is proposed; nothing where none is."""
    said = values.pairs(given["name"], "--name")
    components = data.get("components")
    if said or "name" in data or not isinstance(components, Mapping):
        return {"name": said} if said else {}
    with house.db.read() as session:
        chosen = queries.components_chosen(session, components)
    if kind is IncidentKind.INCIDENT:
        name = proposed.declared_name(chosen, house.service, house.texts.words)
    else:
        name = proposed.planned_name(kind, chosen, house.service, house.texts.words)
    return {"name": name} if name else {}


def _moment(house: House, text: str | None, named: str) -> Any:
    return text and values.moment(text, house.clock.now(), house.service.time_zone, named)


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    """How it is published, as the options say."""
    return {name: given[name] for name in ("yes", "as_json", "despite", "emergency")}


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
        say_draft(outcome, as_json=given["as_json"])
        return
    publish(house, work, **_said(given))


@click.command()
@click.option("--name", multiple=True, metavar="LOCALE=TEXT", help=_NAME_HELP)
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
        **_named(house, data, given),
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
@version_option
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
@version_option
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
    data["version"] = given["version"] or data.get("version") or _version(house, given)

    def work(desk: Desk) -> Outcome:
        return actions.post_update(desk, given["actor"], house.clock.now(), data)

    _go(context, given, "post_update", data, work)


@click.command()
@click.argument("incident", metavar="REF")
@click.argument("answer_key", metavar="ANSWER")
@click.option("--field", "field", multiple=True, metavar="NAME[.LOCALE]=TEXT")
@as_option
@click.option("--yes", is_flag=True, help="Publish without asking.")
@judging_options
@json_option
@click.pass_obj
@refusing
def answer(context: Context, /, **given: Any) -> None:
    """Post an answer in an incident's thread, and show it on the page."""
    house = context.house
    data = {
        "incident": given["incident"],
        "answer": {
            "key": given["answer_key"],
            "fields": values.fields(
                given["field"], field_types(house, house.texts.answer, given["answer_key"])
            ),
        },
        "version": _version(house, given),
    }
    publish(
        house,
        lambda desk: actions.post_answer(desk, given["actor"], house.clock.now(), data),
        **_said(given),
    )


@click.command()
@click.argument("incident", metavar="REF")
@click.argument("update_ref", metavar="UPDATE")
@click.option("--reason", multiple=True, required=True, metavar="LOCALE=TEXT")
@click.option("--field", "field", multiple=True, metavar="NAME[.LOCALE]=TEXT")
@click.option("--headline", multiple=True, metavar="LOCALE=TEXT")
@click.option("--short", multiple=True, metavar="LOCALE=TEXT")
@click.option("--body", multiple=True, metavar="LOCALE=MARKDOWN")
@beside_options
@click.option(
    "--no-longer",
    multiple=True,
    type=click.Choice(["still-cannot", "do", "do-not"]),
    help="What it should not say any more.",
)
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="More of it (figures, texts ...) from a TOML or JSON file; options win over it.",
)
@as_option
@click.option("--yes", is_flag=True, help="Publish without asking.")
@judging_options
@version_option
@json_option
@click.pass_obj
@refusing
def correct(context: Context, /, **given: Any) -> None:
    """Correct a published update, visibly. UPDATE is its number or key."""
    house = context.house
    with house.db.read() as session:
        incident = queries.find_incident(session, given["incident"])
        template = queries.find_update(session, incident, given["update_ref"]).template
    own, beside = _own_words(given), _beside(given)
    filed = values.with_zone(values.read_file(given["file"]), house.service.time_zone)
    fields = values.fields(given["field"], field_types(house, house.texts.notice, template))
    said = [bool(own), bool(fields)]
    if all(said) or not (any(said) or beside or filed):
        raise InvalidInput(
            "--field: give new fields, or else --headline and --body; or what it says beside them "
            "(--do, --do-not, --still-cannot, --no-longer, --file)"
        )
    data = {
        **filed,
        "incident": given["incident"],
        "update": given["update_ref"],
        **beside,
        "reason": values.pairs(given["reason"], "--reason"),
        "version": given["version"] or incident.version,
        **({"texts": own} if own else {}),
        **({"fields": fields} if fields else {}),
    }
    publish(
        house,
        lambda desk: actions.correct_update(desk, given["actor"], house.clock.now(), data),
        **_said(given),
    )


def _beside(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a correction says of what stands beside the words; None for what is not said any
    more."""
    said: dict[str, Any] = {
        name: values.pairs(given[name], option) for name, option in _BESIDE.items() if given[name]
    }
    gone = {name: None for name, option in _BESIDE.items() if option[2:] in given["no_longer"]}
    if both := [_BESIDE[name] for name in gone if name in said]:
        raise InvalidInput(f"{both[0]}: is said anew and no longer; give one of both")
    return said | gone


@click.command()
@click.argument("incident", metavar="REF")
@click.argument("update_ref", metavar="UPDATE")
@click.option("--reason", multiple=True, metavar="LOCALE=TEXT", help="Why; else our own sentence.")
@as_option
@click.option("--yes", is_flag=True, help="Publish without asking.")
@judging_options
@version_option
@json_option
@click.pass_obj
@refusing
def retract(context: Context, /, **given: Any) -> None:
    """Take a published update back, visibly, and say so on every channel."""
    house = context.house
    data = {
        "incident": given["incident"],
        "update": given["update_ref"],
        "reason": values.pairs(given["reason"], "--reason")
        or proposed.sentence(proposed.TAKEN_BACK, house.service, house.texts.words),
        "version": _version(house, given),
    }
    publish(
        house,
        lambda desk: actions.retract_update(desk, given["actor"], house.clock.now(), data),
        **_said(given),
    )


@click.command()
@click.option(
    "--kind",
    type=click.Choice(["maintenance", "advance-notice"]),
    default="maintenance",
    show_default=True,
    help="Planned work, or the warning of an expected strain.",
)
@click.option("--name", multiple=True, metavar="LOCALE=TEXT", help=_NAME_HELP)
@click.option("--key", help="A short name of your own for it.")
@click.option("--starts-at", metavar="TIME", required=True)
@click.option("--ends-at", metavar="TIME", required=True)
@click.option("--component", multiple=True, metavar="KEY[=STATUS]")
@click.option("--by-hand", is_flag=True, help="The clock neither starts nor ends it.")
@plan_options
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
    extra = {**_named(house, data, given, IncidentKind(data["kind"])), "key": given["key"]}
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
@judging_options
@version_option
@json_option
@click.pass_obj
@refusing
def cancel(context: Context, /, **given: Any) -> None:
    """Call off planned work or an advance notice before its time."""
    house = context.house
    incident, actor = given["incident"], given["actor"]
    version = _version(house, given)
    publish(
        house,
        lambda desk: actions.cancel(desk, actor, house.clock.now(), incident, version),
        **_said(given),
    )


@click.command()
@click.option("--name", multiple=True, metavar="LOCALE=TEXT", help=_NAME_HELP)
@click.option("--key", help="A short name of your own for it.")
@click.option("--started-at", metavar="TIME", required=True, help="When it began.")
@click.option("--resolved-at", metavar="TIME", required=True, help="When it was over.")
@click.option("--component", multiple=True, metavar="KEY=STATUS", help="What it was meanwhile.")
@click.option("--impact", help="none, minor, major or critical; else from the components.")
@word_options
@as_option
@click.option("--yes", is_flag=True, help="Publish without asking.")
@judging_options
@json_option
@click.pass_obj
@refusing
def backdate(context: Context, /, **given: Any) -> None:
    """Tell of an incident that is over: page and history show it, no channel does."""
    house = context.house
    data = _input(house, given)
    now, zone = house.clock.now(), house.service.time_zone
    data |= {
        "started_at": values.past_moment(given["started_at"], now, zone, "--started-at"),
        "resolved_at": values.past_moment(given["resolved_at"], now, zone, "--resolved-at"),
    }
    extra = {**_named(house, data, given), "key": given["key"]}
    data |= {key: value for key, value in extra.items() if value}
    publish(
        house,
        lambda desk: actions.backdate_incident(desk, given["actor"], house.clock.now(), data),
        **_said(given),
    )
