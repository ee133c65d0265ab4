"""The answers that stand on the page."""

from __future__ import annotations

from typing import Any

import click

from incidents import actions
from statuspage.cli import _values as values
from statuspage.cli._common import Context, as_option, json_option, refusing
from statuspage.cli._publish import field_types, put_online


@click.command()
@click.argument("answer")
@click.option("--component", metavar="KEY", help="Beside this component; else on the whole page.")
@click.option("--field", "field", multiple=True, metavar="NAME[.LOCALE]=TEXT")
@as_option
@json_option
@click.pass_obj
@refusing
def attach(context: Context, /, **given: Any) -> None:
    """Let an answer stand on the page until it is detached; nothing is posted."""
    house = context.house
    now = house.clock.now()
    types = field_types(house, house.texts.answer, given["answer"])
    wanted = {"key": given["answer"], "fields": values.fields(given["field"], types)}
    outcome = actions.attach_answer(house.desk, given["actor"], now, wanted, given["component"])
    put_online(house, outcome.event, now, as_json=given["as_json"])


@click.command()
@click.argument("answer")
@click.option("--component", metavar="KEY", help="Beside this component; else on the whole page.")
@as_option
@json_option
@click.pass_obj
@refusing
def detach(
    context: Context, answer: str, component: str | None, actor: str, *, as_json: bool
) -> None:
    """Take an answer off the page."""
    house = context.house
    now = house.clock.now()
    outcome = actions.detach_answer(house.desk, actor, now, answer, component)
    put_online(house, outcome.event, now, as_json=as_json)
