"""Two machines find at the same instant that something is due: it happens once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from incidents import actions
from incidents.actions import Desk
from incidents.db import Database
from incidents.models import Delivery, Event
from tests.conftest import NOON
from tests.incidents.builders import HOUR, scheduled
from tests.kill._nursery import until

MACHINES = 3
_IN_LINE = (
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
    "WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
)

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def in_line(db: Database) -> int:
    """How many wait for their place in the line of events."""
    with db.read() as session:
        return session.scalar(text(_IN_LINE)) or 0


def counted(db: Database, kind: str) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).where(Event.kind == kind)) or 0


def deliveries(db: Database) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Delivery)) or 0


def at_once(work: Callable[[Desk], object], desk: Desk, url: str) -> None:
    """Let machines do something at one instant: each has seen that it is due, and waits in line
    for the others."""
    databases = [Database(url) for _ in range(MACHINES)]
    desks = [Desk(db, desk.service, desk.texts, desk.channels) for db in databases]
    threads = [threading.Thread(target=work, args=(each,)) for each in desks]
    with desk.db.write():
        for thread in threads:
            thread.start()
        until(lambda: in_line(desk.db) == MACHINES, lambda: f"{in_line(desk.db)} in line")
    for thread in threads:
        thread.join()
    for db in databases:
        db.close()


@pytest.mark.parametrize(("later", "kind"), [(HOUR, "started"), (3 * HOUR, "ended")])
def test_a_step_that_all_machines_take_at_once_is_taken_once(
    desk: Desk, database_url: str, later: timedelta, kind: str
) -> None:
    for _ in range(2):
        scheduled(desk, NOON)
    if kind == "ended":
        actions.catch_up(desk, NOON + HOUR)
    before = deliveries(desk.db)
    at_once(lambda each: actions.catch_up(each, NOON + later), desk, database_url)
    assert counted(desk.db, kind) == 2
    assert deliveries(desk.db) == before + 2 * len(desk.channels)
