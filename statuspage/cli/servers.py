"""What stays running: web, worker, both, and the demo."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
import structlog

from incidents.errors import ActionError
from publishers.documents._style import style_hash
from publishers.targets._serving import WebSub
from statuspage.cli._common import Context, in_words, out, refusing
from statuspage.clock import Clock
from statuspage.edge import Documents, Edge
from statuspage.front import serve as serve_documents
from statuspage.logs import configure_logs
from statuspage.processes import end_with_parent, have_many_files, share_finely
from statuspage.settings import Settings
from statuspage.supervisor import Part, Supervisor, inherited_listener, is_reloaded

if TYPE_CHECKING:
    from statuspage.demo.stage import Stage
    from statuspage.house import House

log = structlog.get_logger()

_BACKLOG = 4096
_APP_THREADS = 16
_TLS_THREADS = 16
"""Twice as many as the application may occupy: documents always find one."""
_BEHIND = 5
"""How nice the worker is: people and programs that ask come first where all want to compute."""
_FAR_BEHIND = 10
"""And the lists: an account's post goes before a hundred thousand letters."""


_try = click.option(
    "--try", "trying", is_flag=True, hidden=True, help="Only see whether it could start."
)


@click.command()
@_try
@click.pass_obj
@refusing
def web(context: Context, *, trying: bool) -> None:
    """Serve the page.

    Documents are served by processes of their own; the application runs beside them. SIGHUP lets
    it read its settings anew without refusing a connection.
    """
    if trying:
        context.settings  # noqa: B018  refused in words
        return
    with _web(context.settings) as served:
        _supervise(served, dict)


@click.command()
@click.pass_obj
@refusing
def worker(context: Context) -> None:
    """Render, post to the channels and to the lists of subscribers, and let time pass."""
    configure_logs(context.settings.secret_values())
    if context.settings.lists.modes:
        parts = _workers(context)
        _supervise(_Served({}, {}, None), lambda: parts, reloads=False)
        return
    asked = stopping()
    context.house.worker().run(until=asked)


def _workers(context: Context) -> dict[str, Part]:
    """The worker, and beside it whoever takes letters to subscribers."""
    parts: dict[str, Part] = {"worker": partial(_work, context)}
    if context.settings.lists.modes:
        parts["lists"] = partial(_carry, context)
    return parts


def stopping() -> threading.Event:
    """Set when the process is asked to end."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    return asked


@click.command()
@_try
@click.pass_obj
@refusing
def run(context: Context, *, trying: bool) -> None:
    """Serve the page and run the worker: all that one machine needs. SIGHUP reloads it."""
    settings = context.settings
    if trying:
        return

    def worker_too() -> dict[str, Part]:
        _prepare(context)
        return _workers(context)

    with _web(settings) as served:
        scheme = "https" if settings.web.certificate else "http"
        address = f"{scheme}://{settings.web.host}:{settings.web.port}"
        _supervise(served, worker_too, f"Avviso is on {address} (Ctrl-C ends it)")


def _work(context: Context, ready: Callable[[], None]) -> None:
    ready()
    asked = stopping()
    house = _opened(context)
    if house is not None:
        share_finely()
        os.nice(_BEHIND)
        house.worker().run(until=asked)


def _carry(context: Context, ready: Callable[[], None]) -> None:
    ready()
    asked = stopping()
    house = _opened(context)
    if house is not None:
        os.nice(_FAR_BEHIND)
        have_many_files()
        house.lists().run(until=asked)


def _opened(context: Context) -> House | None:
    """The house; None where the database is away: then the part is started again in a second."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return context.house
    except SQLAlchemyError as problem:
        log.error("database_unavailable", why=in_words(problem)[0])
        return None


@dataclass(frozen=True)
class _Served:
    """What serves the page: what the crowd meets, the rest, and the socket that listens."""

    first: Mapping[str, Part]
    rest: Mapping[str, Part]
    listener: socket.socket | None


def _supervise(
    served: _Served,
    more: Callable[[], Mapping[str, Part]],
    says: str = "",
    *,
    reloads: bool | None = None,
) -> None:
    """Run it all, and what `more` tells, until asked to end."""

    def others() -> dict[str, Part]:
        import_module("statuspage._lazy_app")  # before the fork, for all that need it
        return {
            name: _apart(served.listener, part) for name, part in {**served.rest, **more()}.items()
        }

    if reloads is None:
        reloads = not sys.stdin.isatty()
    supervisor = Supervisor(served.first, others, served.listener, reloads=reloads)
    with supervisor.running():
        if says:
            out.print(says, soft_wrap=True)
        supervisor.watch()


def _apart(listener: socket.socket | None, part: Part) -> Part:
    """A part that does not hold the listening socket: else it would keep the port when all others
    were killed."""

    def run(ready: Callable[[], None]) -> None:
        if listener:
            listener.close()
        part(ready)

    return run


