"""Subscribers on the command line: counted, found, changed, taken over, given out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.statuspage.cli._avviso import Avviso

ADA = ("--as", "ada")


@pytest.fixture
def ours(avviso: Avviso) -> Avviso:
    avviso.done("operator", "add", "ada", "--role", "admin") if not _has(avviso, "ada") else None
    return avviso


def _has(avviso: Avviso, login: str) -> bool:
    return login in [each["login"] for each in avviso.json("operator", "list")]


def added(avviso: Avviso, address: str = "anna@example.org", *more: str) -> Any:
    return avviso.json("subscriber", "add", address, "--consent", "modulo", *more, *ADA)["id"]


def listed(avviso: Avviso, *more: str) -> list[str]:
    return [each["address"] for each in avviso.json("subscriber", "list", *more)]


def test_one_from_the_first_to_the_last(ours: Avviso) -> None:
    anna = added(ours, "anna@example.org", "--component", "wallet", "--kind", "incident")
    hook = ("https://hook.example.org/1", "--contact", "owner@example.org")
    asked = ours.json("subscriber", "add", *hook, "--language", "en", *ADA)
    assert asked["asked"] is True
    assert ours.json("subscriber", "count")["email"]["active"] == 1
    assert "webhook" in ours.done("subscriber", "count")
    assert listed(ours) == ["https://hook.example.org/1", "anna@example.org"]
    assert listed(ours, "--holding", "ANNA", "--mode", "email", "--state", "active") == [
        "anna@example.org"
    ]
    assert listed(ours, "--component", "wallet") == ["anna@example.org"]
    assert listed(ours, "--limit", "1", "--page", "2") == ["anna@example.org"]
    assert "active" in ours.done("subscriber", "list")
    ours.json("subscriber", "change", anna, "--all-components", "--language", "en", *ADA)
    told = ours.json("subscriber", "show", anna)
    assert (told["language"], told["components"], told["kinds"]) == ("en", None, ["incident"])
    assert "components: all" in ours.done("subscriber", "show", anna)
    assert ours.json("subscriber", "resend", asked["id"], *ADA) == {"count": 1}
    assert ours.json("subscriber", "unsubscribe", anna, *ADA) == {"count": 1}
    assert ours.json("subscriber", "reactivate", "--all", *ADA) == {"count": 0}
    assert ours.json("subscriber", "remove", anna, asked["id"], *ADA) == {"count": 2}
    assert listed(ours) == []


def test_one_entry_is_followed_and_let_go(ours: Avviso) -> None:
    entry = ours.declare()
    which = str(entry["number"])
    anna = added(ours, "anna@example.org", "--incident", which)
    assert ours.json("subscriber", "show", anna)["follows"] is False
    assert listed(ours, "--incident", which) == ["anna@example.org"]
    ours.refused("subscriber", "change", anna, "--no-incident", which, *ADA)
    ours.json("subscriber", "change", anna, "--all-components", "--no-incident", which, *ADA)
    assert listed(ours, "--incident", which) == []


def test_what_is_refused(ours: Avviso) -> None:
    anna = added(ours)
    assert "already" in ours.refused("subscriber", "add", "ANNA@example.org", *ADA)
    assert "no subscriber" in ours.refused("subscriber", "remove", "nobody", *ADA)
    assert "no such" in ours.refused("subscriber", "show", "nobody")
    assert "no component" in ours.refused("subscriber", "list", "--component", "x")
    assert "quarantined" in ours.refused("subscriber", "reactivate", anna, *ADA)
    assert "--all" in ours.refused("subscriber", "reactivate", *ADA)


def test_a_file_comes_in_and_goes_out(ours: Avviso, tmp_path: Path) -> None:
    file = tmp_path / "lista.csv"
    file.write_text("email;language\nanna@example.org;it\nbruno@example.org;en\nx;it\n")
    told = ours.json("subscriber", "import", str(file), "--consent", "modulo del 2019", *ADA)
    assert (told["lines"], told["added"], told["faulty"]) == (3, 2, 1)
    assert [(each["line"], each["field"]) for each in told["faults"]] == [(4, "email")]
    again = ours("subscriber", "import", str(file), "--ask", *ADA)
    assert again.exit_code == 0
    assert "added 0, known already 2, faulty 1, of 3" in again.stdout
    assert "line 4: email" in again.stderr
    out = tmp_path / "fuori.csv"
    ours.done("subscriber", "export", str(out), *ADA)
    assert out.stat().st_mode & 0o777 == 0o600
    lines = out.read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[1] for line in lines] == [
        "address",
        "anna@example.org",
        "bruno@example.org",
    ]
    assert ours.done("subscriber", "export", "-", *ADA).splitlines() == lines
    trail = [each["kind"] for each in ours.json("trail")]
    assert trail.count("subscribers_exported") == 2
    assert "already" in ours.refused("subscriber", "export", str(out), *ADA)


@pytest.mark.parametrize("words", [(), ("--ask", "--consent", "modulo")])
def test_whether_they_agreed_has_to_be_said(
    ours: Avviso, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "lista.csv"
    file.write_text("email\nanna@example.org\n")
    assert "--consent" in ours.refused("subscriber", "import", str(file), *words, *ADA)


def test_a_file_that_is_none(ours: Avviso, tmp_path: Path) -> None:
    file = tmp_path / "lista.csv"
    file.write_bytes("email\nandré@example.org\n".encode("latin-1"))
    assert "UTF-8" in ours.refused("subscriber", "import", str(file), "--ask", *ADA)
