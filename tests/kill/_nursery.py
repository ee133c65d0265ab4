"""Starts `avviso` commands as processes of their own, from a parent that is warm already.

Python and its imports take two seconds at each start, and the texts one more; there are a hundred
starts here. The nursery has done both once (`_warm.py`) and forks. Everything else is as at any
start: the command line's own entry, the arguments, the environment, signals, standard input and
output, how it ends. What is killed with -9 is such a process.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.statuspage._running import descendants, is_alive

PATIENCE = 120.0
"""Seconds after which something that should happen by itself is given up: a hang, not a delay."""
_BETWEEN_LOOKS = 0.02
_PROJECT = Path(__file__).parents[2]


def until(happened: Callable[[], object], what: Callable[[], str]) -> None:
    """Wait until something happens in another process."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < PATIENCE, f"it did not happen: {what()}"
        time.sleep(_BETWEEN_LOOKS)


class Nursery:
    """The warm parent. Threads may ask it at the same time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lock = threading.Lock()

    def start(
        self,
        words: Sequence[str],
        env: Mapping[str, str],
        output: Path,
        stdin: str = os.devnull,
    ) -> Process:
        """Start a command; what it says goes to files beside each other, .out and .err."""
        order = {"words": words, "env": env, "output": str(output), "stdin": stdin}
        return Process(self, self.ask(order), words, output)

    def ask(self, order: Any) -> Any:
        """One order, one answer (see `_warm.py`)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            print(json.dumps(order), file=self._process.stdin, flush=True)
            answer = self._process.stdout.readline()
        assert answer, "the nursery ended; it said why on standard error"
        return json.loads(answer)


@contextmanager
def opened_nursery() -> Iterator[Nursery]:
    command = [sys.executable, "-m", "tests.kill._warm"]
    with subprocess.Popen(
        command, cwd=_PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Nursery(process)


class Process:
    """A command under way."""

    def __init__(self, nursery: Nursery, pid: int, words: Sequence[str], output: Path) -> None:
        self.pid = pid
        self.words = words
        self._nursery = nursery
        self._output = output

    @property
    def code(self) -> int | None:
        """Its exit code, -9 for a process that was killed; None while it lives."""
        code: int | None = self._nursery.ask({"pid": self.pid})
        return code

    def out(self) -> str:
        return _text(self._output.with_suffix(".out"))

    def err(self) -> str:
        """Standard error: the logs, and what a command says to people."""
        return _text(self._output.with_suffix(".err"))

    def until(self, happened: Callable[[], object], what: str) -> None:
        """Wait until something happens that this process does; it must not end before."""

        def happened_to_the_living() -> object:
            assert self.code is None, f"{self} ended with {self.code}: {self.err()}"
            return happened()

        until(happened_to_the_living, lambda: f"{what}: {self.err()}")

    def wait(self) -> int:
        """Wait for its end; answers its exit code."""
        until(lambda: self.code is not None, lambda: f"the end of {self}: {self.err()}")
        code = self.code
        assert code is not None
        return code

    def kill(self) -> None:
        """End it, and all that it started, as a machine does that loses its power."""
        assert self.code is None, f"{self} ended by itself with {self.code}: {self.err()}"
        parts = descendants(self.pid)
        os.killpg(self.pid, signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL
        until(lambda: not any(map(is_alive, parts)), lambda: f"the end of {parts}")

    def clear_away(self) -> None:
        """See that nothing is left of it; what has ended may have left its id to another."""
        if self.code is None:
            self.kill()

    def __str__(self) -> str:
        return f"avviso {' '.join(self.words)}"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
