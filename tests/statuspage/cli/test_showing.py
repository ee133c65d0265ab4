"""The board, one entry, the page: for people and for programs."""

from __future__ import annotations

from tests.statuspage.cli._avviso import REASON, Avviso


def test_an_empty_board_says_that_no_worker_is_there(on_sqlite: Avviso) -> None:
    told = on_sqlite.json("board")
    assert (told["incidents"], told["planned"], told["alarmed"]) == ([], [], False)
    assert told["duty"] is None
    said = on_sqlite.done("board")
    assert "Nothing is open" in said
    assert "Nobody is on duty" in said


def test_the_board_has_what_is_open_and_what_needs_somebody(avviso: Avviso) -> None:
    made = avviso.declare("--next-update-by", "+30m")
    avviso.json("duty", "take")
    avviso.json("channel", "pause", "prova", "--why", "credito esaurito")
    told = avviso.json("board")
    assert [entry["number"] for entry in told["incidents"]] == [made["number"]]
    assert told["incidents"][0]["promise"] == "calm"
    assert told["duty"]["login"] == "ada"
    assert told["channels"] == [{"name": "prova", "state": "paused", "why": "credito esaurito"}]
    assert told["worker"]["alive"] in (True, False)
    said = avviso.done("board")
    assert "#1 Portafoglio giù: investigating; from " in said
    assert "; next update by " in said
    assert "prova is paused: credito esaurito; 'avviso channel resume prova'" in said
    assert "Ada is on duty" in said


def test_a_fault_that_nobody_was_told_of_needs_somebody(on_sqlite: Avviso) -> None:
    on_sqlite.declare("--draft", "--started-at", "2020-12-07T09:00")
    told = on_sqlite.json("board")
    ((key, fault),) = told["unannounced"].items()
    assert (told["drafts"][0]["id"], fault["stands"], told["alarmed"]) == (key, "late", True)
    assert f"draft {key}: no notice yet after" in on_sqlite.done("board")


def test_one_incident_with_all_that_was_said(on_sqlite: Avviso) -> None:
    on_sqlite.declare("--key", "wallet-down")
    told = on_sqlite.json("show", "wallet-down")
    assert (told["number"], len(told["updates"])) == (1, 1)
    said = on_sqlite.done("show", "1")
    assert "#1 Portafoglio giù: investigating" in said
    assert told["updates"][0]["texts"]["it"]["headline"] in said
    assert "nope" in on_sqlite.refused("show", "nope")


def test_incidents_of_a_kind_a_status_a_name(on_sqlite: Avviso) -> None:
    on_sqlite.declare()
    assert len(on_sqlite.json("incidents", "--kind", "incident", "--status", "investigating")) == 1
    assert len(on_sqlite.json("incidents", "--naming", "GIÙ")) == 0
    assert len(on_sqlite.json("incidents", "--naming", "PORTA")) == 1
    assert on_sqlite.json("incidents", "--kind", "maintenance", "--kind", "advance_notice") == []
    assert on_sqlite.json("incidents", "--status", "resolved") == []


def test_the_page(on_sqlite: Avviso) -> None:
    told = on_sqlite.json("page")
    assert told["url"] == "https://stato.example.it/"
    assert told["locales"] == ["it", "en"]
    assert "Europe/Rome" in on_sqlite.done("page")


def test_a_component_is_changed_in_part_and_hidden(avviso: Avviso) -> None:
    about = ("--description", "it=Per pagare", "--description", "en=To pay")
    avviso.json("component", "save", "wallet", *about, "--only-if-degraded")
    avviso.json("component", "save", "wallet", "--position", "7")
    assert "nothing is said" in avviso.refused("component", "save", "wallet")
    assert "name: is missing" in avviso.refused("component", "save", "nope", "--hidden")
    assert "no component" in avviso.refused("component", "hide", "nope")
    shown = {row["key"]: row for row in avviso.json("component", "list")}
    assert shown["wallet"]["description"] == {"it": "Per pagare", "en": "To pay"}
    assert (shown["wallet"]["position"], shown["wallet"]["hidden"]) == (7, False)
    avviso.json("component", "hide", "wallet")
    shown = {row["key"]: row for row in avviso.json("component", "list")}
    assert shown["wallet"]["hidden"] is True


def test_a_group_is_changed_in_part(on_sqlite: Avviso) -> None:
    names = ("--name", "it=Denaro", "--name", "en=Money")
    about = ("--description", "it=Paga", "--description", "en=Pays")
    on_sqlite.json("component", "group", "money", *names, *about, "--component", "wallet")
    on_sqlite.json("component", "group", "money", "--name", "it=Soldi", "--name", "en=Cash")
    (group,) = on_sqlite.json("component", "groups")
    assert (group["name"]["it"], group["description"]["it"]) == ("Soldi", "Paga")
    parts = {row["key"]: row["group_id"] for row in on_sqlite.json("component", "list")}
    assert parts == {"wallet": group["id"], "login": None}
    assert "nothing is said" in on_sqlite.refused("component", "group", "money")
    said = ("component", "group", "money", "--component", "nope")
    assert "no component 'nope'" in on_sqlite.refused(*said)
    on_sqlite.json("component", "save", "wallet", "--group", "")
    parts = {row["key"]: row["group_id"] for row in on_sqlite.json("component", "list")}
    assert parts["wallet"] is None


def test_what_is_done_is_told_to_programs_by_its_event(on_sqlite: Avviso) -> None:
    on_sqlite.declare()
    added = on_sqlite.json("operator", "add", "bea")
    assert added["url"].startswith("https://stato.example.it/console/enter/")
    events = [
        on_sqlite.json(*words)["event"]
        for words in (
            ("operator", "role", "bea", "approver"),
            ("operator", "disable", "bea"),
            ("operator", "enable", "bea"),
            ("channel", "pause", "prova"),
            ("channel", "resume", "prova"),
            ("duty", "take"),
            ("duty", "over", "bea"),
            ("attach", "is-my-data-safe"),
            ("detach", "is-my-data-safe"),
        )
    ]
    assert events == sorted(set(events))
    retracted = on_sqlite.json("retract", "1", "1", *REASON, "--yes")
    assert retracted["event"] > events[-1]


def test_keys_of_the_environment_are_changed(on_sqlite: Avviso) -> None:
    assert "AVVISO_SECRET_KEY" in on_sqlite.refused("operator", "re-encrypt")
    key = {"AVVISO_SECRET_KEY": f"{'n' * 32},{'o' * 32}"}
    assert "0 second factors anew" in on_sqlite.done("operator", "re-encrypt", **key)
    why = on_sqlite.refused("operator", "re-encrypt", AVVISO_SECRET_KEY=f"{'n' * 32},short")
    assert "32 characters or more" in why
    assert "short" not in why
