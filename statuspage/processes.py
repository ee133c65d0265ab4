"""Names for processes, such that one of this machine can be known to be gone.

A name holds the machine, its boot, the namespace in which process ids are counted, the id and the
moment of its start: whoever shares the first three can tell whether that very process still runs.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
from functools import cache
from pathlib import Path

_UNKNOWN = "?"
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_A_TURN = 0.0005
"""Seconds."""


def process_name(pid: int | None = None) -> str:
    """The name of a process of this machine, by default this one: at most 60 characters."""
    pid = pid or os.getpid()
    return f"{_place()}:{pid}:{_started(pid) or _UNKNOWN}"


def is_gone(name: str) -> bool:
    """Whether a named process has ended for sure; False where that cannot be told from here."""
    place, _, process = name.partition(":")
    pid, _, started = process.partition(":")
    if place != _place() or _UNKNOWN in name or not pid.isdecimal():
        return False
    return _started(int(pid)) != started


def have_many_files() -> int:
    """Let this process have as many files and connections open as the system allows it, up to
    65,536; answers how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if most == resource.RLIM_INFINITY else min(most, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return wanted


def end_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Let this process get a signal when the one that started it ends, however that ends.

    By prctl(2), on Linux; elsewhere nothing happens, and it lives on.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, int(number))


def share_finely() -> None:
    """Let threads of this process take turns ten times as often as Python would have it.

    A thread that renders computes for long; one that writes to the database computes a little
    between many statements, and while it waits for its next turn all other processes wait for it.
    """
    sys.setswitchinterval(_A_TURN)


def name_this_process(name: str) -> None:
    """Let `ps` and `top` show a name of up to 15 characters for this process (Linux)."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_NAME, name.encode("ascii")[:15], 0, 0, 0)


@cache
def _place() -> str:
    """Machine, boot and namespace: "stato-1.3f2c9a1b.4026531836"; "?" where Linux does not say."""
    host = socket.gethostname().replace(":", "-")[:18]
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8]
        namespace = str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    except OSError:
        boot = namespace = _UNKNOWN
    return f"{host}.{boot}.{namespace}"


def _started(pid: int) -> str:
    """When a process started, in ticks since the boot (proc(5), field 22); "" for none."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    fields = status.rpartition(")")[2].split()
    is_dead = fields[0] in "ZX"  # it only waits for its parent to ask what became of it
    return "" if is_dead else fields[19]
