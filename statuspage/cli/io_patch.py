"""The IO app's banners: patch its `backend.json` from what the page says at this moment."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from incidents.errors import InvalidInput
from incidents.queries import Reader
from publishers.documents._io_banners import banners
from publishers.documents._io_file import NotDecodable, patched
from statuspage.cli._common import Context, out, printable, refusing


@click.command("io-patch")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--write", is_flag=True, help="Put the patched file in the place of FILE.")
@click.option("--diff", is_flag=True, help="Only show what would change.")
@click.pass_obj
@refusing
def io_patch(context: Context, file: Path, *, write: bool, diff: bool) -> None:
    """Patch the IO app's FILE, backend.json, and print it.

    The settings say which component each section speaks of: [io.sections]. Nothing else of the
    file changes, and a file that the app could not decode is refused.
    """
    if write and diff:
        raise InvalidInput("--write: and --diff do not go together; choose one")
    before = _text_of(file)
    wanted = _wanted(context)
    try:
        after = patched(before, wanted)
    except NotDecodable as problem:
        raise InvalidInput(*(f"{file}: {fault}" for fault in problem.faults)) from None
    if diff:
        click.echo(_difference(file.name, before, after), nl=False)
    elif not write:
        sys.stdout.flush()
        click.echo(after.encode(), nl=False)
    elif after == before:
        out.print("Nothing to change: the file says what the page says")
    else:
        _replace(file, after)
        _say(file, wanted)


def _text_of(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"{file}: the file: is not UTF-8") from None


def _wanted(context: Context) -> Mapping[str, Mapping[str, Any]]:
    """What each section should have, as the page is now."""
    house, io = context.house, context.settings.io
    if not io.sections:
        raise InvalidInput(
            "io.sections: is empty; say there which section speaks of which component, "
            'as in wallet = "wallets"'
        )
    with house.db.read() as session:
        view = Reader(session, house.service, house.texts, house.clock.now()).home()
    try:
        return banners(view, io.sections, io.level_of())
    except LookupError as problem:
        raise InvalidInput(f"io.sections.{problem.args[0]}") from None


def _difference(name: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"a/{name}",
        f"b/{name}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _replace(file: Path, text: str) -> None:
    """In one step: whoever reads the file finds the old one or the new one, whole."""
    place = file.resolve()
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as stream:
            stream.write(text.encode())
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(place.stat().st_mode & 0o777)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def _say(file: Path, wanted: Mapping[str, Mapping[str, Any]]) -> None:
    out.print(
        f"[green]✓[/] {escape(printable(str(file)))}: look at it, and propose it", soft_wrap=True
    )
    for section, banner in wanted.items():
        shown = "hidden"
        if banner["is_visible"]:
            shown = f"{banner['level']}: {banner['message']['it-IT']}"
        out.print(f"  {escape(printable(f'{section}: {shown}'))}", soft_wrap=True)
