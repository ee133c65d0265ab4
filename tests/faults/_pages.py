"""What a citizen finds of a page, whatever is the matter with its disk."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path

import brotli
from werkzeug.test import Client

from publishers.targets._encodings import ENDINGS
from statuspage.edge import Documents, Edge

_EXPAND: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
}


def documents(folder: Path) -> dict[str, bytes]:
    """Every document below a folder."""
    return {
        found.relative_to(folder).as_posix(): found.read_bytes()
        for found in sorted(folder.rglob("*"))
        if found.is_file() and not found.name.startswith(".") and found.suffix not in ENDINGS
    }


def left_over(folder: Path) -> list[str]:
    """Temporary files, and folders without a document."""
    return [
        found.relative_to(folder).as_posix()
        for found in folder.rglob("*")
        if found.name.startswith(".avviso-") or (found.is_dir() and not any(found.iterdir()))
    ]


class Citizen:
    """Reads a page as the edge serves it, and never needs the application."""

    def __init__(self, folder: Path) -> None:
        self._client = Client(Edge(Documents(folder, "sha256-x"), _no_application))

    def fetch(self, path: str, coding: str = "") -> bytes:
        """A document as it comes in one content coding, or as it is where it has none."""
        answer = self._client.get(f"/{path}", headers={"Accept-Encoding": coding})
        assert answer.status_code == 200, f"{path}: {answer.status}"
        return _EXPAND[answer.headers.get("Content-Encoding", "")](answer.data)

    def finds_whole(self, *states: Mapping[str, bytes]) -> None:
        """Every document of the first state is served, in each coding, as in one of them."""
        for path in states[0]:
            wanted = [state[path] for state in states if path in state]
            for coding in _EXPAND:
                assert self.fetch(path, coding) in wanted, f"{path} in {coding or 'no coding'}"


def _no_application(environ: object, start_response: object) -> list[bytes]:
    raise AssertionError("a document has to be served without the application")
