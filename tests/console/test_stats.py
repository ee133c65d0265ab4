"""How evenly everyone is told, as operators see it: on a page of its own, and on the board."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html
from sqlalchemy import select

from incidents import actions
from incidents.locales import Words
from incidents.models import Delivery
from incidents.status import DeliveryState, Role
from publishers.documents._render import words_for
from statuspage.console._plots import HEIGHT, plot
from statuspage.console._stats import in_seconds
from tests.conftest import NOON, ROME
from tests.console.conftest import Place
from tests.console.test_board import SECOND, by_id, shown, words_in
from tests.incidents.builders import HOUR, MINUTE, declared

STATS = "/console/stats"


@pytest.fixture
def english() -> Words:
    return words_for("en", ROME)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def sent(place: Place, *after: float, failed: str = "") -> None:
    """Of the newest publication: each channel's seconds, in the channels' order."""
    names = [options.name for options in place.settings.channels]
    with place.house.db.claim() as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.seq.desc(), Delivery.id))
        newest = {row.channel: row for row in reversed(rows.all())}
        for name, seconds in zip(names, after, strict=False):
            newest[name].state = DeliveryState.SENT
            newest[name].sent_at = newest[name].due_at + seconds * SECOND
        if failed:
            newest[failed].state = DeliveryState.FAILED


def names_of(place: Place) -> tuple[str, str]:
    first, second = (options.name for options in place.settings.channels)
    return first, second


def row_of(page: Any, name: str) -> list[str]:
    (row,) = page.xpath(f"//tr[th[starts-with(normalize-space(.), '{name}')]]")
    return [words_in(cell) for cell in row.xpath("td")]


def test_without_a_publication_it_says_so(place: Place) -> None:
    page = shown(place, path=STATS)
    assert "Nothing is out on two channels in this time." in words_in(page)
    assert "No channel is left behind." in words_in(page)
    assert not page.xpath("//*[contains(@class, 'plot')]")
    assert not shown(place).xpath("//*[@id='b-alike']")


def test_each_channel_with_what_it_took(place: Place) -> None:
    first, second = names_of(place)
    declared(place.house.desk, actor="bea")
    sent(place, 0.4, 185)
    place.clock.set(NOON + HOUR)
    page = shown(place, path=STATS)
    assert row_of(page, first)[:4] == ["1", "0.4 s", "0.4 s", "0.4 s"]
    assert row_of(page, second)[:4] == ["1", "3 min 5 s", "3 min 5 s", "3 min 5 s"]
    assert "Half of the publications: 3 min 5 s or less." in words_in(page)
    drawings = page.xpath("//*[contains(@class, 'plot')]")
    assert len(drawings) == 3
    assert plain(drawings[0].get("aria-label")).startswith("p95 of the skew: at most 3 min")
    assert len(page.xpath("//table[caption[@id='t-skew']]//tbody/tr")) == 1
    (spread,) = page.xpath("//*[starts-with(@id, 'spread-')]")
    assert f"{second} 3 min 5 s (it came late there)" in words_in(spread)


def test_the_period_is_chosen(place: Place) -> None:
    declared(place.house.desk, actor="bea")
    sent(place, 1, 2)
    place.clock.set(NOON + 40 * 24 * HOUR)
    first, _ = names_of(place)
    assert row_of(shown(place, path=STATS), first)[0] == "0"
    page = shown(place, path=f"{STATS}?days=90")
    assert row_of(page, first)[0] == "1"
    assert "The skew by week" in words_in(page)
    (current,) = page.xpath("//nav//a[@aria-current='true' and contains(@href, 'days=')]")
    assert words_in(current) == "90 days"


@pytest.mark.parametrize("days", ["0", "-1", "31", "x", "٣٠", "9" * 30])
def test_a_period_that_is_not_offered_is_the_usual_one(place: Place, days: str) -> None:
    page = shown(place, path=f"{STATS}?days={days}")
    (current,) = page.xpath("//nav//a[@aria-current='true' and contains(@href, 'days=')]")
    assert words_in(current) == "30 days"


def test_the_board_names_a_channel_left_behind(place: Place) -> None:
    first, second = names_of(place)
    declared(place.house.desk, actor="bea")
    sent(place, 1, failed=second)
    place.clock.set(NOON + 5 * MINUTE)
    part = by_id(shown(place), "b-alike")
    behind = by_id(part, f"behind-{second}")
    assert words_in(behind).startswith(f"{second} left behind since")
    assert words_in(behind).endswith("#1/1: it failed there")
    assert behind.get("data-says") == f"{second} is left behind"
    assert "No channel is left behind" not in words_in(part)
    (spread,) = part.xpath(".//*[starts-with(@id, 'spread-')]")
    assert f"{first} 1 s" in words_in(spread)
    assert part.xpath(f".//a[@href='{STATS}']")


def test_the_board_tells_a_channel_that_stands_still(place: Place) -> None:
    first, _ = names_of(place)
    desk = place.house.desk
    actions.pause_channel(desk, "carlo", NOON, first, "credito")
    declared(desk, NOON + MINUTE, actor="bea")
    place.clock.set(NOON + 5 * MINUTE)
    said = words_in(by_id(shown(place), f"behind-{first}"))
    assert said.endswith(": it is paused")


def test_the_board_draws_the_skews_of_the_latest(place: Place) -> None:
    for minute in range(3):
        declared(place.house.desk, NOON + minute * MINUTE, actor="bea")
        sent(place, 1, 2 + minute)
    (drawing,) = by_id(shown(place), "b-alike").xpath(".//*[contains(@class, 'plot')]")
    assert len(drawing.xpath("./*")) == 3


def test_whoever_may_sign_in_may_look(place: Place) -> None:
    assert place.client_of(Role.VIEWER).get(STATS).status_code == 200


# Drawings


def test_a_plot_has_a_bar_for_each_value_and_none_where_there_is_none() -> None:
    drawn = html.fragment_fromstring(str(plot([1.0, None, 4.0], "two <bars>", limit=2.0)))
    assert drawn.get("aria-label") == "two <bars>"
    assert drawn.get("viewbox", drawn.get("viewBox")) == f"0 0 30 {HEIGHT}"
    assert [bar.get("class") for bar in drawn] == ["within", "over"]
    assert drawn[1].get("d").startswith("M21 40v-39h7")


def test_no_time_at_all_is_drawn_as_something() -> None:
    drawn = html.fragment_fromstring(str(plot([0.0, 0.0], "")))
    assert [bar.get("d") for bar in drawn] == ["M1 40v-1.5h7v1.5z", "M11 40v-1.5h7v1.5z"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"),
        (0.04, "0 s"),
        (0.44, "0.4 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3605, "1 h 5 s"),
        (3725, "1 h 2 min"),
    ],
)
def test_seconds_are_said_as_short_as_they_can_be(
    english: Words, value: float | None, said: str
) -> None:
    assert plain(in_seconds(english, value)) == said
