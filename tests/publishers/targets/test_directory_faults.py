"""A folder under stress: full disks, readers at the same moment, several publishers."""

from __future__ import annotations

import errno
import fcntl
import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest

from publishers.documents._base import Document
from publishers.targets import directory
from publishers.targets._base import Watermark
from publishers.targets._encodings import ENDINGS
from publishers.targets.directory import Target

MARK = Watermark(7, datetime(2020, 12, 8, 13, 26, tzinfo=UTC), "v1")
NEXT = Watermark(8, datetime(2020, 12, 8, 14, 0, tzinfo=UTC), "v1")
LONG = b"<p>Il Portafoglio non funziona.</p>" * 40
OTHER = b"<p>Il Portafoglio funziona di nuovo.</p>" * 40


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "www"


@pytest.fixture
def target(root: Path) -> Target:
    return Target(root)


def files(root: Path) -> dict[str, bytes]:
    """All that a reader could fetch."""
    return {
        found.relative_to(root).as_posix(): found.read_bytes()
        for found in sorted(root.rglob("*"))
        if found.is_file() and found.name not in (directory.LOCK, directory.WATERMARK)
    }


class TestFaults:
    """A disk that is full at each possible step leaves what readers see as it was."""

    def fail_at(
        self, monkeypatch: pytest.MonkeyPatch, module: object, name: str, call: int
    ) -> None:
        real = getattr(module, name)
        calls = 0

        def failing(*arguments: object, **named: object) -> object:
            nonlocal calls
            calls += 1
            if calls == call:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*arguments, **named)

        monkeypatch.setattr(module, name, failing)

    @pytest.mark.parametrize("step", [1, 2, 3])
    @pytest.mark.parametrize("name", ["write", "fchmod", "open"])
    def test_writing_fails(
        self, target: Target, root: Path, monkeypatch: pytest.MonkeyPatch, name: str, step: int
    ) -> None:
        target.put([Document("index.html", LONG)], MARK)
        before = files(root)
        with monkeypatch.context() as patch:
            self.fail_at(patch, os, name, step)
            with pytest.raises(OSError, match="No space left"):
                target.put([Document("index.html", OTHER)], NEXT)
        assert files(root) == before
        assert target.watermark() == MARK

    @pytest.mark.parametrize("step", [1, 2, 3, 4])
    def test_renaming_fails(
        self, target: Target, root: Path, monkeypatch: pytest.MonkeyPatch, step: int
    ) -> None:
        target.put([Document("index.html", LONG)], MARK)
        with monkeypatch.context() as patch:
            self.fail_at(patch, os, "replace", step)
            with pytest.raises(OSError, match="No space left"):
                target.put([Document("index.html", OTHER)], NEXT)
        assert target.watermark() == MARK
        body = (root / "index.html").read_bytes()
        assert body == (LONG if step == 1 else OTHER)
        assert {expanded(root / f"index.html{ending}") for ending in ENDINGS} <= {body, None}
        target.put([Document("index.html", OTHER)], NEXT)
        assert set(files(root)) == {"index.html", "index.html.gz", "index.html.br"}
        assert target.watermark() == NEXT

    def test_a_new_folder_is_not_left_behind_empty(
        self, target: Target, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target.put([], MARK)
        with monkeypatch.context() as patch:
            self.fail_at(patch, os, "replace", 1)
            with pytest.raises(OSError, match="No space left"):
                target.put([Document("a/b/index.html", LONG)], NEXT)
        assert not (root / "a").exists()

    def test_what_went_before_stays_and_the_next_put_repeats(
        self, target: Target, root: Path
    ) -> None:
        target.put([], MARK)
        with pytest.raises(ValueError, match="no safe path"):
            target.put([Document("a.txt", b"a"), Document("../b.txt", b"b")], NEXT)
        assert target.watermark() == MARK
        assert target.put([Document("a.txt", b"a"), Document("b.txt", b"b")], NEXT) == 1
        assert files(root) == {"a.txt": b"a", "b.txt": b"b"}


def expanded(sibling: Path) -> bytes | None:
    """What a sibling holds; None when there is none, as for a moment while it changes."""
    try:
        squeezed = sibling.read_bytes()
    except FileNotFoundError:
        return None
    if sibling.suffix == ".gz":
        return gzip.decompress(squeezed)
    return bytes(brotli.decompress(squeezed))


def test_readers_never_see_half_a_file(target: Target, root: Path) -> None:
    bodies = [bytes([letter]) * 50_000 for letter in b"abcdefgh"]
    target.put([Document("index.html", bodies[0])], MARK)
    done = threading.Event()
    wrong: list[str] = []
    reads = 0

    def look() -> None:
        nonlocal reads
        while not done.is_set():
            seen = {ending: expanded(root / f"index.html{ending}") for ending in ENDINGS}
            seen[""] = (root / "index.html").read_bytes()
            wrong.extend(ending for ending, body in seen.items() if body not in (None, *bodies))
            reads += 1

    reader = threading.Thread(target=look)
    reader.start()
    for body in bodies * 10:
        target.put([Document("index.html", body)], NEXT)
    done.set()
    reader.join()
    assert wrong == []
    assert reads


class TestLock:
    def held(self, root: Path) -> bool:
        with (root / directory.LOCK).open("rb") as probe:
            try:
                fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def test_holds_off_this_process_too(self, target: Target, root: Path) -> None:
        with target.lock():
            assert self.held(root)
        assert not self.held(root)

    def test_holds_off_other_processes(self, target: Target, root: Path) -> None:
        attempt = "import sys, fcntl as f; f.flock(open(sys.argv[1]), f.LOCK_EX | f.LOCK_NB)"
        command = [sys.executable, "-c", attempt, str(root / directory.LOCK)]
        with target.lock():
            assert b"BlockingIOError" in subprocess.run(command, capture_output=True).stderr
        assert subprocess.run(command, capture_output=True).returncode == 0

    def test_is_let_go_after_an_error(self, target: Target, root: Path) -> None:
        with pytest.raises(ZeroDivisionError), target.lock():
            raise ZeroDivisionError
        assert not self.held(root)

    def test_one_works_at_a_time(self, root: Path) -> None:
        inside: list[int] = []
        most: list[int] = []

        def work(number: int) -> None:
            with Target(root).lock():
                inside.append(number)
                Target(root).put([Document("index.html", bytes([65 + number]) * 5000)], MARK)
                most.append(len(inside))
                inside.remove(number)

        run_all(threading.Thread(target=work, args=(n,)) for n in range(8))
        assert most == [1] * 8


def run_all(threads: Iterable[threading.Thread]) -> None:
    started = list(threads)
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
