"""The last 90 days as a drawing and in words, and what became of the components of an entry."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from incidents.status import ComponentStatus
from incidents.view import ComponentHistory, DayStatus
from publishers.documents._bars import Bar, bar, percent, sample
from publishers.documents._course import courses
from publishers.documents._render import words_for
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.page_reader import home, incident_page, only, words_in
from tests.publishers.documents.sample_incidents import (
    DOWN,
    OK,
    PARTIAL,
    ROME,
    SLOW,
    WORK,
    closed_crash,
    components,
    crash,
    notice,
    rome,
)

TODAY = date(2020, 12, 8)
START = TODAY - timedelta(days=89)
WORDS = words_for("it", ROME)


def history(*marked: DayStatus, known: date = START, uptime: float = 1.0) -> ComponentHistory:
    return ComponentHistory(START, TODAY, known, marked, uptime)


def day(ago: int, worst: ComponentStatus, bad: int = 60) -> DayStatus:
    return DayStatus(TODAY - timedelta(days=ago), worst, bad)


def drawn(found: Bar) -> dict[str, str]:
    """The lines of each tone."""
    return dict(re.findall(r'<path class="(\w+)" stroke-width="[\d.]+" d="([^"]+)"/>', found.drawn))


# The drawing


def test_a_quiet_component_costs_a_few_bytes() -> None:
    quiet = bar(WORDS, history())
    assert drawn(quiet) == {"working": "M0 9.5h90"}
    assert len(quiet.drawn) < 300


def test_runs_of_equal_days_are_one_line() -> None:
    found = drawn(bar(WORDS, history(day(3, DOWN), day(2, DOWN), day(0, SLOW))))
    assert found == {"working": "M0 9.5h86M88 9.5h1", "down": "M86 6h2", "slow": "M89 8h1"}


def test_days_before_the_component_was_there_are_drawn_as_unknown() -> None:
    found = drawn(bar(WORDS, history(known=TODAY - timedelta(days=9))))
    assert found == {"unknown": "M0 11.5h80", "working": "M80 9.5h10"}


def test_each_status_has_a_look_of_its_own_without_colour() -> None:
    """What is drawn, the class that colours it left out, differs for any two of them."""
    days = (*ComponentStatus, None)
    looks = {re.sub(r'class="[^"]*"', "", sample(worst)) for worst in days}
    assert len(looks) == len(days)


def test_every_day_is_drawn_once() -> None:
    found = drawn(bar(WORDS, history(day(80, WORK, 0), day(40, PARTIAL), day(7, DOWN))))
    covered = [
        int(start) + number
        for line in found.values()
        # The notched and the hollow ones are two lines over the same days: the upper is enough.
        for start, length in dict(re.findall(r"M(\d+) [\d.]+h(\d+)", line)).items()
        for number in range(int(length))
    ]
    assert sorted(covered) == list(range(90))


# The words


@pytest.mark.parametrize(
    ("told", "italian", "english"),
    [
        (
            history(),
            "Ultimi 90 giorni: nessun problema segnalato",
            "Last 90 days: no problem reported",
        ),
        (
            history(day(1, PARTIAL), day(0, DOWN), uptime=0.99199),
            (
                "Ultimi 90 giorni: 2 giorni con problemi, l’ultimo martedì 8 dicembre 2020; "
                "ha funzionato per il 99,19% del tempo"
            ),
            (
                "Last 90 days: 2 days with problems, the latest on Tuesday 8 December 2020; "
                "working 99.19% of the time"
            ),
        ),
        (
            history(day(0, SLOW)),
            "Ultimi 90 giorni: 1 giorno con problemi, martedì 8 dicembre 2020",
            "Last 90 days: 1 day with problems, on Tuesday 8 December 2020",
        ),
        (
            history(day(0, WORK, 0), known=TODAY - timedelta(days=1)),
            "Da lunedì 7 dicembre 2020: nessun problema segnalato; 1 giorno con lavori programmati",
            "Since Monday 7 December 2020: no problem reported; 1 day with planned work",
        ),
    ],
    ids=["nothing", "two days", "difficulties alone", "new, with planned work"],
)
def test_the_same_is_said_in_words(told: ComponentHistory, italian: str, english: str) -> None:
    assert bar(WORDS, told).said == italian
    assert bar(words_for("en", ROME), told).said == english


@pytest.mark.parametrize(
    ("share", "said"),
    [(1.0, "100"), (0.99999, "99,99"), (0.991, "99,1"), (0.5, "50"), (0.0, "0"), (0.3, "30")],
)
def test_a_share_is_never_rounded_up(share: float, said: str) -> None:
    assert percent(WORDS, share) == said


# On the home page


def test_the_home_page_draws_each_component_and_links_to_its_page() -> None:
    view = views.worst_hour()
    told = {part.id: history(day(0, DOWN)) for part in view.components}
    page = home(replace(view, histories=told))
    items = page.xpath("//*[contains(@class, 'components')]//li")
    assert len(items) == len(view.components)
    for item, part in zip(items, sorted(view.components, key=lambda p: p.position), strict=True):
        drawing = only(item, ".//*[local-name()='svg'][@role='img']")
        assert drawing.get("aria-label") == bar(WORDS, told[part.id]).said
        assert only(item, ".//a").get("href") == f"components/{part.id}/"


def test_a_component_of_which_nothing_is_known_has_no_bar() -> None:
    assert home(views.worst_hour()).xpath("//*[local-name()='svg'][@role='img']") == []


# The components of an entry over time


def test_the_courses_of_a_closed_incident_are_whole() -> None:
    entry = closed_crash()
    found = courses(entry)
    assert found
    for course in found:
        *before, last = course.stretches
        assert last.end == (None if last.status is OK else entry.resolved_at)
        assert [stretch.end for stretch in before] == [s.start for s in course.stretches[1:]]
        assert not any(stretch.lasting for stretch in course.stretches)


def test_what_goes_on_is_lasting() -> None:
    found = courses(crash())
    assert found
    assert all(course.stretches[-1].lasting for course in found)
    assert {course.stretches[-1].end for course in found} == {None}


def test_a_backdated_entry_lasted_from_its_start_to_its_end() -> None:
    part = components(wallet=DOWN)[0]
    entry = replace(closed_crash(), backdated=True, started_at=rome(3, 9), resolved_at=rome(3, 10))
    only_one = replace(entry.updates[-1], changes=())
    named = replace(entry.affected[0], status=part.status)
    entry = replace(entry, affected=(named,), updates=(only_one,))
    ((stretch,),) = (course.stretches for course in courses(entry))
    assert (stretch.status, stretch.start, stretch.minutes) == (DOWN, rome(3, 9), 60)
    assert not stretch.lasting


def test_a_notice_has_no_course() -> None:
    assert courses(notice()) == ()


def test_the_incident_s_page_tells_when_each_status_began_and_how_long_it_lasted() -> None:
    page = incident_page(views.incident_view())
    told = words_in(only(page, "//*[@class='courses']"))
    first = courses(closed_crash())[0]
    assert told.startswith("Come sono andati i servizi, ora per ora")
    assert f"Dalle {WORDS.time(first.stretches[0].start)}" in told
