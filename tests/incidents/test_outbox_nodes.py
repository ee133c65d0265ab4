"""The page first, on every machine: what each node shows is known apart, and a dead one is not
waited for."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from incidents import outbox
from incidents.actions import Desk
from incidents.models import ShownEvent
from incidents.status import Certainty
from tests.conftest import NOON
from tests.incidents.builders import HOUR, MINUTE, declared

SECOND = timedelta(seconds=1)


def goes(desk: Desk, now: datetime) -> bool:
    """Whether the next delivery may go out now."""
    return outbox.claim(desk.db, "x", "w1", now, Certainty.READABLE) is not None


def shown(desk: Desk) -> dict[str, int]:
    with desk.db.read() as session:
        return {row.target: row.event_seq for row in session.scalars(select(ShownEvent))}


def test_nodes_whose_targets_have_one_name_are_told_apart(desk: Desk) -> None:
    event = declared(desk).event
    outbox.show(desk.db, outbox.shown_as("a", "page"), event, NOON)
    outbox.show(desk.db, outbox.shown_as("b", "page"), event - 1, NOON)
    assert shown(desk) == {"a/page": event, "b/page": event - 1}
    assert not goes(desk, NOON + SECOND), "b's page does not show it"
    outbox.show(desk.db, outbox.shown_as("b", "page"), event, NOON + SECOND)
    assert goes(desk, NOON + SECOND)


def test_a_node_forgets_only_its_own(desk: Desk) -> None:
    for name in ("a/page", "a/disk", "ab/page", "b/page", "bucket", "page"):
        outbox.show(desk.db, name, 1, NOON)
    outbox.forget_targets(desk.db, "a", ["a/page", "bucket"], NOON + MINUTE)
    assert sorted(shown(desk)) == ["a/page", "ab/page", "b/page", "bucket", "page"]


def test_what_is_too_old_to_count_is_forgotten(desk: Desk) -> None:
    outbox.show(desk.db, "gone/page", 1, NOON)
    outbox.show(desk.db, "b/page", 1, NOON + SECOND)
    outbox.forget_targets(desk.db, "a", ["a/page"], NOON + outbox.SILENT_AFTER)
    assert sorted(shown(desk)) == ["b/page"]


@pytest.mark.parametrize("dead", ["b/page", "page"])
def test_a_node_that_died_is_waited_for_ten_seconds_and_after_three_minutes_not_at_all(
    desk: Desk, dead: str
) -> None:
    """ "page" is the row of an older version, which knows of no nodes."""
    outbox.show(desk.db, dead, 1, NOON)
    soon = NOON + 2 * MINUTE
    event = declared(desk, soon).event
    outbox.show(desk.db, "a/page", event, soon)
    assert not goes(desk, soon + 9 * SECOND)
    assert goes(desk, soon + 10 * SECOND)
    later = NOON + outbox.SILENT_AFTER
    event = declared(desk, later).event
    outbox.show(desk.db, "a/page", event, later)
    assert goes(desk, later)


def test_rows_of_an_older_version_hold_back_and_let_go_as_before(desk: Desk) -> None:
    event = declared(desk).event
    outbox.show(desk.db, "page", event - 1, NOON)
    outbox.show(desk.db, "a/page", event, NOON)
    assert not goes(desk, NOON + SECOND)
    outbox.show(desk.db, "page", event, NOON + SECOND)
    assert goes(desk, NOON + SECOND)


def test_a_row_from_a_clock_that_was_set_back_does_not_count(desk: Desk) -> None:
    outbox.show(desk.db, "b/page", 1, NOON + HOUR)
    event = declared(desk).event
    outbox.show(desk.db, "a/page", event, NOON)
    assert goes(desk, NOON)


def test_where_nothing_is_known_to_be_shown_ten_seconds_are_waited(desk: Desk) -> None:
    declared(desk, NOON)
    assert not goes(desk, NOON + 9 * SECOND)
    assert goes(desk, NOON + 10 * SECOND)
