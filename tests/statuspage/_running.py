"""Avviso as a running program: started, asked over HTTP, and ended as a machine would."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 120
"""Seconds after which something that should happen is said not to; a busy machine is slow."""
_BETWEEN_LOOKS = 0.1
_OURS = ("AVVISO_", "DATA", "PORT")


def environment(**env: str) -> dict[str, str]:
    """This process's, without what it says of Avviso."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**plain, "NO_COLOR": "1", **env}


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(look: Callable[[], Found | None], otherwise: Callable[[], str]) -> Found:
    """What `look` finds in the end; fails, with what there is to say, where nothing comes."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / _BETWEEN_LOOKS)):
        found = look()
        if found:
            return found
        pause.wait(_BETWEEN_LOOKS)
    raise AssertionError(f"it did not come: {otherwise()}")


@dataclass
class Running:
    """A program that was started, and the file that it writes to."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def until(self, look: Callable[[], Found | None]) -> Found:
        """What `look` finds in the end; fails where the program ends before."""

        def still_running() -> Found | None:
            code = self.process.poll()
            assert code is None, f"it ended with {code}: {self.said()}"
            return look()

        return eventually(still_running, self.said)

    def get(self, path: str = "/") -> str | None:
        """What is at an address; None while nothing is, or nobody answers."""
        with (
            suppress(OSError, http.client.HTTPException),
            closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection,
        ):
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read().decode()
            return body if response.status == 200 else None
        return None

    def shows(self, text: str, path: str = "/") -> str:
        """The document once it holds a text."""
        return self.until(lambda: body if text in (body := self.get(path) or "") else None)

    def end(self) -> int:
        """Ask it to end; answers its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def running(
    command: Sequence[str], folder: Path, port: int, env: Mapping[str, str]
) -> Iterator[Running]:
    """Start a program in a folder; whatever is left of it at the end is killed."""
    output = folder / "output.txt"
    with (
        output.open("wb") as file,
        subprocess.Popen(
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        ) as process,
    ):
        program = Running(process, port, output)
        try:
            yield program
        finally:
            left = [process.pid, *descendants(process.pid)] if process.poll() is None else []
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def avviso(*words: str) -> list[str]:
    """The command line of the checkout."""
    return [sys.executable, "-m", "statuspage", *words]


def descendants(pid: int) -> dict[int, str]:
    """The processes that a process started, and those that they started, with command lines."""
    found: dict[int, str] = {}
    for child in _children(pid):
        with suppress(FileNotFoundError, ProcessLookupError):
            line = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            found |= {child: line.strip(), **descendants(child)}
    return found


def parts(pid: int) -> dict[str, int]:
    """The same by the names that `ps` shows, as in "avviso-front-1"; of two the one on top."""
    found: dict[str, int] = {}
    for child in reversed(descendants(pid)):
        with suppress(FileNotFoundError, ProcessLookupError):
            found[Path(f"/proc/{child}/comm").read_text().strip()] = child
    return found


def _children(pid: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return []


def is_alive(pid: int) -> bool:
    """Whether a process is there; one that is dead and only waits to be asked about is not."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False
