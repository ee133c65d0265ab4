"""`run`, `web` and `worker` as programs, and a command line beside them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from statuspage.cli import servers
from tests.statuspage._running import (
    PATIENCE,
    Running,
    avviso,
    descendants,
    environment,
    free_port,
    is_alive,
    parts,
    running,
)
from tests.statuspage.cli._avviso import OWN_WORDS, Avviso


@pytest.fixture
def page(on_sqlite: Avviso) -> Iterator[Running]:
    """`avviso run` with settings of its own, once it answers."""
    port = free_port()
    env = environment(PORT=str(port))
    with running(avviso("run"), on_sqlite.folder, port, env) as program:
        program.shows("Nessun problema segnalato")
        program.until(lambda: "Avviso is on" in program.said())
        yield program


def typed(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command in another process, as at another terminal."""
    return subprocess.run(
        avviso(*words),
        cwd=folder,
        env=environment(AVVISO_OPERATOR="ada"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


DECLARE = (
    *("declare", "--name", "it=Accesso", "--name", "en=Sign-in", *OWN_WORDS),
    *("--component", "login=partial_outage", "--yes", "--json"),
)


def lines(folder: Path) -> list[str]:
    posts = folder / "data" / "posts" / "prova.jsonl"
    found = posts.read_text().splitlines() if posts.exists() else []
    return [json.loads(line)["text"] for line in found]


def test_the_page_and_the_posts_follow_the_command_line(page: Running, on_sqlite: Avviso) -> None:
    folder = on_sqlite.folder
    declared = json.loads(typed(folder, *DECLARE).stdout)
    assert declared["online"] is True
    assert "Accesso lento" in (page.get() or ""), "online when the command says so"
    (text,) = page.until(lambda: lines(folder))
    assert text == declared["posts"][0]["text"]
    _the_worker_is_started_again(page, folder)
    _everything_ends(page)


def _the_worker_is_started_again(page: Running, folder: Path) -> None:
    killed = page.until(lambda: parts(page.process.pid).get("avviso-worker"))
    os.kill(killed, signal.SIGKILL)
    page.until(lambda: parts(page.process.pid).get("avviso-worker", killed) != killed)
    page.until(lambda: "process_ended" in page.said())
    typed(folder, "update", "1", *OWN_WORDS, "--yes")
    page.until(lambda: len(lines(folder)) == 2)


def _everything_ends(page: Running) -> None:
    everything = descendants(page.process.pid)
    assert {"avviso-front-1", "avviso-app", "avviso-worker"} <= set(parts(page.process.pid))
    assert page.end() == 0
    assert [line for pid, line in everything.items() if is_alive(pid)] == []
    assert "Traceback" not in page.said()


def test_a_port_that_is_taken(page: Running, on_sqlite: Avviso) -> None:
    for command in ("run", "web"):
        result = on_sqlite(command, PORT=str(page.port))
        assert result.exit_code == 1
        assert f"cannot listen on 127.0.0.1:{page.port}: Address already in use" in result.stderr
        assert "PORT" in result.stderr


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_ours(on_sqlite: Avviso, host: str) -> None:
    settings = on_sqlite.folder / "avviso.toml"
    settings.write_text(settings.read_text() + f'[web]\nhost = "{host}"\n')
    assert f"cannot listen on {host}:8080: " in on_sqlite.refused("run")


def test_a_free_port_stays_free() -> None:
    port = free_port()
    servers.must_be_free("127.0.0.1", port)
    with closing(socket.create_server(("127.0.0.1", port))):
        pass


def steadily(port: int, until: threading.Event) -> list[int]:
    """Ask for the page again and again, a connection each time; the statuses."""
    seen = []
    while not until.is_set():
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
            connection.request("GET", "/")
            seen.append(connection.getresponse().status)
    return seen


def test_settings_are_read_anew_without_refusing_anybody(page: Running, on_sqlite: Avviso) -> None:
    settings = on_sqlite.folder / "avviso.toml"
    before = parts(page.process.pid)
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(steadily, page.port, over)
        try:
            settings.write_text(f"{settings.read_text()}[web]\nworkers = 2\n")
            page.process.send_signal(signal.SIGHUP)
            page.until(lambda: "avviso-front-2" in parts(page.process.pid))
            page.until(lambda: not any(map(is_alive, before.values())))
        finally:
            over.set()
        assert set(seen.result()) == {200}
    assert parts(page.process.pid).keys() >= {"avviso-front-1", "avviso-app", "avviso-worker"}
    declared = json.loads(typed(on_sqlite.folder, *DECLARE).stdout)
    assert declared["online"] is True
    page.until(lambda: lines(on_sqlite.folder))
    assert page.end() == 0
    assert "Traceback" not in page.said()


def test_settings_that_cannot_be_used_change_nothing(page: Running, on_sqlite: Avviso) -> None:
    settings = on_sqlite.folder / "avviso.toml"
    before = parts(page.process.pid)
    good = settings.read_text()
    settings.write_text(good + "[web]\nworkers = 0\n")
    page.process.send_signal(signal.SIGHUP)
    page.until(lambda: "not_reloaded" in page.said())
    assert "web.workers" in page.said()
    assert set(parts(page.process.pid).values()) == set(before.values())
    page.shows("Nessun problema segnalato")


def test_a_part_that_does_not_want_to_end_is_ended(tmp_path: Path) -> None:
    deaf = """
import signal, sys, threading
from statuspage import supervisor
supervisor.LAST_WORDS = 0.1
def deaf(ready):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready()
    threading.Event().wait()
with supervisor.Supervisor({"deaf": deaf}, dict, None, reloads=False).running():
    print("running", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin
        assert program.stdout
        assert program.stdout.readline() == "running\n"
        pid = parts(program.pid)["avviso-deaf"]
        program.stdin.close()
        assert program.wait(PATIENCE) == 0
    assert not is_alive(pid)
