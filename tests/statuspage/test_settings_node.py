"""How a machine is called among those on the same database."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.statuspage.test_settings import SERVICE, load, problems


def test_by_default_it_is_called_as_its_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for host, node in (
        ("Stato-1.Example.org", "stato-1-example-org"),
        ("web_01", "web-01"),
        ("x" * 39 + ".example", "x" * 39),
        ("…", "node"),
    ):
        monkeypatch.setattr(socket, "gethostname", lambda host=host: host)
        assert load(tmp_path, SERVICE).node == node


def test_the_file_says_and_the_environment_wins(tmp_path: Path) -> None:
    text = SERVICE + '[node]\nname = "rome"\n'
    assert load(tmp_path, text).node == "rome"
    assert load(tmp_path, text, {"AVVISO_NODE": ""}).node == "rome"
    assert load(tmp_path, text, {"AVVISO_NODE": "milan"}).node == "milan"


def test_a_name_that_cannot_be_is_told(tmp_path: Path) -> None:
    wrong = "'Roma/1' should be 1 to 40 of a-z, 0-9 and '-'"
    assert problems(tmp_path, SERVICE, {"AVVISO_NODE": "Roma/1"}) == [f"AVVISO_NODE: {wrong}"]
    (told,) = problems(tmp_path, SERVICE + '[node]\nname = "Roma/1"\n')
    assert told == f"node.name: {wrong}"