@contextmanager
def _web(settings: Settings, clock: Clock | None = None) -> Iterator[_Served]:
    """Everything that serves the page; the application goes by `clock`.

    With a certificate the server is Granian alone, which speaks TLS and HTTP/2. Raises
    `ActionError` where nothing could listen there.
    """
    configure_logs(settings.secret_values())
    if settings.web.certificate:
        if not is_reloaded():
            must_be_free(settings.web.host, settings.web.port)
        yield _Served({}, {"tls": partial(_serve_tls, settings, clock)}, None)
        return
    with (
        _listening(settings.web.host, settings.web.port) as listener,
        TemporaryDirectory(prefix="avviso-", ignore_cleanup_errors=True) as folder,
    ):
        app = Path(folder) / "app.sock"
        style = style_hash(settings.page.theme)
        websub = WebSub(settings.hub, settings.service.url)
        documents = Documents(settings.documents_path, style, settings.web.memory_bytes, websub)
        front = partial(
            serve_documents, listener, documents, app, trusted=settings.web.trusted_proxies
        )
        fronts = {f"front-{n + 1}": front for n in range(settings.web.workers)}
        yield _Served(fronts, {"app": partial(_serve_app, settings, clock, app)}, listener)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    listener = inherited_listener(host, port)
    if listener is None:
        must_be_free(host, port)
        family, kind, protocol, _, address = _address(host, port)
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    with listener:
        listener.setblocking(False)
        yield listener


def _serve_app(
    settings: Settings, clock: Clock | None, place: Path, ready: Callable[[], None]
) -> None:
    """The application alone, where only the front reaches it."""
    place.unlink(missing_ok=True)  # of one that was killed
    only_ours = {"uds": place, "uds_permissions": 0o600}
    # No document is asked for here: the application may have every thread.
    app = partial(_app, settings, clock, ready, _APP_THREADS)
    _granian(app, **only_ours, workers=1, blocking_threads=_APP_THREADS)


def _serve_tls(settings: Settings, clock: Clock | None, ready: Callable[[], None]) -> None:
    from granian.constants import SSLProtocols

    _granian(
        partial(_app, settings, clock, ready, _TLS_THREADS // 2),
        address=settings.web.host,
        port=settings.web.port,
        workers=settings.web.workers,
        blocking_threads=_TLS_THREADS,
        ssl_cert=settings.web.certificate,
        ssl_key=settings.web.key,
        ssl_protocol_min=SSLProtocols.tls12,  # phones of 2014 are still about
    )


def _granian(app: Callable[[str], Edge], **options: Any) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "avviso",
        interface=Interfaces.WSGI,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        websockets=False,
        log_access=False,
        log_level=LogLevels.error,
        **options,
    ).serve(target_loader=app)


def _app(
    settings: Settings,
    clock: Clock | None,
    ready: Callable[[], None],
    at_once: int,
    _target: str,
) -> Edge:
    """Called in each process that serves, when it begins to."""
    from statuspage._lazy_app import edge_of

    end_with_parent(signal.SIGKILL)  # one whose head was killed would hold the port for ever
    share_finely()
    app = edge_of(settings, at_once, clock)
    with suppress(OSError):  # only the first is waited for
        ready()
    return app


def must_be_free(host: str, port: int) -> None:
    """Raises `ActionError`, in words, where nothing could listen there."""
    try:
        family, kind, protocol, _, address = _address(host, port)
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        raise ActionError(
            f"cannot listen on {host}:{port}: {problem.strerror}; "
            "PORT in the environment, or host and port under [web], say where else"
        ) from None


def _address(host: str, port: int) -> Any:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]


def _prepare(context: Context) -> None:
    """Open the database once, so that all parts find its tables up to date.

    A page that is there does not wait for it: it is served, and the worker is started again until
    the database answers.
    """
    from sqlalchemy.exc import SQLAlchemyError

    try:
        context.house.close()
    except SQLAlchemyError as problem:
        page = context.settings.documents_path
        if page is None or not (page / "index.html").exists():
            raise
        log.error("database_unavailable", why=in_words(problem)[0])


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
    stage.house.close()
    if no_serve:
        out.print(f"The page is in {stage.house.settings.documents_path}", soft_wrap=True)
        return
    env = without_ours(os.environ)
    os.environ.clear()
    os.environ.update(env)
    with _web(stage.house.settings, stage.clock) as served:
        _supervise(served, lambda: {"demo": partial(_play, stage)}, stage.welcome(), reloads=False)


def _play(stage: Stage, ready: Callable[[], None]) -> None:
    asked = stopping()
    stage.start(out.print)
    ready()
    asked.wait()
    stage.stop()
