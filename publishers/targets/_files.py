"""Files changed in one step: written beside their place, then renamed into it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

_FOLDER_MODE = 0o755
_FILE_MODE = 0o644


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
    """Write a temporary file in the same folder, hence on the same disk."""
    descriptor, name = tempfile.mkstemp(prefix=".avviso-", suffix=".tmp", dir=place.parent)
    try:
        with os.fdopen(descriptor, "wb") as temporary:
            os.fchmod(descriptor, _FILE_MODE)
            temporary.write(content)
    except BaseException:
        Path(name).unlink()
        raise
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
