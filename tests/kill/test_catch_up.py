"""Step 9. Killed while it catches up with what was due when no worker ran."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from incidents import queries
from incidents.models import Incident
from incidents.status import IncidentKind
from publishers.targets.directory import Target
from tests.kill._place import Place
from tests.kill._traps import stuck
from tests.kill.conftest import Kills

DOWNTIME = timedelta(hours=4)
LIFE = ["scheduled", "in_progress", "completed"]
_STARTED, _ENDED = 2, 3
"""The numbers of a maintenance's automatic updates."""


def schedule(place: Place, starts: str, ends: str, *more: str) -> str:
    """Schedule something, to the end; answers its id."""
    word = place.word()
    name = ("--name", f"it=Lavori {word}", "--name", f"en=Works {word}", "--key", word)
    times = ("--starts-at", starts, "--ends-at", ends)
    place.run("schedule", *name, *times, *more, *place.saying(word), "--as", "bea", "--yes")
    place.accepted.append(word)
    with place.db.read() as session:
        return queries.find_incident(session, word).id


def pass_downtime(place: Place) -> None:
    """As if all that is planned had been planned, and shown, some hours earlier."""
    with place.db.claim() as session:
        for row in session.scalars(select(Incident).where(Incident.scheduled_for.is_not(None))):
            assert row.scheduled_for is not None
            assert row.scheduled_until is not None
            row.scheduled_for -= DOWNTIME
            row.scheduled_until -= DOWNTIME
    place.house.site.rebuild(Target(place.page), datetime.now(UTC))


def lives(place: Place) -> list[list[str]]:
    """The statuses that each maintenance went through."""
    with place.db.read() as session:
        rows = queries.incidents(session)
        return [
            [str(update.status) for update in reversed(row.updates)]
            for row in rows
            if row.kind is IncidentKind.MAINTENANCE
        ]


def announced(place: Place, incident: str) -> list[str]:
    """What the log channel says of an entry: the status of each publication."""
    rows = [row for row in place.deliveries() if row.thread == incident]
    return [str(row.publication.status) for row in rows if row.channel == "log-1"]


def kill_at_step(place: Place, due: str) -> None:
    """Start a worker, and kill it in the middle of a step that is due; others are taken by then."""
    with stuck(place.db, "incident_updates", due) as is_stuck:
        worker = place.worker()
        worker.until(lambda: is_stuck(worker.pid), due)
        worker.kill()


def test_9_catching_up(place: Place, kills: Kills) -> None:
    first = schedule(place, "+1h", "+2h", "--component", "wallet")
    second = schedule(place, "+1h", "+3h", "--component", "wallet")
    notice = schedule(place, "+1h", "+3h", "--kind", "advance-notice")
    place.revive().kill()
    pass_downtime(place)
    place.declare()
    for incident, number in ((first, _ENDED), (second, _STARTED), (second, _ENDED)):
        kill_at_step(place, f"NEW.incident_id = '{incident}' AND NEW.number = {number}")
        kills.note()
    place.revive()
    assert lives(place) == [LIFE, LIFE]
    assert announced(place, first) == announced(place, second) == ["scheduled", "completed"]
    assert announced(place, notice) == ["scheduled"]
