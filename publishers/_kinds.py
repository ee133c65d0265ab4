"""Finds kinds by their file's name, without importing them: one file is one kind."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType


def kinds(package: str) -> tuple[str, ...]:
    """The kinds in a package such as "publishers.channels", sorted; nothing is imported.

    They may lie in any folder of the package's path, where a plug-in puts its own beside ours.
    """
    found = find_spec(package)
    folders = (found.submodule_search_locations or ()) if found else ()
    files = {path.stem for folder in folders for path in Path(folder).glob("*.py")}
    return tuple(sorted(name for name in files if not name.startswith("_")))


def load(package: str, kind: str) -> ModuleType:
    """Import the module of one kind. Raises `LookupError` naming those that exist."""
    known = kinds(package)
    if kind not in known:
        raise LookupError(f"there is no kind {kind!r}; there are: {', '.join(known)}")
    return import_module(f"{package}.{kind}")
