"""Everything is to be had from the command line, by people and by programs; the shell helps."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from statuspage.api._operations import OPERATIONS
from statuspage.cli import main
from statuspage.cli.completing import SHELLS
from tests.statuspage.cli._avviso import Avviso
from tests.statuspage.cli.test_overview import EVERY

OPERATE = Path(__file__).parents[3] / "docs" / "operate.md"
OF_THE_API = {
    "GET /pages": "page",
    "GET /pages/{page_id}": "page",
    "GET /pages/{page_id}/incident_templates": "texts list",
    "GET /pages/{page_id}/incidents": "incidents",
    "GET /pages/{page_id}/incidents/unresolved": "incidents --open --kind",
    "GET /pages/{page_id}/incidents/scheduled": "incidents --open --kind",
    "GET /pages/{page_id}/incidents/upcoming": "incidents --open --status",
    "GET /pages/{page_id}/incidents/active_maintenance": "incidents --open --status",
    "POST /pages/{page_id}/incidents": "declare",
    "GET /pages/{page_id}/incidents/{incident_id}": "show",
    "PATCH /pages/{page_id}/incidents/{incident_id}": "update",
    "DELETE /pages/{page_id}/incidents/{incident_id}": "cancel",
    "PATCH /pages/{page_id}/incidents/{incident_id}/incident_updates/{incident_update_id}": (
        "correct"
    ),
    "GET /pages/{page_id}/incidents/{incident_id}/postmortem": "show",
    "PUT /pages/{page_id}/incidents/{incident_id}/postmortem": "update --status --draft",
    "DELETE /pages/{page_id}/incidents/{incident_id}/postmortem": "draft discard",
    "PUT /pages/{page_id}/incidents/{incident_id}/postmortem/publish": "draft publish",
    "PUT /pages/{page_id}/incidents/{incident_id}/postmortem/revert": "retract",
    "GET /pages/{page_id}/components": "component list",
    "POST /pages/{page_id}/components": "component save",
    "GET /pages/{page_id}/components/{component_id}": "component list",
    "GET /pages/{page_id}/components/{component_id}/uptime": "component uptime --start --end",
    "PATCH /pages/{page_id}/components/{component_id}": "component save",
    "DELETE /pages/{page_id}/components/{component_id}": "component hide",
    "GET /pages/{page_id}/component-groups": "component groups",
    "POST /pages/{page_id}/component-groups": "component group",
    "GET /pages/{page_id}/component-groups/{id}": "component groups",
    "GET /pages/{page_id}/component-groups/{id}/uptime": "component uptime --group --start --end",
    "PATCH /pages/{page_id}/component-groups/{id}": "component group",
    "GET /pages/{page_id}/component-groups/{id}/components": "component list",
}
"""By the API's operation, the command that does the same, with the options that it takes for it."""
REFUSED_BY_THE_API = {
    "PATCH /pages/{page_id}",
    "GET /pages/{page_id}/subscribers",
    "POST /pages/{page_id}/subscribers",
    "DELETE /pages/{page_id}/component-groups/{id}",
}
FOR_A_PERSON_OR_A_FILE = {
    *("init", "export", "deploy", "io-patch", "backup", "restore", "completion", "tasks show"),
    *("demo", "run", "web", "worker", "bounce"),
}
"""They write files, run for long, answer a mail server, or print a file of another format."""
COMMANDS = {
    " ".join(words): command
    for words, command in EVERY.items()
    if not isinstance(command, click.Group)
}


def options(command: click.Command) -> set[str]:
    return {text for param in command.params for text in param.opts}


@pytest.mark.parametrize("name", COMMANDS)
def test_what_prints_data_prints_json(name: str) -> None:
    has_none = name in FOR_A_PERSON_OR_A_FILE
    assert ("--json" in options(COMMANDS[name])) is not has_none


def test_no_exception_is_left_over() -> None:
    assert COMMANDS.keys() >= FOR_A_PERSON_OR_A_FILE


