"""Runs the measurements one after the other, and prints a table for each.

With --write the tables also go to docs/performance.md, under the measurement's name; what is there
of others stays.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from bench import (
    checks,
    documents,
    edge,
    history,
    hooks,
    mail,
    operators,
    outbox,
    page,
    reach,
    server,
    size,
)
from bench._web import machine

WIDTH = 118
PERFORMANCE = Path(__file__).parent.parent / "docs" / "performance.md"
MEASUREMENTS: dict[str, Callable[[], Iterator[Table]]] = {
    "operators": operators.measure,
    "server": server.measure,
    "history": history.measure,
    "size": size.measure,
    "page": page.measure,
    "documents": documents.measure,
    "outbox": outbox.measure,
    "mail": mail.measure,
    "reach": reach.measure,
    "edge": edge.measure,
    "checks": checks.measure,
    "hooks": hooks.measure,
}
console = Console(width=None if sys.stdout.isatty() else WIDTH)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=MEASUREMENTS, help="run this one alone")
    parser.add_argument("--write", action="store_true", help="put the tables into the docs")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for name, measure in MEASUREMENTS.items():
        if asked.only in (None, name):
            run(name, measure, write=asked.write)


def run(name: str, measure: Callable[[], Iterator[Table]], *, write: bool) -> None:
    """Print the tables of one measurement; with `write` they go into the docs as well."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    now = datetime.now(UTC)
    where = f"{now:%Y-%m-%d}, {machine()}, Python {platform.python_version()}, load before: {load}"
    console.print(where)
    began = time.perf_counter()
    tables = []
    for table in measure():
        console.print(table)
        tables.append(table)
    console.print(f"[dim]{name}: {time.perf_counter() - began:.1f} s in all[/]\n")
    if write:
        _write(name, where, tables)


def _write(name: str, where: str, tables: list[Table]) -> None:
    """Replace the block of this measurement in the docs."""
    paper = Console(width=WIDTH, record=True, file=Path(os.devnull).open("w"))  # noqa: SIM115
    for table in tables:
        paper.print(table)
    lines = "\n".join(line.rstrip() for line in paper.export_text().strip().splitlines())
    block = f"<!-- {name} -->\n{where}\n\n```\n{lines}\n```\n<!-- end of {name} -->"
    text = PERFORMANCE.read_text(encoding="utf-8")
    found = re.compile(rf"<!-- {name} -->.*?<!-- end of {name} -->", re.DOTALL)
    if not found.search(text):
        raise RuntimeError(f"{PERFORMANCE} has no place for {name}")
    PERFORMANCE.write_text(found.sub(lambda _: block, text), encoding="utf-8")


if __name__ == "__main__":
    main()
