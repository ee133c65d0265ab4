"""The Nu HTML checker, which knows the standard, finds neither an error nor a warning."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests._browser import missing
from tests.pages import states
from tests.pages.conftest import Site, node_module

ACCEPTED: frozenset[str] = frozenset()
"""Messages that the checker gives without cause, whole."""


def checked(files: list[Path]) -> list[str]:
    """What the checker says of all files; it is started once, for it starts slowly."""
    java = shutil.which("java") or missing("java is not installed")
    jar = node_module("vnu-jar/build/dist/vnu.jar")
    options = ["--format", "json", "--stdout", "--also-check-svg"]
    said = subprocess.run(
        [java, "-jar", str(jar), *options, *map(str, files)], capture_output=True, text=True
    )
    assert said.stderr == ""
    return [
        f"{message['url']}:{message.get('lastLine')} {message['message']}"
        for message in json.loads(said.stdout)["messages"]
        if message["message"] not in ACCEPTED and not _guesses_at_nonsense(message)
    ]


def _guesses_at_nonsense(message: dict[str, str]) -> bool:
    """Whether it guesses at the language of a page whose names are of none."""
    guess = message["message"].startswith("This document appears to be written in ")
    return guess and "/long_names" in message["url"]


@pytest.fixture
def error_page(site: Callable[[str], Site], tmp_path: Path) -> Path:
    path = tmp_path / "error.html"
    with pytest.raises(HTTPError) as told:
        urlopen(f"{site('empty').address}/nothing-here/", timeout=30)
    with told.value as answer:
        assert answer.code == 404
        path.write_bytes(answer.read())
    return path


def test_every_page_is_valid(site: Callable[[str], Site], error_page: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_text("<!doctype html><html lang=it><title>t</title><p><ul><b>x</ul>", "utf-8")
    files = [error_page, broken]
    for name in states.STATES:
        place = site(name)
        files += [place.file(path) for path in place.some()]
        files += sorted(place.root.rglob("*.svg"))
    found = checked(files)
    assert [line for line in found if str(broken) in line], "the checker sees nothing"
    assert [line for line in found if str(broken) not in line] == []
