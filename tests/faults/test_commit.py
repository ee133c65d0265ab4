"""PostgreSQL goes away at the worst moments of an action: it was done or it was not, and the
operator is told which."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from incidents import outbox
from statuspage.cli import _publish
from statuspage.site import NotOnline, Site
from tests.faults._pages import Citizen, documents
from tests.faults._postgres import OwnPostgres, wire
from tests.faults._terminal import DECLARE
from tests.statuspage.cli._avviso import OWN_WORDS, SETTINGS, Avviso
from tests.statuspage.cli.conftest import forget, set_up


@pytest.fixture(scope="module")
def prepared(own_server: OwnPostgres, tmp_path_factory: pytest.TempPathFactory) -> Avviso:
    folder = tmp_path_factory.mktemp("commit")
    with pytest.MonkeyPatch.context() as here:
        forget(here)
        here.chdir(folder)
        return set_up(folder, own_server.new_database())


@pytest.fixture
def typed(prepared: Avviso, own: OwnPostgres, monkeypatch: pytest.MonkeyPatch) -> Avviso:
    monkeypatch.chdir(prepared.folder)
    return prepared


def through(typed: Avviso, own: OwnPostgres, folder: Path) -> Avviso:
    """The same command line on a database address that leads through a wire."""
    name = typed.database_url.split("@/")[1].split("?")[0]
    return replace(typed, database_url=own.url(name, folder))


def incidents(typed: Avviso) -> list[str]:
    """Their ids, the newest first."""
    return [found["id"] for found in typed.json("incidents")]


def test_a_commit_whose_answer_is_lost_is_found(typed: Avviso, own: OwnPostgres) -> None:
    before = incidents(typed)
    with wire(own, answered=True) as cut:
        said = through(typed, own, cut.folder).done(*DECLARE)
        assert cut.was_cut
    [new, *rest] = incidents(typed)
    assert rest == before
    assert f"✓ Published: https://stato.example.it/incidents/{new}/" in said
    assert "1 post goes out" in said
    assert "Accesso lento" in typed.document(f"incidents/{new}/index.html")


def test_a_draft_whose_answer_is_lost_is_found(typed: Avviso, own: OwnPostgres) -> None:
    before = typed.rows()
    approval = typed.folder / "approval.toml"
    approval.write_text(SETTINGS + '[approval]\nfrom = "minor"\n', encoding="utf-8")
    with wire(own, answered=True) as cut:
        said = through(typed, own, cut.folder).done("--settings", str(approval), *DECLARE)
        assert cut.was_cut
    (draft,) = typed.json("draft", "list")
    assert f"'avviso draft publish {draft['id']}' does that" in said
    assert typed.rows()["incidents"] == before["incidents"]


def test_what_is_backdated_is_found(typed: Avviso, own: OwnPostgres) -> None:
    """It is pushed to no channel: there is no publication to look for."""
    past = ("--started-at", "2020-12-08T14:00", "--resolved-at", "2020-12-08T15:00")
    words = tuple(word for word in DECLARE if word != "declare")
    with wire(own, answered=True) as cut:
        said = through(typed, own, cut.folder).done("backdate", *words, *past)
        assert cut.was_cut
    assert incidents(typed)[0] in said


def test_somebody_else_was_first(
    typed: Avviso, own: OwnPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is found is told as it became, not as it was planned."""
    number = len(incidents(typed)) + 1
    monkeypatch.setattr(_publish, "_ask", lambda _planned: typed.done(*DECLARE))
    asked = [word for word in DECLARE if word != "--yes"]
    with wire(own, answered=True) as cut:
        told = through(typed, own, cut.folder).json(*asked)
        assert cut.was_cut
    assert (told["number"], told["online"]) == (number + 1, True)
    assert f"incidents/{told['incident_id']}/index.html" in documents(typed.folder / "data/page")


UPDATE = ("update", "1", *OWN_WORDS, "--yes")


@pytest.mark.parametrize("words", [DECLARE, UPDATE])
def test_a_commit_that_is_lost_is_refused(
    typed: Avviso, own: OwnPostgres, words: tuple[str, ...]
) -> None:
    before = typed.rows()
    with wire(own, answered=False) as cut:
        result = through(typed, own, cut.folder)(*words)
        assert cut.was_cut
    assert (result.exit_code, typed.rows()) == (1, before)
    assert result.stderr.startswith("✗ database: ")
    assert result.stderr.endswith("; try again in a moment\n")
    typed.done(*words)


def test_what_was_not_begun_is_refused(
    typed: Avviso, own: OwnPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no doubt about it, although nobody can look."""
    before = typed.rows()
    with monkeypatch.context() as going_away:
        going_away.setattr(_publish, "_ask", lambda _planned: own.stop())
        result = typed(*(word for word in DECLARE if word != "--yes"))
    own.start()
    assert (result.exit_code, typed.rows()) == (1, before)
    assert result.stderr.startswith("✗ database: ")


@pytest.mark.parametrize("answered", [True, False])
def test_nobody_knows_while_the_database_is_away(
    typed: Avviso, own: OwnPostgres, answered: bool
) -> None:
    before = len(incidents(typed))
    with wire(own, answered=answered, for_good=True) as cut:
        result = through(typed, own, cut.folder)(*DECLARE, "--json")
        assert cut.was_cut
    assert (result.exit_code, result.stdout) == (5, "")
    (error,) = json.loads(result.stderr)["errors"]
    assert "It may have been saved or not: look at 'avviso incidents' before" in error
    assert len(incidents(typed)) == before + answered


def test_saved_before_the_database_went_away(
    typed: Avviso, own: OwnPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may take it for refused, and declare it again."""
    refresh, page = Site.refresh, typed.folder / "data" / "page"
    before, shown = incidents(typed), documents(page)

    def end_first(site: Site, now: datetime, event: int | None = None) -> list[NotOnline]:
        own.stop()
        return refresh(site, now, event)

    with monkeypatch.context() as going_away:
        going_away.setattr(Site, "refresh", end_first)
        result = typed(*DECLARE)
    Citizen(page).finds_whole(shown)
    own.start()
    assert result.exit_code == 3
    assert result.stderr.startswith("! Saved, not yet online on page: the database did not answer")
    assert result.stderr.count("\n") == 1
    [new, *rest] = incidents(typed)
    assert rest == before
    assert f"incidents/{new}/index.html" not in documents(page)
    typed.done("component", "status", "login", "partial_outage")
    assert f"incidents/{new}/index.html" in documents(page)


@pytest.mark.parametrize("json_too", [(), ("--json",)])
def test_online_before_the_database_went_away(
    typed: Avviso, own: OwnPostgres, monkeypatch: pytest.MonkeyPatch, json_too: tuple[str, ...]
) -> None:
    """What cannot be noted any more is not missing: the page shows it."""

    def end_first(*arguments: Any) -> None:
        own.stop()
        show(*arguments)

    show = outbox.show
    with monkeypatch.context() as going_away:
        going_away.setattr(outbox, "show", end_first)
        said = typed.done(*DECLARE, *json_too)
    assert '"online": true' in said if json_too else "✓ Published" in said
    own.start()
    new = incidents(typed)[0]
    assert new in said
    assert "Accesso lento" in typed.document(f"incidents/{new}/index.html")
