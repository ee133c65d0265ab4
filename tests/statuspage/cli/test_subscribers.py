"""Subscribers on the command line: counted, found, changed, taken over, given out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.statuspage.cli._avviso import Avviso

ADA = ("--as", "ada")


def added(avviso: Avviso, address: str = "anna@example.org", *more: str) -> Any:
    return avviso.json("subscriber", "add", address, "--consent", "modulo", *more, *ADA)["id"]


def listed(avviso: Avviso, *more: str) -> list[str]:
    return [each["address"] for each in avviso.json("subscriber", "list", *more)]


def test_one_from_the_first_to_the_last(avviso: Avviso) -> None:
    anna = added(avviso, "anna@example.org", "--component", "wallet", "--kind", "incident")
    hook = ("https://hook.example.org/1", "--contact", "owner@example.org")
    asked = avviso.json("subscriber", "add", *hook, "--language", "en", *ADA)
    assert asked["asked"] is True
    assert avviso.json("subscriber", "count")["email"]["active"] == 1
    assert "webhook" in avviso.done("subscriber", "count")
    assert listed(avviso) == ["https://hook.example.org/1", "anna@example.org"]
    assert listed(avviso, "--holding", "ANNA", "--mode", "email", "--state", "active") == [
        "anna@example.org"
    ]
    assert listed(avviso, "--component", "wallet") == ["anna@example.org"]
    assert listed(avviso, "--limit", "1", "--page", "2") == ["anna@example.org"]
    assert "active" in avviso.done("subscriber", "list")
    avviso.json("subscriber", "change", anna, "--all-components", "--language", "en", *ADA)
    told = avviso.json("subscriber", "show", anna)
    assert (told["language"], told["components"], told["kinds"]) == ("en", None, ["incident"])
    assert "components: all" in avviso.done("subscriber", "show", anna)
    assert avviso.json("subscriber", "resend", asked["id"], *ADA) == {"count": 1}
    assert avviso.json("subscriber", "unsubscribe", anna, *ADA) == {"count": 1}
    assert avviso.json("subscriber", "reactivate", "--all", *ADA) == {"count": 0}
    assert avviso.json("subscriber", "remove", anna, asked["id"], *ADA) == {"count": 2}
    assert listed(avviso) == []


def test_one_entry_is_followed_and_let_go(avviso: Avviso) -> None:
    entry = avviso.declare()
    which = str(entry["number"])
    anna = added(avviso, "anna@example.org", "--incident", which)
    assert avviso.json("subscriber", "show", anna)["follows"] is False
    assert listed(avviso, "--incident", which) == ["anna@example.org"]
    avviso.refused("subscriber", "change", anna, "--no-incident", which, *ADA)
    avviso.json("subscriber", "change", anna, "--all-components", "--no-incident", which, *ADA)
    assert listed(avviso, "--incident", which) == []


def test_what_is_refused(avviso: Avviso) -> None:
    anna = added(avviso)
    assert "already" in avviso.refused("subscriber", "add", "ANNA@example.org", *ADA)
    assert "no subscriber" in avviso.refused("subscriber", "remove", "nobody", *ADA)
    assert "no such" in avviso.refused("subscriber", "show", "nobody")
    assert "no component" in avviso.refused("subscriber", "list", "--component", "x")
    assert "quarantined" in avviso.refused("subscriber", "reactivate", anna, *ADA)
    assert "--all" in avviso.refused("subscriber", "reactivate", *ADA)


def test_a_file_comes_in_and_goes_out(avviso: Avviso, tmp_path: Path) -> None:
    file = tmp_path / "lista.csv"
    file.write_text("email;language\nanna@example.org;it\nbruno@example.org;en\nx;it\n")
    told = avviso.json("subscriber", "import", str(file), "--consent", "modulo del 2019", *ADA)
    assert (told["lines"], told["added"], told["faulty"]) == (3, 2, 1)
    assert [(each["line"], each["field"]) for each in told["faults"]] == [(4, "email")]
    again = avviso("subscriber", "import", str(file), "--ask", *ADA)
    assert again.exit_code == 0
    assert "added 0, known already 2, faulty 1, of 3" in again.stdout
    assert "line 4: email" in again.stderr
    out = tmp_path / "fuori.csv"
    avviso.done("subscriber", "export", str(out), *ADA)
    assert out.stat().st_mode & 0o777 == 0o600
    lines = out.read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[1] for line in lines] == [
        "address",
        "anna@example.org",
        "bruno@example.org",
    ]
    assert avviso.done("subscriber", "export", "-", *ADA).splitlines() == lines
    trail = [each["kind"] for each in avviso.json("trail")]
    assert trail.count("subscribers_exported") == 2
    assert "already" in avviso.refused("subscriber", "export", str(out), *ADA)


@pytest.mark.parametrize("words", [(), ("--ask", "--consent", "modulo")])
def test_whether_they_agreed_has_to_be_said(
    avviso: Avviso, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "lista.csv"
    file.write_text("email\nanna@example.org\n")
    assert "--consent" in avviso.refused("subscriber", "import", str(file), *words, *ADA)


def test_a_file_that_is_none(avviso: Avviso, tmp_path: Path) -> None:
    file = tmp_path / "lista.csv"
    file.write_bytes("email\nandré@example.org\n".encode("latin-1"))
    assert "UTF-8" in avviso.refused("subscriber", "import", str(file), "--ask", *ADA)
