"""Kinds are found by their file's name, without importing them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import publishers
from publishers._kinds import kinds, load

PACKAGES = ("publishers.channels", "publishers.documents", "publishers.targets")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_without_an_underscore_is_a_kind(package: str) -> None:
    folder = Path(publishers.__file__).parent / package.split(".")[1]
    files = {path.name for path in folder.iterdir() if path.suffix == ".py"}
    assert {f"{kind}.py" for kind in kinds(package)} == {
        name for name in files if not name.startswith("_")
    }
    assert list(kinds(package)) == sorted(kinds(package))


def test_finds_those_that_are_known_to_be_there() -> None:
    assert "directory" in kinds("publishers.targets")
    assert {"feeds", "api_v2"} <= set(kinds("publishers.documents"))


def test_finding_imports_nothing() -> None:
    code = (
        "import sys; from publishers._kinds import kinds; kinds('publishers.targets');"
        "sys.exit(any(name.startswith('publishers.targets') for name in sys.modules))"
    )
    root = Path(publishers.__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", code], cwd=root).returncode == 0


def test_loads_the_module_of_a_kind() -> None:
    assert load("publishers.targets", "directory").__name__ == "publishers.targets.directory"


@pytest.mark.parametrize("name", ["nowhere", "_base", "", "../channels/log", "directory.Target"])
def test_names_those_that_exist_when_asked_for_another(name: str) -> None:
    with pytest.raises(LookupError, match=r"there are: .*directory"):
        load("publishers.targets", name)
