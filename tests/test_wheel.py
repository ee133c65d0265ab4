"""What is shipped: the wheel alone, in an environment of its own, shows the demo and serves it."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.statuspage._running import PATIENCE, environment, free_port, running

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the checkout, by the build backend that is installed."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = _done(build, ROOT)
    assert "Successfully built" in done
    (built,) = folder.glob("avviso-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `avviso` of an environment that has the wheel, and the libraries of this one."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False, symlinks=True)
    # The libraries come from here, but not the checkout: a .pth file in a folder that is itself
    # named by a .pth file is not read, and the checkout is known by such a one.
    (_libraries(folder) / "here.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", str(folder), "install", "--quiet"]
    _done([*pip, "--no-deps", "--no-index", "--ignore-installed", str(wheel)], folder)
    return folder / "bin" / "avviso"


def _libraries(folder: Path) -> Path:
    return Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))


def _done(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_what_runs_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"incidents", "publishers", "statuspage", "templates", "wsgi.py"}
    packed = {name for name in names if name.startswith("templates/")}
    assert packed == {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "templates").rglob("*.*")
    }
    for part in ("incidents/migrations/versions/", "statuspage/demo/cashback", "avviso.example"):
        assert any(part in name for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_it_is_the_wheel_that_runs(installed: Path, tmp_path: Path) -> None:
    python = str(installed.with_name("python"))
    where = "import incidents, statuspage; print(incidents.__file__, statuspage.__file__)"
    found = _done([python, "-c", where], tmp_path).split()
    home = installed.parents[1]
    assert [Path(path).is_relative_to(home) for path in found] == [True, True]
    assert _done([str(installed), "--version"], tmp_path).startswith("avviso, version ")


def test_the_demo_is_made_and_served_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    said = _done([str(installed), "demo", "--no-serve", "--as-of", "2020-12-08T14:30"], tmp_path)
    folder = tmp_path / "data" / "demo"
    assert f"The page is in {folder / 'page'}" in said
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
    port = free_port()
    settings = str(folder / "avviso.toml")
    _put_in_the_way(tmp_path)
    command = [str(installed), "--settings", settings, "web"]
    with running(command, tmp_path, port, environment(PORT=str(port))) as program:
        assert "14.000" in program.shows("<!doctype html>")
        assert program.end() == 0


def _put_in_the_way(folder: Path) -> None:
    """Files of somebody else's with names of ours, where one stands."""
    (folder / "wsgi.py").write_text("raise SystemExit('the wrong wsgi.py')")
    (folder / "incidents").mkdir()
    (folder / "incidents" / "__init__.py").write_text("raise SystemExit('the wrong incidents')")


def test_a_new_page_is_set_up_and_runs(installed: Path, tmp_path: Path) -> None:
    _done([str(installed), "init", "--operator", "ada"], tmp_path)
    _put_in_the_way(tmp_path)
    port = free_port()
    env = environment(PORT=str(port))
    with running([str(installed), "run"], tmp_path, port, env) as program:
        program.shows("Nessun problema segnalato")
        program.shows("checked_at", "/heartbeat.json")
        program.shows('"ok"', "/readyz")
        assert program.end() == 0
        assert "Traceback" not in program.said()
