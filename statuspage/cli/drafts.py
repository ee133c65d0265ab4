"""Drafts: what was kept for later or waits for approval; to read, change, publish, throw away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.panel import Panel

from incidents import actions, queries
from incidents.actions import Desk, Outcome
from incidents.errors import ActionError
from incidents.models import Draft, Incident, Operator
from statuspage.checking import Looked, in_words, look
from statuspage.cli import _values as values
from statuspage.cli._common import (
    Context,
    as_option,
    json_option,
    options,
    out,
    plain,
    print_json,
    printable,
    refusing,
    say_done,
    table,
)
from statuspage.cli._publish import judging_options, publish, say_draft, version_of
from statuspage.cli.notices import said_in, update_options, version_option, word_options
from statuspage.publishing import SameIds, publishers_of

if TYPE_CHECKING:
    from statuspage.house import House

_LOOKING = "it is only looked at"
_BEFORE: Mapping[str, str] = {"texts": "template", "template": "texts"}
"""Words are a template's or one's own: who gives the one takes the other away."""

revision_option = click.option(
    "--revision", type=int, help="The one that you read; refused where it changed."
)


@click.group()
def draft() -> None:
    """List, read, change, approve, publish or throw away what was kept for later."""


@draft.command("list")
@json_option
@click.pass_obj
@refusing
def draft_list(context: Context, *, as_json: bool) -> None:
    """List drafts, oldest first."""
    with context.read() as session:
        rows = queries.drafts(session)
    if as_json:
        print_json([draft_as_json(row) for row in rows])
        return
    table(
        "Drafts",
        ("Draft", "For", "Waits because", "Since"),
        (
            (row.id, row.action.replace("_", " "), row.why, context.local(row.created_at))
            for row in rows
        ),
    )


def draft_as_json(row: Draft) -> dict[str, Any]:
    """A draft as programs read it."""
    return {
        "id": row.id,
        "action": row.action,
        "why": row.why,
        "needs_approval": row.needs_approval,
        "revision": row.revision,
        "approved_at": row.approved_at,
        "created_at": row.created_at,
        "input": row.input,
    }


@dataclass(frozen=True)
class _Read:
    """A draft with what it would say and do."""

    row: Draft
    author: str
    approved_by: str
    """A login; "" where nobody did."""
    entry: int | None
    void: list[str]
    """What changed since it was looked at, in sentences."""
    refused: list[str]
    """Why it cannot go out as it is, whoever publishes it."""
    looked: Looked | None

    def as_json(self) -> dict[str, Any]:
        told = self.looked
        said = [*told.publications, *told.silent] if told else []
        return {
            **draft_as_json(self.row),
            "author": self.author,
            "approved_by": self.approved_by or None,
            "incident": self.entry,
            "void": self.void,
            "refused": self.refused,
            "publications": [
                {"kind": each.kind, "name": each.name, "status": each.status, "texts": each.texts}
                for each in said
            ],
            "findings": plain(told.findings) if told else [],
        }


def _read(house: House, draft_id: str) -> _Read:
    """Rehearsed as its author, as if it were an emergency, to see what it says. Raises
    `NotFound`."""
    with house.db.read() as session:
        row = queries.find_draft(session, draft_id)
        author = session.get_one(Operator, row.author_id).login
        approver = session.get(Operator, row.approved_by) if row.approved_by else None
        entry = session.get_one(Incident, row.incident_id).number if row.incident_id else None
        stale = queries.stale_draft(session, row)
    looked, refused = None, []

    def work(desk: Desk) -> Outcome:
        return actions.publish_draft(desk, author, house.clock.now(), draft_id, row.revision)

    try:
        with publishers_of(house) as publishers:
            ids = SameIds(house.desk.new_id)
            looked = look(house, work, ids, publishers, emergency=_LOOKING)
    except ActionError as problem:
        refused = list(problem.problems)
    void = stale.sentences(house.service.default_locale)
    approved_by = approver.login if approver else ""
    return _Read(row, author, approved_by, entry, void, refused, looked)


@draft.command("show")
@click.argument("draft_id", metavar="DRAFT")
@json_option
@click.pass_obj
@refusing
def draft_show(context: Context, draft_id: str, *, as_json: bool) -> None:
    """Show a draft: its text in all languages, what it would do, and who approved it."""
    found = _read(context.house, draft_id)
    if as_json:
        print_json(found.as_json())
    else:
        _show(context, found)


def _show(context: Context, found: _Read) -> None:
    row = found.row
    about = f" of #{found.entry}" if found.entry else ""
    out.print(f"[bold]{row.action.replace('_', ' ')}[/]{about}, revision {row.revision}")
    out.print(escape(f"  written by {found.author}; kept {context.local(row.created_at)}"))
    if row.why:
        out.print(escape(printable(f"  waits because: {row.why}")), soft_wrap=True)
    if found.approved_by:
        when = context.local(row.approved_at)
        out.print(escape(f"  approved by {found.approved_by}, {when}"))
    for sentence in dict.fromkeys((*found.void, *found.refused)):
        out.print(f"[yellow]![/] {escape(printable(sentence))}", soft_wrap=True)
    for line in _lines(row.input):
        out.print(escape(printable(f"  {line}")), soft_wrap=True)
    for locale, text in _texts(found):
        page = f"[bold]{escape(text['headline'])}[/]\n{escape(text['short'])}\n\n"
        out.print(Panel(page + escape(text["body"]), title=locale, title_align="left"))
    for finding in found.looked.findings if found.looked else ():
        out.print(f"[yellow]![/] {escape(in_words(finding))}", soft_wrap=True)


def _texts(found: _Read) -> Iterator[tuple[str, dict[str, str]]]:
    """What goes out, in each language; its own words as they are where it cannot."""
    if found.looked is not None:
        for each in (*found.looked.publications, *found.looked.silent):
            for locale, text in each.texts.items():
                yield locale, {part: printable(said) for part, said in text.items()}
        return
    for locale, text in (found.row.input.get("texts") or {}).items():
        parts = ("headline", "short", "body")
        yield locale, {part: printable(text.get(part) or "") for part in parts}


def _lines(said: Any, at: str = "") -> Iterator[str]:
    """All that it says but its texts, each on a line with the way there: "name.it: Lento"."""
    if isinstance(said, Mapping):
        for key, value in said.items():
            if at or key not in ("texts", "version"):
                yield from _lines(value, f"{at}.{key}" if at else key)
    elif isinstance(said, list):
        for place, value in enumerate(said):
            yield from _lines(value, f"{at}.{place}")
    elif said not in (None, ""):
        yield f"{at}: {said}"


change_options = options(
    click.option("--name", multiple=True, metavar="LOCALE=TEXT", help="What it is called."),
    click.option("--reason", multiple=True, metavar="LOCALE=TEXT", help="Why, of a correction."),
    click.option("--status", help="The status that it takes or begins with."),
    update_options,
    word_options,
    version_option,
)


@draft.command("change")
@click.argument("draft_id", metavar="DRAFT")
@change_options
@as_option
@revision_option
@json_option
@click.pass_obj
@refusing
def draft_change(context: Context, /, draft_id: str, actor: str, **given: Any) -> None:
    """Change a draft: what is not given stays. Its approval is void, and you are its author.

    --file may hold any field that 'avviso draft show --json' has in "input"; null takes away a
    language, a field or a component. Without any change it is kept as it is, which is how you say
    that you looked at it again after something else had changed.
    """
    house = context.house
    with house.db.read() as session:
        row = queries.find_draft(session, draft_id)
    data = _replaced(row.input, _given(house, row, given))
    if row.incident_id is not None:
        data["version"] = given["version"] or version_of(house, row.incident_id)
    revision = given["revision"] or row.revision
    now = house.clock.now()
    outcome = actions.change_draft(house.desk, actor, now, draft_id, data, revision)
    say_draft(outcome, as_json=given["as_json"])


def _given(house: House, row: Draft, given: Mapping[str, Any]) -> dict[str, Any]:
    data = said_in(house, given, row.input.get("template"))
    more = {
        "name": values.pairs(given["name"], "--name"),
        "reason": values.pairs(given["reason"], "--reason"),
        "status": given["status"],
    }
    return data | {key: value for key, value in more.items() if value}


def _replaced(kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a draft says with this in the place of what it said."""
    gone = {_BEFORE[name] for name in given if name in _BEFORE}
    if "texts" in given or given.get("template", kept.get("template")) != kept.get("template"):
        gone.add("fields")
    stays = {name: said for name, said in kept.items() if name not in gone}
    return _merged(stays, given)


