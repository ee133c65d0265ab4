"""What stays running: web, worker, both, and the demo."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import structlog

from statuspage.cli._common import Context, out, refusing
from statuspage.logs import configure_logs

log = structlog.get_logger()
_RESTART_PAUSE = 1.0


@click.command()
@click.pass_obj
@refusing
def web(context: Context) -> None:
    """Serve the page (Granian)."""
    settings = context.settings
    configure_logs(settings.secret_values())
    os.environ["AVVISO_SETTINGS"] = str(settings.source.resolve())
    from granian.constants import Interfaces
    from granian.server import Server

    Server(
        "wsgi:app",
        address=settings.web.host,
        port=settings.web.port,
        interface=Interfaces.WSGI,
        workers=settings.web.workers,
        respawn_failed_workers=True,
        websockets=False,
        log_access=False,
    ).serve()


@click.command()
@click.pass_obj
@refusing
def worker(context: Context) -> None:
    """Render, post to the channels, and let time pass."""
    configure_logs(context.settings.secret_values())
    context.house.worker().run(until=stopping())
    context.house.close()


def stopping() -> threading.Event:
    """Set when the process is asked to end."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    return asked


@click.command()
@click.pass_obj
@refusing
def run(context: Context) -> None:
    """Serve the page and run the worker: all that one machine needs."""
    settings = context.settings
    configure_logs(settings.secret_values())
    context.house.close()  # opened once here, so that both find the tables up to date
    out.print(f"Avviso is on http://{settings.web.host}:{settings.web.port} (Ctrl-C ends it)")
    asked = stopping()
    with children([["web"], ["worker"]], settings.source) as watch:
        while not asked.wait(_RESTART_PAUSE):
            watch()


@contextmanager
def children(commands: Sequence[Sequence[str]], settings: Path) -> Iterator[Any]:
    """Run `avviso` commands as child processes; the yielded function starts dead ones again."""
    start = [sys.executable, "-m", "statuspage", "--settings", str(settings.resolve())]
    running = {tuple(command): _start([*start, *command]) for command in commands}

    def watch() -> None:
        for command, process in running.items():
            if process.poll() is not None:
                log.error("process_ended", command=" ".join(command), code=process.returncode)
                running[command] = _start([*start, *command])

    try:
        yield watch
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait()


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    # A group of its own: Ctrl-C reaches the parent alone, which ends its children in order.
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603


@click.command()
@click.option(
    "--as-of",
    metavar="TIME",
    help="Stand at the day's own dates, as 2020-12-08T14:30, instead of moving them to now.",
)
@click.option(
    "--replay",
    type=click.FloatRange(1, 100_000),
    metavar="SPEED",
    help="Live the whole day again, this many times as fast.",
)
@click.option("--no-serve", is_flag=True, help="Only make the page, in the data folder, and leave.")
@click.pass_obj
@refusing
def demo(_context: Context, as_of: str | None, replay: float | None, *, no_serve: bool) -> None:
    """Show a real day: December 2020, when a public app went down at its launch.

    It keeps its own data, in $DATA/demo (else ./data/demo), made anew each time, and posts to no
    real account. The page is on $PORT (else 8080).
    """
    from statuspage.demo.stage import Stage

    configure_logs(level=30)
    stage = Stage.prepare(as_of=as_of, speed=replay)
    with out.status("Living the day…"):
        stage.load()
    if no_serve:
        out.print(f"The page is in {stage.house.settings.documents_path}")
        stage.house.close()
        return
    asked = stopping()
    with children([["web"]], stage.house.settings.source) as watch:
        stage.start(out.print)
        out.print(stage.welcome())
        while not asked.wait(_RESTART_PAUSE):
            watch()
        stage.stop()
