"""Reading Statuspage's API: what is wrong is left, with place and reason; the rest comes."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from incidents.errors import InvalidInput
from incidents.imported import ImportedIncident, ImportedMaintenance
from incidents.status import ComponentStatus, Impact
from statuspage._statuspage_html import markdown_of
from statuspage.statuspage_v2 import Found, read
from tests.conftest import NOON
from tests.fakes import statuspage as theirs

Spoil = Callable[[dict[str, Any]], object]
INCIDENT = f"incident {theirs.OUTAGE}"


def found(*documents: Any) -> Found:
    return read([(f"file {n}", document) for n, document in enumerate(documents)], NOON)


def outage(spoil: Spoil) -> Found:
    entry = theirs.outage()
    spoil(entry)
    return found({"incidents": [entry]}, {"components": theirs.COMPONENTS})


def left(what: Found) -> list[tuple[str, str]]:
    return [(item.what, item.field) for item in what.left]


def test_all_of_a_page_is_found() -> None:
    page = found(*theirs.documents().values())
    assert page.left == ()
    assert (page.name, page.time_zone, page.tweets) == ("Example Chat", "America/Tijuana", 1)
    assert [part.name for part in page.page.components] == [
        *("API", "Media Proxy", "Voice", "EU West")
    ]
    assert {entry.id for entry in page.page.entries} == {theirs.OUTAGE, theirs.LATE, theirs.WORK}
    assert page.page.former == ()


def test_without_a_list_components_come_from_incidents() -> None:
    page = found({"incidents": [theirs.outage()]}).page
    assert [(part.id, part.description) for part in page.components] == [
        (theirs.API, "What apps talk to")
    ]


@pytest.mark.parametrize(
    "document",
    [
        [theirs.outage()],
        {"page": theirs.PAGE, "incidents": [theirs.outage()]},
        theirs.outage(),
    ],
    ids=["manage API", "public API", "one incident"],
)
def test_the_shapes_that_incidents_come_in(document: Any) -> None:
    (entry,) = found(document).page.entries
    assert isinstance(entry, ImportedIncident)
    assert len(entry.incident_updates) == 4


def test_work_among_incidents_is_known_by_its_schedule() -> None:
    (entry,) = found([theirs.planned()]).page.entries
    assert isinstance(entry, ImportedMaintenance)


def test_of_what_is_in_several_files_the_latest_counts() -> None:
    old = theirs.outage()
    old["incident_updates"] = old["incident_updates"][1:]
    for documents in ([[old], [theirs.outage()]], [[theirs.outage()], [old]]):
        (entry,) = found(*documents).page.entries
        assert len(entry.incident_updates) == 4


@pytest.mark.parametrize("document", [{}, {"hello": 1}, "text", 7, None, True])
def test_what_is_no_page_is_refused(document: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^file 0: has neither components, incidents nor"):
        found(document)


@pytest.mark.parametrize(
    ("spoil", "field", "why"),
    [
        (lambda e: e.update(impact="catastrophic"), "impact", "should be 'none', 'minor'"),
        (lambda e: e.update(started_at="2020-12-03T08:00:00"), "started_at", "has no time zone"),
        (lambda e: e.update(started_at=1606984000), "started_at", "should be a time such as"),
        (lambda e: e.update(resolved_at="2031-01-01T00:00:00Z"), "resolved_at", "is in the future"),
        (lambda e: e.update(monitoring_at="2020-13-45T00:00Z"), "monitoring_at", "should be a"),
        (lambda e: e.update(updated_at={}), "updated_at", "should be a time such as"),
        (lambda e: e.update(components={"id": 1}), "components", "should be a valid tuple"),
        (lambda e: e["components"].append(None), "components[1]", "should be a"),
        (
            lambda e: e["components"].append(theirs.component("x", "y" * 256)),
            "components[1].name",
            "should have at most 255 characters",
        ),
    ],
)
def test_what_can_be_missed_is_left_and_the_incident_comes(
    spoil: Spoil, field: str, why: str
) -> None:
    page = outage(spoil)
    assert left(page) == [(INCIDENT, field)]
    assert page.left[0].why.startswith(why)
    (entry,) = page.page.entries
    assert len(entry.incident_updates) == 4


@pytest.mark.parametrize(
    ("spoil", "field", "why"),
    [
        (lambda u: u.update(status="on fire"), "status", "should be 'investigating'"),
        (lambda u: u.update(status="completed"), "status", "is no status of this kind"),
        (lambda u: u.update(body="a\x07b"), "body", "has the control character U+0007"),
        (lambda u: u.update(body="\ud800"), "body", "should be a valid string"),
        (lambda u: u.update(body="a\u202eb"), "body", "has the invisible direction mark"),
        (lambda u: u.update(body="x" * 25_001), "body", "should have at most 25000"),
        (lambda u: u.update(body=["a"]), "body", "should be a valid string"),
        (lambda u: u.pop("body"), "body", "is missing"),
        (lambda u: u.pop("created_at"), "created_at", "is missing"),
        (lambda u: u.update(created_at="1066-10-14T00:00:00Z"), "created_at", "the year 1066"),
        (lambda u: u.update(id=None), "id", "should be a valid string"),
        (lambda u: u.update(id="x" * 101), "id", "should have at most 100"),
    ],
)
def test_an_update_that_cannot_be_used_is_left_alone(spoil: Spoil, field: str, why: str) -> None:
    page = outage(lambda entry: spoil(entry["incident_updates"][1]))
    assert left(page) == [(INCIDENT, f"incident_updates[1].{field}")]
    assert page.left[0].why.startswith(why)
    (entry,) = page.page.entries
    assert [told.id[-1] for told in entry.told()] == ["1", "2", "4"]


def test_a_change_that_cannot_be_used_leaves_the_update() -> None:
    changes = [theirs.change(theirs.API, "operational", "molten"), None]
    page = outage(lambda e: e["incident_updates"][0].update(affected_components=changes))
    assert left(page) == [
        (INCIDENT, "incident_updates[0].affected_components[0].new_status"),
        (INCIDENT, "incident_updates[0].affected_components[1]"),
    ]
    (entry,) = page.page.entries
    assert entry.told()[-1].affected_components == ()


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda e: e.pop("name"), "name"),
        (lambda e: e.update(name="x" * 256), "name"),
        (lambda e: e.update(name="a\nb"), "name"),
        (lambda e: e.update(name=" "), "name"),
        (lambda e: e.pop("created_at"), "created_at"),
        (lambda e: e.update(created_at="2020-12-03T08:00:00"), "created_at"),
        (lambda e: e.update(incident_updates=None), "incident_updates"),
        (lambda e: e.update(incident_updates=[]), "incident_updates"),
        (lambda e: e.pop("incident_updates"), "incident_updates"),
    ],
)
def test_an_incident_that_cannot_be_used_is_left(spoil: Spoil, field: str) -> None:
    spoiled = theirs.outage()
    spoil(spoiled)
    page = found({"incidents": [spoiled, theirs.under_way()]})
    assert left(page) == [(INCIDENT, field)]
    assert [entry.id for entry in page.page.entries] == [theirs.LATE]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    def spoil(entry: dict[str, Any]) -> None:
        entry.update(impact=7, monitoring_at="soon")
        entry["incident_updates"][0]["affected_components"][0]["code"] = None
        entry["incident_updates"][0]["status"] = "x"
        entry["incident_updates"][2] = "nothing"

    page = outage(spoil)
    assert {field for _, field in left(page)} == {
        "impact",
        "monitoring_at",
        "incident_updates[0].affected_components[0].code",
        "incident_updates[0].status",
        "incident_updates[2]",
    }
    (entry,) = page.page.entries
    assert [told.id[-1] for told in entry.told()] == ["1", "3"]


def test_lists_that_are_none() -> None:
    page = found({"incidents": {}, "components": None, "scheduled_maintenances": [None, 3]})
    assert left(page) == [
        ("incidents", ""),
        ("scheduled_maintenances[0]", ""),
        ("scheduled_maintenances[1]", ""),
    ]


def test_what_comes_twice_in_a_list_is_taken_once() -> None:
    twin = {**theirs.outage(), "name": "Another"}
    page = found({"incidents": [theirs.outage(), twin]})
    assert left(page) == [(INCIDENT, "id")]
    assert [entry.name for entry in page.page.entries] == ["API errors"]


def test_updates_are_put_in_order() -> None:
    page = outage(lambda entry: entry["incident_updates"].reverse())
    (entry,) = page.page.entries
    assert [told.id[-1] for told in entry.told()] == ["1", "2", "3", "4"]


def test_work_that_ends_before_it_begins_is_left() -> None:
    work = {**theirs.planned(), "scheduled_until": theirs.ts(11, 1)}
    page = found({"scheduled_maintenances": [work]})
    assert left(page) == [(f"maintenance {theirs.WORK}", "")]
    assert "scheduled_until: is before scheduled_for" in page.left[0].why


def test_components_with_faults() -> None:
    parts = deepcopy(theirs.COMPONENTS)
    parts[0].update(status="ok", position=-1, start_date="yesterday")
    parts[1]["group_id"] = "nobody"
    parts[3]["group_id"] = theirs.EU_WEST  # its own
    parts.append({"name": "no id"})
    page = found({"components": parts})
    assert left(page) == [
        (f"component {theirs.API}", "status"),
        (f"component {theirs.API}", "position"),
        (f"component {theirs.API}", "start_date"),
        ("components[4]", "id"),
        (f"component {theirs.MEDIA}", "group_id"),
        (f"component {theirs.EU_WEST}", "group_id"),
    ]
    api, media, _, west = page.page.components
    assert (api.status, media.group_id, west.group_id) == (
        *(ComponentStatus.OPERATIONAL, None),
        None,
    )


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_start_that_no_clock_can_show_is_left_out(day: str) -> None:
    documents = theirs.documents()
    documents["components"]["components"][0]["start_date"] = day
    page = found(documents["components"])
    first = documents["components"]["components"][0]["id"]
    assert left(page) == [(f"component {first}", "start_date")]
    assert page.page.components[0].start_date is None


@pytest.mark.parametrize(("entries", "full"), [(49, ()), (50, ("incidents",)), (51, ())])
def test_a_list_that_is_as_long_as_the_api_makes_them_is_told(entries: int, full: Any) -> None:
    told = [{**theirs.outage(), "id": f"outage{number:06}"} for number in range(entries)]
    assert read([("incidents", {"incidents": told})], NOON).full == full


def test_no_value_of_theirs_is_quoted() -> None:
    """What comes from outside may be long, or steer a terminal."""
    page = outage(lambda e: e.update(impact="\x1b[31msecret", name="\x1b[2J" * 99))
    assert not any("\x1b" in item.why or "secret" in item.why for item in page.left)


def test_an_unknown_impact_is_none() -> None:
    page = outage(lambda e: e.update(impact="?"))
    assert page.page.entries[0].impact is None
    assert found([theirs.outage()]).page.entries[0].impact is Impact.MAJOR


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("plain, 3 < 5 and a > b", "plain, 3 < 5 and a > b"),
        ("one<br />two<br>three", "one  \ntwo  \nthree"),
        ("<p>one</p>\n<p>two</p>", "one\n\ntwo"),
        ("<b>now</b> and <em>then</em>", "**now** and *then*"),
        (
            'see <a href="https://x.org/a?b=1&amp;c=2">here</a>',
            "see [here](https://x.org/a?b=1&c=2)",
        ),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("on <var data-var='date'>3</var>", "on 3"),
        ("the tag `<br>` breaks", "the tag `<br>` breaks"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ('<a href="javascript:alert(1)">x</a>', '<a href="javascript:alert(1)">x</a>'),
        ("<br", "<br"),
        ("a" + " " * 24_000 + "<x", "a" + " " * 24_000 + "<x"),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert markdown_of(html) == markdown
