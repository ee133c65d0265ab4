"""What stays running: web, worker, both, and the demo."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import structlog
from sqlalchemy.exc import SQLAlchemyError

from incidents.errors import ActionError
from statuspage.cli._common import Context, in_words, out, refusing
from statuspage.logs import configure_logs
from statuspage.processes import end_with_parent

log = structlog.get_logger()
_RESTART_PAUSE = 1.0
_LAST_WORDS = 20.0
"""Seconds that a process has to end by itself: a channel may be in the middle of a request."""


@click.command()
@click.pass_obj
@refusing
def web(context: Context) -> None:
    """Serve the page (Granian)."""
    settings = context.settings
    must_be_free(settings.web.host, settings.web.port)
    configure_logs(settings.secret_values())
    os.environ["AVVISO_SETTINGS"] = str(settings.source.resolve())
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "wsgi:app",
        address=settings.web.host,
        port=settings.web.port,
        interface=Interfaces.WSGI,
        workers=settings.web.workers,
        # Documents come from memory: more threads than this only wait for each other.
        blocking_threads=2 * (os.cpu_count() or 1) + 1,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve(target_loader=_app)


def _app(target: str) -> Callable[..., Any]:
    """Ours; Granian itself would prefer a wsgi.py of the folder that one happens to stand in.

    Called in each process that serves: one whose head was killed would hold the port for ever.
    """
    end_with_parent(signal.SIGKILL)
    module, name = target.split(":")
    app: Callable[..., Any] = getattr(import_module(module), name)
    return app


def must_be_free(host: str, port: int) -> None:
    """Raises `ActionError`, in words, where nothing could listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        raise ActionError(
            f"cannot listen on {host}:{port}: {problem.strerror}; "
            "PORT in the environment, or host and port under [web], say where else"
        ) from None


@click.command()
@click.pass_obj
@refusing
def worker(context: Context) -> None:
    """Render, post to the channels, and let time pass."""
    configure_logs(context.settings.secret_values())
    asked = stopping()
    context.house.worker().run(until=asked)


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
    must_be_free(settings.web.host, settings.web.port)
    configure_logs(settings.secret_values())
    _prepare(context)
    asked = stopping()
    with children([["web"], ["worker"]], settings.source) as watch:
        out.print(f"Avviso is on http://{settings.web.host}:{settings.web.port} (Ctrl-C ends it)")
        while not asked.wait(_RESTART_PAUSE):
            watch()


def _prepare(context: Context) -> None:
    """Open the database once, so that both find its tables up to date.

    A page that is there does not wait for it: it is served, and the worker is started again until
    the database answers.
    """
    try:
        context.house.close()
    except SQLAlchemyError as problem:
        page = context.settings.documents_path
        if page is None or not (page / "index.html").exists():
            raise
        log.error("database_unavailable", why=in_words(problem)[0])


@contextmanager
def children(
    commands: Sequence[Sequence[str]], settings: Path, env: Mapping[str, str] = os.environ
) -> Iterator[Callable[[], None]]:
    """Run `avviso` commands as child processes; the yielded function starts dead ones again."""
    # -P: the folder that one stands in may hold an "incidents" of its own.
    start = [sys.executable, "-P", "-m", "statuspage", "--settings", str(settings.resolve())]
    running = {tuple(command): _start([*start, *command], env) for command in commands}

    def watch() -> None:
        for command, process in running.items():
            if process.poll() is not None:
                log.error("process_ended", command=" ".join(command), code=process.returncode)
                running[command] = _start([*start, *command], env)

    try:
        yield watch
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            _end(process)


def _start(command: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # A group of its own: Ctrl-C reaches the parent alone, which ends its children in order.
    return subprocess.Popen(  # noqa: S603
        command,
        env=dict(env),
        start_new_session=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509  this process has one thread
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was asked to end; one that does not is ended with its own children,
    which loses nothing: what was under way is looked for at the next start."""
    try:
        process.wait(_LAST_WORDS)
    except subprocess.TimeoutExpired:
        log.error("process_killed", pid=process.pid)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


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
    from statuspage.demo.stage import Stage, port_of, without_ours

    configure_logs(level=30)
    if not no_serve:
        must_be_free("127.0.0.1", port_of(os.environ))
    stage = Stage.prepare(as_of=as_of, speed=replay)
    with out.status("Living the day…"):
        stage.load()
    if no_serve:
        out.print(f"The page is in {stage.house.settings.documents_path}", soft_wrap=True)
        stage.house.close()
        return
    asked = stopping()
    with children([["web"]], stage.house.settings.source, without_ours(os.environ)) as watch:
        stage.start(out.print)
        out.print(stage.welcome(), soft_wrap=True)
        while not asked.wait(_RESTART_PAUSE):
            watch()
        stage.stop()
