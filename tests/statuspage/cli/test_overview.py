"""The overview of the commands, and help for each of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from statuspage import __version__
from statuspage.cli import _COMMANDS, main
from statuspage.cli._common import Context


def commands(group: click.Group, *above: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that lead to it."""
    with click.Context(group, obj=Context(None), **main.context_settings) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield (*above, name), command
            if isinstance(command, click.Group):
                yield from commands(command, *above, name)


EVERY = dict(commands(main))


def test_the_overview_names_every_command_in_a_line_that_is_not_cut() -> None:
    said = CliRunner().invoke(main, ["--help"]).stdout
    for title, section in _COMMANDS.items():
        assert f"\n{title}:\n" in said
        for name, (_, says) in section.items():
            assert any(
                line.split(maxsplit=1) == [name, says]
                for line in said.splitlines()
                if line.startswith(f"  {name} ")
            )


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_has_help(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*words, "-h"])
    assert result.exit_code == 0
    assert EVERY[words].help


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_option_that_needs_it_is_explained_or_speaks_for_itself(
    words: tuple[str, ...],
) -> None:
    mute = [
        option.opts[0]
        for option in EVERY[words].params
        if isinstance(option, click.Option)
        and not (option.help or option.metavar or isinstance(option.type, click.Choice))
    ]
    assert mute == []


def test_the_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout == f"avviso, version {__version__}\n"


@pytest.mark.parametrize(
    "words", [["nope"], ["--nope"], ["incidents", "--nope"], ["operator", "x"]]
)
def test_what_is_not_understood_has_its_own_code(words: list[str]) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "Try '" in result.stderr


def test_help_does_not_wait_for_what_it_does_not_need() -> None:
    seen = "import sys; from statuspage.cli import main; main(['--help'], standalone_mode=False); "
    seen += "print([name for name in ('sqlalchemy', 'jinja2', 'pydantic') if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert said.stdout.endswith("[]\n")
