"""What the checks find is shown before publishing; what stops needs a reason, and so does haste."""

from __future__ import annotations

from tests.statuspage.cli._avviso import Avviso

NAMES = ("--name", "it=Lento", "--name", "en=Slow")
WORDS = (
    *("--headline", "it=Accesso lento", "--headline", "en=Slow sign-in"),
    *("--body", "it=Purtroppo l'accesso è lento.", "--body", "en=Sign-in is slow."),
)
DECLARE = ("declare", *NAMES, *WORDS, "--component", "login=partial_outage", "--yes")


def _set(avviso: Avviso, text: str) -> None:
    settings = avviso.folder / "avviso.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_what_is_found_is_shown_and_goes_out(on_sqlite: Avviso) -> None:
    said = on_sqlite.done(*DECLARE)
    assert "! body (it): It makes the fault smaller than readers find it." in said
    assert '"Purtroppo" [euphemism]' in said
    assert len(on_sqlite.json("incidents")) == 1


def test_a_program_reads_the_findings(on_sqlite: Avviso) -> None:
    findings = on_sqlite.json(*DECLARE)["findings"]
    assert {finding["id"] for finding in findings} == {"euphemism", "next_update_missing"}
    (found,) = [finding for finding in findings if finding["id"] == "euphemism"]
    assert (found["severity"], found["locale"], found["field"]) == ("warn", "it", "body")
    assert found["where"] == ["Purtroppo"]


def test_what_stops_needs_a_reason(on_sqlite: Avviso) -> None:
    _set(on_sqlite, '\n[checks]\neuphemism = "stop"\n')
    refused = on_sqlite(*DECLARE)
    assert refused.exit_code == 1
    assert "[euphemism]" in refused.stderr
    assert "--despite ID=REASON" in refused.stderr
    assert on_sqlite.json("incidents") == []
    assert "no check 'humour'" in on_sqlite.refused(*DECLARE, "--despite", "humour=x")
    on_sqlite.done(*DECLARE, "--despite", "euphemism=the mayor's own words")
    assert len(on_sqlite.json("incidents")) == 1


def test_a_second_person_approves_and_the_author_publishes(on_sqlite: Avviso) -> None:
    _set(on_sqlite, '\n[approval]\nfindings = ["euphemism"]\n')
    on_sqlite.done("operator", "add", "bea", "--role", "author")
    kept = on_sqlite.json(*DECLARE, "--as", "bea")
    assert kept["why"] == "what the checks found needs a second person: euphemism"
    on_sqlite.refused("draft", "approve", kept["draft_id"], "--as", "bea")
    on_sqlite.refused("draft", "approve", kept["draft_id"], "--revision", "2")
    on_sqlite.done("draft", "approve", kept["draft_id"], "--revision", "1")
    on_sqlite.done("draft", "publish", kept["draft_id"], "--as", "bea", "--yes")
    assert len(on_sqlite.json("incidents")) == 1


def test_an_emergency_does_not_wait(on_sqlite: Avviso) -> None:
    _set(on_sqlite, '\n[approval]\nfrom = "minor"\n')
    on_sqlite.done(*DECLARE, "--emergency", "nobody can be reached")
    assert len(on_sqlite.json("incidents")) == 1
