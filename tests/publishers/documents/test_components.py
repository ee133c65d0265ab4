"""The page of one component."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from incidents.view import ComponentHistory, ComponentView, DayStatus, MonthUptime
from publishers.documents import components
from publishers.documents._base import Document
from publishers.documents.components import calendars
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.page_reader import only, tree, words_in
from tests.publishers.documents.sample_incidents import (
    DOWN,
    GROUPS,
    SERVICE,
    SLOW,
    WORK,
    closed_crash,
    crash,
    notice,
)
from tests.publishers.documents.sample_incidents import components as parts

TODAY = date(2020, 12, 8)
START = TODAY - timedelta(days=89)
HISTORY = ComponentHistory(
    start=START,
    today=TODAY,
    known=date(2020, 10, 1),
    marked=(
        DayStatus(date(2020, 10, 5), SLOW, 0),
        DayStatus(date(2020, 11, 30), WORK, 0),
        DayStatus(date(2020, 12, 7), DOWN, 131),
        DayStatus(TODAY, DOWN, None),
    ),
    uptime=0.9917,
    months=(
        MonthUptime("2020-12", 0.9, 1001),
        MonthUptime("2020-11", 1.0, 0),
        MonthUptime("2020-10", 0.99999, 0),
    ),
)


def view(**others: Any) -> ComponentView:
    base = ComponentView(
        service=SERVICE,
        today=TODAY,
        component=parts(wallet=DOWN)[0],
        history=HISTORY,
        group=GROUPS[0],
        incidents=(crash(), notice()),
        latest_month="2020-12",
    )
    return replace(base, **others)


def page(shown: ComponentView, locale: str = "") -> Any:
    found = components.component(SERVICE, "the-id", shown)
    return tree(found, f"{locale}components/the-id/index.html")


def test_it_says_in_words_what_the_component_does_and_since_when() -> None:
    heading = only(page(view()), "//*[contains(@class, 'heading')]")
    said = words_in(heading)
    assert "Non funziona dalle 21:49 di lunedì 7 dicembre 2020" in said
    assert said.startswith("Cashback e pagamenti")
    assert "Not working" in words_in(page(view(), "en/"))


def test_the_drawing_says_the_same_as_the_text_under_it() -> None:
    section = only(page(view()), "//section[@aria-labelledby='days']")
    drawing = only(section, ".//*[local-name()='svg'][@role='img']")
    label = drawing.get("aria-label")
    assert label.startswith("Da giovedì 1 ottobre 2020: 3 giorni con problemi, l’ultimo martedì 8")
    assert f"{label}." in words_in(section)


def test_each_month_is_a_table_with_a_caption_and_named_columns() -> None:
    tables = page(view()).xpath("//table[@class='month']")
    captions = [words_in(only(table, "caption")) for table in tables]
    assert captions == ["dicembre 2020", "novembre 2020", "ottobre 2020", "settembre 2020"]
    for table in tables:
        assert len(table.xpath("thead/tr/th[@scope='col']")) == 7
        assert {len(row.xpath("td")) for row in table.xpath("tbody/tr")} == {7}


def test_a_day_of_which_nothing_is_known_does_not_look_like_a_good_one() -> None:
    found = page(view())
    september = found.xpath("//table[@class='month']")[-1]
    known = found.xpath("//table[@class='month']")[0]
    unknown = september.xpath(".//td[@class='unknown']")
    assert len(unknown) == 21
    for cell in unknown:
        assert words_in(cell).endswith("– Nessun dato")
        assert only(cell, "span[@aria-hidden='true']").text == "–"
    assert "Nessun dato" not in words_in(known)
    key = [words_in(item) for item in found.xpath("//ul[@class='key']/li")]
    assert key[-1] == "Nessun dato"
    whole = replace(HISTORY, known=START)
    key = [words_in(item) for item in page(view(history=whole)).xpath("//ul[@class='key']/li")]
    assert "Nessun dato" not in key


def test_a_bad_day_has_a_word_and_a_shape() -> None:
    december = page(view()).xpath("//table[@class='month']")[0]
    cells = {words_in(cell): cell for cell in december.xpath(".//td") if words_in(cell)}
    assert list(cells) == ["1", "2", "3", "4", "5", "6", "7 Non funziona", "8 Non funziona"]
    for said, cell in cells.items():
        shapes = cell.xpath(".//*[local-name()='svg']")
        assert len(shapes) == (1 if "Non" in said else 0)


def test_the_marked_days_are_listed_newest_first_with_how_long() -> None:
    items = page(view()).xpath("//ul[@class='marked']/li")
    assert [words_in(item) for item in items] == [
        "martedì 8 dicembre 2020: Non funziona, oggi",
        "lunedì 7 dicembre 2020: Non funziona, 2 ore e 11 minuti",
        "lunedì 30 novembre 2020: In manutenzione",
        "lunedì 5 ottobre 2020: Funziona a fatica, meno di un minuto",
    ]


def test_the_uptime_of_each_month_stands_with_its_rule() -> None:
    section = only(page(view()), "//section[@aria-labelledby='uptime']")
    rows = [[words_in(cell) for cell in row] for row in section.xpath(".//tbody/tr")]
    assert rows == [
        ["dicembre 2020", "90%", "16 ore e 41 minuti"],
        ["novembre 2020", "100%", "nessuno"],
        ["ottobre 2020", "99,99%", "meno di un minuto"],
    ]
    said = words_in(section)
    assert "Le difficoltà e la manutenzione programmata non contano." in said


def test_a_share_is_written_as_the_language_has_it() -> None:
    german = replace(SERVICE, locales=("it", "de"))
    found = components.component(german, "the-id", view(service=german))
    cells = tree(found, "de/components/the-id/index.html").xpath("//table[@class='uptime']//td")
    assert cells[0].text_content() == "90\N{NO-BREAK SPACE}%"


def test_its_own_feeds_come_first() -> None:
    links = page(view()).xpath("//link[@title]/@href")
    root = "../../"
    assert links == [
        *(f"{root}components/the-id/feed.{ending}" for ending in ("atom", "rss", "json")),
        *(f"{root}feed.{ending}" for ending in ("atom", "rss", "json")),
        *(f"{root}history.{ending}" for ending in ("atom", "rss")),
    ]


def test_its_entries_and_its_feeds_are_linked() -> None:
    links = page(view()).xpath("//main//a/@href")
    for entry in (crash(), notice()):
        assert f"../../incidents/{entry.id}/" in links
    for name in ("feed.rss", "feed.atom", "feed.json", "calendar.ics"):
        assert name in links


def test_a_component_of_which_nothing_was_reported_says_so() -> None:
    quiet = replace(HISTORY, marked=(), uptime=1.0, months=(MonthUptime("2020-12", None),))
    found = page(view(incidents=(), group=None, history=quiet, component=parts()[0]))
    assert "Finora non è stato segnalato nulla." in words_in(found)
    assert found.xpath("//ul[@class='marked']") == []
    assert only(found, "//table[@class='uptime']").xpath(".//tbody/tr") == []


def test_a_hidden_component_s_page_is_removed() -> None:
    assert list(components.component(SERVICE, "gone", None)) == [
        Document("components/gone/index.html", None),
        Document("en/components/gone/index.html", None),
    ]


def test_the_same_view_gives_the_same_bytes() -> None:
    def told() -> list[Document]:
        return list(components.component(SERVICE, "the-id", view(incidents=(closed_crash(),))))

    assert told() == told()


def test_what_people_wrote_is_never_markup() -> None:
    hostile = views.hostile().components[0]
    found = page(view(component=hostile, incidents=(views.hostile_incident(),)))
    assert found.xpath("//main//script | //main//img | //main//iframe") == []
    assert "<script>" in words_in(only(found, "//h1"))


def test_a_calendar_has_whole_weeks_that_begin_on_monday() -> None:
    months = calendars(HISTORY)
    assert [first for first, _ in months] == [date(2020, month, 1) for month in (12, 11, 10, 9)]
    days = [day for _, weeks in months for week in weeks for day in week if day is not None]
    assert sorted(day.day for day in days) == [day.day for day in HISTORY.days]
    for _, weeks in months:
        for week in weeks:
            assert len(week) == 7
            assert all(day is None or day.day.weekday() == at for at, day in enumerate(week))
