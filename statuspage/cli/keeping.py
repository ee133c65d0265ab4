"""Keeping: a backup of the whole database as one file, and the way back from it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
from rich.markup import escape
from rich.progress import Progress

from incidents import backup as backups
from incidents.actions import Desk
from incidents.db import Database
from incidents.errors import NotPossible
from incidents.status import Certainty
from incidents.texts import TextLibrary
from publishers._kinds import load
from statuspage import __version__
from statuspage.cli._common import Context, err, out, printable, refusing, table
from statuspage.clock import Clock
from statuspage.house import TEMPLATES
from statuspage.settings import Settings

_STANDARD_OUTPUT = Path("-")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
@refusing
def backup(context: Context, file: Path | None, *, force: bool) -> None:
    """Write the whole database into FILE, while everything runs.

    It is as the database was at one moment, and fits SQLite and PostgreSQL. Without FILE it is
    named after the time, with "-" it goes to standard output.
    """
    now = Clock().now()
    path = file or Path(f"avviso-{now:%Y%m%dT%H%M%SZ}.backup")
    with _database(context.settings) as db, _bar("Backing up") as progress:
        if path == _STANDARD_OUTPUT:
            backups.write(db, sys.stdout.buffer, now, __version__, progress)
            return
        with _beside(path, force=force) as stream:
            head = backups.write(db, stream, now, __version__, progress)
    where = escape(printable(str(path)))
    out.print(f"[green]✓[/] {head.total} rows are in {where}", soft_wrap=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--look", is_flag=True, help="Only say what is in it, and whether it is whole.")
@click.option("--replace", "over", is_flag=True, help="Throw away what is in the database now.")
@click.pass_obj
@refusing
def restore(context: Context, file: Path, *, look: bool, over: bool) -> None:
    """Put the backup in FILE into the database, all or nothing.

    Worker and web have to be stopped. What was on its way when the backup was made may have gone
    out since: none of it goes out again by itself.
    """
    if look:
        with _bar("Looking through") as progress:
            head = backups.look(file, progress)
        _describe(context, head)
        return
    settings, now = context.settings, Clock().now()
    settings.data_path.mkdir(parents=True, exist_ok=True)
    page = backups.head_of(file).page
    with _database(settings) as db, _bar("Restoring") as progress:
        done = backups.restore(
            file,
            _desk(settings, db, page),
            _certainties(settings),
            now,
            over=over,
            progress=progress,
        )
    _report(context, done)


def _report(context: Context, done: backups.Restored) -> None:
    made = context.local(done.head.made_at)
    out.print(f"[green]✓[/] The database is as it was at {made}: {done.head.total} rows")
    if done.caught_up:
        out.print(
            f"  Steps of planned work that were due since then, and were taken: {done.caught_up}"
        )
    if done.in_doubt:
        out.print(
            f"[yellow]![/] Deliveries that may have gone out since then: {done.in_doubt}. The "
            "worker looks for them where the network lets it; the rest waits for you:\n"
            "  avviso deliveries --state unconfirmed",
            soft_wrap=True,
        )
    out.print("  The page is made anew by the next thing that you publish, or by the worker")


def _describe(context: Context, head: backups.Head) -> None:
    certainties = _certainties(context.settings)
    doubted = sum(
        count
        for channel, count in head.under_way.items()
        if certainties.get(channel) is not Certainty.PERSONAL
    )
    out.print(f"Made at {context.local(head.made_at)}, by Avviso {escape(head.version)}")
    out.print(f"Page {escape(printable(head.page))}, tables of revision {escape(head.revision)}")
    table("What is in it", ("Table", "Rows"), [(name, n) for name, n in head.rows.items() if n])
    out.print(f"Deliveries that would be unconfirmed after a restore: {doubted}")


def _certainties(settings: Settings) -> Mapping[str, Certainty]:
    """What each channel's kind can do about a post that may be out."""
    return {
        options.name: load("publishers.channels", options.kind).Channel.certainty
        for options in settings.channels
    }


def _desk(settings: Settings, db: Database, page: str) -> Desk:
    """A desk before its database is there."""
    service = settings.service_view(page)
    texts = TextLibrary.load(TEMPLATES, service.locales, service.time_zone)
    return Desk(db, service, texts, settings.channel_names, settings.approval_from)


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    """The database as it is: its tables are not brought up to date before."""
    db = Database(settings.database_url)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Shows how far it is, on a terminal; cron is told nothing."""
    with Progress(transient=True, console=err, disable=not err.is_terminal) as progress:
        bar = progress.add_task(title)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


@contextmanager
def _beside(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A file that appears under its name when it is whole, readable for its owner alone.

    Raises `NotPossible` where the name is taken, before anything is written and at the end.
    """
    if path.exists() and not force:
        raise _taken(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        try:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            _put(part, path, force=force)
        finally:
            part.unlink(missing_ok=True)


def _put(part: Path, path: Path, *, force: bool) -> None:
    if force:
        part.replace(path)
        return
    try:
        path.hardlink_to(part)  # in one step, and never over another file
    except FileExistsError:
        raise _taken(path) from None


def _taken(path: Path) -> NotPossible:
    return NotPossible(f"{path} is there already: name another file, or say --force")
