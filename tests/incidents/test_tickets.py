"""Tickets with networks, posts that are not seen, and saying that one knows."""

from __future__ import annotations

from typing import Any

import pytest

from incidents import actions, queries
from incidents.actions import Desk
from incidents.errors import InvalidInput, NotAllowed, NotFound, NotPossible
from incidents.sightings import NetworkTicket, Sighting
from tests.conftest import NOON
from tests.incidents.builders import HOUR
from tests.incidents.test_sightings import NOTHING, OUT, follow, posted

TICKET = {"channel": "x", "reference": "0123-456", "url": "https://help.x.com/0123"}


def note(desk: Desk, actor: str = "bea", **changes: Any) -> None:
    actions.note_ticket(desk, actor, NOON, {**TICKET, **changes})


def opened(desk: Desk) -> list[NetworkTicket]:
    with desk.db.read() as session:
        return queries.open_tickets(session)


def unseen(desk: Desk, now: Any) -> list[Sighting]:
    with desk.db.read() as session:
        return list(queries.unseen(session, now, ["x"]))


def test_a_ticket_is_noted_until_it_is_closed(desk: Desk) -> None:
    note(desk, words="Non ci trova\nnessuno.")
    (row,) = opened(desk)
    assert (row.channel, row.reference, row.url) == ("x", "0123-456", "https://help.x.com/0123")
    assert row.opened_at == NOON
    with desk.db.read() as session:
        assert [t.id for t in queries.board(session, NOON, ["x"]).tickets] == [row.id]
    actions.close_ticket(desk, "bea", NOON + HOUR, row.id)
    assert opened(desk) == []
    with desk.db.read() as session:
        (closed,) = queries.all_tickets(session)
        kinds = [event.kind for event in queries.whole_trail(session, queries.TrailFilter())]
    assert closed.closed_at == NOON + HOUR
    assert {"ticket_noted", "ticket_closed"} <= set(kinds)
    with pytest.raises(NotPossible, match="closed already"):
        actions.close_ticket(desk, "bea", NOON + HOUR, row.id)
    with pytest.raises(NotFound):
        actions.close_ticket(desk, "bea", NOON, 99)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"url": "javascript:alert(1)"}, "url: has to be an address"),
        ({"url": "https://x.com@evil.example/"}, "url: has to be an address"),
        ({"url": "https://help.x.com/a b"}, "url: has to be an address"),
        ({"url": "https://help.x.com/" + "a" * 2000}, "url: "),
        ({"reference": " "}, "reference: is empty"),
        ({"reference": "x" * 121}, "reference: "),
        ({"words": "x" * 2001}, "words: "),
        ({"channel": "y"}, "channel: there is no channel 'y'"),
        ({"delivery": 99}, "delivery: 99 is none of the channel"),
        ({"delivery": 2**31}, "delivery: "),
    ],
)
def test_what_is_wrong_is_named(desk: Desk, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        note(desk, **wrong)
    assert any(problem.startswith(says) for problem in caught.value.problems)
    assert opened(desk) == []


def test_a_viewer_notes_nothing(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        note(desk, actor="vera")


def test_a_post_that_is_not_seen_is_told_until_somebody_knows(desk: Desk) -> None:
    delivery = posted(desk)
    follow(desk, OUT + HOUR, NOTHING)
    (row,) = unseen(desk, OUT + HOUR)
    assert row.delivery.publication.reference
    with desk.db.read() as session:
        assert queries.readings(session, OUT + HOUR, ["x"]).not_seen == {"x": 1}
        assert len(queries.board(session, OUT + HOUR, ["x"]).unseen) == 1
    note(desk, delivery=delivery)
    actions.know_unseen(desk, "bea", OUT + HOUR, delivery)
    assert unseen(desk, OUT + HOUR) == []
    with pytest.raises(NotPossible):
        actions.know_unseen(desk, "bea", OUT + HOUR, delivery)
    follow(desk, OUT + 24 * HOUR, NOTHING)
    assert unseen(desk, OUT + 24 * HOUR) == [], "it was told once"
    with pytest.raises(NotFound):
        actions.know_unseen(desk, "bea", OUT, 99)


def test_old_news_is_no_news(desk: Desk) -> None:
    posted(desk)
    follow(desk, OUT + HOUR, NOTHING)
    assert unseen(desk, OUT + 6 * 24 * HOUR) != []
    assert unseen(desk, OUT + 8 * 24 * HOUR) == []
