"""`check` says what is broken and posts nothing; `rule` explains its answer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from publishers.lists._push_crypto import new_private_key
from tests.conftest import TEMPLATES
from tests.fakes._service import Answer
from tests.fakes.telegram_api import FakeTelegram
from tests.fakes.x_api import UNAUTHORIZED, FakeX
from tests.publishers.lists._server import relay
from tests.statuspage.cli._avviso import Avviso

X = '\n[[channels]]\nname = "x-it"\nkind = "x"\nlocale = "it"\nbase_url = "{url}"\n'


def settings_of(avviso: Avviso) -> Path:
    return avviso.folder / "avviso.toml"


def found(avviso: Avviso, code: int, **env: str) -> dict[str, tuple[bool, str]]:
    """What `check` found; the code with which it left is looked at too."""
    result = avviso("check", "--json", **env)
    assert result.exit_code == code
    return {item["what"]: (item["ok"], item["says"]) for item in json.loads(result.stdout)}


@pytest.fixture
def x(on_sqlite: Avviso) -> Iterator[FakeX]:
    with FakeX() as fake:
        settings = settings_of(on_sqlite)
        settings.write_text(settings.read_text() + X.format(url=fake.url))
        yield fake


def secrets(fake: FakeX) -> dict[str, str]:
    return {f"AVVISO_X_IT_{name}".upper(): value for name, value in fake.secrets.items()}


CONTACTS = """
[contacts]
accessibility = { it = "https://example.it/accessibilita" }
feedback = { it = "mailto:a@example.it" }
"""


def add(avviso: Avviso, text: str) -> None:
    path = settings_of(avviso)
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_all_is_well(avviso: Avviso) -> None:
    add(avviso, CONTACTS)
    avviso.declare()
    before = avviso.rows()
    said = avviso.done("check")
    assert all(line.startswith("✓ ") for line in said.splitlines())
    assert list(found(avviso, 0)) == [
        *("settings", "texts", "database", "target page", "channel prova"),
    ]
    assert avviso.rows() == before
    assert (avviso.folder / "data" / "posts" / "prova.jsonl").read_text() == ""


def test_a_public_body_is_told_what_it_has_to_publish(on_sqlite: Avviso) -> None:
    lines = on_sqlite.done("check").splitlines()
    warned = [line for line in lines if line.startswith("! ")]
    assert warned == [
        f"! contacts.{name}: is not set, and a public body in the EU has to publish it"
        for name in ("accessibility", "feedback")
    ]
    listed = json.loads(on_sqlite.done("check", "--json"))
    assert [one["what"] for one in listed if one["warning"]] == [
        "contacts.accessibility",
        "contacts.feedback",
    ]
    assert all(one["ok"] for one in listed)


def test_a_page_that_nobody_else_can_reach_is_not(on_sqlite: Avviso) -> None:
    path = settings_of(on_sqlite)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("https://stato.example.it", "http://127.0.0.1:8080"))
    assert "contacts" not in on_sqlite.done("check")


def test_an_account_that_works(on_sqlite: Avviso, x: FakeX) -> None:
    assert found(on_sqlite, 0, **secrets(x))["channel x-it"] == (True, "@comune")
    assert x.posts == []


def test_an_account_that_refuses_us(on_sqlite: Avviso, x: FakeX) -> None:
    x.faults.append(Answer(401, UNAUTHORIZED))
    ok, says = found(on_sqlite, 4, **secrets(x))["channel x-it"]
    assert not ok
    assert "does not accept the keys" in says
    assert x.posts == []


def test_wrong_keys_are_not_shown(on_sqlite: Avviso, x: FakeX) -> None:
    wrong = dict.fromkeys(secrets(x), "wr0ng-s3cr3t")
    result = on_sqlite("check", **wrong)
    assert result.exit_code == 4
    assert "✗ channel x-it: " in result.stdout
    assert "wr0ng-s3cr3t" not in result.output


def test_missing_secrets_are_named(on_sqlite: Avviso, x: FakeX) -> None:
    result = on_sqlite("check")
    assert result.exit_code == 4
    for name in secrets(x):
        assert f"✗ secret: {name} is not set in the environment\n" in result.stdout
    assert x.requests == []


def test_a_network_that_is_away(on_sqlite: Avviso, x: FakeX) -> None:
    settings = settings_of(on_sqlite)
    settings.write_text(settings.read_text().replace(x.url, "http://127.0.0.1:9"))
    ok, _ = found(on_sqlite, 4, **secrets(x))["channel x-it"]
    assert not ok


LISTS = """
[email]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "stato@example.it"
[webhook]
[push]
contact = "mailto:web@example.it"
"""


def test_lists_are_tried_and_nothing_is_sent(on_sqlite: Avviso) -> None:
    key = new_private_key()
    with relay() as server:
        add(on_sqlite, LISTS.format(port=server.port))
        items = found(on_sqlite, 0, AVVISO_SECRET_KEY="k" * 40, AVVISO_PUSH_KEY=key)
        assert server.behaviour.commands == []
    assert items["list email"] == (True, f"127.0.0.1:{server.port}")
    assert items["list webhook"] == (True, "messages are signed with 1 key")
    assert items["list push"][0]
    assert key not in str(items)


def test_a_relay_that_is_away_and_what_cannot_be_tried(on_sqlite: Avviso) -> None:
    add(on_sqlite, LISTS.format(port=9))
    items = found(on_sqlite, 4)
    assert items["list email"] == (
        False,
        "the relay 127.0.0.1 cannot be reached: Connection refused",
    )
    assert "list webhook" not in items, "what is missing is told as a secret"
    assert "list push" not in items


def test_a_target_that_cannot_be_written(on_sqlite: Avviso) -> None:
    page = on_sqlite.folder / "data" / "page"
    page.rename(page.with_name("gone"))
    page.write_text("in the way")
    ok, says = found(on_sqlite, 4)["target page"]
    assert not ok
    assert str(page) in says
    assert page.read_text() == "in the way"


def test_a_database_that_is_away(on_sqlite: Avviso) -> None:
    nowhere = "postgresql://avviso:s3cr3t@127.0.0.1:1/avviso"
    items = found(on_sqlite, 4, AVVISO_DATABASE_URL=nowhere)
    assert not items["database"][0]
    assert "s3cr3t" not in str(items)
    assert items["target page"][0], "the rest is looked at all the same"


def test_settings_that_cannot_be_used(on_sqlite: Avviso) -> None:
    settings_of(on_sqlite).write_text("[servce]\n")
    result = on_sqlite("check")
    assert result.exit_code == 4
    assert "✗ settings: avviso.toml: servce: is not known here" in result.stdout
    assert "✗ settings: avviso.toml: service.url: is missing" in result.stdout


def test_texts_that_cannot_be_used(on_sqlite: Avviso, monkeypatch: pytest.MonkeyPatch) -> None:
    reworded = shutil.copytree(TEMPLATES, on_sqlite.folder / "templates")
    (reworded / "answers" / "is-my-data-safe.it.md").write_text("---\nquestion: [\n---\n")
    monkeypatch.setattr("statuspage.cli.looking.TEMPLATES", reworded)
    ok, says = found(on_sqlite, 4)["texts"]
    assert not ok
    assert "is-my-data-safe.it.md:" in says


RULE = ("rule", "transaction-counting", "--activated", "2020-12-08T18:30")


@pytest.mark.parametrize("with_settings", [True, False])
def test_a_rule_explains_its_answer(
    on_sqlite: Avviso, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_settings: bool
) -> None:
    if not with_settings:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
    said = " ".join(on_sqlite.done(*RULE).split())
    assert "The activation is on Tuesday 8 December 2020" in said
    assert "it counts from 00:01 on Wednesday 9 December 2020" in said
    assert "Europe/Rome" in said
    explained = on_sqlite.json(*RULE, "--deactivated", "2020-12-20T09:00")
    assert explained["counts_from"] == "2020-12-09T00:01:00+01:00"
    assert explained["counts_until"] == "2020-12-21T00:01:00+01:00"
    assert explained["in_window"] is True
    assert len(explained["steps"]) >= 3
    if not with_settings:
        assert list(Path.cwd().iterdir()) == [], "nothing is made here by looking"


def test_a_rule_in_the_services_own_zone(on_sqlite: Avviso) -> None:
    settings = settings_of(on_sqlite)
    settings.write_text(settings.read_text().replace("Europe/Rome", "America/New_York"))
    assert on_sqlite.json(*RULE)["counts_from"] == "2020-12-09T00:01:00-05:00"


ROOM = """
[[channels]]
name = "team"
kind = "telegram"
locale = "it"
chat = "@comune_prova"
audience = "operators"
base_url = "{url}"
"""


def test_the_operators_own_chats_are_tried_too(on_sqlite: Avviso) -> None:
    with FakeTelegram() as telegram:
        add(on_sqlite, ROOM.format(url=telegram.url))
        token = {"AVVISO_TEAM_BOT_TOKEN": telegram.secrets["bot_token"]}
        ok, says = found(on_sqlite, 0, **token)["channel team"]
        assert (ok, says) == (True, "@comune_prova_bot in Comune di Prova")
        telegram.member = {"status": "left"}
        ok, says = found(on_sqlite, 4, **token)["channel team"]
        assert not ok
        assert "make it an administrator" in says
        assert telegram.texts == []
