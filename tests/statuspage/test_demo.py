"""The demo: a real day in a folder of its own, then time goes on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incidents import queries
from incidents.errors import InvalidInput
from incidents.status import CLOSED, DeliveryState
from statuspage.demo.stage import MARKER, Stage, without_ours
from tests.statuspage._running import (
    PATIENCE,
    avviso,
    descendants,
    environment,
    free_port,
    is_alive,
    running,
)


@pytest.fixture(scope="module")
def at_its_worst(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The day as of its worst hour, at its own dates."""
    stage = Stage.prepare(as_of="2020-12-08T14:30", speed=None, env=in_folder(tmp_path_factory))
    stage.load()
    yield stage
    stage.stop()


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The same hour, moved to now."""
    stage = Stage.prepare(as_of=None, speed=None, env=in_folder(tmp_path_factory))
    stage.load()
    yield stage
    stage.stop()


def in_folder(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return {"DATA": str(tmp_path_factory.mktemp("demo"))}


def document(stage: Stage, path: str = "index.html") -> str:
    folder = stage.house.settings.documents_path
    assert folder is not None
    return (folder / path).read_text(encoding="utf-8")


def test_the_page_at_the_worst_hour(at_its_worst: Stage) -> None:
    page = document(at_its_worst)
    for text in ("Portafoglio", "14.000", "mercoledì 9 dicembre 2020", "18:00"):
        assert text in page
    assert "<title>Wallet unavailable" in document(at_its_worst, "en/index.html")
    assert "<title>Wallet nicht verfügbar" in document(at_its_worst, "de/index.html")
    summary = json.loads(document(at_its_worst, "api/v2/summary.json"))
    assert summary["page"]["time_zone"] == "Europe/Rome"
    assert [incident["status"] for incident in summary["incidents"]] == ["identified"]
    checked = json.loads(document(at_its_worst, "heartbeat.json"))["checked_at"]
    assert checked.startswith("2020-12-08T13:3")


def test_every_post_of_the_day_was_made_and_seen(at_its_worst: Stage) -> None:
    with at_its_worst.house.db.read() as session:
        rows = queries.deliveries(session, limit=1000)
    lists = at_its_worst.house.settings.lists.names
    posted = {row.state for row in rows if row.channel not in lists}
    assert posted == {DeliveryState.VERIFIED}
    assert {row.state for row in rows if row.channel in lists} == {DeliveryState.SENT}
    posts = at_its_worst.house.settings.data_path / "posts"
    for channel in ("x-it", "x-en"):
        made = (posts / f"{channel}.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(made) == len([row for row in rows if row.channel == channel]) > 3


def test_the_same_day_has_the_same_addresses(at_its_worst: Stage, moved: Stage) -> None:
    def ids(stage: Stage) -> list[str]:
        with stage.house.db.read() as session:
            return [row.id for row in queries.incidents(session)]

    assert ids(at_its_worst)
    assert set(ids(at_its_worst)) <= set(ids(moved))


def test_the_day_moved_to_now(moved: Stage) -> None:
    now = datetime.now(UTC)
    assert abs(moved.clock.now() - now) < timedelta(minutes=1)
    with moved.house.db.read() as session:
        open_now = queries.incidents(session, only_open=True)
    assert open_now
    for entry in open_now:
        assert entry.started_at < now
        assert now - entry.started_at < timedelta(days=3)
    tomorrow = (now.astimezone(moved.day.zone) + timedelta(days=1)).date()
    words = moved.house.texts.words["it"]
    assert words.date(tomorrow) in document(moved), "the answer's dates are moved with the day"
    assert "dicembre 2020" not in document(moved, "heartbeat.json")


def test_a_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    photos = tmp_path / "demo" / "photos"
    photos.mkdir(parents=True)
    (photos / "cat.jpg").write_bytes(b"cat")
    with pytest.raises(OSError, match=r"demo is not empty and was not made by the demo; set DATA"):
        Stage.prepare(as_of="2020-12-08T14:30", speed=None, env={"DATA": str(tmp_path)})
    assert (photos / "cat.jpg").read_bytes() == b"cat"
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["photos"]


def test_its_own_folder_is_made_anew_and_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "precious.db").write_text("precious")
    for _ in range(2):
        stage = Stage.prepare(as_of="2020-12-08T14:30", speed=None, env={"DATA": str(tmp_path)})
        stage.stop()
        assert not (tmp_path / "demo" / "left.txt").exists()
        (tmp_path / "demo" / "left.txt").write_text("x")
    assert (tmp_path / "demo" / MARKER).exists()
    assert (tmp_path / "precious.db").read_text() == "precious"


@pytest.mark.parametrize(
    ("as_of", "port", "says"),
    [
        ("2020-02-30T10:00", "", "--as-of: '2020-02-30T10:00' does not exist"),
        ("ieri", "", "--as-of: 'ieri' is not a date and time"),
        (None, "http", "PORT: should be a number from 1 to 65535"),
        (None, "0", "PORT: should be a number from 1 to 65535"),
        (None, "\u0661", "PORT: should be a number from 1 to 65535"),
    ],
)
def test_what_it_cannot_do_it_says_before_it_touches_a_file(
    tmp_path: Path, as_of: str | None, port: str, says: str
) -> None:
    with pytest.raises(InvalidInput, match=says):
        Stage.prepare(as_of=as_of, speed=None, env={"DATA": str(tmp_path), "PORT": port})
    assert list(tmp_path.iterdir()) == []


def test_it_sees_nothing_of_a_real_service() -> None:
    ours = {"AVVISO_X_ACCESS_TOKEN": "x", "AVVISO_DATABASE_URL": "x", "DATA": "x", "PORT": "1"}
    assert without_ours({"PATH": "/bin", "LANG": "it", **ours}) == {"PATH": "/bin", "LANG": "it"}


def test_a_page_that_is_only_made(tmp_path: Path) -> None:
    """With the settings of a real service in the environment, which it must not touch."""
    real = {"AVVISO_DATABASE_URL": "postgresql://avviso@127.0.0.1:1/avviso"}
    command = avviso("demo", "--no-serve", "--as-of", "2020-12-08T14:30")
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment(**real),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "data" / "demo" / "page"
    assert f"The page is in {folder}\n" in done.stdout
    assert "14.000" in (folder / "index.html").read_text(encoding="utf-8")


ADDRESSES = {
    "/": "Portafoglio",
    "/en/": "Wallet",
    "/feed.rss": "<rss",
    "/api/v2/summary.json": '"incidents"',
    "/heartbeat.json": '"checked_at"',
    "/healthz": '"ok"',
}


def test_it_is_served_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    port = free_port()
    env = environment(PORT=str(port), DATA=str(tmp_path / "kept"))
    # The application goes by the demo's clock: by its own, the page would be years old.
    with running(avviso("demo", "--as-of", "2020-12-08T14:30"), tmp_path, port, env) as program:
        for address, text in ADDRESSES.items():
            program.shows(text, address)
        assert f"http://127.0.0.1:{port}/" in program.shows("rss", "/feed.rss")
        program.until(lambda: "Ctrl-C ends it." in program.said())
        _a_second_one_does_not_spoil_it(program.port, tmp_path, env)
        program.shows("Portafoglio")
        started = descendants(program.process.pid)
        assert started
        assert program.end() == 0
        assert [line for pid, line in started.items() if is_alive(pid)] == []
        assert "Traceback" not in program.said()


def _a_second_one_does_not_spoil_it(port: int, folder: Path, env: Mapping[str, str]) -> None:
    second = subprocess.run(
        avviso("demo"), cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE
    )
    assert second.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in second.stderr


def test_a_replay_plays_on_to_the_end_of_the_day(tmp_path: Path) -> None:
    port = free_port()
    env = environment(PORT=str(port))
    command = avviso("demo", "--as-of", "2020-12-14T11:45", "--replay", "20000")
    with running(command, tmp_path, port, env) as program:

        def all_is_over() -> bool:
            listed = json.loads(program.get("/api/v2/incidents.json") or '{"incidents": []}')
            states = [incident["status"] for incident in listed["incidents"]]
            return len(states) == 2 and all(state in CLOSED for state in states)

        def last_post() -> bool:
            posts = tmp_path / "data" / "demo" / "posts" / "x-it.jsonl"
            return "risolto" in posts.read_text(encoding="utf-8").splitlines()[-1].lower()

        program.until(all_is_over)
        program.until(last_post)
        assert "resolve incident #2" in program.said()
        assert program.end() == 0
        assert "Traceback" not in program.said()
