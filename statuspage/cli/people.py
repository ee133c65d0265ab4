"""How operators come in: invitations, resets, and the way in on this very machine.

Whoever may run commands here is trusted with everything that the house has; each link is an event
of the trail all the same.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from incidents import access, actions
from incidents.access import GOOD_FOR, Purpose
from statuspage._link_address import link_address
from statuspage.cli._common import (
    BROKEN,
    Context,
    err,
    json_option,
    out,
    print_json,
    refusing,
)
from statuspage.cli.page import operator

if TYPE_CHECKING:
    from statuspage.house import House

__all__ = ["operator"]


def make_link(
    house: House, login: str, purpose: Purpose, *, without_second_factor: bool = False
) -> str:
    """The address of a new link for an operator. Raises `ActionError`."""
    token = access.make_link(
        house.desk,
        actions.AVVISO,
        house.clock.now(),
        login,
        purpose,
        without_second_factor=without_second_factor,
    )
    return link_address(house.service.url, token)


def _show(house: House, login: str, purpose: Purpose, address: str, *, as_json: bool) -> None:
    until = house.clock.now() + GOOD_FOR[purpose]
    if as_json:
        print_json({"login": login, "purpose": purpose, "url": address, "until": until})
        return
    words = house.texts.words[house.service.default_locale]
    out.print(
        f"For {escape(login)}, once, until {escape(words.by(until, house.clock.now()))}:",
        soft_wrap=True,
    )
    click.echo(address)


@operator.command("invite")
@click.argument("login")
@json_option
@click.pass_obj
@refusing
def operator_invite(context: Context, login: str, *, as_json: bool) -> None:
    """Print a link by which LOGIN chooses a password; it works once, for 7 days."""
    address = make_link(context.house, login, Purpose.INVITATION)
    _show(context.house, login, Purpose.INVITATION, address, as_json=as_json)


@operator.command("reset")
@click.argument("login")
@click.option(
    "--second-factor", is_flag=True, help="Remove the second factor too, and sign them out."
)
@json_option
@click.pass_obj
@refusing
def operator_reset(context: Context, login: str, *, second_factor: bool, as_json: bool) -> None:
    """Print a link by which LOGIN chooses another password; it works once, for 24 hours."""
    house = context.house
    address = make_link(house, login, Purpose.RESET, without_second_factor=second_factor)
    _show(house, login, Purpose.RESET, address, as_json=as_json)


@operator.command("sign-in-link")
@click.argument("login")
@json_option
@click.pass_obj
@refusing
def operator_sign_in_link(context: Context, login: str, *, as_json: bool) -> None:
    """Print a link that signs LOGIN in, whatever else does not work; once, for 10 minutes."""
    address = make_link(context.house, login, Purpose.SIGN_IN)
    _show(context.house, login, Purpose.SIGN_IN, address, as_json=as_json)


@operator.command("re-encrypt")
@json_option
@click.pass_obj
@refusing
def operator_re_encrypt(context: Context, *, as_json: bool) -> None:
    """Keep every second factor under the newest key of AVVISO_SECRET_KEY.

    After that the older keys may be taken out of it. Leaves with exit code 4 where a second factor
    can be read with none of them.
    """
    house = context.house
    key, now = house.settings.sign_in.key, house.clock.now()
    done = access.re_encrypt(house.desk, actions.AVVISO, now, key)
    if as_json:
        print_json(done)
    else:
        out.print(f"[green]✓[/] {done.anew} second factors anew, {done.same} were already so")
        for login in done.unreadable:
            says = f"no key opens {escape(login)}'s; see 'avviso operator reset --second-factor'"
            err.print(f"[red]✗[/] {says}")
    if done.unreadable:
        sys.exit(BROKEN)
