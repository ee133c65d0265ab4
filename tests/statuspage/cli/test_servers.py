"""`run`, `web` and `worker` as programs, and a command line beside them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
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
    eventually,
    free_port,
    is_alive,
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


def child(program: Running, command: str) -> int | None:
    """The process of a command; that of `web` has a child with the same command line."""
    found = descendants(program.process.pid)
    return next((pid for pid, line in found.items() if line.endswith(command)), None)


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
    killed = page.until(lambda: child(page, " worker"))
    os.kill(killed, signal.SIGKILL)
    page.until(lambda: (child(page, " worker") or killed) != killed)
    page.until(lambda: "process_ended" in page.said())
    typed(folder, "update", "1", *OWN_WORDS, "--yes")
    page.until(lambda: len(lines(folder)) == 2)


def _everything_ends(page: Running) -> None:
    everything = descendants(page.process.pid)
    assert len(everything) >= 3, "the server, its worker, and ours"
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


def test_a_child_that_does_not_want_to_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_LAST_WORDS", 0.1)
    deaf = "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    deaf += "subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    process = servers._start([sys.executable, "-c", deaf], os.environ)
    (grandchild,) = eventually(lambda: descendants(process.pid), lambda: "no grandchild")
    process.terminate()
    servers._end(process)
    assert process.returncode == -signal.SIGKILL
    assert eventually(lambda: not is_alive(grandchild), lambda: "the grandchild lives on")
