"""A small file system of a test's own, which gets full and read-only for real.

It is a tmpfs in a private mount namespace: one process holds it, programs are started within, and
this process looks in from outside. Root may make one, and so may everybody on a machine that
allows user namespaces.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.statuspage._worker import until

PAGE = 4096
"""Bytes: what a tmpfs hands out at a time."""
SIZE = 8 * 1024 * 1024
NAMES = 2000
"""Files and folders that a disk can hold."""
_HOLD = 'mount -t tmpfs -o "size=$1,nr_inodes=$2,mode=0755" disk "$0" && echo mounted && exec cat'
_WAYS = (("--map-root-user", "--mount"), ("--mount",))


@dataclass(frozen=True)
class SmallDisk:
    """A mounted file system of its own."""

    holder: int
    """The process that it is mounted for."""
    mounted: Path
    """Where programs that are started by `command` find it."""
    user_namespace: bool

    @property
    def path(self) -> Path:
        """Where this process finds it. Never to be resolved: it leads through a magic link."""
        return Path(f"/proc/{self.holder}/root{self.mounted}")

    def command(self, folder: Path, *words: str) -> list[str]:
        """A command line that runs in `folder`, where the disk is mounted."""
        enter = ["nsenter", "--target", str(self.holder), "--mount", f"--wd={folder}"]
        own = ["--user", "--preserve-credentials"] if self.user_namespace else []
        return [*enter, *own, *words]

    @property
    def pages(self) -> int:
        """How many can still be written."""
        return os.statvfs(self.path).f_bavail

    def fill(self, leaving: int = 0) -> None:
        """Take all room but some pages of it."""
        with (self.path / ".ballast").open("ab") as ballast:
            size = ballast.tell() + (self.pages - leaving) * PAGE
            if size < ballast.tell():
                ballast.truncate(size)
            elif size:
                os.posix_fallocate(ballast.fileno(), 0, size)
        assert self.pages == leaving

    def take_names(self, leaving: int = 0) -> None:
        """Make files until only some more can be made; they take no room."""
        crowd = self.path / ".crowd"
        crowd.mkdir()
        names = os.statvfs(self.path).f_favail
        for number in range(names - leaving):
            (crowd / str(number)).touch()
        assert os.statvfs(self.path).f_favail == leaving

    def make_room(self) -> None:
        """Give back what was taken."""
        (self.path / ".ballast").unlink(missing_ok=True)
        shutil.rmtree(self.path / ".crowd", ignore_errors=True)

    def allow_writing(self, *, allowed: bool) -> None:
        """Mount it read-only, or writable again; waits until no file is open for writing."""
        how = "remount,rw" if allowed else "remount,ro"
        # With source and place both, nothing is taken over from the mount as it was.
        mount = ("mount", "-t", "tmpfs", "-o", how, "disk", str(self.mounted))
        until(lambda: subprocess.run(self.command(Path("/"), *mount)).returncode == 0, how)


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """An empty file system, gone when the block ends; skips where nobody may mount one."""
    with TemporaryDirectory(prefix="avviso-disk-") as name:
        place = Path(name).resolve()
        holder, user_namespace = _hold(place)
        with holder:
            assert holder.stdin
            try:
                yield SmallDisk(holder.pid, place, user_namespace)
            finally:
                holder.stdin.close()  # what holds it ends, and so does the mount


def _hold(place: Path) -> tuple[subprocess.Popen[str], bool]:
    complaints = []
    for way in _WAYS:
        try:
            process = _start(
                ["unshare", *way, "sh", "-c", _HOLD, str(place), str(SIZE), str(NAMES)]
            )
        except FileNotFoundError as missing:
            complaints.append(str(missing))
            continue
        assert process.stdout
        if process.stdout.readline() == "mounted\n":
            return process, "--map-root-user" in way
        complaints.append(process.communicate()[1].strip())
    why = f"no disk can be mounted here: {'; '.join(complaints)}"
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
