"""Moving in: take over what another status page told, with its ids and its times."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.progress import Progress
from sqlalchemy.exc import SQLAlchemyError

from incidents.actions import importing
from incidents.actions.importing import Comparison
from incidents.errors import InvalidInput, NotPossible
from incidents.imported import ImportedPage, Left
from statuspage._statuspage_source import documents_of
from statuspage.cli._common import (
    NOT_ONLINE,
    Context,
    as_option,
    err,
    json_option,
    out,
    plain,
    print_json,
    printable,
    refusing,
    table,
)
from statuspage.cli._database import database_in_words
from statuspage.statuspage_v2 import LONGEST_LIST, Found, read

if TYPE_CHECKING:
    from statuspage.house import House
    from statuspage.site import NotOnline

Advance = Callable[[int, int], None]


@click.group("import")
def import_() -> None:
    """Take over what another status page told. Nothing of it is delivered to anybody."""


@dataclass
class _Tally:
    """What came and what was here already; and what could not come."""

    components: int
    entries: int
    updates: int
    """New ones, of new and of known entries."""
    statuses: int
    """Components that got another status, outside of any entry."""
    here: int
    """Components and entries that have nothing new."""
    left: list[Left]
    event: int | None = None
    """The last event that was written; None where nothing was."""


@import_.command("statuspage")
@click.argument("sources", nargs=-1, required=True, metavar="URL|FILE…")
@click.option("--locale", metavar="LOCALE", help="The texts' language. [default: the page's]")
@click.option("--dry-run", is_flag=True, help="Only say what would come.")
@as_option
@json_option
@click.pass_obj
@refusing
def statuspage(context: Context, /, **given: Any) -> None:
    """Import from an Atlassian Statuspage: its address, or files saved from its public API.

    Ids, times and the addresses of incidents are kept. What is here already stays as it is, so
    that you can run this again. Nobody is notified, and no feed tells it as news.
    """
    house = context.house
    locale = _locale(house, given["locale"])
    now = house.clock.now()
    found = read(_documents(given["sources"]), now)
    with house.db.read() as session:
        new = importing.compare(session, found.page)
        statuses = importing.changed_statuses(session, found.page)
    tally = _tally(new, len(statuses), found)
    if not given["dry_run"]:
        with _bar("Importing") as progress:
            _come(house, given["actor"], found.page, new, locale, tally, progress)
    problems = _put_online(house, tally)
    if given["as_json"]:
        print_json(_report(tally, problems, dry_run=given["dry_run"]))
    else:
        _say(house, found, tally, problems, dry_run=given["dry_run"])
    if problems:
        sys.exit(NOT_ONLINE)


def _locale(house: House, chosen: str | None) -> str:
    locales = house.service.locales
    if chosen is not None and chosen not in locales:
        there = ", ".join(locales)
        raise InvalidInput(f"--locale: {chosen!r} is not a language of the page ({there})")
    return chosen or house.service.default_locale


def _documents(sources: Sequence[str]) -> Iterator[tuple[str, object]]:
    for source in sources:
        yield from documents_of(source, tell=_tell)


def _tell(address: str) -> None:
    if err.is_terminal:
        err.print(f"  {escape(printable(address))}")


def _tally(new: Comparison, statuses: int, found: Found) -> _Tally:
    return _Tally(
        components=len(new.components) + len(new.former),
        entries=sum(not entry.known for entry in new.entries),
        updates=sum(len(entry.updates) for entry in new.entries),
        statuses=statuses,
        here=new.components_here + new.entries_here,
        left=[*found.left, *new.left],
    )


def _come(
    house: House,
    actor: str,
    page: ImportedPage,
    new: Comparison,
    locale: str,
    tally: _Tally,
    progress: Advance,
) -> None:
    """One transaction for all components, and one for each entry: nothing is ever half there."""
    desk, now = house.desk, house.clock.now
    done = 0
    try:
        if new.components or new.former:
            tally.event = importing.import_components(desk, actor, now(), new, locale).event
        for done, entry in enumerate(new.entries):
            tally.event = importing.import_entry(desk, actor, now(), entry, locale).event
            progress(done + 1, len(new.entries))
        with house.db.read() as session:
            statuses = importing.changed_statuses(session, page)
        if statuses:
            tally.event = importing.import_statuses(desk, actor, now(), statuses).event
    except SQLAlchemyError as problem:
        raise NotPossible(
            f"{database_in_words(problem)}; {done} of {len(new.entries)} entries had come. "
            "Run the same again: what is here stays, and the rest comes"
        ) from problem


@contextmanager
def _bar(title: str) -> Iterator[Advance]:
    """Shows how far it is, on a terminal; cron is told nothing."""
    with Progress(transient=True, console=err, disable=not err.is_terminal) as progress:
        bar = progress.add_task(title)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


def _put_online(house: House, tally: _Tally) -> list[NotOnline]:
    if tally.event is None:
        return []
    return house.site.refresh(house.clock.now(), tally.event)


def _report(tally: _Tally, problems: Sequence[NotOnline], *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "components": tally.components,
        "entries": tally.entries,
        "updates": tally.updates,
        "statuses": tally.statuses,
        "here": tally.here,
        "left": plain(tally.left),
        "online": not problems,
        "not_online": plain(problems),
    }


def _say(
    house: House,
    found: Found,
    tally: _Tally,
    problems: Sequence[NotOnline],
    *,
    dry_run: bool,
) -> None:
    rows = [
        ("Components and groups", tally.components),
        ("Incidents and planned work", tally.entries),
        ("Updates of them", tally.updates),
        ("Statuses outside of incidents", tally.statuses),
        ("Here already, with nothing new", tally.here),
    ]
    table("What would come" if dry_run else "What came", ("What", "How many"), rows)
    if tally.left:
        cells = [(left.what, left.field, left.why) for left in tally.left]
        table("What could not come, or not as it was", ("Of", "Field", "Why"), cells)
    for note in _notes(house, found):
        out.print(f"  {escape(printable(note))}", soft_wrap=True)
    for problem in problems:
        text = escape(f"Saved, not yet online on {problem.target}: {problem.why}")
        err.print(f"[yellow]![/] {text}")
    if dry_run:
        out.print("Nothing was changed")
    elif tally.event is None:
        out.print("[green]✓[/] Everything was here already; nothing was changed")
    elif not problems:
        out.print("[green]✓[/] Saved and online; nobody was notified")


def _notes(house: House, found: Found) -> Iterator[str]:
    """What of a page is a setting here, what there is no place for, and what may be missing."""
    for name in found.full:
        yield (
            f"{name}: exactly {LONGEST_LIST} came, the most that the public API lists; older ones "
            "come from files of the manage API (see docs/moving-in.md)"
        )
    if found.name and found.name not in house.service.name.values():
        yield f"The page is called {found.name!r} there; here that is the setting service.name"
    zone = house.service.time_zone.key
    if found.time_zone and found.time_zone.removeprefix("Etc/") != zone.removeprefix("Etc/"):
        yield f"Its zone is {found.time_zone!r} there, {zone!r} here: service.time_zone"
    if found.tweets:
        yield f"Updates with a post on X, the link to which does not come: {found.tweets}"
