"""`smtp-sink` of Postfix: a relay in C that takes every letter, from Debian's package."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_CONNECTIONS = 256


class NoSink(Exception):
    """It is not to be had here; the message says why."""


@cache
def _unpacked() -> tuple[Path, dict[str, str]]:
    """The program, and the environment that it needs. Raises `NoSink`."""
    if installed := shutil.which("smtp-sink", path="/usr/sbin:/usr/bin"):
        return Path(installed), {}
    folder = Path(tempfile.mkdtemp(prefix="avviso-postfix-"))
    try:
        subprocess.run(["apt-get", "download", "postfix"], cwd=folder, check=True, timeout=120)
        (package,) = folder.glob("postfix_*.deb")
        subprocess.run(["dpkg", "-x", package, folder], check=True, timeout=60)
    except (OSError, subprocess.SubprocessError, ValueError) as problem:
        raise NoSink(f"postfix could not be fetched: {problem}") from None
    return folder / "usr/sbin/smtp-sink", {"LD_LIBRARY_PATH": str(folder / "usr/lib/postfix")}


@contextmanager
def sink(dump: Path | None = None) -> Iterator[int]:
    """A relay on a port of this machine; with `dump` it writes down all that it takes."""
    program, more = _unpacked()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    words = [str(program), "-u", "nobody"]
    if dump is not None:
        dump.chmod(0o777)
        words += ["-D", f"{dump}/taken."]
    words += [f"127.0.0.1:{port}", str(_CONNECTIONS)]
    process = subprocess.Popen(words, env={**os.environ, **more})
    try:
        yield port
    finally:
        process.terminate()
        process.wait(30)


def letters_in(dump: Path) -> Counter[tuple[str, str]]:
    """How often each (recipient, Message-ID) was taken."""
    found: Counter[tuple[str, str]] = Counter()
    for path in dump.iterdir():
        recipient = ""
        with path.open("rb") as lines:
            for line in lines:
                if line.startswith(b"X-Rcpt-Args:"):
                    recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                elif line.startswith(b"Message-ID:"):
                    found[recipient, re.sub(r"\s", "", line.decode())] += 1
    return found
