"""The command line as an operator meets it: in a folder with settings, on one database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import text

from incidents.db import Database
from incidents.models import Base
from statuspage.cli import main

SETTINGS = """\
[service]
name = { it = "App dei servizi pubblici", en = "Public services app" }
url = "https://stato.example.it"
time_zone = "Europe/Rome"
locales = ["it", "en"]
default_locale = "it"

[[channels]]
name = "prova"
kind = "log"
locale = "it"
"""

OWN_WORDS = (
    *("--headline", "it=Accesso lento", "--headline", "en=Slow sign-in"),
    *("--body", "it=Ci scusiamo.", "--body", "en=We are sorry."),
)
REASON = ("--reason", "it=Errore.", "--reason", "en=Mistake.")


@dataclass(frozen=True)
class Avviso:
    """Runs commands in `folder`; every one is shown as typed where a test fails."""

    folder: Path
    database_url: str
    """As in AVVISO_DATABASE_URL."""
    env: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, stdin: str | None = None, **env: str) -> Result:
        """Run one command, whatever comes of it; our own bugs surface as what they are."""
        environment = {"AVVISO_DATABASE_URL": self.database_url, **self.env, **env}
        result = CliRunner(env=environment).invoke(main, words, input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise AssertionError(f"avviso {words} broke") from result.exception
        return result

    def done(self, *words: str, **env: str) -> str:
        """Run a command that has to work; answers what it printed."""
        result = self(*words, **env)
        assert result.exit_code == 0, f"avviso {words}: {result.output}"
        return result.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.done(*words, "--json"))

    def refused(self, *words: str, code: int = 1, **env: str) -> str:
        """Run a command that must be refused and must change nothing; answers why it was."""
        before = self.rows()
        result = self(*words, **env)
        assert result.exit_code == code, f"avviso {words}: {result.exit_code} {result.output}"
        assert result.stdout == "", result.stdout
        assert self.rows() == before
        return result.stderr

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        here = f"sqlite:///{self.folder / 'data' / 'avviso.db'}"
        database = Database(here if self.database_url == "sqlite" else self.database_url)
        one_by_one = " UNION ALL ".join(
            f"SELECT '{table.name}', count(*) FROM {table.name}"
            for table in Base.metadata.sorted_tables
        )
        with database.read() as session:
            counts = {str(name): int(count) for name, count in session.execute(text(one_by_one))}
        database.close()
        return counts

    def document(self, path: str = "index.html") -> str:
        """A document as it is online."""
        return (self.folder / "data" / "page" / path).read_text(encoding="utf-8")

    def declare(self, *words: str, component: str = "wallet=major_outage") -> Any:
        """Declare an incident that has to be published; answers the JSON."""
        return self.json(
            *("declare", "--template", "acknowledgement/component-down", "--yes"),
            *("--name", "it=Portafoglio giù", "--name", "en=Wallet down"),
            *("--component", component, *words),
        )
