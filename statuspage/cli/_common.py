"""What the commands share: opening the house, saying what happened, refusing in words."""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from incidents.errors import ActionError
from incidents.locales import LocaleError
from statuspage.cli._values import only_text
from statuspage.settings import DEFAULT_PATH, Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from incidents.actions import Outcome
    from incidents.db import Database
    from statuspage.house import House

REFUSED = 1
NOT_ONLINE = 3
BROKEN = 4
IN_DOUBT = 5

LIMIT = click.IntRange(1, 10_000)

P = ParamSpec("P")
# Neither ":cat:" nor a number is to look different here from what is published.
out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


class InDoubt(Exception):
    """It may have been saved or not, and nobody can tell; the message says what to look at."""


class Context:
    """The settings file that was named; settings, database and house are opened when needed."""

    def __init__(self, path: Path | None) -> None:
        self.path = path or DEFAULT_PATH

    @functools.cached_property
    def settings(self) -> Settings:
        return load_settings(self.path)

    @functools.cached_property
    def house(self) -> House:
        # Whoever only looks need not wait for all that publishes.
        from statuspage.house import open_house

        return open_house(self.settings)

    @functools.cached_property
    def _db(self) -> Database:
        from incidents.db import Database  # a server of documents needs none

        self.settings.data_path.mkdir(parents=True, exist_ok=True)
        db = Database(self.settings.database_url)
        try:
            db.migrate()
        except BaseException:
            db.close()
            raise
        return db

    @contextmanager
    def read(self) -> Iterator[Session]:
        """The database alone, without the house around it."""
        with self._db.read() as session:
            yield session

    def local(self, moment: datetime | None) -> str:
        """A moment in a table: the service's own time, to the minute."""
        zone = ZoneInfo(self.settings.service.time_zone)
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""

    def close(self) -> None:
        """Let go of what was opened."""
        for name in ("house", "_db"):
            if name in self.__dict__:
                self.__dict__[name].close()


def refusing(command: Callable[P, None]) -> Callable[P, None]:
    """Say in words what went wrong, with the exit code for it; a traceback is for our own bugs."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            for name, value in kwargs.items():
                only_text(value, name)
            command(*args, **kwargs)
        except InDoubt as problem:
            refuse([str(problem)], as_json=bool(kwargs.get("as_json")), code=IN_DOUBT)
        except Exception as problem:
            if not is_told_in_words(problem):
                raise
            refuse(in_words(problem), as_json=bool(kwargs.get("as_json")))

    return wrapped


def is_told_in_words(problem: Exception) -> bool:
    # What there may be, is imported only now that there is something.
    from sqlalchemy.exc import SQLAlchemyError

    from incidents.texts import TextError

    told = (ActionError, SettingsError, TextError, LocaleError, OSError, SQLAlchemyError)
    return isinstance(problem, told)


def in_words(problem: Exception) -> Sequence[str]:
    """What is wrong, in sentences for the one who typed."""
    from sqlalchemy.exc import SQLAlchemyError

    from incidents.texts import TextError
    from statuspage.cli._database import database_in_words

    if isinstance(problem, ActionError | SettingsError | TextError):
        return problem.problems
    if isinstance(problem, SQLAlchemyError):
        return [database_in_words(problem)]
    if isinstance(problem, OSError) and problem.strerror and problem.filename:
        return [f"{problem.filename}: {problem.strerror}"]
    return [str(problem)]


def refuse(problems: Iterable[str], *, as_json: bool = False, code: int = REFUSED) -> NoReturn:
    """Print every problem on standard error and leave, with exit code 1 unless told otherwise."""
    shown = [printable(problem) for problem in problems]
    if as_json:
        click.echo(json.dumps({"errors": shown}, ensure_ascii=False), err=True)
    else:
        for problem in shown:
            err.print(f"[red]✗[/] {escape(problem)}")
    sys.exit(code)


def printable(text: str) -> str:
    """The text with everything that could steer a terminal spelt out, as in "\\x1b"."""
    return "".join(
        char if char.isprintable() or char in "\n\N{NO-BREAK SPACE}" else repr(char)[1:-1]
        for char in text
    )


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=2)
    # Half of a character, as a foreign file may hold it, has no UTF-8; JSON spells it "\\ud800".
    click.echo(text.encode("utf-8", "backslashreplace").decode())


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


def say_done(outcome: Outcome, says: str, *, as_json: bool) -> None:
    """Say that something is done that changed nothing on the page; `says` may hold markup."""
    if as_json:
        print_json({"event": outcome.event})
    else:
        out.print(says, soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people; texts that others wrote are never taken for markup."""
    found = [[printable("" if cell is None else str(cell)) for cell in row] for row in rows]
    if not found:
        out.print(f"{title}: none")
        return
    grid = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in found:
        grid.add_row(*map(escape, row))
    out.print(grid)


Command = Callable[..., None]


def options(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order in which help shows them."""

    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
as_option = click.option(
    "--as",
    "actor",
    metavar="LOGIN",
    required=True,
    envvar="AVVISO_OPERATOR",
    help="Who acts. [env: AVVISO_OPERATOR]",
)
