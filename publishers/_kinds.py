"""Finds kinds by their file's name, without importing them: one file is one kind."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType


def kinds(package: str) -> tuple[str, ...]:
    """The kinds in a package such as "publishers.channels", sorted; nothing is imported."""
    folder = Path(__file__).parent.joinpath(*package.split(".")[1:])
    return tuple(sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")))


def load(package: str, kind: str) -> ModuleType:
    """Import the module of one kind. Raises `LookupError` naming those that exist."""
    known = kinds(package)
    if kind not in known:
        raise LookupError(f"there is no kind {kind!r}; there are: {', '.join(known)}")
    return import_module(f"{package}.{kind}")
