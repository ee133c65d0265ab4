"""`avviso io-patch`: the file printed, as a diff, or in its place; never half, never bad."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from publishers.documents._io_file import decoded
from tests.statuspage.cli._avviso import Avviso

SAMPLE = Path(__file__).parents[2] / "publishers" / "documents" / "io_backend.json"
SECTIONS = '\n[io.sections]\nwallet = "wallets"\nlogin = "login"\n'


@pytest.fixture
def ready(on_sqlite: Avviso) -> Avviso:
    """With the sections set, and the app's file beside the settings."""
    with (on_sqlite.folder / "avviso.toml").open("a", encoding="utf-8") as file:
        file.write(SECTIONS)
    shutil.copy(SAMPLE, on_sqlite.folder / "backend.json")
    return on_sqlite


def text(avviso: Avviso) -> str:
    return (avviso.folder / "backend.json").read_text(encoding="utf-8")


def test_it_is_printed_and_the_file_stays(ready: Avviso) -> None:
    told = ready.declare()
    before = text(ready)
    printed = ready.done("io-patch", "backend.json")
    wallets = decoded(printed)["sections"]["wallets"]
    assert (wallets["is_visible"], wallets["level"]) == (True, "critical")
    assert wallets["web_url"]["en-EN"].endswith(f"/en/incidents/{told['incident_id']}/")
    assert all(wallets["message"].values())
    assert wallets["badge"] == json.loads(before)["sections"]["wallets"]["badge"]
    assert text(ready) == before


def test_a_diff_shows_what_would_change_and_no_more(ready: Avviso) -> None:
    ready.declare()
    diff = ready.done("io-patch", "backend.json", "--diff")
    assert diff.startswith("--- a/backend.json\n+++ b/backend.json\n@@")
    assert '+      "is_visible": true,' in diff
    assert diff.count("\n-") < 10
    assert text(ready) == SAMPLE.read_text(encoding="utf-8")


def test_it_is_put_in_its_place_and_hidden_again_after(ready: Avviso) -> None:
    (ready.folder / "backend.json").chmod(0o640)
    told = ready.declare()
    said = ready.done("io-patch", "backend.json", "--write")
    assert "wallets: critical: " in said
    assert "login: hidden" in said
    assert decoded(text(ready))["sections"]["wallets"]["is_visible"] is True
    assert stat.S_IMODE((ready.folder / "backend.json").stat().st_mode) == 0o640
    again = ready.done("io-patch", "backend.json", "--write")
    assert "Nothing to change" in again
    ready.done(
        *("resolve", str(told["number"]), "--template", "resolution/recovered", "--yes"),
        *("--component", "wallet=operational"),
    )
    ready.done("io-patch", "backend.json", "--write")
    assert decoded(text(ready))["sections"]["wallets"]["is_visible"] is False
    assert [path.name for path in ready.folder.iterdir() if path.name.endswith(".part")] == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "backend.json: the file: line 1: is no JSON"),
        (b"\xff\xfe", "backend.json: the file: is not UTF-8"),
        (b'{"a": 1, "a": 2}', "backend.json: a: stands twice in one object"),
        (b"{}", "backend.json: is_alive: should be true or false"),
    ],
)
def test_a_file_that_the_app_could_not_decode_is_refused(
    ready: Avviso, content: bytes, says: str
) -> None:
    (ready.folder / "backend.json").write_bytes(content)
    assert says in ready.refused("io-patch", "backend.json", "--write")
    assert (ready.folder / "backend.json").read_bytes() == content


def test_what_is_not_set_is_said(on_sqlite: Avviso) -> None:
    shutil.copy(SAMPLE, on_sqlite.folder / "backend.json")
    assert "io.sections: is empty" in on_sqlite.refused("io-patch", "backend.json")
    assert "nowhere.json: No such file" in on_sqlite.refused("io-patch", "nowhere.json")


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ('[io.sections]\nwalet = "wallets"\n', "io.sections.walet: there is no such component"),
        ('[io.sections]\nwallet = "wallet"\n', "io.sections.wallet: should be 'bancomat'"),
        ('[io.sections]\nwallet = "cdc"\n', "sections.cdc: is not in the file"),
        ('[io.levels]\nmajor_outage = "red"\n', "io.levels.major_outage: should be 'critical'"),
    ],
)
def test_settings_that_are_wrong(on_sqlite: Avviso, setting: str, says: str) -> None:
    shutil.copy(SAMPLE, on_sqlite.folder / "backend.json")
    with (on_sqlite.folder / "avviso.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{setting}")
    result = on_sqlite("io-patch", "backend.json")
    assert result.exit_code == 1
    assert says in result.stderr
    assert result.stdout == ""


def test_one_or_the_other(ready: Avviso) -> None:
    assert "--write: and --diff" in ready.refused("io-patch", "backend.json", "--write", "--diff")
