"""The page itself: init, export, components, operators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.progress import Progress

from incidents import access, actions, queries
from incidents.errors import InvalidInput, NotFound
from incidents.status import ComponentStatus, Role
from publishers.targets.directory import Target
from statuspage._link_address import link_address
from statuspage.cli import _values as values
from statuspage.cli._common import (
    Context,
    as_option,
    json_option,
    options,
    out,
    print_json,
    printable,
    refusing,
    say_done,
    table,
)
from statuspage.cli._publish import put_online
from statuspage.settings import example_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from statuspage.house import House


@click.command()
@click.option("--operator", "login", help="Your login: the first administrator.")
@click.option("--name", help="Your name, as colleagues see it. [default: the login]")
@click.pass_obj
@refusing
def init(context: Context, login: str | None, name: str | None) -> None:
    """Write a settings file, make the database, and the first operator."""
    path = context.path
    if path.exists():
        out.print(f"{escape(str(path))} is there already and stays as it is")
    else:
        path.write_text(example_settings(), encoding="utf-8")
        out.print(f"[green]✓[/] wrote {escape(str(path))}: look through it")
    house = context.house
    shown = escape(house.settings.shown_database_url)
    out.print(f"[green]✓[/] the database is ready: {shown}", soft_wrap=True)
    if login is not None:
        _add(house, login, name or login, Role.ADMIN)


def _add(house: House, login: str, name: str, role: Role, *, as_json: bool = False) -> None:
    person = {"login": login, "name": name, "role": role}
    outcome = actions.add_operator(house.desk, actions.AVVISO, house.clock.now(), person)
    address = None
    if not house.settings.sign_in.section.only_oidc:
        token = access.make_link(
            house.desk, actions.AVVISO, house.clock.now(), login, access.Purpose.INVITATION
        )
        address = link_address(house.service.url, token)
    if as_json:
        print_json({"event": outcome.event, **person, "url": address})
        return
    out.print(f"[green]✓[/] {escape(printable(login))} may act as {role}")
    if address is not None:
        out.print("They choose a password here, once, within 7 days:")
        click.echo(address)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_obj
@refusing
def export(context: Context, folder: Path) -> None:
    """Render the whole page into FOLDER, for any web server to serve."""
    house = context.house
    with Progress(transient=True) as progress:
        bar = progress.add_task("Rendering")
        house.site.rebuild(
            Target(folder),
            house.clock.now(),
            lambda done, total: progress.update(bar, completed=done, total=total),
        )
    out.print(f"[green]✓[/] the whole page is in {escape(str(folder))}", soft_wrap=True)


@click.group()
def operator() -> None:
    """The people who may act. On this machine you need no login for it."""


@operator.command("add")
@click.argument("login")
@click.option("--name", help="[default: the login]")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    default="author",
    show_default=True,
)
@json_option
@click.pass_obj
@refusing
def operator_add(
    context: Context, login: str, name: str | None, role: str, *, as_json: bool
) -> None:
    """Let a person act under LOGIN."""
    _add(context.house, login, name or login, Role(role), as_json=as_json)


@operator.command("list")
@json_option
@click.pass_obj
@refusing
def operator_list(context: Context, *, as_json: bool) -> None:
    """List operators and their roles."""
    with context.read() as session:
        people = [
            {
                "login": person.login,
                "name": person.name,
                "role": person.role,
                "disabled_at": person.disabled_at,
            }
            for person in queries.operators(session)
            if person.login != actions.AVVISO
        ]
    if as_json:
        print_json(people)
        return
    rows = ((p["login"], p["name"], p["role"], "no" if p["disabled_at"] else "yes") for p in people)
    table("Operators", ("Login", "Name", "Role", "May act"), rows)


@operator.command("role")
@click.argument("login")
@click.argument("role", type=click.Choice([str(role) for role in Role]))
@json_option
@click.pass_obj
@refusing
def operator_role(context: Context, login: str, role: str, *, as_json: bool) -> None:
    """Give an operator another role."""
    house = context.house
    outcome = actions.set_role(house.desk, actions.AVVISO, house.clock.now(), login, Role(role))
    say_done(outcome, f"[green]✓[/] {escape(login)} is {role}", as_json=as_json)


@operator.command("disable")
@click.argument("login")
@json_option
@click.pass_obj
@refusing
def operator_disable(context: Context, login: str, *, as_json: bool) -> None:
    """Let an operator act no more."""
    house = context.house
    outcome = actions.disable_operator(house.desk, actions.AVVISO, house.clock.now(), login)
    say_done(outcome, f"[green]✓[/] {escape(login)} may act no more", as_json=as_json)


@operator.command("enable")
@click.argument("login")
@json_option
@click.pass_obj
@refusing
def operator_enable(context: Context, login: str, *, as_json: bool) -> None:
    """Let a disabled operator act again, with their role, password and tokens."""
    house = context.house
    outcome = actions.enable_operator(house.desk, actions.AVVISO, house.clock.now(), login)
    say_done(outcome, f"[green]✓[/] {escape(login)} may act again", as_json=as_json)


@click.group()
def component() -> None:
    """The parts of the service that citizens know by name."""


_part_options = options(
    click.option("--name", multiple=True, metavar="LOCALE=TEXT"),
    click.option("--description", multiple=True, metavar="LOCALE=TEXT"),
    click.option("--position", type=click.IntRange(1, 9999), help="Its place on the page."),
)


def _part(given: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What the options say of a component or a group."""
    said = {
        "name": values.pairs(given["name"], "--name") or None,
        "description": values.pairs(given["description"], "--description") or None,
        "position": given["position"],
        **more,
    }
    return {name: value for name, value in said.items() if value is not None}


