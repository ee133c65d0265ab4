"""From submitting an update to the page that every process serves, with years of history behind;
then what all that history costs: rendering it anew, and starting with it.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path

from rich.table import Table

from bench import _place as place
from bench._figures import SPREAD, number, ratio, spread, table
from bench._web import avviso, proportional_size, write_settings
from incidents.actions import Desk

HISTORIES = (100, 1000, 10_000)
TIMES = 60
_WARM_UP = 3
_CONTEXT = multiprocessing.get_context("spawn")


def measure() -> Iterator[Table]:
    """SQLite; two servers, and an operator's update, again and again."""
    shown = table("Submit → served by both servers (ms)", "behind it", *SPREAD, "to the first")
    first: list[float] = []
    with place.folder() as folder:
        url = place.migrated(f"sqlite:///{folder / 'avviso.db'}")
        desk = place.open_desk(url)
        there = 0
        for history in HISTORIES:
            place.add_history(desk, history, beyond=there)
            there = history
            took = _until_served(desk, folder)
            first = first or took
            shown.add_row(f"{history:,} incidents", *spread(took), ratio(took, first))
        rebuilt = _rebuilt(desk, folder)
        desk.db.close()
        restarted = _restarted(folder)
    with place.folder() as folder:
        desk = place.open_desk(place.migrated(f"sqlite:///{folder / 'avviso.db'}"))
        place.add_components(desk, 200)
        place.add_history(desk, HISTORIES[0])
        took = _until_served(desk, folder)
        shown.add_row(
            f"{HISTORIES[0]} incidents, 200 components", *spread(took), ratio(took, first)
        )
        desk.db.close()
    yield shown
    yield rebuilt
    yield restarted


def _until_served(desk: Desk, folder: Path) -> list[float]:
    site = place.open_site(desk, folder / "page")
    now = place.START + timedelta(minutes=1)
    incident = place.declare(desk, now).incident_id
    site.refresh(now)
    took = []
    settings = write_settings(folder)
    with ExitStack() as stack:
        ports = [stack.enter_context(avviso(settings))[0] for _ in range(2)]
        eyes = stack.enter_context(_eyes(ports))
        for turn in range(TIMES + _WARM_UP):
            now += timedelta(seconds=10)
            text = f"Il guasto numero {turn}."
            eyes.send(text)
            began = time.monotonic()
            outcome = place.update(desk, incident, now, texts=place.words(text))
            site.refresh(now, outcome.event)
            seen = eyes.recv()
            if turn >= _WARM_UP:
                took.append(seen - began)
        place.update(desk, incident, now, status="resolved", components={"wallet": "operational"})
        site.refresh(now)
    return took


@contextmanager
def _eyes(ports: Sequence[int]) -> Iterator[Connection]:
    """Somebody who reloads the page of every server, and tells when all showed a text."""
    here, there = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_look, args=(list(ports), there))
    process.start()
    try:
        yield here
    finally:
        here.close()
        there.close()
        process.terminate()
        process.join()


def _look(ports: Sequence[int], told: Connection) -> None:
    connections = [HTTPConnection("127.0.0.1", port, timeout=60) for port in ports]
    while True:
        text = told.recv().encode()
        for connection in connections:
            with closing(connection):
                while text not in _page(connection):
                    time.sleep(0.002)
        told.send(time.monotonic())


def _page(connection: HTTPConnection) -> bytes:
    connection.request("GET", "/")
    return connection.getresponse().read()


def _rebuilt(desk: Desk, folder: Path) -> Table:
    """`avviso export`, in a process of its own whose memory is watched with all that it starts."""
    shown = table("Everything rendered anew, two locales", "incidents", "seconds", "peak PSS, MB")
    desk.db.engine.dispose()
    place_of_it = folder / "anew"
    command = [sys.executable, "-P", "-m", "statuspage", "--settings", str(write_settings(folder))]
    began = time.monotonic()
    peak = 0.0
    with subprocess.Popen(
        [*command, "export", str(place_of_it)],
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            try:
                peak = max(peak, proportional_size(process.pid))
            except (FileNotFoundError, ProcessLookupError):
                continue
            time.sleep(1.0)  # to look costs the kernel some time of theirs
    if process.returncode:
        raise RuntimeError(f"avviso export left with {process.returncode}")
    seconds = time.monotonic() - began
    shown.add_row(f"{HISTORIES[-1]:,}", number(seconds), number(peak))
    return shown


def _restarted(folder: Path) -> Table:
    shown = table("Started until the page is served (ms)", "what", *SPREAD)
    settings = write_settings(folder)
    took = []
    for _ in range(10):
        began = time.monotonic()
        with avviso(settings):
            took.append(time.monotonic() - began)
    shown.add_row(f"avviso web, {HISTORIES[-1]:,} incidents", *spread(took))
    took = []
    for _ in range(5):
        began = time.monotonic()
        with avviso(settings, "run"):
            took.append(time.monotonic() - began)
    shown.add_row(f"avviso run, {HISTORIES[-1]:,} incidents", *spread(took))
    return shown
