"""Files changed in one step: written beside their place, then renamed into it; and locks."""

from __future__ import annotations

import fcntl
import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_FOLDER_MODE = 0o755
_FILE_MODE = 0o644
_counted = itertools.count()


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, readable by a web server whatever the umask."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(_FOLDER_MODE)


def read(place: Path) -> bytes | None:
    """A file's bytes; None when there is no such file."""
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None


def write(place: Path, content: bytes) -> None:
    """Put one file in one step. Raises `OSError`, leaving the old one."""
    _rename([(_stage(place, content), place)])


def write_forms(
    place: Path, body: bytes, siblings: Mapping[str, bytes], endings: Iterable[str]
) -> None:
    """Put a file and its siblings, by ending; of `endings`, those not given are removed.

    All is written before anything is touched, so that a full disk changes nothing. Then the old
    siblings go, the body is renamed, and the new siblings follow: at every moment between, and
    wherever it fails, whatever is there says the same. Raises `OSError`.
    """
    forms = {"": body, **siblings}
    staged = _stage_all(place, forms)
    try:
        for ending in endings:
            beside(place, ending).unlink(missing_ok=True)
    except BaseException:
        _discard(staged)
        raise
    _rename(staged)


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold a lock file against other threads and processes of this machine; not reentrant."""
    # A descriptor of its own for each holder: flock tells holders apart by it, and so
    # threads of one process wait for each other too.
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        # A forked child shares the descriptor; closing it alone would leave the lock held.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def beside(place: Path, ending: str) -> Path:
    """The sibling of a file, as in "index.html.gz" for "index.html"."""
    return place.with_name(place.name + ending)


def drop_empty(folder: Path, root: Path) -> None:
    """Remove a folder if it is empty, and those above it that become empty, below `root`."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return  # It is not empty, or gone already: nothing above it is empty either.
        folder = folder.parent


def _stage_all(place: Path, forms: Mapping[str, bytes]) -> list[tuple[Path, Path]]:
    staged: list[tuple[Path, Path]] = []
    try:
        for ending, content in forms.items():
            final = beside(place, ending)
            staged.append((_stage(final, content), final))
    except BaseException:
        _discard(staged)
        raise
    return staged


def _stage(place: Path, content: bytes) -> Path:
    """Write a temporary file in the same folder, hence on the same disk.

    A name of this process's own is enough, because whoever writes here holds the folder's lock;
    what a killed process of the same number left is written over.
    """
    name = f"{place.parent}/.avviso-{os.getpid()}-{next(_counted)}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(name, flags, _FILE_MODE)
    try:
        os.fchmod(descriptor, _FILE_MODE)  # whatever the umask
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
    except BaseException:
        os.unlink(name)  # noqa: PTH108
        raise
    finally:
        os.close(descriptor)
    return Path(name)


def _rename(staged: list[tuple[Path, Path]]) -> None:
    try:
        for temporary, final in staged:
            temporary.replace(final)
    except BaseException:
        _discard(staged)
        raise


def _discard(staged: list[tuple[Path, Path]]) -> None:
    for temporary, _ in staged:
        temporary.unlink(missing_ok=True)
