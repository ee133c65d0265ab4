"""The texts that are there to be used, and the answers that stand on the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from incidents import actions
from incidents.errors import InvalidInput
from incidents.texts import AnswerTemplate, NoticeTemplate
from statuspage.cli import _values as values
from statuspage.cli._common import Context, as_option, json_option, print_json, refusing, table
from statuspage.cli._publish import field_types, put_online


@click.command()
@click.argument("key", required=False)
@json_option
@click.pass_obj
@refusing
def texts(context: Context, key: str | None, *, as_json: bool) -> None:
    """List notice templates and answers; with KEY, the fields of one."""
    house = context.house
    locale = house.service.default_locale
    notices = [house.texts.notice(k, locale) for k in house.texts.notice_keys()]
    answers = [house.texts.answer(k, locale) for k in house.texts.answer_keys()]
    if key is not None:
        every: list[NoticeTemplate | AnswerTemplate] = [*notices, *answers]
        found = next((item for item in every if item.key == key), None)
        if found is None:
            raise InvalidInput(f"KEY: there is no text {key!r}; 'avviso texts' lists them")
        _show_fields(found, as_json=as_json)
        return
    rows = [(n.key, "notice", n.title) for n in notices]
    rows += [(a.key, "answer", a.question) for a in answers]
    if as_json:
        print_json([{"key": k, "kind": kind, "title": title} for k, kind, title in rows])
    else:
        table("Texts", ("Key", "Kind", "Title"), rows)


def _show_fields(item: NoticeTemplate | AnswerTemplate, *, as_json: bool) -> None:
    fields = list(_fields(item))
    if as_json:
        print_json({"key": item.key, "fields": fields})
        return
    rows = ((f["name"], f["type"], f["needed"], f["label"], f["example"]) for f in fields)
    table(f"{item.key}: fields", ("Field", "Type", "Needed", "What", "For example"), rows)


def _fields(item: NoticeTemplate | AnswerTemplate) -> Iterator[dict[str, Any]]:
    for field in item.fields:
        yield {
            "name": field.name,
            "type": field.type,
            "needed": "yes" if field.required else "",
            "label": field.label,
            "example": field.example,
        }


@click.command()
@click.argument("answer")
@click.option("--component", metavar="KEY", help="Beside this component; else on the whole page.")
@click.option("--field", "field", multiple=True, metavar="NAME[.LOCALE]=TEXT")
@as_option
@click.pass_obj
@refusing
def attach(context: Context, /, **given: Any) -> None:
    """Let an answer stand on the page until it is detached; nothing is posted."""
    house = context.house
    now = house.clock.now()
    types = field_types(house, house.texts.answer, given["answer"])
    wanted = {"key": given["answer"], "fields": values.fields(given["field"], types)}
    outcome = actions.attach_answer(house.desk, given["actor"], now, wanted, given["component"])
    put_online(house, outcome.event, now)


@click.command()
@click.argument("answer")
@click.option("--component", metavar="KEY", help="Beside this component; else on the whole page.")
@as_option
@click.pass_obj
@refusing
def detach(context: Context, answer: str, component: str | None, actor: str) -> None:
    """Take an answer off the page."""
    house = context.house
    now = house.clock.now()
    outcome = actions.detach_answer(house.desk, actor, now, answer, component)
    put_online(house, outcome.event, now)