def _merged(kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """As RFC 7396 merges, but that a null on top is said to the action: in a correction it means
    what is not said any more."""
    found = dict(kept)
    for name, said in given.items():
        before = kept.get(name)
        if isinstance(said, Mapping) and isinstance(before, Mapping):
            merged = _merged(before, said)
            found[name] = {key: value for key, value in merged.items() if value is not None}
        else:
            found[name] = said
    return found


@draft.command("publish")
@click.argument("draft_id", metavar="DRAFT")
@as_option
@click.option("--yes", is_flag=True, help="Publish without asking.")
@judging_options
@json_option
@click.pass_obj
@refusing
def draft_publish(context: Context, /, draft_id: str, actor: str, **how: Any) -> None:
    """Publish a draft; approve it, where it waits for a second person."""
    house = context.house
    publish(
        house,
        lambda desk: actions.publish_draft(desk, actor, house.clock.now(), draft_id),
        **how,
    )


@draft.command("approve")
@click.argument("draft_id", metavar="DRAFT")
@as_option
@revision_option
@json_option
@click.pass_obj
@refusing
def draft_approve(
    context: Context, draft_id: str, actor: str, revision: int | None, *, as_json: bool
) -> None:
    """Approve a draft that somebody else wrote, and leave it to them to publish it.

    What is approved is printed.
    """
    house = context.house
    found = _read(house, draft_id)
    read = revision or found.row.revision  # what is printed, and no other
    outcome = actions.approve_draft(house.desk, actor, house.clock.now(), draft_id, read)
    approved = _read(house, draft_id)
    if as_json:
        print_json({"event": outcome.event, "draft": approved.as_json()})
        return
    _show(context, approved)
    out.print(f"Approved. 'avviso draft publish {draft_id}' publishes it", soft_wrap=True)


@draft.command("discard")
@click.argument("draft_id", metavar="DRAFT")
@as_option
@json_option
@click.pass_obj
@refusing
def draft_discard(context: Context, draft_id: str, actor: str, *, as_json: bool) -> None:
    """Throw a draft away."""
    outcome = actions.discard_draft(context.house.desk, actor, context.house.clock.now(), draft_id)
    say_done(outcome, "Thrown away", as_json=as_json)
