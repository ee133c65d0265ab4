"""The trail and the duty on the command line."""

from __future__ import annotations

import csv
import io
import json

from tests.statuspage.cli._avviso import Avviso


def test_the_trail_tells_who_did_what(avviso: Avviso) -> None:
    avviso.done("duty", "take", "--as", "ada")
    newest, *rest = json.loads(avviso.done("trail", "--json"))
    assert (newest["kind"], newest["login"]) == ("duty_taken", "ada")
    assert newest["data"] == {"old": None, "new": "ada"}
    assert rest[-1]["kind"] == "operator_added"
    assert "Took the duty" in avviso.done("trail", "--limit", "1")


def test_the_trail_is_narrowed_down(on_sqlite: Avviso) -> None:
    on_sqlite.done("duty", "take", "--as", "ada")
    saved = on_sqlite.done("trail", "--csv", "--kind", "component_saved", "--person", "ada")
    assert {row["kind"] for row in csv.DictReader(io.StringIO(saved))} <= {"component_saved"}
    assert json.loads(on_sqlite.done("trail", "--json", "--until", "2020-12-08")) == []
    assert json.loads(on_sqlite.done("trail", "--json", "--since", "9999-12-31")) == []
    assert json.loads(on_sqlite.done("trail", "--json", "--until", "9999-12-31")) != []
    assert "entry" in on_sqlite.refused("trail", "--incident", "99")


def test_the_duty_is_handed_over_and_left(on_sqlite: Avviso) -> None:
    on_sqlite.done("operator", "add", "bea", "--role", "author")
    assert "ada is on duty" in on_sqlite.done("duty", "take", "--as", "ada")
    assert "bea is on duty" in on_sqlite.done("duty", "over", "bea", "--as", "ada")
    assert "to: there is no operator" in on_sqlite.refused("duty", "over", "zoe", "--as", "ada")
    assert "Nobody is on duty" in on_sqlite.done("duty", "leave", "--as", "bea")
    assert "nobody is on duty" in on_sqlite.refused("duty", "leave", "--as", "bea")
