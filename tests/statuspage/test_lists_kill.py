"""The lists' process killed in a round: nobody is missed, and one batch may come twice."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from incidents.models import Delivery
from incidents.status import DeliveryState
from incidents.subscribers import BATCH, Round
from incidents.texts import TextLibrary
from tests.incidents.builders import declared
from tests.incidents.subscribers.builders import many
from tests.statuspage._worker import until
from tests.statuspage.test_worker_kill import Place, opened

ALL = 3 * BATCH
_LISTS = """
[email]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "Stato <stato@example.it>"
connections = 1
"""


class _FreePort(Controller):
    """On whichever port was free: its own check asks for the one that it was told."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Mailbox:
    """A real SMTP server that takes everything, and says when it has taken so many."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        """(recipient, Message-ID) of each."""
        self.enough = threading.Event()
        self.at = BATCH + BATCH // 2
        self.server = _FreePort(self, hostname="127.0.0.1", port=0)

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
        message = message_from_bytes(envelope.content)
        self.taken += [(to, str(message["Message-ID"])) for to in envelope.rcpt_tos]
        if len(self.taken) >= self.at:
            self.enough.set()
        return "250 taken"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.server.start()
    yield box
    box.server.stop()


@pytest.fixture
def place(
    tmp_path: Path, database_url: str, library: TextLibrary, mailbox: Mailbox
) -> Iterator[Place]:
    env = {"AVVISO_SECRET_KEY": "s" * 40}
    more = _LISTS.format(port=mailbox.server.port)
    with opened(tmp_path, database_url, library, "log", env, more) as place:
        yield place


def part(head: int, name: str) -> int:
    """The process of a part of this supervisor; 0 where there is none."""
    children = Path(f"/proc/{head}/task/{head}/children").read_text("ascii").split()
    named = {int(pid): Path(f"/proc/{pid}/comm").read_text("ascii").strip() for pid in children}
    return next((pid for pid, found in named.items() if found == f"avviso-{name}"), 0)


def is_sent(place: Place) -> bool:
    with place.house.db.read() as session:
        state = session.scalar(select(Delivery.state).where(Delivery.channel == "email"))
    return state is DeliveryState.SENT


def test_whoever_is_killed_in_a_round_misses_nobody(place: Place, mailbox: Mailbox) -> None:
    many(place.house.desk, ALL)
    with place.worker() as head:
        until(lambda: bool(part(head.pid, "lists")), "the lists run")
        declared(place.house.desk, datetime.now(UTC))
        assert mailbox.enough.wait(60)
        os.kill(part(head.pid, "lists"), signal.SIGKILL)
        until(lambda: is_sent(place), "all letters are out")
    by_person = Counter(to for to, _ in mailbox.taken)
    assert len(by_person) == ALL
    assert len(mailbox.taken) - ALL <= BATCH
    assert max(by_person.values()) <= 2
    assert len(set(mailbox.taken)) == ALL  # who got two got the same one twice
    with place.house.db.read() as session:
        row = session.scalars(select(Round)).one()
    assert (row.total, row.sent, row.failed) == (ALL, ALL, 0)
