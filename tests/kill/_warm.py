"""The nursery's own program: it imports all that a command needs, reads the texts, renders a page
of its own once, and then forks a command whenever it is asked for one.

An order is a line of JSON on standard input, and so is its answer on standard output: a command's
words, environment and files make a process, and its id is answered; an id alone asks for the exit
code, null while the process runs. Nothing is left open, so that a fork begins as a fresh process.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from incidents import actions
from incidents.texts import TextLibrary
from publishers._kinds import load
from statuspage.cli import main
from statuspage.house import TEMPLATES, open_house
from statuspage.settings import load_settings
from tests.incidents.builders import declared
from tests.kill._channels import KINDS
from tests.kill._place import LOCALES, TIME_ZONE, settings_text

_COMMANDS = ("deliveries", "entries", "looking", "notices", "page", "servers", "standing")
_SERVERS = ("psycopg", "granian.server", "statuspage.front", "statuspage.app")

Order = Mapping[str, Any]


def warm_up() -> None:
    for module in (*(f"statuspage.cli.{name}" for name in _COMMANDS), *_SERVERS):
        import_module(module)
    for kind in KINDS:
        load("publishers.channels", kind.name)
    texts = TextLibrary.load(TEMPLATES, LOCALES, ZoneInfo(TIME_ZONE))
    with TemporaryDirectory() as name:
        _live_once(Path(name), texts)
    TextLibrary.load = lambda *_: texts  # type: ignore[method-assign]  # read once for all
    gc.collect()
    gc.freeze()  # else each process looks through all of this before it ends


def _live_once(folder: Path, texts: TextLibrary) -> None:
    """A page with an incident: templates are compiled, and what is imported late is."""
    source = folder / "avviso.toml"
    source.write_text(settings_text(()), encoding="utf-8")
    house = open_house(load_settings(source, {}), texts=texts)
    now = datetime.now(UTC)
    person = {"login": "bea", "name": "Bea", "role": "admin"}
    actions.add_operator(house.desk, actions.AVVISO, now, person)
    wallet = {"key": "wallet", "name": {"it": "Portafoglio", "en": "Wallet"}}
    actions.save_component(house.desk, "bea", now, wallet)
    declared(house.desk, now)
    house.site.refresh(now)
    house.close()


class Parent:
    """Forks, and knows what became of each child."""

    def __init__(self) -> None:
        self._codes: dict[int, int | None] = {}

    def code(self, pid: int) -> int | None:
        if self._codes[pid] is None:
            found, status = os.waitpid(pid, os.WNOHANG)
            self._codes[pid] = os.waitstatus_to_exitcode(status) if found else None
        return self._codes[pid]

    def serve(self) -> Order | None:
        """Carry out orders until there are no more; None then. In a child: its order."""
        for line in sys.stdin:
            order = json.loads(line)
            answer: int | None
            if "pid" in order:
                answer = self.code(order["pid"])
            else:
                answer = os.fork()
                if not answer:
                    return order  # type: ignore[no-any-return]
                self._codes[answer] = None
            sys.stdout.write(f"{json.dumps(answer)}\n")
            sys.stdout.flush()
        return None

    def end(self) -> None:
        """Leave nobody behind."""
        for pid in self._codes:
            if self.code(pid) is None:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)


def become(order: Order) -> None:
    """Be the process that was ordered, from its first moment to its end."""
    os.setsid()
    os.environ.clear()
    os.environ.update(order["env"])
    _connect(0, order["stdin"], os.O_RDWR | os.O_NOCTTY)
    _connect(1, f"{order['output']}.out", os.O_WRONLY | os.O_CREAT)
    _connect(2, f"{order['output']}.err", os.O_WRONLY | os.O_CREAT)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  for as long as it lives
    sys.argv = ["avviso", *order["words"]]
    main(order["words"])


def _connect(descriptor: int, path: str, flags: int) -> None:
    opened = os.open(path, flags, 0o644)
    os.dup2(opened, descriptor)
    os.close(opened)


if __name__ == "__main__":
    warm_up()
    parent = Parent()
    mine = parent.serve()
    if mine is None:
        parent.end()
    else:
        become(mine)
