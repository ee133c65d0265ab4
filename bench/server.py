"""The page served to a crowd, beside nginx in the same run; then while others are at work."""

from __future__ import annotations

import resource
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.table import Table

from bench import _place as place
from bench._figures import number, table
from bench._web import (
    SERVERS,
    VARIED,
    Load,
    ask,
    avviso,
    missing,
    nginx,
    proportional_size,
    write_settings,
    wrk,
)
from tests.statuspage._certificate import certify

PAIRS = 7
SECONDS = 3
IDLE = 10_000
GZIP = {"Accept-Encoding": "gzip"}
_TLS_WEB = 'certificate = "page.pem"\nkey = "page.key"\n'


def measure() -> Iterator[Table]:
    """The home page with sixty incidents behind it; one worker each, 64 connections."""
    lacking = missing()
    if lacking:
        shown = table("Beside nginx", f"not measured: there is no {', '.join(lacking)}")
        yield shown
        return
    with place.folder() as folder:
        _published(folder)
        certify(folder)
        settings = write_settings(folder)
        with nginx(folder / "page", folder) as (theirs, theirs_tls):
            with avviso(settings) as (ours, pid):
                yield _beside(folder, ours, theirs)
                yield _at_work(folder, ours)
                yield _among_idle(ours, pid)
            with avviso(write_settings(folder, _TLS_WEB)) as (ours_tls, _):
                yield _by_tls(ours_tls, theirs_tls)


def _published(folder: Path) -> None:
    desk = place.open_desk(place.migrated(f"sqlite:///{folder / 'avviso.db'}"))
    place.add_history(desk, 60)
    place.declare(desk, place.START)
    place.open_site(desk, folder / "page").refresh(place.START)
    desk.db.close()


def _beside(folder: Path, ours: int, theirs: int) -> Table:
    same = ask(ours, Accept_Encoding="gzip")[1] == ask(theirs, Accept_Encoding="gzip")[1]
    if not same:
        raise RuntimeError("the two do not serve the same bytes")
    script = folder / "varied.lua"
    script.write_text(VARIED)
    shown = _table("Beside nginx, the home page by gzip, 64 connections")
    urls = f"http://127.0.0.1:{ours}/", f"http://127.0.0.1:{theirs}/"
    _pairs(shown, "kept connections", *urls, GZIP, GZIP)
    closing = {**GZIP, "Connection": "close"}
    _pairs(shown, "a new connection for each", *urls, closing, closing)
    mine, other = (_known(ours), _known(theirs))
    _pairs(shown, "not modified (304)", *urls, mine, other)
    _pairs(shown, "no head like another", *urls, {}, {}, str(script))
    return shown


def _known(port: int) -> dict[str, str]:
    """The headers of who has the page already."""
    return {**GZIP, "If-None-Match": str(ask(port, Accept_Encoding="gzip")[0]["ETag"])}


def _by_tls(ours: int, theirs: int) -> Table:
    shown = _table("By TLS (Granian), the home page by gzip, 64 connections")
    urls = f"https://127.0.0.1:{ours}/", f"https://127.0.0.1:{theirs}/"
    _pairs(shown, "kept connections", *urls, GZIP, GZIP)
    closing = {**GZIP, "Connection": "close"}
    _pairs(shown, "a new connection for each", *urls, closing, closing)
    return shown


def _table(title: str) -> Table:
    columns = ("ours, requests/s", "nginx, requests/s", "ratio", "min–max", "our p99, ms", "faults")
    return table(title, "what", *columns)


def _pairs(
    shown: Table,
    name: str,
    ours: str,
    theirs: str,
    our_headers: Mapping[str, str],
    their_headers: Mapping[str, str],
    script: str | None = None,
) -> None:
    pairs: list[tuple[Load, Load]] = []
    for _ in range(PAIRS):
        mine = wrk(ours, SECONDS, our_headers, script)
        pairs.append((mine, wrk(theirs, SECONDS, their_headers, script)))
    ratios = [mine.rate / other.rate for mine, other in pairs]
    shown.add_row(
        name,
        f"{statistics.median(mine.rate for mine, _ in pairs):,.0f}",
        f"{statistics.median(other.rate for _, other in pairs):,.0f}",
        f"×{statistics.median(ratios):.2f}",
        f"{min(ratios):.2f}–{max(ratios):.2f}",
        number(statistics.median(mine.p99 for mine, _ in pairs) * 1000),
        next((mine.faults for mine, _ in pairs if mine.faults), ""),
    )


def _at_work(folder: Path, port: int) -> Table:
    shown = table(
        "While an update is published and somebody signs in each second, on the server's core",
        "run",
        "requests/s",
        "p99, ms",
        "faults",
    )
    with _busy(folder, port):
        for run in range(1, PAIRS + 1):
            load = wrk(f"http://127.0.0.1:{port}/", 2 * SECONDS, GZIP)
            shown.add_row(str(run), f"{load.rate:,.0f}", number(load.p99 * 1000), load.faults)
    return shown


def _among_idle(port: int, pid: int) -> Table:
    """Most connections that a page has do nothing: they wait for their browser's next click."""
    shown = table("Among idle connections", "idle", "requests/s", "p99, ms", "PSS, MB", "faults")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 2 * IDLE), most))
    with ExitStack() as stack:
        for idle in (0, IDLE):
            for _ in range(idle):
                stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            loads = [wrk(f"http://127.0.0.1:{port}/", SECONDS, GZIP) for _ in range(PAIRS)]
            shown.add_row(
                f"{idle:,}",
                f"{statistics.median(load.rate for load in loads):,.0f}",
                number(statistics.median(load.p99 for load in loads) * 1000),
                number(proportional_size(pid)),
                next((load.faults for load in loads if load.faults), ""),
            )
    return shown


@contextmanager
def _busy(folder: Path, port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "bench._busy", str(folder), str(port)]
    with subprocess.Popen(
        ["taskset", "-c", str(SERVERS), *command], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            if not (process.stdout and process.stdout.readline() == "ready\n"):
                raise RuntimeError("nobody is at work")
            yield
        finally:
            process.terminate()
            process.wait(60)
