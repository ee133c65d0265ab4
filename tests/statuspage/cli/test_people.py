"""How people come in, from the machine itself."""

from __future__ import annotations

import json

import pytest

from tests.statuspage.cli._avviso import Avviso

ADDRESS = "https://stato.example.it/console/enter/"


@pytest.mark.parametrize("command", ["invite", "reset", "sign-in-link"])
def test_a_link_is_printed_on_a_line_of_its_own(on_sqlite: Avviso, command: str) -> None:
    said = on_sqlite.done("operator", command, "ada").splitlines()
    assert said[0].startswith("For ada, once, until ")
    assert said[1].startswith(ADDRESS)
    assert len(said[1].removeprefix(ADDRESS)) == 43


@pytest.mark.parametrize("command", ["invite", "reset", "sign-in-link"])
def test_a_link_as_json(on_sqlite: Avviso, command: str) -> None:
    told = on_sqlite.json("operator", command, "ada")
    assert told["url"].startswith(ADDRESS)
    assert set(told) == {"login", "purpose", "url", "until"}


def test_whoever_is_added_gets_a_link(on_sqlite: Avviso) -> None:
    said = on_sqlite.done("operator", "add", "bea", "--role", "author")
    assert ADDRESS in said


def test_a_lost_second_factor_is_removed_with_a_reset(on_sqlite: Avviso) -> None:
    assert ADDRESS in on_sqlite.done("operator", "reset", "ada", "--second-factor")


def test_who_was_disabled_may_act_again_and_no_old_link_lets_them_in(on_sqlite: Avviso) -> None:
    on_sqlite.done("operator", "add", "bea")
    assert "not disabled" in on_sqlite.refused("operator", "enable", "bea")
    on_sqlite.done("operator", "disable", "bea")
    links = on_sqlite.rows()["sign_in_links"]
    on_sqlite.done("operator", "enable", "bea")
    assert on_sqlite.rows()["sign_in_links"] == links - 1
    people = {each["login"]: each for each in on_sqlite.json("operator", "list")}
    assert people["bea"]["disabled_at"] is None
    assert "no operator" in on_sqlite.refused("operator", "enable", "nobody")


@pytest.mark.parametrize("login", ["nobody", "avviso", "disabled"])
@pytest.mark.parametrize("command", ["invite", "reset", "sign-in-link"])
def test_not_for_everybody(on_sqlite: Avviso, command: str, login: str) -> None:
    on_sqlite.done("operator", "add", "disabled")
    on_sqlite.done("operator", "disable", "disabled")
    assert login in on_sqlite.refused("operator", command, login)
    refused = on_sqlite.refused("operator", command, login, "--json")
    assert json.loads(refused)["errors"]
