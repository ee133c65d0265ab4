"""Tokens: how programs act for an operator. Made on this machine, which needs no login for it."""

from __future__ import annotations

from datetime import timedelta

import click
from rich.markup import escape

from incidents import actions
from incidents.access._tokens import Scope, add_token, revoke_token, tokens
from statuspage.cli._common import Context, json_option, out, print_json, refusing, say_done, table


@click.group()
def token() -> None:
    """How programs act for an operator: keys of the API."""


@token.command("add")
@click.argument("name")
@click.option("--for", "operator", metavar="LOGIN", required=True, help="Whom it acts as.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([str(scope) for scope in Scope]),
    default=("read",),
    show_default=True,
    help="What it is good for; every token may read.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="How long it holds. [default: always]")
@json_option
@click.pass_obj
@refusing
def token_add(
    context: Context,
    name: str,
    operator: str,
    scopes: tuple[str, ...],
    days: int | None,
    *,
    as_json: bool,
) -> None:
    """Make a token called NAME. It is shown now, and never again."""
    house = context.house
    now = house.clock.now()
    expires_at = now + timedelta(days=days) if days else None
    data = {"name": name, "operator": operator, "scopes": scopes, "expires_at": expires_at}
    _, shown = add_token(house.desk, actions.AVVISO, now, data)
    if as_json:
        print_json({"token": shown, "expires_at": expires_at})
        return
    out.print(shown, soft_wrap=True, markup=False)
    until = f" until {context.local(expires_at)}" if expires_at else ""
    out.print(f"[green]✓[/] acts as {escape(operator)}{until}; nobody can show it again")


@token.command("list")
@json_option
@click.pass_obj
@refusing
def token_list(context: Context, *, as_json: bool) -> None:
    """List tokens, which are known by their beginnings alone."""
    with context.read() as session:
        found = tokens(session)
    if as_json:
        print_json(found)
        return
    rows = (
        (
            each.prefix,
            each.name,
            each.operator,
            ", ".join(each.scopes),
            "revoked" if each.revoked_at else context.local(each.expires_at),
            context.local(each.last_used_at),
        )
        for each in found
    )
    table("Tokens", ("Prefix", "Name", "Acts as", "Scopes", "Until", "Last used"), rows)


@token.command("revoke")
@click.argument("prefix")
@json_option
@click.pass_obj
@refusing
def token_revoke(context: Context, prefix: str, *, as_json: bool) -> None:
    """Let the token with this PREFIX open nothing any more."""
    house = context.house
    outcome = revoke_token(house.desk, actions.AVVISO, house.clock.now(), prefix)
    say_done(outcome, f"[green]✓[/] {escape(prefix)} opens nothing any more", as_json=as_json)
