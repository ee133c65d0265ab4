"""What Avviso weighs when nothing happens, and how soon it is there."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from rich.table import Table

from bench import _place as place
from bench._figures import SPREAD, spread, table
from bench._networks import HANGING, networks
from bench._web import ask, avviso, proportional_size, write_settings

TIMES = 5
_REST = 5.0
"""Seconds after which nothing is under way any more."""
_LOG = '\n[[channels]]\nname = "{name}"\nkind = "log"\nlocale = "{locale}"\n'


def measure() -> Iterator[Table]:
    """`avviso run`, that is web and worker, with a page of sixty incidents."""
    shown = table("At rest: PSS of web, application and worker (MB)", "channels", *SPREAD)
    starts = table("Started until the first page (ms)", "what", *SPREAD)
    with place.folder() as folder:
        _published(folder)
        settings = write_settings(folder)
        logs = [_LOG.format(name=f"log-{locale}", locale=locale) for locale in ("it", "en")]
        settings.write_text(settings.read_text() + "".join(logs))
        sizes, seconds = _run(settings)
        shown.add_row("two of kind log", *spread(sizes, 1))
        starts.add_row("avviso run", *spread(seconds))
    with place.folder() as folder, networks() as fakes:
        _published(folder)
        settings = write_settings(folder)
        used = [channel for name, channel in fakes.channels.items() if name != HANGING]
        for channel in used:
            lines = [f"{name} = {json.dumps(value)}" for name, value in channel.settings.items()]
            settings.write_text("\n".join([settings.read_text(), "[[channels]]", *lines, ""]))
            os.environ.update(channel.secrets)
        sizes, _ = _run(settings)
        shown.add_row(f"{len(used)} networks, four kinds", *spread(sizes, 1))
    yield shown
    yield starts


def _published(folder: Path) -> None:
    desk = place.open_desk(place.migrated(f"sqlite:///{folder / 'avviso.db'}"))
    place.add_history(desk, 60)
    place.declare(desk, place.START)
    place.open_site(desk, folder / "page").refresh(place.START)
    desk.db.close()


def _run(settings: Path) -> tuple[list[float], list[float]]:
    """Megabytes at rest, and seconds until the first page, each time."""
    sizes, seconds = [], []
    for _ in range(TIMES):
        began = time.monotonic()
        with avviso(settings, "run") as (port, pid):
            ask(port)
            seconds.append(time.monotonic() - began)
            time.sleep(_REST)
            sizes.append(proportional_size(pid))
    return sizes, seconds
