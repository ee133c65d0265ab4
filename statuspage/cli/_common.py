"""What the commands share: opening the house, saying what happened, refusing in words."""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, ParamSpec

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from incidents.errors import ActionError
from incidents.locales import LocaleError
from incidents.texts import TextError
from statuspage.house import House, open_house
from statuspage.settings import Settings, SettingsError, load_settings

REFUSED = 1
NOT_ONLINE = 3
BROKEN = 4

P = ParamSpec("P")
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class Context:
    """The settings file that was named; settings and house are opened when first needed."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    @functools.cached_property
    def settings(self) -> Settings:
        return load_settings(self.path)

    @functools.cached_property
    def house(self) -> House:
        return open_house(self.settings)


def refusing(command: Callable[P, None]) -> Callable[P, None]:
    """Say in words what went wrong, with the exit code for it; a traceback is for our own bugs."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json = bool(kwargs.get("as_json"))
        try:
            command(*args, **kwargs)
        except ActionError as problem:
            refuse(problem.problems, as_json=as_json)
        except (SettingsError, TextError) as problem:
            refuse(problem.problems, as_json=as_json)
        except (LocaleError, LookupError, OSError) as problem:
            refuse([str(problem)], as_json=as_json)
        except SQLAlchemyError as problem:
            reason = str(getattr(problem, "orig", None) or type(problem).__name__)
            refuse([f"database: {reason.splitlines()[0]}"], as_json=as_json)

    return wrapped


def refuse(problems: Iterable[str], *, as_json: bool = False) -> NoReturn:
    """Print every problem on standard error and leave with exit code 1."""
    problems = list(problems)
    if as_json:
        click.echo(json.dumps({"errors": problems}, ensure_ascii=False), err=True)
    else:
        for problem in problems:
            err.print(f"[red]✗[/] {escape(problem)}")
    sys.exit(REFUSED)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def plain(value: Any) -> Any:
    """Dataclasses, enums and instants as JSON knows them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people; texts that others wrote are never taken for markup."""
    grid = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    out.print(grid)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
as_option = click.option(
    "--as",
    "actor",
    metavar="LOGIN",
    required=True,
    envvar="AVVISO_OPERATOR",
    help="Who acts. [env: AVVISO_OPERATOR]",
)
