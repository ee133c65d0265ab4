"""Runs the measurements one after the other and prints a table for each."""

from __future__ import annotations

import argparse
import logging
import os
import platform
import sys
import time

import structlog
from rich.console import Console

from bench import documents, edge, history, outbox, page, reach, server, size

console = Console(width=None if sys.stdout.isatty() else 110)
MEASUREMENTS = {
    "page": page.measure,
    "documents": documents.measure,
    "outbox": outbox.measure,
    "reach": reach.measure,
    "edge": edge.measure,
    "history": history.measure,
    "server": server.measure,
    "size": size.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=MEASUREMENTS, help="run this one alone")
    only = parser.parse_args().only
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    console.print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load before: {load}\n"
    )
    for name, measure in MEASUREMENTS.items():
        if only in (None, name):
            began = time.perf_counter()
            for table in measure():
                console.print(table)
            console.print(f"[dim]{name}: {time.perf_counter() - began:.1f} s in all[/]\n")


if __name__ == "__main__":
    main()
