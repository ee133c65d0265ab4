"""The page itself: init, export, components, operators."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.progress import Progress

from incidents import actions, queries
from incidents.status import ComponentStatus, Role
from publishers.targets.directory import Target
from statuspage.cli import _values as values
from statuspage.cli._common import (
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
from statuspage.settings import example_settings

if TYPE_CHECKING:
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


def _add(house: House, login: str, name: str, role: Role) -> None:
    person = {"login": login, "name": name, "role": role}
    actions.add_operator(house.desk, actions.AVVISO, house.clock.now(), person)
    out.print(f"[green]✓[/] {escape(printable(login))} may act as {role}")


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
@click.pass_obj
@refusing
def operator_add(context: Context, login: str, name: str | None, role: str) -> None:
    """Let a person act under LOGIN."""
    _add(context.house, login, name or login, Role(role))


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
@click.pass_obj
@refusing
def operator_role(context: Context, login: str, role: str) -> None:
    """Give an operator another role."""
    house = context.house
    actions.set_role(house.desk, actions.AVVISO, house.clock.now(), login, Role(role))
    out.print(f"[green]✓[/] {escape(login)} is {role}")


@operator.command("disable")
@click.argument("login")
@click.pass_obj
@refusing
def operator_disable(context: Context, login: str) -> None:
    """Let an operator act no more."""
    house = context.house
    actions.disable_operator(house.desk, actions.AVVISO, house.clock.now(), login)
    out.print(f"[green]✓[/] {escape(login)} may act no more")


@click.group()
def component() -> None:
    """The parts of the service that citizens know by name."""


@component.command("save")
@click.argument("key")
@click.option("--name", multiple=True, required=True, metavar="LOCALE=TEXT")
@click.option("--description", multiple=True, metavar="LOCALE=TEXT")
@click.option("--group", metavar="KEY", help="The component group that it belongs to.")
@click.option("--position", type=click.IntRange(1, 9999), help="Its place on the page.")
@click.option("--hidden", is_flag=True, help="Shown nowhere in public.")
@as_option
@click.pass_obj
@refusing
def component_save(context: Context, /, **given: Any) -> None:
    """Make a component, or change the one called KEY."""
    house = context.house
    data = {
        "key": given["key"],
        "name": values.pairs(given["name"], "--name"),
        "description": values.pairs(given["description"], "--description"),
        "group": given["group"],
        "position": given["position"],
        "hidden": given["hidden"],
    }
    now = house.clock.now()
    outcome = actions.save_component(house.desk, given["actor"], now, data)
    put_online(house, outcome.event, now)


@component.command("group")
@click.argument("key")
@click.option("--name", multiple=True, required=True, metavar="LOCALE=TEXT")
@click.option("--position", type=click.IntRange(1, 9999), help="Its place on the page.")
@as_option
@click.pass_obj
@refusing
def component_group(context: Context, /, **given: Any) -> None:
    """Make a component group, or change the one called KEY."""
    house = context.house
    data = {
        "key": given["key"],
        "name": values.pairs(given["name"], "--name"),
        "position": given["position"],
    }
    now = house.clock.now()
    outcome = actions.save_group(house.desk, given["actor"], now, data)
    put_online(house, outcome.event, now)


@component.command("status")
@click.argument("key")
@click.argument("status", type=click.Choice([str(status) for status in ComponentStatus]))
@as_option
@click.pass_obj
@refusing
def component_status(context: Context, key: str, status: str, actor: str) -> None:
    """Set one component's status outside of any incident; nobody is notified."""
    house = context.house
    now = house.clock.now()
    wanted = ComponentStatus(status)
    outcome = actions.set_component_status(house.desk, actor, now, key, wanted)
    put_online(house, outcome.event, now)


@component.command("list")
@json_option
@click.pass_obj
@refusing
def component_list(context: Context, *, as_json: bool) -> None:
    """List all components, hidden ones too."""
    with context.read() as session:
        rows_found = queries.components(session)
    found = [
        {"key": row.key, "name": row.name, "status": row.status, "hidden": row.hidden}
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
