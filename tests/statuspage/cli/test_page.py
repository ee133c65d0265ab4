"""Setting up: init, operators, components, channels, export."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.statuspage.cli._avviso import OWN_WORDS, SETTINGS, Avviso
from tests.statuspage.test_site import tree


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Avviso:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return Avviso(tmp_path / "empty", "")


def test_init_in_an_empty_folder(empty: Avviso) -> None:
    said = empty.done("init", "--operator", "ada", "--name", "Ada L.")
    assert "✓ wrote avviso.toml" in said
    assert f"✓ the database is ready: sqlite:///{empty.folder / 'data' / 'avviso.db'}" in said
    assert "✓ ada may act as admin" in said
    assert empty.json("operator", "list") == [
        {"login": "ada", "name": "Ada L.", "role": "admin", "disabled_at": None}
    ]
    assert {path.name for path in empty.folder.iterdir()} == {"avviso.toml", "data"}


def test_init_leaves_a_settings_file_as_it_is(empty: Avviso) -> None:
    (empty.folder / "avviso.toml").write_text(SETTINGS)
    assert "is there already and stays as it is" in empty.done("init")
    assert (empty.folder / "avviso.toml").read_text() == SETTINGS
    assert empty.json("operator", "list") == []


def test_init_writes_where_the_environment_says(empty: Avviso) -> None:
    (empty.folder / "etc").mkdir()
    empty.done("init", AVVISO_SETTINGS="etc/status.toml")
    assert (empty.folder / "etc" / "status.toml").exists()
    assert (empty.folder / "etc" / "data" / "avviso.db").exists()
    assert not (empty.folder / "avviso.toml").exists()
    empty.done("--settings", "etc/status.toml", "incidents")


def test_init_in_a_folder_that_is_not_there(empty: Avviso) -> None:
    result = empty("--settings", "nowhere/avviso.toml", "init")
    assert result.exit_code == 1
    assert "nowhere/avviso.toml: No such file or directory" in result.stderr


def test_operators(avviso: Avviso) -> None:
    avviso.done("operator", "add", "bea", "--name", "Bea [b]", "--role", "viewer")
    avviso.done("operator", "role", "bea", "approver")
    avviso.done("operator", "add", "carlo")
    avviso.done("operator", "disable", "carlo")
    people = {person["login"]: person for person in avviso.json("operator", "list")}
    roles = {login: person["role"] for login, person in people.items()}
    assert roles == {"ada": "admin", "bea": "approver", "carlo": "author"}
    assert people["carlo"]["disabled_at"]
    listed = avviso.done("operator", "list")
    assert "Bea [b]" in listed
    assert "carlo" in listed


def test_components(avviso: Avviso) -> None:
    avviso.done("component", "group", "money", "--name", "it=Denaro", "--name", "en=Money")
    avviso.done(
        *("component", "save", "wallet", "--name", "it=Borsa", "--name", "en=Purse"),
        *("--description", "it=Dove stanno le carte.", "--group", "money", "--position", "7"),
    )
    avviso.done("component", "save", "secret", "--name", "it=X", "--name", "en=X", "--hidden")
    avviso.done("component", "status", "login", "degraded_performance")
    listed = avviso.json("component", "list")
    assert [(row["key"], row["name"], row["status"], row["hidden"]) for row in listed] == [
        ("login", {"it": "Accesso", "en": "Sign-in"}, "degraded_performance", False),
        ("wallet", {"it": "Borsa", "en": "Purse"}, "operational", False),
        ("secret", {"it": "X", "en": "X"}, "operational", True),
    ]
    assert (listed[0]["group_id"], listed[1]["position"]) == (None, 7)
    assert "hidden" in avviso.done("component", "list")
    assert "Borsa" in avviso.document()
    assert "Denaro" in avviso.document()
    assert '"degraded_performance"' in avviso.document("api/v2/components.json")


def test_channels(avviso: Avviso) -> None:
    avviso.done("channel", "pause", "prova", "--why", "prova generale")
    assert "prova is paused: prova generale" in avviso.done("deliveries")
    avviso.done("channel", "resume", "prova")
    assert "paused" not in avviso.done("deliveries")


def test_deliveries(avviso: Avviso) -> None:
    assert avviso.done("deliveries") == "Deliveries: none\n"
    first = avviso.declare()
    avviso.declare(component="login=partial_outage")
    newest, oldest = avviso.json("deliveries")
    assert set(oldest) == {
        *("id", "publication", "reference", "kind", "incident", "channel", "recipient", "state"),
        *(
            "attempts",
            "text",
            "fallback",
            "standalone",
            "without_picture",
            "remote_id",
            "url",
            "waits_for",
            "error",
        ),
        *("created_at", "not_before", "sent_at"),
    }
    assert (oldest["reference"], oldest["state"], newest["reference"]) == ("1/1", "pending", "2/1")
    assert [row["id"] for row in avviso.json("deliveries", "--incident", "#1")] == [oldest["id"]]
    assert [row["id"] for row in avviso.json("deliveries", "--limit", "1")] == [newest["id"]]
    assert len(avviso.json("deliveries", "--channel", "prova", "--state", "pending")) == 2
    assert avviso.json("deliveries", "--state", "failed") == []
    avviso.done("deliveries", "skip", str(oldest["id"]))
    (skipped,) = avviso.json("deliveries", "--state", "superseded")
    assert skipped["error"] == "skipped by Ada"
    avviso.done("deliveries", "retry", str(oldest["id"]))
    assert {row["state"] for row in avviso.json("deliveries")} == {"pending"}
    assert first["publications"] == [oldest["publication"]]


def test_incidents_are_listed_newest_first(avviso: Avviso) -> None:
    assert avviso.done("incidents") == "Incidents: none\n"
    avviso.declare("--key", "older")
    avviso.declare("--key", "newer", component="login=partial_outage")
    avviso.done("resolve", "newer", *OWN_WORDS, "--component", "login=operational", "--yes")
    assert [entry["key"] for entry in avviso.json("incidents")] == ["newer", "older"]
    assert [entry["key"] for entry in avviso.json("incidents", "--open")] == ["older"]
    assert [entry["key"] for entry in avviso.json("incidents", "--limit", "1")] == ["newer"]
    listed = avviso.done("incidents")
    assert "older" in listed
    assert "resolved" in listed


def test_what_is_exported_is_what_is_online(avviso: Avviso) -> None:
    avviso.declare("--started-at", "2020-12-08T10:00", "--answer", "transaction-counting")
    said = avviso.done("export", "public/html")
    assert "the whole page is in public/html" in said
    online, exported = tree(avviso.folder / "data" / "page"), tree(Path("public/html"))
    assert sorted(online) == sorted(exported)
    # The minute may have turned between the two; it stands where it is said when somebody looked.
    minute = {"index.html", "en/index.html", "status.json", "heartbeat.json", ".avviso.json"}
    plain = {path.removesuffix(".gz").removesuffix(".br") for path in different(online, exported)}
    assert plain <= minute


def different(one: dict[str, bytes], other: dict[str, bytes]) -> set[str]:
    return {path for path in one if one[path] != other[path]}


def test_a_page_is_not_exported_over_other_peoples_files(on_sqlite: Avviso) -> None:
    Path("photos").mkdir()
    Path("photos/cat.jpg").write_bytes(b"cat")
    assert "photos is not empty and was not made by Avviso" in on_sqlite("export", "photos").stderr
    assert [path.name for path in Path("photos").iterdir()] == ["cat.jpg"]
    result = on_sqlite("export", "photos/cat.jpg")
    assert result.exit_code == 2


def test_commands_work_where_a_text_is_broken_if_they_need_none(
    on_sqlite: Avviso, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At night, with a reworded template that does not load, one still sees what is open."""

    def broken(*_args: object) -> None:
        raise AssertionError("the texts were read")

    monkeypatch.setattr("incidents.texts.TextLibrary.load", broken)
    for words in (["incidents"], ["deliveries"], ["draft", "list"], ["operator", "list"]):
        on_sqlite.done(*words)
    on_sqlite.done("component", "list")
