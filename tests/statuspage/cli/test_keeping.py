"""`avviso backup` and `avviso restore`: one file, whole or not there, and the way back in words."""

from __future__ import annotations

import gzip
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from incidents.backup import LEFT_OUT
from incidents.db import Database
from tests.statuspage._running import avviso as command
from tests.statuspage._running import environment, free_port, running
from tests.statuspage.cli._avviso import OWN_WORDS, Avviso

TASK = """
[[channels]]
name = "banner"
kind = "task"
locale = "it"
who = "The app's team"
"""


def kept(avviso: Avviso, name: str = "kept.backup") -> Path:
    avviso.done("backup", name)
    return avviso.folder / name


def restored(rows: Avviso | dict[str, int]) -> dict[str, int]:
    """How many rows the tables have that come back."""
    counts = rows.rows() if isinstance(rows, Avviso) else rows
    return {name: count for name, count in counts.items() if name not in LEFT_OUT}


def lose(avviso: Avviso) -> None:
    """The database is gone."""
    for path in (avviso.folder / "data").glob("avviso.db*"):
        path.unlink()


@contextmanager
def connected(avviso: Avviso) -> Iterator[None]:
    """Somebody is connected to the database, as a worker is."""
    url = avviso.database_url
    database = Database(
        f"sqlite:///{avviso.folder / 'data' / 'avviso.db'}" if url == "sqlite" else url
    )
    watch = database.watch()
    yield
    watch.close()
    database.close()


def test_there_and_back(avviso: Avviso) -> None:
    avviso.declare()
    path, before = kept(avviso), avviso.rows()
    avviso.declare(component="login=partial_outage")
    said = avviso.done("restore", str(path), "--replace")
    assert "✓ The database is as it was at 20" in said
    assert "Deliveries that may have gone out since then: 1. The worker" in said
    assert "avviso deliveries --state unconfirmed" in said
    assert restored(avviso) == restored(before)
    (row,) = avviso.json("deliveries")
    assert row["state"] == "unconfirmed"
    assert row["error"].startswith("restored from a backup of 20")
    avviso.done("update", "1", "--status", "identified", *OWN_WORDS, "--yes")
    assert "Accesso lento" in avviso.document()


def test_into_a_machine_that_has_nothing_but_the_settings(on_sqlite: Avviso) -> None:
    on_sqlite.declare()
    path, before = kept(on_sqlite), on_sqlite.rows()
    lose(on_sqlite)
    on_sqlite.done("restore", str(path))
    assert restored(on_sqlite) == restored(before)


def test_from_sqlite_to_postgresql(on_sqlite: Avviso, fresh_postgres_url: str) -> None:
    on_sqlite.declare()
    path = kept(on_sqlite)
    moved = Avviso(on_sqlite.folder, fresh_postgres_url, on_sqlite.env)
    moved.done("restore", str(path))
    (before,), (after,) = on_sqlite.json("incidents"), moved.json("incidents")
    assert after == before
    moved.done("update", "1", "--status", "identified", *OWN_WORDS, "--yes")


def test_a_backup_is_for_its_owner_alone(on_sqlite: Avviso) -> None:
    path = kept(on_sqlite)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(on_sqlite.folder.glob(".*part")) == []


def test_without_a_name_it_is_called_after_the_time(on_sqlite: Avviso) -> None:
    said = on_sqlite.done("backup")
    (path,) = on_sqlite.folder.glob("avviso-20*Z.backup")
    assert path.name in said
    assert "rows are in" in said


def test_a_file_that_is_there_is_not_written_over(on_sqlite: Avviso) -> None:
    path = kept(on_sqlite)
    path.write_text("precious")
    said = on_sqlite.refused("backup", path.name)
    assert f"{path.name} is there already: name another file, or say --force" in said
    assert path.read_text() == "precious"
    on_sqlite.done("backup", path.name, "--force")
    assert on_sqlite.done("restore", path.name, "--look")
    assert list(on_sqlite.folder.glob(".*part")) == []


def test_a_folder_that_is_not_there_is_named(on_sqlite: Avviso) -> None:
    assert "No such file or directory" in on_sqlite.refused("backup", "nowhere/kept.backup")


