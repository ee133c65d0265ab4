"""Posts that are out and not seen, tickets with networks, and reach, on the operators' pages."""

from __future__ import annotations

from typing import Any

import pytest

from incidents import queries
from incidents.sightings import Sighting
from incidents.status import DeliveryState, Role
from tests.conftest import NOON
from tests.console.conftest import Place
from tests.console.test_board import a_fault, by_id, settle, shown, words_in

TICKET = {"reference": "0123 <b>", "url": "https://help.x.com/0123", "words": "Non ci trovano."}


def hidden(place: Place, **values: Any) -> int:
    """A post on the first channel that a reader sees and the search does not."""
    a_fault(place)
    delivery = settle(
        place, "x-it", state=DeliveryState.VERIFIED, sent_at=NOON, remote_url="https://x.com/i/7"
    )
    told: dict[str, Any] = {
        "reader": True,
        "account": True,
        "looked_at": NOON,
        "search": False,
        "hashtags": {"IO": False},
        "searched_at": NOON,
        "reach": {"views": 1200, "likes": 3},
        "reach_at": NOON,
        "steps": 3,
        "why": "",
        "unseen_since": NOON,
        **values,
    }
    with place.house.db.claim() as session:
        session.add(Sighting(delivery_id=delivery, channel="x-it", **told))
    return delivery


def test_the_board_says_what_is_not_seen_and_what_to_do(place: Place) -> None:
    delivery = hidden(place)
    card = by_id(shown(place, Role.AUTHOR, "/console/"), f"unseen-{delivery}")
    told = words_in(card)
    assert "does not find it by its words" in told
    assert "#IO" in told
    assert "private window" in told
    assert card.xpath('.//a[@href="https://x.com/i/7"]')
    author = place.client_of(Role.AUTHOR)
    answer = author.post_form(f"/console/deliveries/{delivery}/known")
    assert answer.status_code == 303
    assert f"unseen-{delivery}" not in author.get("/console/").text


def test_a_viewer_sees_it_and_decides_nothing(place: Place) -> None:
    delivery = hidden(place)
    assert not by_id(shown(place, Role.VIEWER, "/console/"), f"unseen-{delivery}").xpath(".//form")
    viewer = place.client_of(Role.VIEWER)
    assert viewer.post_form(f"/console/deliveries/{delivery}/known").status_code == 403
    assert viewer.post_form("/console/channels/x-it/ticket", TICKET).status_code == 403


def test_a_ticket_is_noted_shown_escaped_and_closed(place: Place) -> None:
    delivery = hidden(place)
    author = place.client_of(Role.AUTHOR)
    page = author.get(f"/console/channels?post={delivery}").text
    assert f'name="delivery" value="{delivery}"' in page
    answer = author.post_form(
        "/console/channels/x-it/ticket", {**TICKET, "delivery": str(delivery)}
    )
    assert answer.status_code == 303
    with place.house.db.read() as session:
        (row,) = queries.open_tickets(session)
    assert (row.delivery_id, row.reference) == (delivery, "0123 <b>")
    for path in ("/console/", "/console/channels"):
        text = author.get(path).text
        assert "0123 &lt;b&gt;" in text
        assert "0123 <b>" not in text
        assert 'href="https://help.x.com/0123"' in text
    assert author.post_form(f"/console/tickets/{row.id}/close").status_code == 303
    assert "0123 &lt;b&gt;" not in author.get("/console/").text
    assert author.post_form(f"/console/tickets/{row.id}/close").status_code == 409


@pytest.mark.parametrize(
    "wrong", [{"url": "javascript:alert(1)"}, {"reference": ""}, {"words": "x" * 2001}]
)
def test_what_is_wrong_with_a_ticket_is_said_where_it_was_typed(
    place: Place, wrong: dict[str, str]
) -> None:
    author = place.client_of(Role.AUTHOR)
    answer = author.post_form("/console/channels/x-it/ticket", {**TICKET, **wrong})
    assert answer.status_code == 422
    (name,) = wrong
    assert f'id="wrong-{name}-x-it"' in answer.text
    assert 'href="javascript' not in answer.text
    with place.house.db.read() as session:
        assert queries.open_tickets(session) == []


def test_the_entrys_page_has_what_was_seen_and_reached(place: Place) -> None:
    delivery = hidden(place)
    told = words_in(by_id(shown(place, Role.VIEWER, "/console/entries/1"), f"seen-{delivery}"))
    assert "seen by a reader" in told
    assert "not found by the search" in told
    assert "times shown: 1,200 · likes: 3" in told
    assert "as of" in told


def test_what_could_not_be_looked_at_is_no_fault(place: Place) -> None:
    delivery = hidden(place, search=None, hashtags={}, why="search: X limits us", unseen_since=None)
    assert f"unseen-{delivery}" not in place.client_of(Role.VIEWER).get("/console/").text
    told = words_in(by_id(shown(place, Role.VIEWER, "/console/entries/1"), f"seen-{delivery}"))
    assert "X limits us" in told
    assert "not found" not in told
