"""From the declaration to the page and to five networks, with and without a sixth that hangs.

The worker is `avviso worker` in a process of its own, as on a server; so are the networks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from bench import _place as place
from bench._figures import SPREAD, ratio, spread, table
from bench._networks import HANGING, Channel, Networks, networks
from incidents.actions import Desk
from statuspage.house import House, open_house
from statuspage.settings import load_settings

TIMES = 30
_WARM_UP = 2
_DATABASES: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "SQLite": place.sqlite,
    "PostgreSQL": place.postgresql,
}
_SETTINGS = """
[service]
name = {{ it = "App dei servizi pubblici", en = "Public services app" }}
url = "https://stato.example.it"
time_zone = "Europe/Rome"
locales = ["it", "en"]
default_locale = "it"

[data]
path = "."
{channels}
"""


def measure() -> Iterator[Table]:
    """As an operator does it: declare, wait for the page; meanwhile the worker posts."""
    for name, database in _DATABASES.items():
        for hanging in (False, True):
            with database() as url, place.folder() as folder, networks() as fakes:
                used = [c for n, c in fakes.channels.items() if hanging or n != HANGING]
                with _running(folder, url, used) as house:
                    took = _declare_all(house, fakes)
            title = "a sixth hangs" if hanging else "five networks"
            yield _table(f"{name}, {title}", took)


@contextmanager
def _running(folder: Path, url: str, channels: Sequence[Channel]) -> Iterator[House]:
    """A house whose worker runs beside it."""
    settings = folder / "avviso.toml"
    settings.write_text(_SETTINGS.format(channels="".join(map(_section, channels))), "utf-8")
    secrets = {name: value for channel in channels for name, value in channel.secrets.items()}
    # SQLite's file is always in the data folder.
    database = {} if url.startswith("sqlite") else {"AVVISO_DATABASE_URL": url}
    env = {**os.environ, **secrets, **database}
    house = open_house(load_settings(settings, env), texts=place.texts())
    place.furnish(house.desk)
    command = [sys.executable, "-m", "statuspage", "--settings", str(settings), "worker"]
    with (folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        yield house
    finally:
        worker.terminate()
        worker.wait(60)
        house.close()


def _section(channel: Channel) -> str:
    lines = [f"{name} = {json.dumps(value)}" for name, value in channel.settings.items()]
    return "\n".join(["\n[[channels]]", *lines, ""])


def _declare_all(house: House, fakes: Networks) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {}
    for number in range(TIMES + _WARM_UP):
        parts = _declare_one(house, fakes)
        if number >= _WARM_UP:
            for part, seconds in parts.items():
                took.setdefault(part, []).append(seconds)
    return took


def _declare_one(house: House, fakes: Networks) -> dict[str, float]:
    expected = len(fakes.channels) - 1  # the sixth never answers
    began = time.monotonic()
    outcome = place.declare(house.desk, datetime.now(UTC))
    committed = time.monotonic() - began
    house.site.refresh(datetime.now(UTC), outcome.event)
    page = time.monotonic() - began
    at = {name: moment - began for name, moment in fakes.wait(expected).items()}
    _resolve(house.desk, outcome.incident_id)
    fakes.wait(expected)
    return {
        "committed": committed,
        "page": page,
        **{name: at[name] for name in sorted(at)},
        "the last of them": max(at.values()),
        "skew first to last": max(at.values()) - min(at.values()),
    }


def _resolve(desk: Desk, incident: str | None) -> None:
    over = {"status": "resolved", "components": {"wallet": "operational"}}
    place.update(desk, incident, datetime.now(UTC), **over)


def _table(title: str, took: dict[str, list[float]]) -> Table:
    shown = table(f"Declare → everywhere, {title} (ms)", "until", *SPREAD, "to the page")
    for part, seconds in took.items():
        shown.add_row(part, *spread(seconds), ratio(seconds, took["page"]))
    return shown