@component.command("save")
@click.argument("key")
@_part_options
@click.option("--group", metavar="KEY", help="The component group that it belongs to; '' for none.")
@click.option("--hidden/--shown", default=None, help="Whether the public sees it.")
@click.option(
    "--only-if-degraded/--always", default=None, help="Whether it is seen only while it is bad."
)
@as_option
@json_option
@click.pass_obj
@refusing
def component_save(context: Context, /, key: str, **given: Any) -> None:
    """Make a component, or change the one called KEY: what is not said stays as it is."""
    house, now = context.house, context.house.clock.now()
    degraded = given["only_if_degraded"]
    said = _part(given, hidden=given["hidden"], only_show_if_degraded=degraded)
    if given["group"] is not None:
        said["group"] = given["group"] or None
    if not said:
        raise InvalidInput("nothing is said of it; see --help")
    outcome = actions.change_component(house.desk, given["actor"], now, key, said)
    put_online(house, outcome.event, now, as_json=given["as_json"])


@component.command("hide")
@click.argument("key")
@as_option
@json_option
@click.pass_obj
@refusing
def component_hide(context: Context, key: str, actor: str, *, as_json: bool) -> None:
    """Show the component called KEY nowhere any more; what was told of it stays."""
    house, now = context.house, context.house.clock.now()
    _must_be_there(context, key)
    outcome = actions.change_component(house.desk, actor, now, key, {"hidden": True})
    put_online(house, outcome.event, now, as_json=as_json)


def _must_be_there(context: Context, *keys: str) -> None:
    with context.read() as session:
        known = {row.key for row in queries.components(session)}
    for key in keys:
        if key not in known:
            raise NotFound(f"there is no component {key!r}; see 'avviso component list'")


@component.command("group")
@click.argument("key")
@_part_options
@click.option(
    "--component", "members", multiple=True, metavar="KEY", help="All that are in it from now on."
)
@as_option
@json_option
@click.pass_obj
@refusing
def component_group(context: Context, /, key: str, **given: Any) -> None:
    """Make a component group, or change the one called KEY: what is not said stays as it is."""
    house, now = context.house, context.house.clock.now()
    said, members = _part(given), given["members"] or None
    if not said and members is None:
        raise InvalidInput("nothing is said of it; see --help")
    _must_be_there(context, *(members or ()))
    outcome = actions.change_group(house.desk, given["actor"], now, key, said, members)
    put_online(house, outcome.event, now, as_json=given["as_json"])


@component.command("groups")
@json_option
@click.pass_obj
@refusing
def component_groups(context: Context, *, as_json: bool) -> None:
    """List all component groups, in their order."""
    with context.read() as session:
        found = queries.groups(session)
    if as_json:
        print_json(
            [
                {
                    "id": row.id,
                    "key": row.key,
                    "name": row.name,
                    "description": row.description,
                    "position": row.position,
                }
                for row in found
            ]
        )
        return
    locale = context.settings.service.default_locale
    table("Component groups", ("Key", "Name"), ((row.key, row.name.get(locale)) for row in found))


