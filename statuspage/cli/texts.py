"""The texts that are there to be used, and operators' own words in their place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from incidents import actions
from incidents.errors import InvalidInput
from incidents.operators_texts import own_texts, versions
from incidents.texts import (
    ANSWER,
    NOTICE,
    AnswerTemplate,
    NoticeTemplate,
    TextLibrary,
    TextName,
)
from publishers.channels._x_text import weighted_length
from statuspage.cli import _values as values
from statuspage.cli._common import Context, as_option, json_option, print_json, refusing, table
from statuspage.cli._publish import put_online


class _Texts(click.Group):
    """`avviso texts` alone lists, and `avviso texts KEY` tells the fields of one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words = [arg for arg in args if not arg.startswith("-")]
        asks_for_help = any(arg in ctx.help_option_names for arg in args)
        if words and words[0] not in self.commands:
            args = ["fields", *args]
        elif not words and not asks_for_help:
            args = ["list", *args]
        return super().parse_args(ctx, args)


version_option = click.option(
    "--version", type=click.IntRange(0), help="The version that you looked at; refused if newer."
)


@click.group(cls=_Texts)
def texts() -> None:
    """Notice templates and answers: list them, look at them, put them into other words.

    `avviso texts KEY` tells the fields of one.
    """


@texts.command("list")
@json_option
@click.pass_obj
@refusing
def list_texts(context: Context, *, as_json: bool) -> None:
    """Every text, with whether it was reworded."""
    house = context.house
    library, locale = house.texts, house.service.default_locale
    with house.db.read() as session:
        own = own_texts(session)
    rows = [
        (name.key, name.kind, title, _words_of(library, name, name in own))
        for name, title in _named(library, locale)
    ]
    if as_json:
        names = ("key", "kind", "title", "words")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        table("Texts", ("Key", "Kind", "Title", "Words"), rows)


@texts.command("fields")
@click.argument("key")
@json_option
@click.pass_obj
@refusing
def fields(context: Context, key: str, *, as_json: bool) -> None:
    """The fields of one text."""
    house = context.house
    library, locale = house.texts, house.service.default_locale
    name = _found(library, key)
    find = library.notice if name.kind == NOTICE else library.answer
    rows = list(_fields(find(key, locale)))
    if as_json:
        print_json({"key": key, "fields": rows})
        return
    shown = ((f["name"], f["type"], f["needed"], f["label"], f["example"]) for f in rows)
    table(f"{key}: fields", ("Field", "Type", "Needed", "What", "For example"), shown)


@texts.command("show")
@click.argument("key")
@click.option("--locale", help="The language. [default: the service's]")
@click.option("--shipped", is_flag=True, help="As it is shipped, not as you reworded it.")
@json_option
@click.pass_obj
@refusing
def show(context: Context, key: str, locale: str | None, *, shipped: bool, as_json: bool) -> None:
    """The whole text, as `reword` takes it back."""
    house = context.house
    library = house.texts
    locale = locale or house.service.default_locale
    if locale not in house.service.locales:
        there_are = ", ".join(house.service.locales)
        raise InvalidInput(f"--locale: {locale!r} is not a language of the page ({there_are})")
    name = _found(library, key)
    with house.db.read() as session:
        kept = next(iter(versions(session, name)), None)
    own = kept.sources.get(locale) if kept and not shipped else None
    source = own or library.source(name, locale)
    if not source:
        raise InvalidInput(f"KEY: {key!r} is your own text; none is shipped")
    if as_json:
        number = kept.number if kept else 0
        print_json({"key": key, "locale": locale, "version": number, "source": source})
    else:
        click.echo(source, nl=False)


@texts.command("reword")
@click.argument("key")
@click.option(
    "--file",
    "files",
    multiple=True,
    required=True,
    metavar="LOCALE=FILE",
    help="The whole text in a language; those that are not given stay.",
)
@version_option
@as_option
@json_option
@click.pass_obj
@refusing
def reword(
    context: Context,
    key: str,
    files: tuple[str, ...],
    version: int | None,
    actor: str,
    *,
    as_json: bool,
) -> None:
    """Put a text into your own words, or add one. An upgrade does not touch it."""
    house, now = context.house, context.house.clock.now()
    name = _name(key)
    named = values.pairs(files, "--file", "LOCALE=FILE")
    sources = {locale: _content(path) for locale, path in named.items()}
    data = {"kind": name.kind, "key": key, "sources": sources, "version": version}
    outcome = actions.reword(house.desk, actor, now, data, weighted_length)
    put_online(house, outcome.event, now, as_json=as_json)


@texts.command("revert")
@click.argument("key")
@version_option
@as_option
@json_option
@click.pass_obj
@refusing
def revert(context: Context, key: str, version: int | None, actor: str, *, as_json: bool) -> None:
    """Use the shipped text again."""
    house, now = context.house, context.house.clock.now()
    outcome = actions.revert_text(house.desk, actor, now, _name(key), version)
    put_online(house, outcome.event, now, as_json=as_json)


@texts.command("retire")
@click.argument("key")
@version_option
@as_option
@json_option
@click.pass_obj
@refusing
def retire(context: Context, key: str, version: int | None, actor: str, *, as_json: bool) -> None:
    """Take one of your own texts away; what was published stays."""
    house, now = context.house, context.house.clock.now()
    outcome = actions.retire_text(house.desk, actor, now, _name(key), version)
    put_online(house, outcome.event, now, as_json=as_json)


def _name(key: str) -> TextName:
    """A notice's key begins with its kind, as in "apology/high-traffic"; an answer's has no "/"."""
    return TextName(NOTICE if "/" in key else ANSWER, key)


def _found(library: TextLibrary, key: str) -> TextName:
    name = _name(key)
    if not library.has(name):
        raise InvalidInput(f"KEY: there is no text {key!r}; 'avviso texts' lists them")
    return name


def _named(library: TextLibrary, locale: str) -> Iterator[tuple[TextName, str]]:
    for key in library.notice_keys():
        yield TextName(NOTICE, key), library.notice(key, locale).title
    for key in library.answer_keys():
        yield TextName(ANSWER, key), library.answer(key, locale).question


def _words_of(library: TextLibrary, name: TextName, reworded: bool) -> str:
    if not library.shipped.has(name):
        return "own"
    return "reworded" if reworded else "shipped"


def _fields(item: NoticeTemplate | AnswerTemplate) -> Iterator[dict[str, Any]]:
    for field in item.fields:
        yield {
            "name": field.name,
            "type": field.type,
            "needed": "yes" if field.required else "",
            "label": field.label,
            "example": field.example,
        }


def _content(path: str) -> str:
    """A file's text. Raises `InvalidInput`, or `OSError` that names it."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"--file: {path} is not UTF-8") from None
