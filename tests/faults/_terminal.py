"""A terminal at which commands are typed one after the other, in one process that starts once.

The process stands where a small disk is mounted: `python -m tests.faults._terminal` reads a list
of words from each line of its standard input and answers what the command printed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import TEMPLATES
from tests.faults._disk import SmallDisk
from tests.statuspage._running import environment
from tests.statuspage.cli._avviso import OWN_WORDS, SETTINGS

DECLARE = (
    *("declare", "--name", "it=Accesso", "--name", "en=Sign-in", *OWN_WORDS),
    *("--component", "wallet=partial_outage", "--yes"),
)


@dataclass(frozen=True)
class Answer:
    """What a command came to."""

    code: int
    out: str
    err: str


class Terminal:
    """An operator's terminal in a folder with settings."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self.folder = folder

    def __call__(self, *words: str) -> Answer:
        """Type one command."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(words), file=self._process.stdin, flush=True)
        return Answer(**json.loads(self._process.stdout.readline()))

    def done(self, *words: str) -> str:
        """Type a command that has to work; answers what it printed."""
        answer = self(*words)
        assert answer.code == 0, f"avviso {words}: {answer}"
        return answer.out

    def json(self, *words: str) -> Any:
        return json.loads(self.done(*words, "--json"))


@contextmanager
def terminal(disk: SmallDisk, folder: Path, more: str = "", **env: str) -> Iterator[Terminal]:
    """A terminal where `disk` is mounted, in a folder with settings, operators and a component."""
    (folder / "avviso.toml").write_text(SETTINGS + more, encoding="utf-8")
    command = disk.command(
        folder, sys.executable, "-P", "-c", "from tests.faults._terminal import main; main()"
    )
    own = {"AVVISO_OPERATOR": "ada", "PYTHONPATH": str(TEMPLATES.parent), **env}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment(**own), stdin=pipe, stdout=pipe, text=True
    ) as process:
        opened = Terminal(process, folder)
        opened.done("init", "--operator", "ada", "--name", "Ada")
        opened.done("component", "save", "wallet", "--name", "it=Borsa", "--name", "en=Wallet")
        yield opened
        assert process.stdin
        process.stdin.close()


def main() -> None:
    """Run commands until standard input ends. The texts are the same for each: read once."""
    from functools import cache

    from click.testing import CliRunner

    from incidents.texts import TextLibrary
    from statuspage.cli import main as avviso

    TextLibrary.load = cache(TextLibrary.load)  # type: ignore[method-assign]
    for line in sys.stdin:
        result = CliRunner().invoke(avviso, json.loads(line))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        answer = {"code": result.exit_code, "out": result.stdout, "err": result.stderr}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
