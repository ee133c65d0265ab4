"""What was told of an open entry is read once, and is what is read anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from incidents import actions, queries
from incidents.actions import Desk
from incidents.queries import KeptUpdates, Listing, _kept
from incidents.status import ComponentStatus
from incidents.view import PublicIncident
from tests.conftest import NOON
from tests.incidents.builders import MINUTE, declared, resolved, updated, words

REASON = {"it": "Un errore", "en": "A mistake"}


def read(
    desk: Desk, session: Session, now: datetime, *ids: str | None, kept: KeptUpdates | None
) -> list[PublicIncident]:
    return Listing(session, desk.service, desk.texts, now, kept).entries([str(key) for key in ids])


def test_only_what_came_since_is_read(desk: Desk) -> None:
    entry = declared(desk).incident_id
    for number in range(1, 4):
        updated(desk, entry, NOON + number * MINUTE)
    kept, told = KeptUpdates(), []
    now = NOON + 10 * MINUTE
    for _ in range(2):
        with desk.db.read() as session:
            told.append(read(desk, session, now, entry, kept=kept)[0].updates)
        updated(desk, entry, now)
    with desk.db.read() as session:
        told.append(read(desk, session, now, entry, kept=kept)[0].updates)
    assert [len(updates) for updates in told] == [4, 5, 6]
    assert all(one is other for one, other in zip(told[1][1:], told[0], strict=True))
    assert all(one is other for one, other in zip(told[2][1:], told[1], strict=True))


def test_it_is_what_is_read_anew_whatever_happens(desk: Desk) -> None:
    first, second = declared(desk).incident_id, declared(desk, NOON + MINUTE).incident_id
    kept = KeptUpdates()
    retract = {"incident": first, "update": "2", "reason": REASON}
    correct = {"incident": first, "update": "1", "texts": words("Altro"), "reason": REASON}
    answer = {"incident": first, "answer": "transaction-counting"}
    changes: tuple[Callable[[datetime], object], ...] = (
        lambda now: updated(desk, first, now),
        lambda now: updated(desk, second, now, components={"login": "partial_outage"}),
        lambda now: actions.retract_update(desk, "bea", now, retract),
        lambda now: actions.correct_update(desk, "bea", now, correct),
        lambda now: updated(desk, first, now),
        lambda now: actions.post_answer(desk, "bea", now, answer),
        lambda now: updated(desk, second, now, components={"login": "operational"}),
        lambda now: resolved(desk, first, now),
        lambda now: updated(desk, first, now, status="investigating"),
        lambda now: actions.set_component_status(
            desk, "bea", now, "wallet", ComponentStatus.PARTIAL_OUTAGE
        ),
    )
    for number, change in enumerate(changes):
        # All at one instant: it is not the clock that tells what changed.
        change(NOON + 5 * MINUTE)
        for _ in range(2):
            with desk.db.read() as session:
                now = NOON + 5 * MINUTE
                with_it = read(desk, session, now, first, second, kept=kept)
                anew = read(desk, session, now, first, second, kept=None)
            assert with_it == anew, number


def test_an_earlier_snapshot_is_not_told_what_came_after_it(desk: Desk) -> None:
    entry = declared(desk).incident_id
    kept = KeptUpdates()
    with desk.db.read() as earlier:
        queries.last_event(earlier)  # from here on it sees what is there now
        updated(desk, entry, NOON + MINUTE)
        with desk.db.read() as session:
            assert len(read(desk, session, NOON + MINUTE, entry, kept=kept)[0].updates) == 2
        assert len(read(desk, earlier, NOON + MINUTE, entry, kept=kept)[0].updates) == 1
    with desk.db.read() as session:
        assert len(read(desk, session, NOON + MINUTE, entry, kept=kept)[0].updates) == 2


def test_what_is_kept_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_kept, "_MOST_UPDATES", 2)
    entry = declared(desk).incident_id
    kept = KeptUpdates()
    same = []
    for number in range(1, 4):
        views = []
        for _ in range(2):
            with desk.db.read() as session:
                views.append(read(desk, session, NOON + number * MINUTE, entry, kept=kept)[0])
        same.append(views[0].updates[0] is views[1].updates[0])
        updated(desk, entry, NOON + number * MINUTE)
    assert same == [True, True, False]
