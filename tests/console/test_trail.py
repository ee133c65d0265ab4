"""The audit trail: found and paged, exported without harm; every kind of event has words."""

from __future__ import annotations

import ast
import csv
import fnmatch
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import incidents
from incidents import actions
from incidents.locales import load_words
from incidents.status import ComponentStatus, Role
from statuspage.trail_files import COLUMNS
from statuspage.trail_words import EVENTS, LABELS, Fact, event_phrase, facts_of
from tests.conftest import NOON, ROME, TEMPLATES
from tests.console.conftest import Place
from tests.console.test_board import a_fault, by_id, read, shown, words_in
from tests.incidents.builders import HOUR, MINUTE, updated, words

ROOTS = [Path(incidents.__file__).parent]

NONE: Mapping[str, ast.expr] = MappingProxyType({})
SAME = {"Token"}
"""What Italians say in English."""


# Words


def literals(node: ast.expr | None, given: Mapping[str, ast.expr] = NONE) -> Iterator[str]:
    """The texts that an expression can be; what is filled in at run time is a "*".

    `given` are the values of the module's variables, by name.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(next(literals(part), "*") for part in node.values)
    elif isinstance(node, ast.Name) and node.id in given:
        yield from literals(given[node.id])


def called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def arguments_for(name: str, parameters: dict[str, int], node: ast.Call) -> ast.expr | None:
    """What a call gives for the one parameter of a function that names an event."""
    place = parameters[name]
    return node.args[place] if len(node.args) > place else None


def kinds_in(tree: ast.Module) -> Iterator[str]:
    """Each kind of event that a module writes: given to `event`, or to what hands it on."""
    handing = {"event": 0}
    for function in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)):
        names = [argument.arg for argument in function.args.args]
        for call in (each for each in ast.walk(function) if isinstance(each, ast.Call)):
            first = call.args[0] if call.args else None
            if called(call) == "event" and isinstance(first, ast.Name) and first.id in names:
                handing[function.name] = names.index(first.id)
    assigned = (each for each in ast.walk(tree) if isinstance(each, ast.Assign))
    given = {
        to.id: each.value for each in assigned for to in each.targets if isinstance(to, ast.Name)
    }
    for call in (each for each in ast.walk(tree) if isinstance(each, ast.Call)):
        if called(call) in handing:
            yield from literals(arguments_for(called(call), handing, call), given)
    for entry in (each for each in ast.walk(tree) if isinstance(each, ast.Dict)):
        keys = [next(literals(key), "") if key else "" for key in entry.keys]
        if {"seq", "kind", "operator_id"} <= set(keys):
            yield from literals(entry.values[keys.index("kind")])


def every_kind() -> set[str]:
    found: set[str] = set()
    for root in ROOTS:
        for path in root.rglob("*.py"):
            found.update(kinds_in(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def test_every_kind_of_event_has_words() -> None:
    kinds = every_kind()
    assert {"incident_declared", "delivery_sent", "started", "delivery_retried"} <= kinds
    assert {kind for kind in kinds if not fnmatch.filter(EVENTS, kind)} == set()


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("act.event('a', public=False)", {"a"}),
        ("act.event('a' if new else 'b')", {"a", "b"}),
        ("def say(act, kind):\n    act.event(kind)\nsay(act, 'c')", {"c"}),
        ("kind = 'e' if new else 'f'\nact.event(kind)", {"e", "f"}),
        ("act.event(f'{purpose}_made')", {"*_made"}),
        ("row = {'seq': 1, 'kind': 'd', 'operator_id': None}", {"d"}),
        ("{'kind': 'not an event'}", set()),
    ],
)
def test_kinds_are_found_where_they_are_written(source: str, kinds: set[str]) -> None:
    assert set(kinds_in(ast.parse(source))) == kinds


def test_every_word_is_in_italian_too() -> None:
    words = load_words(TEMPLATES / "console" / "locales", "it", ROME)
    public = load_words(TEMPLATES / "locales", "it", ROME)
    said = {*EVENTS.values(), *LABELS.values()} - SAME
    assert {each for each in said if each == words.gettext(each) == public.gettext(each)} == set()


def test_a_kind_of_a_later_version_is_shown_as_it_is_written() -> None:
    assert event_phrase("moon_landed") == "moon landed"


@pytest.mark.parametrize(
    ("data", "facts"),
    [
        ({}, []),
        ({"channel": "x", "why": ""}, [Fact("Channel", None, "x")]),
        ({"old": "viewer", "new": "admin"}, [Fact("State", "viewer", "admin")]),
        ({"old": "on", "state": "paused"}, [Fact("State", "on", "paused")]),
        ({"old": None, "new": "bea"}, [Fact("State", "–", "bea")]),
        (
            {"before": {"name": {"it": "A"}}, "after": {"name": {"it": "B"}}},
            [Fact("Name", "it: A", "it: B")],
        ),
        (
            {"before": {"name": None, "hidden": None}, "after": {"name": "A", "hidden": False}},
            [Fact("Name", None, "A")],
        ),
        (
            {"before": {"hidden": False}, "after": {"hidden": True}},
            [Fact("Hidden", "false", "true")],
        ),
        (
            {"components": {"wallet": ["operational", "major_outage"]}},
            [Fact("wallet", "operational", "major_outage")],
        ),
        (
            {
                "status": "identified",
                "before": {"status": "investigating"},
                "after": {"status": "identified"},
            },
            [Fact("Status", "investigating", "identified")],
        ),
        (
            {"status": "identified", "before": {}, "after": {}},
            [Fact("Status", None, "identified")],
        ),
        ({"components": {"wallet": "down"}}, [Fact("Components", None, "wallet: down")]),
        ({"components": 3}, [Fact("Components", None, "3")]),
        ({"components": ["a"]}, [Fact("Components", None, '["a"]')]),
        ({"moon": {"a": 1}}, [Fact("moon", None, '{"a": 1}')]),
        (
            {
                "before": {"texts": {"it": {"headline": "A", "short": None, "body": "B"}}},
                "after": {"texts": None},
            },
            [Fact("Words", "it.headline: A\nit.body: B", "–")],
        ),
    ],
)
def test_what_an_event_tells_is_read_as_before_and_after(
    data: dict[str, Any], facts: list[Fact]
) -> None:
    assert facts_of(data) == facts


# The page


def rows(page: Any) -> list[str]:
    return [words_in(row) for row in page.xpath("//tbody/tr")]


def test_nobody_sees_it_without_signing_in(place: Place) -> None:
    for path in ("/console/trail", "/console/trail.csv", "/console/trail.json"):
        assert place.client().get(path).status_code == 303


def test_it_tells_who_what_and_when(place: Place) -> None:
    a_fault(place)
    # Whoever looks has signed in, which is the newest of all.
    newest = rows(shown(place, Role.VIEWER, "/console/trail"))[1]
    for part in ("12:00", "Ada", "Declared a problem", "#1 Wallet unavailable", "Not working"):
        assert part in newest


def test_its_values_are_said_in_the_reader_s_words(place: Place) -> None:
    a_fault(place)
    updated(place.house.desk, "1", NOON, next_update_by=NOON + 30 * MINUTE)
    italian = place.client_of(Role.VIEWER).get("/console/trail").text
    for part in ("Stiamo verificando", "Non funziona", "12:30 di lunedì 7 dicembre 2020"):
        assert part in italian
    for raw in ("investigating", "major_outage"):
        assert raw not in italian


def test_it_is_filtered_and_keeps_what_was_chosen(place: Place) -> None:
    a_fault(place)
    place.clock.forward(24 * HOUR)
    actions.set_component_status(
        place.house.desk, "bea", place.clock.now(), "iban", ComponentStatus.MAJOR_OUTAGE
    )
    page = shown(place, Role.VIEWER, "/console/trail?person=bea")
    assert len(rows(page)) == 1
    assert page.xpath("//select[@id='person']/option[@selected]/@value") == ["bea"]
    assert len(rows(shown(place, Role.VIEWER, "/console/trail?kind=incident_declared"))) == 1
    assert len(rows(shown(place, Role.VIEWER, "/console/trail?entry=%231"))) == 1
    set_by = "kind=component_status_set&since"
    assert len(rows(shown(place, Role.VIEWER, f"/console/trail?{set_by}=2020-12-08"))) == 1
    assert rows(shown(place, Role.VIEWER, f"/console/trail?{set_by}=2020-12-09")) == []
    before = rows(shown(place, Role.VIEWER, "/console/trail?until=2020-12-07"))
    assert any("Declared a problem" in row for row in before)
    assert not any("Set a component's status" in row for row in before)
    assert rows(shown(place, Role.VIEWER, "/console/trail?person=-")) == []


def test_a_local_day_begins_at_local_midnight(place: Place) -> None:
    declared = "/console/trail?kind=incident_declared&since=2020-12-08"
    place.clock.set(NOON.replace(hour=22, minute=59))
    a_fault(place)
    assert rows(shown(place, Role.VIEWER, declared)) == []
    place.clock.set(NOON.replace(hour=23, minute=0))
    a_fault(place)
    assert len(rows(shown(place, Role.VIEWER, declared))) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("entry=99", "#entry"),
        ("since=yesterday", "#since"),
        ("until=9999-12-31", "#until"),
        ("since=0001-01-01", "#since"),
        ("kind=" + "a" * 300, "#kind"),
        ("person=%00", "#person"),
        ("before=x", None),
        ("before=99999999999", None),
    ],
)
def test_a_filter_that_cannot_be_is_said_at_its_field(
    place: Place, query: str, field: str | None
) -> None:
    page = read(place.client_of(Role.VIEWER, "en").get(f"/console/trail?{query}"), 422)
    assert by_id(page, "problems").xpath(".//a/@href") == ([field] if field else [])
    for path in ("trail.csv", "trail.json"):
        answer = place.client_of(Role.VIEWER, "en").get(f"/console/{path}?{query}")
        assert answer.status_code == (422 if field else 200)


def test_it_is_paged_from_the_newest_on(place: Place) -> None:
    for _ in range(60):
        a_fault(place)
    browser = place.client_of(Role.VIEWER, "en")
    path, seen, pages = "/console/trail?kind=incident_declared", [], 0
    while path:
        page = read(browser.get(path))
        seen += [int(row.get("id").removeprefix("event-")) for row in page.xpath("//tbody/tr")]
        path = next(iter(page.xpath("//a[@rel='next']/@href")), "")
        pages += 1
    assert (len(seen), pages) == (60, 2)
    assert seen == sorted(seen, reverse=True)


# The files


def exported(place: Place, path: str) -> str:
    answer = place.client_of(Role.VIEWER, "en").get(path)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    return answer.text


def test_the_csv_has_a_header_and_a_row_for_each_event(place: Place) -> None:
    a_fault(place)
    header, _signed_in, newest, *rest = csv.reader(
        io.StringIO(exported(place, "/console/trail.csv"))
    )
    assert tuple(header) == COLUMNS
    told = dict(zip(header, newest, strict=True))
    assert (told["login"], told["kind"], told["entry"]) == ("ada", "incident_declared", "1")
    assert told["at"] == "2020-12-07T12:00:00+01:00"
    assert json.loads(told["data"])["components"] == {"wallet": ["operational", "major_outage"]}
    # Another one signed in to fetch the second file.
    assert len(rest) == len(json.loads(exported(place, "/console/trail.json"))) - 3


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_no_name_is_taken_for_a_formula(place: Place, name: str) -> None:
    a_fault(place, name={"it": name, "en": name})
    declared = exported(place, "/console/trail.csv?kind=incident_declared")
    [row] = csv.DictReader(io.StringIO(declared))
    assert row["entry_name"] == f"'{name}"


def test_the_files_are_filtered_like_the_page(place: Place) -> None:
    a_fault(place)
    told = json.loads(exported(place, "/console/trail.json?kind=incident_declared"))
    assert [each["kind"] for each in told] == ["incident_declared"]
    assert json.loads(exported(place, "/console/trail.json?person=-")) == []
    assert exported(place, "/console/trail.csv?person=-").strip() == ",".join(COLUMNS)


def test_what_a_draft_said_before_it_was_thrown_away_is_read_there(place: Place) -> None:
    said = {"name": {"it": "Perso", "en": "Lost"}, "texts": words("Da non perdere")}
    desk = place.house.desk
    kept = actions.save_draft(desk, "bea", NOON, "declare_incident", said).draft_id or ""
    other = {**said, "texts": words("Altro")}
    actions.change_draft(desk, "bea", NOON, kept, other)
    actions.discard_draft(desk, "ada", NOON, kept)
    page = place.client_of(Role.VIEWER).get("/console/trail").text
    for told in ("it.headline: Da non perdere", "it.headline: Altro", "it: Perso\nen: Lost"):
        assert told in page