def test_it_can_be_piped_on(on_sqlite: Avviso) -> None:
    done = subprocess.run(
        command("backup", "-"), cwd=on_sqlite.folder, env=environment(), capture_output=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    (on_sqlite.folder / "piped.backup").write_bytes(done.stdout)
    assert on_sqlite.done("restore", "piped.backup", "--look")


def test_says_what_is_in_it_without_touching_anything(on_sqlite: Avviso) -> None:
    settings = on_sqlite.folder / "avviso.toml"
    settings.write_text(settings.read_text("utf-8") + TASK, "utf-8")
    on_sqlite.declare()
    path = kept(on_sqlite)
    before = on_sqlite.rows()
    said = on_sqlite.done("restore", "--look", str(path))
    assert "Made at 20" in said
    assert "by Avviso 0.1.0" in said
    assert "│ deliveries          │ 2    │" in said
    assert "Deliveries that would be unconfirmed after a restore: 1\n" in said, "a job is none"
    assert on_sqlite.rows() == before


def test_no_secret_is_in_it(on_sqlite: Avviso) -> None:
    settings = on_sqlite.folder / "avviso.toml"
    x = '[[channels]]\nname = "x"\nkind = "x"\nlocale = "it"\n'
    settings.write_text(settings.read_text("utf-8") + x, "utf-8")
    names = ("CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET")
    secrets = {f"AVVISO_X_{name}": f"secret-{name}" for name in names}
    on_sqlite.done("backup", "kept.backup", **secrets)
    content = gzip.decompress((on_sqlite.folder / "kept.backup").read_bytes()).decode()
    assert "secret-" not in content
    assert "https://" not in content.split("\n")[0]


def test_a_database_that_is_not_empty_stays(avviso: Avviso) -> None:
    path = kept(avviso)
    said = avviso.refused("restore", str(path))
    assert "the database is not empty (operators 1, components 2, events" in said
    assert "say --replace" in said


def test_somebody_who_is_connected_is_not_disturbed(avviso: Avviso) -> None:
    path = kept(avviso)
    with connected(avviso):
        said = avviso.refused("restore", str(path), "--replace")
    assert "the database is in use by" in said
    assert "stop worker and web first, on every machine" in said
    avviso.done("restore", str(path), "--replace")


def test_a_running_worker_is_seen(on_sqlite: Avviso) -> None:
    path = kept(on_sqlite)
    with running(command("worker"), on_sqlite.folder, free_port(), environment()) as worker:
        worker.until(lambda: "worker_started" in worker.said())
        result = on_sqlite("restore", str(path), "--replace")  # and the worker writes meanwhile
        assert (result.exit_code, result.stdout) == (1, "")
        assert "stop worker and web first" in result.stderr
        assert worker.end() == 0
    on_sqlite.done("restore", str(path), "--replace")


@pytest.mark.parametrize("options", [("--look",), ("--replace",)])
def test_a_damaged_file_is_refused_in_words(on_sqlite: Avviso, options: tuple[str, ...]) -> None:
    path = kept(on_sqlite)
    whole = path.read_bytes()
    for broken, says in (
        (whole[:-20], "damaged"),
        (whole[: len(whole) // 2], "damaged"),
        (gzip.compress(b"".join(gzip.decompress(whole).splitlines(True)[:-1])), "was cut off"),
        (b"something else", "is no backup that Avviso made"),
    ):
        path.write_bytes(broken)
        said = on_sqlite.refused("restore", str(path), *options)
        assert says in said
        assert "Traceback" not in said


def test_a_file_that_is_not_there_is_named(on_sqlite: Avviso) -> None:
    assert "nothing.backup: No such file" in on_sqlite.refused("restore", "nothing.backup")


def test_a_backup_of_nothing_is_refused(on_sqlite: Avviso) -> None:
    lose(on_sqlite)
    result = on_sqlite("backup", "kept.backup")
    assert result.exit_code == 1
    assert "nothing to back up" in result.stderr
    assert not (on_sqlite.folder / "kept.backup").exists()
    assert list(on_sqlite.folder.glob(".*part")) == []


KILLED = """
import os, signal, sys
from incidents.backup import _writing
packed = _writing.packed
def die(row):
    if _writing.packed.rows == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    _writing.packed.rows += 1
    return packed(row)
die.rows = 0
_writing.packed = die
from statuspage.cli import main
main(sys.argv[1:])
"""


def test_a_backup_that_is_killed_leaves_no_file_of_that_name(on_sqlite: Avviso) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, "backup", "kept.backup"],
        cwd=on_sqlite.folder,
        env=environment(),
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (on_sqlite.folder / "kept.backup").exists()
    (part,) = on_sqlite.folder.glob(".kept.backup.*.part")
    assert "is no backup" in on_sqlite.refused("restore", "--look", part.name)
    on_sqlite.done("backup", "kept.backup")