def test_all_that_the_api_does_has_a_command() -> None:
    done = {f"{operation.methods[0]} {operation.path}" for operation in OPERATIONS}
    assert done == OF_THE_API.keys() | REFUSED_BY_THE_API
    for line in OF_THE_API.values():
        name, *needed = line.split(" --")
        assert {f"--{option}" for option in needed} <= options(COMMANDS[name])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_argument_has_help(name: str) -> None:
    help_text = COMMANDS[name].help
    assert help_text
    assert help_text.splitlines()[0].rstrip().endswith((".", "?"))


def test_the_exit_codes_are_told_where_one_asks() -> None:
    assert main.epilog
    told = OPERATE.read_text(encoding="utf-8")
    for code in "012345":
        assert f"{code} " in main.epilog
        assert f"| {code} |" in told


@pytest.mark.parametrize("shell", SHELLS)
def test_what_the_shell_reads(avviso_alone: str, shell: str) -> None:
    said = subprocess.run(
        [avviso_alone, "completion", shell], capture_output=True, text=True, check=True
    )
    assert "_AVVISO_COMPLETE" in said.stdout
    if checker := shutil.which(shell):
        subprocess.run([checker, "-n"], input=said.stdout, text=True, check=True)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("avviso decl", "declare"),
        ("avviso component mo", "move"),
        ("avviso component move wallet u", "up"),
        ("avviso incidents --op", "--open"),
        ("avviso draft ch", "change"),
        ("avviso draft change --fi", "--field"),
        ("avviso correct --ver", "--version"),
    ],
)
def test_words_are_completed(avviso_alone: str, typed: str, offered: str) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    said = subprocess.run(
        [avviso_alone],
        env={**os.environ, **words, "_AVVISO_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"plain,{offered}\n" in said.stdout


@pytest.fixture
def avviso_alone() -> str:
    """The installed command."""
    return str(Path(sys.executable).with_name("avviso"))


def test_a_shell_that_is_not_known(on_sqlite: Avviso) -> None:
    assert "tcsh" in on_sqlite.refused("completion", "tcsh", code=2)


def test_components_and_groups_as_programs_see_them(avviso: Avviso) -> None:
    names = ("--name", "it=Pagamenti", "--name", "en=Payments")
    assert avviso.json("component", "group", "payments", *names)["online"] is True
    assert avviso.json("component", "group", "other", *names)["online"] is True
    assert [each["key"] for each in avviso.json("component", "groups")] == ["payments", "other"]
    avviso.json("component", "move", "other", "up", "--group")
    assert [each["key"] for each in avviso.json("component", "groups")] == ["other", "payments"]
    avviso.json("component", "move", "login", "up")
    assert [each["key"] for each in avviso.json("component", "list")] == ["login", "wallet"]
    assert "first already" in avviso.refused("component", "move", "login", "up")
    assert "no component group" in avviso.refused("component", "move", "x", "up", "--group")
    set_to = avviso.json("component", "status", "wallet", "partial_outage")
    assert set_to["not_online"] == []


def test_no_alarm_yet(avviso: Avviso) -> None:
    assert avviso.json("alarms") == []
    assert "none" in avviso.done("alarms", "--open")


def test_how_components_fared(avviso: Avviso) -> None:
    names = ("--name", "it=Pagamenti", "--name", "en=Payments")
    avviso.json("component", "group", "payments", *names, "--component", "wallet")
    avviso.declare()
    for words in (("wallet",), ("payments", "--group")):
        told = avviso.json("component", "uptime", *words)
        assert told["partial_outage"] == 0
        assert avviso.done("component", "uptime", *words).count("outage: ") == 2
    assert "no component 'x'" in avviso.refused("component", "uptime", "x")
    assert "no component group 'x'" in avviso.refused("component", "uptime", "x", "--group")
    assert "start: is after" in avviso.refused(
        "component", "uptime", "wallet", "--start", "2999-01-01"
    )
