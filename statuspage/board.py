"""The board as the console and the command line show it: what there is, whether the worker lives,
which places do not show the latest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from incidents import outbox, queries
from incidents.queries import Board
from incidents.status import Certainty
from publishers._kinds import load
from statuspage._health import OLD_AFTER, heartbeat_age
from statuspage.settings import Settings


@dataclass(frozen=True, slots=True)
class Behind:
    """A place for documents that does not show the latest, or that nobody looks after."""

    target: str
    since: datetime | None
    """None where nobody looks after it."""


@dataclass(frozen=True, slots=True)
class Worker:
    """The worker's sign of life."""

    alive: bool
    seen: datetime | None
    """None where there never was one, or none that this machine can see."""


def personal_channels(settings: Settings) -> list[str]:
    """The configured channels that are a person's job, by name."""
    return [
        options.name
        for options in settings.channels
        if load("publishers.channels", options.kind).Channel.certainty is Certainty.PERSONAL
    ]


def accounts_of(settings: Settings) -> list[str]:
    """The channels that go out by themselves, lists too, by name: those that are compared."""
    personal = personal_channels(settings)
    return [name for name in settings.channel_names if name not in personal]


def read_board(
    session: Session, settings: Settings, now: datetime, personal: Sequence[str]
) -> Board:
    """The board as it is now; `personal` channels are a person's job."""
    warn_before = timedelta(minutes=settings.board.warn_before)
    accounts = accounts_of(settings)
    return queries.board(session, now, accounts, personal, warn_before)


def worker_of(settings: Settings, found: Board, now: datetime) -> Worker:
    """Whether the worker lives: by the page's heartbeat, else by what it notes of its targets."""
    age = heartbeat_age(settings.documents_path, now)
    if age is None:
        return Worker(alive=bool(found.looked_after), seen=None)
    return Worker(alive=-OLD_AFTER <= age <= OLD_AFTER, seen=now - age)


def behind_of(settings: Settings, found: Board, worker: Worker) -> list[Behind]:
    """Places that do not show the latest; while no worker lives, that is said, and once."""
    own = f"{settings.node}/"
    late = [Behind(name.removeprefix(own), since) for name, since in found.behind.items()]
    if not worker.alive:
        return late
    for target in settings.targets:
        names = {target.name, outbox.shown_as(settings.node, target.name)}
        if not names & set(found.looked_after):
            late.append(Behind(target.name, None))
    return late
