"""Uptime by the API: seconds that were counted by hand, by the page's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import Program

PATH = "/components/carte/uptime"


def says(program: Program, path: str, minutes: float, **said: Any) -> None:
    """Say something of an incident, and let time pass."""
    program.done("PATCH", path, {"incident": {"body": "Novità.", **said}})
    program.place.clock.forward(timedelta(minutes=minutes))


@pytest.fixture
def lived(on_each: Program) -> tuple[Program, str]:
    """The first day of a component, from noon to noon: two hours of partial outage, half an hour of
    a full one, a quarter of an hour in which it was slow; and a full one from 23:00 to 1:00."""
    program, clock = on_each, on_each.place.clock
    program.done("POST", "/components", {"component": {"name": "Carte"}})
    program.done("POST", "/components", {"component": {"name": "Conti"}})
    clock.forward(timedelta(hours=1))
    told = program.declared(components={"carte": "partial_outage"})
    path = f"/incidents/{told['id']}"
    clock.forward(timedelta(hours=2))
    says(program, path, 30, components={"carte": "major_outage"})
    says(program, path, 15, components={"carte": "degraded_performance"})
    says(program, path, 7 * 60 + 15, status="resolved")
    says(program, path, 120, status="identified", components={"carte": "major_outage"})
    says(program, path, 11 * 60, status="resolved")
    return program, told["id"]


def test_seconds_and_their_share(lived: tuple[Program, str]) -> None:
    program, incident = lived
    told = program.done("GET", PATH)
    known = "2020-12-07T12:00:00.000+01:00"
    assert (told["id"], told["name"]) == (
        program.done("GET", "/components/carte")["id"],
        "Carte",
    )
    assert (told["range_start"], told["range_end"]) == (known, "2020-12-08T12:00:00.000+01:00")
    assert told["warnings"] == f"start: nothing is known before {known}"
    assert (told["partial_outage"], told["major_outage"]) == (7200, 1800 + 7200)
    down = 9000 + 0.3 * 7200
    assert told["uptime_percentage"] == pytest.approx(100 * (1 - down / 86400))
    assert told["related_events"] == {"incidents": [{"id": incident}]}


DAYS = [
    ("start=2020-12-07&end=2020-12-07", 43200, 7200, 5400, "2020-12-08T00:00:00.000+01:00"),
    ("start=2020-12-08", 43200, 0, 3600, "2020-12-08T12:00:00.000+01:00"),
    ("start=2020-12-08&end=2999-12-31", 43200, 0, 3600, "2020-12-08T12:00:00.000+01:00"),
    ("end=2020-12-06", 0, 0, 0, "2020-12-07T00:00:00.000+01:00"),
]
"""What is asked for; the seconds watched, those of a partial and of a major outage, and the end."""


def test_days_are_those_of_the_page(lived: tuple[Program, str]) -> None:
    program, incident = lived
    for query, watched, partial, major, ends in DAYS:
        told = program.done("GET", f"{PATH}?{query}")
        assert told["range_end"] == ends, query
        assert (told["partial_outage"], told["major_outage"]) == (partial, major), query
        share = 100 * (1 - (major + 0.3 * partial) / watched) if watched else None
        assert told["uptime_percentage"] == (share and pytest.approx(share)), query
        assert told["related_events"]["incidents"] == ([{"id": incident}] if major else []), query


def test_of_a_group_all_that_its_components_suffered(lived: tuple[Program, str]) -> None:
    program, incident = lived
    group = {"component_group": {"name": "Denaro", "components": ["carte", "conti"]}}
    path = f"/component-groups/{program.done('POST', '/component-groups', group)['id']}/uptime"
    told = program.done("GET", path)
    assert (told["name"], told["partial_outage"], told["major_outage"]) == ("Denaro", 7200, 9000)
    down = 9000 + 0.3 * 7200
    assert told["uptime_percentage"] == pytest.approx(100 * (1 - down / (2 * 86400)))
    assert told["related_events"] == {"incidents": [{"id": incident}]}
    program.done("PATCH", "/components/conti", {"component": {"hidden": True}})
    alone = program.done("GET", path)
    assert alone["uptime_percentage"] == program.done("GET", PATH)["uptime_percentage"]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("start=nix", "start: should be a day, as in 2020-12-08"),
        ("end=2020-13-01", "end: should be a day"),
        ("start=2020-12-08", "start: is after 2020-12-07, up to which is counted"),
        ("start=2020-12-02&end=2020-12-01", "start: is after 2020-12-01"),
        ("end=0001-01-01", "end: the year 1 is out of range"),
    ],
)
def test_what_is_no_span_is_named(program: Program, query: str, why: str) -> None:
    assert program.refused(422, "GET", f"/components/wallet/uptime?{query}").startswith(why)


def test_what_is_not_there(program: Program) -> None:
    assert "no component 'nix'" in program.refused(404, "GET", "/components/nix/uptime")
    assert "no component group" in program.refused(404, "GET", "/component-groups/nix/uptime")
