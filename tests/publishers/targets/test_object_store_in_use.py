"""A page on a directory and a bucket at once, as its operators meet it: `avviso` and the worker."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from publishers.targets._encodings import ENDINGS
from statuspage.clock import Clock
from statuspage.house import open_house
from statuspage.settings import load_settings
from tests.conftest import NOON
from tests.fakes._service import Answer
from tests.publishers.targets._store import KEY, SECRET, Store
from tests.statuspage.cli._avviso import OWN_WORDS, SETTINGS, Avviso
from tests.statuspage.cli.conftest import forget

SECRETS = {
    "AVVISO_TARGET_BUCKET_IT_ACCESS_KEY_ID": KEY,
    "AVVISO_TARGET_BUCKET_IT_SECRET_ACCESS_KEY": SECRET,
}
DECLARED = (
    *("declare", "--yes", "--name", "it=Guasto", "--name", "en=Fault", "--key", "guasto"),
    *("--impact", "minor", *OWN_WORDS),
)


@pytest.fixture
def avviso(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Avviso:
    forget(monkeypatch)
    monkeypatch.chdir(tmp_path)
    targets = f"""
[[targets]]
name = "page"
path = "page"

[[targets]]
name = "bucket-it"
kind = "object_store"
bucket = "{store.name}"
prefix = "stato"
endpoint = "{store.door.url}"
"""
    (tmp_path / "avviso.toml").write_text(SETTINGS + targets, encoding="utf-8")
    avviso = Avviso(tmp_path, "sqlite", {"AVVISO_OPERATOR": "ada", **SECRETS})
    avviso.done("init", "--operator", "ada", "--name", "Ada")
    wallet = ("--name", "it=Portafoglio", "--name", "en=Wallet")
    avviso.done("component", "save", "wallet", *wallet)
    return avviso


def folder_of(avviso: Avviso) -> dict[str, bytes]:
    root = avviso.folder / "data" / "page"
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.name.startswith(".") and path.suffix not in ENDINGS
    }


def test_both_show_the_same(avviso: Avviso, store: Store) -> None:
    avviso.done(*DECLARED)
    assert store.documents("stato/") == folder_of(avviso)
    assert b"Guasto" in store.get("stato/index.html")["Body"].read()


def test_one_that_is_away_is_named_and_caught_up(avviso: Avviso, store: Store) -> None:
    avviso.done(*DECLARED)
    store.door.fault = lambda passing: Answer(503)
    update = ("update", "guasto", "--yes", "--status", "identified", *OWN_WORDS)
    result = avviso(*update)
    assert result.exit_code == 3
    said = f"not yet online on bucket-it: bucket {store.name}: the store answered 503"
    assert said in " ".join(result.stderr.split())
    assert SECRET not in result.output
    assert KEY not in result.output
    store.door.fault = lambda passing: None
    with_worker(avviso)
    assert store.documents("stato/") == folder_of(avviso)


def with_worker(avviso: Avviso) -> None:
    """What the worker does each minute."""
    env = {"AVVISO_DATABASE_URL": "sqlite", **SECRETS}
    house = open_house(load_settings(avviso.folder / "avviso.toml", env), Clock())
    try:
        assert house.site.refresh(house.clock.now()) == []
    finally:
        house.close()


def test_every_minute_only_what_tells_the_time_is_put(avviso: Avviso, store: Store) -> None:
    env = {"AVVISO_DATABASE_URL": "sqlite", **SECRETS}
    avviso.done(*DECLARED)
    clock = Clock(NOON + timedelta(days=9000))
    house = open_house(load_settings(avviso.folder / "avviso.toml", env), clock)
    try:
        house.site.refresh(clock.now())
        store.written()
        house.site.refresh(clock.now() + timedelta(minutes=1))
    finally:
        house.close()
    written = {key.removeprefix("stato/") for key in store.written()}
    own = {".avviso.json", ".avviso-documents.json"}
    assert written == {"index.html", "en/index.html", "heartbeat.json", "status.json", *own}


def test_check_looks_and_writes_nothing(avviso: Avviso, store: Store) -> None:
    avviso.done(*DECLARED)
    store.door.requests.clear()
    items = {item["what"]: item for item in avviso.json("check")}
    assert items["target bucket-it"]["ok"]
    assert items["target bucket-it"]["says"].startswith("shows event ")
    assert {passing.method for passing in store.door.requests} == {"GET"}


def test_check_says_what_is_wrong_in_words(avviso: Avviso, store: Store) -> None:
    settings = avviso.folder / "avviso.toml"
    settings.write_text(settings.read_text().replace(store.name, "never-made"))
    result = avviso("check")
    assert result.exit_code == 4
    assert "✗ target bucket-it: bucket never-made: there is no such bucket\n" in result.stdout


def test_check_names_secrets_that_are_missing(avviso: Avviso, store: Store) -> None:
    store.door.requests.clear()
    result = avviso("check", **dict.fromkeys(SECRETS, ""))
    assert result.exit_code == 4
    for name in SECRETS:
        assert f"✗ secret: {name} is not set in the environment\n" in result.stdout
    assert "its access key is not set" in result.stdout
    assert store.door.requests == []
