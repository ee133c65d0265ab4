"""Every entry is found by its number or its name, open or over, page by page."""

from __future__ import annotations

import re

import pytest

from incidents.status import Role
from tests.conftest import NOON
from tests.console.conftest import Place
from tests.incidents.builders import HOUR, declared, resolved, scheduled, words


def listed(text: str) -> list[int]:
    return [
        int(number) for number in re.findall(r'<h2[^>]*><a href="/console/entries/(\d+)"', text)
    ]


@pytest.fixture
def told(place: Place) -> Place:
    """Two that are over, one open, one planned."""
    desk = place.house.desk
    for turn, name in enumerate(("Accesso lento", "Pagamenti fermi")):
        said = {"it": name, "en": name}
        outcome = declared(desk, NOON + turn * HOUR, name=said, texts=words(name))
        resolved(desk, outcome.incident_id, NOON + (turn + 1) * HOUR)
    declared(desk, NOON + 2 * HOUR, name={"it": "Accesso fermo", "en": "Sign-in is down"})
    scheduled(desk, NOON + 2 * HOUR)
    place.clock.set(NOON + 3 * HOUR)
    return place


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [4, 3, 2, 1]),
        ("?state=open", [4, 3]),
        ("?state=over", [2, 1]),
        ("?q=accesso", [3, 1]),
        ("?q=ACCESSO&state=over", [1]),
        ("?q=sign-in", [3]),
        ("?kind=maintenance", [4]),
        ("?kind=nothing&state=nothing&page=nothing", [4, 3, 2, 1]),
        ("?page=2", []),
        ("?q=%25", []),
        ("?q=9999", []),
    ],
)
def test_what_is_asked_for_is_listed_newest_first(
    told: Place, query: str, found: list[int]
) -> None:
    answer = told.client_of(Role.VIEWER).get(f"/console/entries{query}")
    assert answer.status_code == 200
    assert listed(answer.text) == found
    assert ("Non è stato pubblicato niente" in answer.text) is (not found)


@pytest.mark.parametrize("said", ["3", "%233", "٣"])
def test_a_number_leads_to_its_entry(told: Place, said: str) -> None:
    answer = told.client_of(Role.VIEWER).get(f"/console/entries?q={said}")
    assert (answer.status_code, answer.location) == (303, "/console/entries/3")


@pytest.mark.parametrize("said", ["a" * 201, "a%00b", "a%0Ab"])
def test_what_cannot_be_looked_for_is_said_at_the_field(told: Place, said: str) -> None:
    answer = told.client_of(Role.VIEWER).get(f"/console/entries?q={said}")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_long_lists_have_pages(place: Place) -> None:
    for _ in range(26):
        resolved(place.house.desk, declared(place.house.desk).incident_id, NOON + HOUR)
    client = place.client_of(Role.VIEWER)
    first = client.get("/console/entries?state=over").text
    assert listed(first) == list(range(26, 1, -1))
    (following,) = re.findall(r'href="(/console/entries\?[^"]*)" rel="next"', first)
    second = client.get(following.replace("&amp;", "&")).text
    assert listed(second) == [1]
    assert 'rel="next"' not in second
    assert 'rel="prev"' in second
