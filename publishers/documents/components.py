"""A page per component: what it is doing, how it fared, and what was reported about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from babel.dates import get_day_names
from markupsafe import Markup

from incidents.view import ComponentHistory, ComponentView, DayStatus, Service
from publishers.documents import _phrases as phrases
from publishers.documents._bars import bar, percent, sample
from publishers.documents._base import Document
from publishers.documents._render import Page, document_path, render

Week = tuple[DayStatus | None, ...]
"""Monday first; None for a day of another month, or one that is not counted."""


def component(
    service: Service, component_id: str, view: ComponentView | None
) -> Iterator[Document]:
    """`components/{id}/index.html` of each locale."""
    for locale in service.locales:
        page = Page(service, locale, f"components/{component_id}/")
        if view is None:
            yield Document(document_path(page), None)
        else:
            yield _page(page, view)


def _page(page: Page, view: ComponentView) -> Document:
    return render(
        "component.html",
        page,
        view=view,
        bar=bar(page.words, view.history),
        percent=percent,
        key=_key(view.history),
        months=calendars(view.history),
        weekdays=_weekdays(page),
        first_day=_first_day,
        history=view.latest_month,
    )


def calendars(history: ComponentHistory) -> list[tuple[date, list[Week]]]:
    """The months of the last days as weeks, the newest month first."""
    months = groupby(history.days, key=lambda day: day.day.replace(day=1))
    found = [(first, _weeks(list(days))) for first, days in months]
    return found[::-1]


def _weeks(days: list[DayStatus]) -> list[Week]:
    blank: list[DayStatus | None] = [None] * days[0].day.weekday()
    padded = blank + list(days)
    padded += [None] * (-len(padded) % 7)
    return [tuple(padded[start : start + 7]) for start in range(0, len(padded), 7)]


def _key(history: ComponentHistory) -> list[tuple[str, Markup]]:
    """What each kind of day that occurs looks like in the bar: (phrase, drawing)."""
    occurring = {day.worst for day in history.days}
    known = [
        (phrase, sample(status))
        for status, phrase in phrases.COMPONENT_STATUS.items()
        if status in occurring
    ]
    return [*known, (phrases.NO_DATA, sample(None))] if None in occurring else known


def _weekdays(page: Page) -> list[tuple[str, str]]:
    """(short, whole) name of each day of the week, Monday first."""
    locale = page.locale.replace("-", "_")
    short, whole = (get_day_names(width, locale=locale) for width in ("abbreviated", "wide"))
    return [(short[number], whole[number]) for number in range(7)]


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