@component.command("move")
@click.argument("key")
@click.argument("step", type=click.Choice([str(step) for step in actions.Step]))
@click.option("--group", "is_group", is_flag=True, help="KEY is a component group's.")
@as_option
@json_option
@click.pass_obj
@refusing
def component_move(
    context: Context, key: str, step: str, actor: str, *, is_group: bool, as_json: bool
) -> None:
    """Let the component or group called KEY change places with its neighbour."""
    house = context.house
    now = house.clock.now()
    move = actions.move_group if is_group else actions.move_component
    outcome = move(house.desk, actor, now, key, actions.Step(step))
    put_online(house, outcome.event, now, as_json=as_json)


@component.command("status")
@click.argument("key")
@click.argument("status", type=click.Choice([str(status) for status in ComponentStatus]))
@as_option
@json_option
@click.pass_obj
@refusing
def component_status(context: Context, key: str, status: str, actor: str, *, as_json: bool) -> None:
    """Set one component's status outside of any incident; nobody is notified."""
    house = context.house
    now = house.clock.now()
    wanted = ComponentStatus(status)
    outcome = actions.set_component_status(house.desk, actor, now, key, wanted)
    put_online(house, outcome.event, now, as_json=as_json)


@component.command("list")
@json_option
@click.pass_obj
@refusing
def component_list(context: Context, *, as_json: bool) -> None:
    """List all components, hidden ones too."""
    with context.read() as session:
        rows_found = queries.components(session)
    found = [
        {
            "id": row.id,
            "key": row.key,
            "name": row.name,
            "description": row.description,
            "status": row.status,
            "group_id": row.group_id,
            "position": row.position,
            "hidden": row.hidden,
            "only_show_if_degraded": row.only_show_if_degraded,
        }
        for row in rows_found
    ]
    if as_json:
        print_json(found)
        return
    locale = context.settings.service.default_locale
    rows = (
        (row.key, row.name.get(locale), row.status, "hidden" if row.hidden else "")
        for row in rows_found
    )
    table("Components", ("Key", "Name", "Status", ""), rows)


@component.command("uptime")
@click.argument("key")
@click.option("--group", is_flag=True, help="KEY is a component group: its components together.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="The first day.")
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="The last; or today.")
@json_option
@click.pass_obj
@refusing
def component_uptime(
    context: Context,
    key: str,
    start: datetime | None,
    end: datetime | None,
    *,
    group: bool,
    as_json: bool,
) -> None:
    """Show how a component fared, day by day of the service's clock; else the last 90 days."""
    house = context.house
    days = (start and start.date(), end and end.date())
    first, last = queries.span(house.service, house.clock.now(), *days)
    with context.read() as session:
        parts = _parts_of(session, key) if group else [_component_id(session, key)]
        each = [queries.fared(session, part, first, last) for part in parts]
    how = queries.fared_together(each, first, last)
    if as_json:
        print_json(_fared(how))
        return
    ratio = how.uptime.ratio
    share = "nothing is known" if ratio is None else f"{100 * ratio:.3f} %"
    out.print(f"{context.local(how.start)} – {context.local(how.end)}: {share}")
    seconds = (("major outage", how.uptime.major), ("partial outage", how.uptime.partial))
    for title, spent in seconds:
        out.print(f"{title}: {int(spent)} seconds")


def _component_id(session: Session, key: str) -> str:
    for row in queries.components(session):
        if row.key == key:
            return row.id
    raise NotFound(f"there is no component {key!r}")


def _parts_of(session: Session, key: str) -> list[str]:
    for row in queries.groups(session):
        if row.key == key:
            inside = (part for part in queries.components(session) if part.group_id == row.id)
            return [part.id for part in inside if not part.hidden]
    raise NotFound(f"there is no component group {key!r}")


def _fared(how: queries.Fared) -> dict[str, Any]:
    ratio = how.uptime.ratio
    return {
        "start": how.start,
        "end": how.end,
        "uptime_percentage": None if ratio is None else 100 * ratio,
        "major_outage": int(how.uptime.major),
        "partial_outage": int(how.uptime.partial),
        "incidents": list(how.incident_ids),
    }
