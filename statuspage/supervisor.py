"""Keeps the parts of a server running: forked from one process, started again when they end.

Those that the crowd meets are forked at once; the others after all that they need was imported, so
that they share that memory. To reload, the
process executes itself anew in its own place, holding on to the socket that listens: the new parts
begin, and then the old ones finish. No connection is refused meanwhile.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import structlog

from statuspage.processes import end_with_parent, name_this_process

log = structlog.get_logger()

Part = Callable[[Callable[[], None]], None]
"""What a part does; it calls what it is given once it is ready, and returns when asked to end."""

RESTART_PAUSE = 1.0
LAST_WORDS = 20.0
"""Seconds that a part has to end by itself: a channel may be in the middle of a request."""
READY_WITHIN = 30.0
_HANDED_OVER = "AVVISO_HANDED_OVER"
_CONTEXT = multiprocessing.get_context("fork")


class Supervisor:
    """Runs parts, by name, until it is asked to end: SIGTERM or SIGINT.

    SIGHUP lets it reload, or, without `reloads`, end: it is also what a closed terminal sends.
    For the main thread of a process without other threads.
    """

    def __init__(
        self,
        first: Mapping[str, Part],
        others: Callable[[], Mapping[str, Part]],
        listener: socket.socket | None,
        *,
        reloads: bool,
    ) -> None:
        """`first` is started at once; then `others` may take its time, and tells the rest."""
        self._parts = dict(first)
        self._others = others
        self._listener = listener
        self._reloads = reloads
        self._running: dict[str, BaseProcess] = {}
        self._old: list[int] = []
        self._wake = threading.Event()
        self._ending = False
        self._reloading = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """The parts run within the block."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked)
        self._old = [pid for pid in _handed_over()[1] if _is_ours(pid)]
        try:
            _keep_shared()
            ready = [self._start(name) for name in self._parts]
            others = self._others()
            _keep_shared()
            self._parts.update(others)
            ready += [self._start(name) for name in others]
            _wait_for(ready)
            self._dismiss(self._old)
            yield
        finally:
            self._end()

    def watch(self) -> None:
        """Start again what ends, until asked to end."""
        while not self._wait():
            for name, process in self._running.items():
                if not process.is_alive():
                    log.error("process_ended", part=name, code=process.exitcode)
                    process.close()
                    self._start(name)

    def _wait(self) -> bool:
        """Whether it was asked to end, after a pause."""
        self._wake.wait(RESTART_PAUSE)
        self._wake.clear()
        self._reap()
        if self._reloading:
            self._reloading = False
            self._reload()
        return self._ending

    def _asked(self, number: int, _frame: object) -> None:
        if number == signal.SIGHUP and self._reloads:
            self._reloading = True
        else:
            self._ending = True
        self._wake.set()

    def _start(self, name: str) -> Connection:
        here, there = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(target=_run, args=(name, self._parts[name], there, os.getpid()))
        process.start()
        there.close()
        self._running[name] = process
        return here

    def _reload(self) -> None:
        """Execute this program anew, if what it would read now is well."""
        command = [sys.executable, "-P", "-m", "statuspage", *sys.argv[1:]]
        trial = subprocess.run([*command, "--try"], capture_output=True, text=True, check=False)  # noqa: S603
        if trial.returncode:
            log.error("not_reloaded", why=trial.stderr.strip())
            return
        pids = [process.pid for process in self._running.values() if process.pid]
        descriptor = -1
        if self._listener:
            descriptor = self._listener.fileno()
            os.set_inheritable(descriptor, True)
        os.environ[_HANDED_OVER] = ":".join(map(str, [descriptor, *pids]))
        log.info("reloading")
        os.execv(command[0], command)  # noqa: S606

    def _dismiss(self, pids: Iterable[int]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _reap(self) -> None:
        """Ask what became of those that were dismissed."""
        self._old = [pid for pid in self._old if _is_ours(pid)]

    def _end(self) -> None:
        """End all parts; one that does not in time is killed, which loses nothing: what was under
        way is looked for at the next start."""
        for process in self._running.values():
            process.terminate()
        until = time.monotonic() + LAST_WORDS
        for name, process in self._running.items():
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                log.error("process_killed", part=name)
                process.kill()
                process.join()
        for pid in self._old:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _keep_shared() -> None:
    """Before a fork: else a part would come to own a copy of all that it merely looks through."""
    gc.collect()
    gc.freeze()


def _run(name: str, part: Part, ready: Connection, parent: int) -> None:
    """A part's own process."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the terminal's are for the parent, which asks
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_with_parent()
    if os.getppid() != parent:
        return  # it ended before it could be followed
    name_this_process(f"avviso-{name}")
    part(lambda: ready.send_bytes(b"ready"))


def _wait_for(ready: Sequence[Connection]) -> None:
    """Return when every part is ready or has ended, or READY_WITHIN later."""
    until = time.monotonic() + READY_WITHIN
    for pipe in ready:
        pipe.poll(max(0.0, until - time.monotonic()))
        pipe.close()


def inherited_listener(host: str, port: int) -> socket.socket | None:
    """The socket that this process listened on before it reloaded, if it is at this address."""
    descriptor, _ = _handed_over()
    if descriptor < 0:
        return None
    try:
        found = socket.socket(fileno=descriptor)
    except OSError:
        return None
    if found.getsockname()[1] == port and found.getsockname()[0] in _addresses(host, port):
        return found
    found.close()
    return None


def _addresses(host: str, port: int) -> set[str]:
    return {str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}


def is_reloaded() -> bool:
    """Whether this process executed itself anew, and its old parts may still run."""
    return _HANDED_OVER in os.environ


def _handed_over() -> tuple[int, list[int]]:
    """What the process was before it reloaded: its listening descriptor and its parts."""
    found = os.environ.get(_HANDED_OVER, "-1").split(":")
    return int(found[0]), [int(pid) for pid in found[1:]]


def _is_ours(pid: int) -> bool:
    """Whether a child of this process still runs; one that ended is asked what became of it."""
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False
