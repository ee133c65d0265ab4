"""What runs Avviso on a real machine: systemd's units, as far as they can be tried here."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from statuspage.cli import main

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
LASTING = [path for path in SERVICES if path.stem != "avviso-backup"]
AVVISO = "/opt/avviso/bin/avviso"

HARDENED = {
    "User": ["avviso"],
    "NoNewPrivileges": ["true"],
    "ProtectSystem": ["strict"],
    "ProtectHome": ["true"],
    "PrivateTmp": ["true"],
    "PrivateDevices": ["true"],
    "CapabilityBoundingSet": [""],
    "RestrictSUIDSGID": ["true"],
    "RestrictNamespaces": ["true"],
    "SystemCallFilter": ["@system-service", "~@privileged"],
    "SystemCallArchitectures": ["native"],
}


def entries(path: Path) -> dict[str, list[str]]:
    """Each key's values, in the file's order; sections do not matter, for no key is in two."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def test_there_are_units() -> None:
    assert [path.stem for path in SERVICES] == ["avviso-backup", "avviso-web", "avviso-worker"]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_every_unit_is_held_tight(path: Path) -> None:
    found = entries(path)
    assert {key: found.get(key) for key in HARDENED} == HARDENED
    assert found["UMask"][0] in {"0027", "0077"}
    # It would hide the id of the boot, without which a page may be trusted after a power cut.
    assert "ProcSubset" not in found


@pytest.mark.parametrize("path", LASTING, ids=lambda path: path.stem)
def test_what_lasts_is_started_again_and_kept_in_bounds(path: Path) -> None:
    found = entries(path)
    assert (found["Restart"], found["StartLimitIntervalSec"]) == (["always"], ["0"])
    assert found["MemoryMax"]
    assert found["KillMode"] == ["mixed"]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_the_commands_exist(path: Path) -> None:
    started = [shlex.split(line) for line in entries(path)["ExecStart"]]
    with click.Context(main, **main.context_settings) as context:
        for program, *words in started:
            assert program == AVVISO
            command = main.get_command(context, words[0])
            assert command is not None
            command.make_context(words[0], words[1:], parent=context)


def test_the_web_reloads_holds_many_readers_and_no_channels_key() -> None:
    web, worker = entries(DEPLOY / "avviso-web.service"), entries(DEPLOY / "avviso-worker.service")
    assert web["LimitNOFILE"] == worker["LimitNOFILE"] == ["65536"]
    assert web["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert "ReadWritePaths" not in web
    assert worker["ReadWritePaths"] == ["/srv/status"]
    assert web["EnvironmentFile"] != worker["EnvironmentFile"]


def test_no_unit_holds_a_secret() -> None:
    for path in SERVICES:
        for line in entries(path).get("Environment", []):
            assert line == "AVVISO_SETTINGS=/etc/avviso/avviso.toml"


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units with a program that is there in place of the one that is not."""
    if shutil.which("systemd-analyze") is None:
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is not there; apt-get install systemd brings it")
        pytest.skip("systemd-analyze is not there")
    folder = tmp_path_factory.mktemp("units")
    for path in [*SERVICES, *DEPLOY.glob("*.timer")]:
        text = path.read_text(encoding="utf-8").replace(AVVISO, "/bin/true")
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder


def analysed(*words: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_understands_every_line(tried: Path) -> None:
    said = analysed("verify", *map(str, sorted(tried.iterdir())))
    assert str(tried) not in said, said


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_systemd_finds_little_exposed(tried: Path, path: Path) -> None:
    """Out of 10; "OK" ends at 4.9. With nothing set it is 9.6."""
    analysed("security", "--offline=true", "--threshold=20", str(tried / path.name))
