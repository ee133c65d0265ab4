"""Drafts on the command line: read, changed, approved as they were printed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.statuspage.cli._avviso import OWN_WORDS, REASON, Avviso

APPROVAL = '\n[approval]\nfrom = "minor"\n'
NAMES = ("--name", "it=Lento", "--name", "en=Slow")
BEA = ("--as", "bea")


@pytest.fixture
def avviso(on_sqlite: Avviso) -> Avviso:
    """Own words wait, and bea is an author."""
    settings = on_sqlite.folder / "avviso.toml"
    settings.write_text(settings.read_text() + APPROVAL)
    on_sqlite.done("operator", "add", "bea", "--role", "author")
    return on_sqlite


@pytest.fixture
def waiting(avviso: Avviso) -> str:
    words = ("declare", *NAMES, *OWN_WORDS, "--component", "wallet=major_outage")
    return str(avviso.json(*words, *BEA, "--yes")["draft_id"])


def shown(avviso: Avviso, draft: str) -> Any:
    return avviso.json("draft", "show", draft)


def test_a_draft_is_shown_in_all_languages(avviso: Avviso, waiting: str) -> None:
    told = shown(avviso, waiting)
    assert (told["author"], told["approved_by"], told["void"]) == ("bea", None, [])
    (said,) = told["publications"]
    assert (said["kind"], said["name"]["en"], said["status"]) == ("update", "Slow", "investigating")
    assert said["texts"]["it"]["body"] == "Ci scusiamo."
    assert [finding["id"] for finding in told["findings"]] == ["next_update_missing"]
    human = avviso.done("draft", "show", waiting)
    for part in ("Accesso lento", "We are sorry.", "name.it: Lento", "written by bea"):
        assert part in human
    assert "components.wallet: major_outage" in human
    assert avviso.json("incidents") == [], "it is only looked at"


def test_one_of_a_template_is_shown_as_it_would_be_read(avviso: Avviso) -> None:
    kept = avviso.json(
        *("declare", "--template", "acknowledgement/component-down", *BEA),
        *("--component", "wallet=major_outage", "--draft"),
    )
    (said,) = shown(avviso, kept["draft_id"])["publications"]
    assert "Portafoglio" in said["texts"]["it"]["body"]


def test_one_that_is_not_there(avviso: Avviso) -> None:
    for command in ("show", "change", "approve"):
        who = () if command == "show" else BEA
        assert "nope" in avviso.refused("draft", command, "nope", *who)


def test_changed_in_part_and_its_approval_is_void(avviso: Avviso, waiting: str) -> None:
    avviso.done("draft", "approve", waiting)
    assert shown(avviso, waiting)["approved_by"] == "ada"
    avviso.done("draft", "change", waiting, *BEA, "--body", "it=Ce ne scusiamo.")
    told = shown(avviso, waiting)
    assert (told["approved_by"], told["revision"]) == (None, 2)
    assert told["input"]["texts"]["it"] == {"headline": "Accesso lento", "body": "Ce ne scusiamo."}
    assert told["input"]["texts"]["en"]["body"] == "We are sorry."
    assert told["input"]["name"] == {"it": "Lento", "en": "Slow"}
    assert "while you read it" in avviso.refused(
        *("draft", "change", waiting, *BEA, "--revision", "1", "--body", "it=Tardi.")
    )
    avviso.refused("draft", "publish", waiting, *BEA, "--yes")


def test_changed_by_a_file_that_may_take_away(avviso: Avviso, waiting: str) -> None:
    given = {
        "components": {"wallet": None, "login": "partial_outage"},
        "internal_note": "the team knows",
        "template": "acknowledgement/component-down",
    }
    path = avviso.folder / "change.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    avviso.done("draft", "change", waiting, *BEA, "--file", str(path))
    said = shown(avviso, waiting)["input"]
    assert said["components"] == {"login": "partial_outage"}
    assert (said.get("texts"), said["internal_note"]) == (None, "the team knows")
    own = {"texts": {at: {"headline": "A", "body": "B"} for at in ("it", "en")}}
    path.write_text(json.dumps(own), encoding="utf-8")
    avviso.done("draft", "change", waiting, *BEA, "--file", str(path))
    assert shown(avviso, waiting)["input"].get("template") is None
    wrong = {"colour": "red"}
    path.write_text(json.dumps(wrong), encoding="utf-8")
    assert "colour" in avviso.refused("draft", "change", waiting, *BEA, "--file", str(path))


def test_what_is_approved_is_printed(avviso: Avviso, waiting: str) -> None:
    told = avviso.done("draft", "approve", waiting)
    for part in ("Accesso lento", "We are sorry.", "approved by ada", "Approved."):
        assert part in told
    avviso.done("draft", "change", waiting, *BEA, "--body", "it=Ce ne scusiamo.")
    assert avviso.json("draft", "approve", waiting)["draft"]["approved_by"] == "ada"


def test_looked_at_again_after_something_changed(avviso: Avviso, waiting: str) -> None:
    avviso.declare("--emergency", "now")
    told = shown(avviso, waiting)
    (void,) = told["void"]
    assert "#1 speaks of this by now: Portafoglio" in void
    assert told["refused"] == told["void"]
    assert "speaks of this by now" in avviso.done("draft", "show", waiting)
    avviso.refused("draft", "publish", waiting, "--yes")
    avviso.done("draft", "change", waiting, *BEA)
    assert shown(avviso, waiting)["void"] == []
    avviso.done("draft", "publish", waiting, "--yes")
    assert len(avviso.json("incidents")) == 2


def test_a_correction_that_waits_is_changed(avviso: Avviso) -> None:
    first = ("--template", "acknowledgement/component-down", "--component", "wallet=major_outage")
    avviso.done("declare", *first, *BEA, "--yes")
    kept = avviso.json(
        "correct", "1", "1", *REASON, "--do", "it=Aspetta", "--do", "en=Wait", *BEA, "--yes"
    )
    advice = ("--do", "it=Aspetta un’ora", "--do", "en=Wait an hour")
    avviso.done("draft", "change", kept["draft_id"], *BEA, *advice)
    avviso.done("draft", "publish", kept["draft_id"], "--yes")
    (told,) = avviso.json("incidents")
    assert told["version"] == 3


def test_who_saw_an_older_version_publishes_nothing(avviso: Avviso) -> None:
    avviso.declare("--as", "ada", "--emergency", "now")
    said = ("--template", "update/no-estimate-yet", "--yes")
    (entry,) = avviso.json("incidents")
    seen = ("--version", str(entry["version"]))
    avviso.done("update", "1", *said, *seen)
    well = ("--component", "wallet=operational", "--template", "resolution/recovered", "--yes")
    for command in (
        ("update", "1", *said),
        ("resolve", "1", *well),
        ("correct", "1", "1", *REASON, "--do", "it=Aspetta", "--do", "en=Wait", "--yes"),
        ("retract", "1", "1", "--yes"),
    ):
        assert "was updated first" in avviso.refused(*command, *seen)
    path = avviso.folder / "more.json"
    path.write_text(json.dumps({"version": entry["version"]}), encoding="utf-8")
    late = avviso.refused("update", "1", *said, "--file", str(path))
    assert "was updated first" in late
    (entry,) = avviso.json("incidents")
    avviso.done("resolve", "1", *well, "--version", str(entry["version"]))


def test_incidents_come_in_pages(on_sqlite: Avviso) -> None:
    for _ in range(3):
        on_sqlite.declare()
    numbers = [
        [entry["number"] for entry in on_sqlite.json("incidents", "--limit", "2", "--page", page)]
        for page in ("1", "2", "3")
    ]
    assert numbers == [[3, 2], [1], []]
    assert "0" in on_sqlite.refused("incidents", "--page", "0", code=2)
