"""The container files. No engine runs them here: they are looked at, and tried piece by piece."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from packaging.requirements import Requirement

from statuspage.cli import main
from statuspage.settings import load_settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OURS = ("worker", "web")


def instructions() -> list[tuple[str, str]]:
    """The Containerfile's, each on one line."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    split = (line.split(None, 1) for line in joined.splitlines())
    return [(word, rest) for word, rest in split]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for word, rest in instructions():
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest))
    return found


COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def test_what_is_copied_is_there_and_is_what_the_wheel_is_made_of() -> None:
    copied = {
        source for word, rest in stages()[0] if word == "COPY" for source in rest.split()[:-1]
    }
    assert [source for source in copied if not (ROOT / source).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["include"], *wheel["force-include"]}
    needed |= {"pyproject.toml", project["project"]["readme"], "LICENSE"}
    assert needed <= copied
    assert {"postgresql", "object-store"} <= set(project["project"]["optional-dependencies"])


def test_the_image_runs_as_nobody_in_particular() -> None:
    words = dict(stages()[-1])
    assert words["USER"] == "10001"
    assert words["VOLUME"] == "/data"
    assert json.loads(words["ENTRYPOINT"]) == ["avviso"]
    with click.Context(main, **main.context_settings) as context:
        assert main.get_command(context, json.loads(words["CMD"])[0]) is not None


def test_nothing_is_fetched_by_hand_and_no_version_is_left_to_chance() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert not re.search(r"\b(curl|wget|sudo|ADD|apt-get)\b|:latest", text)
    assert {rest.split()[0] for word, rest in instructions() if word == "FROM"} == {"${PYTHON}"}
    images = [service["image"] for service in COMPOSE["services"].values()]
    assert all(":" in image or image.startswith("localhost/") for image in images)


def test_the_lock_becomes_constraints() -> None:
    """The very command of the Containerfile, on the very lock."""
    (command,) = [rest for word, rest in instructions() if word == "RUN" and "sed" in rest]
    line = command.split(">")[0].strip()
    done = subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True, check=True)
    pinned = [Requirement(row) for row in done.stdout.splitlines()]
    names = {requirement.name for requirement in pinned}
    assert {"flask", "sqlalchemy", "granian", "psycopg", "obstore"} <= names
    assert all(str(requirement.specifier).startswith("==") for requirement in pinned)
    assert "--hash" not in done.stdout


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" and self.server.well else 503)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), _Health) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("well", [True, False])
def test_the_health_check_tells_well_from_ill(server: HTTPServer, well: bool) -> None:
    server.well = well  # type: ignore[attr-defined]
    (check,) = [rest for word, rest in instructions() if word == "HEALTHCHECK"]
    python, *words = json.loads(check[check.index("[") :])
    assert python == "python"
    words[-1] = words[-1].replace(":8080", f":{server.server_port}")
    done = subprocess.run([sys.executable, *words], capture_output=True, timeout=60, check=False)
    assert (done.returncode == 0) is well


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_is_held_tight(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "/tmp" in service["tmpfs"]
    assert service["restart"] == "unless-stopped"


def test_only_the_web_is_reached_and_only_from_this_machine() -> None:
    ports = {name: service.get("ports", []) for name, service in COMPOSE["services"].items()}
    assert ports == {"database": [], "worker": [], "web": ["127.0.0.1:8080:8080"]}
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert COMPOSE["services"]["database"]["networks"] == ["inside"]


def test_no_password_stands_in_the_file() -> None:
    database = COMPOSE["services"]["database"]["environment"]
    assert [key for key in database if "PASSWORD" in key] == ["POSTGRES_PASSWORD_FILE"]
    for name in OURS:
        assert "environment" not in COMPOSE["services"][name]
        assert COMPOSE["services"][name]["env_file"] == [f"secrets/{name}.env"]


def test_our_services_run_commands_that_exist_and_wait_for_the_database() -> None:
    with click.Context(main, **main.context_settings) as context:
        for name in OURS:
            service = COMPOSE["services"][name]
            assert main.get_command(context, service["command"][0]) is not None
            assert service["depends_on"]["database"]["condition"] == "service_healthy"
    web, worker = (COMPOSE["services"][name]["volumes"] for name in ("web", "worker"))
    assert "data:/data:ro" in web
    assert "data:/data" in worker


def test_its_settings_load_and_fit_it() -> None:
    url = "postgresql://avviso:hunter2@database/avviso"
    settings = load_settings(DEPLOY / "avviso.toml", {"AVVISO_DATABASE_URL": url})
    assert settings.web.host == "0.0.0.0"
    assert str(settings.data_path) == "/data"
    assert str(settings.documents_path) == "/data/page"
    assert settings.node == "compose"
    command = COMPOSE["services"]["database"]["environment"]
    assert (command["POSTGRES_USER"], command["POSTGRES_DB"]) == ("avviso", "avviso")
    named = [volume.split(":")[0] for volume in COMPOSE["services"]["web"]["volumes"]]
    assert (DEPLOY / named[0]).exists()
