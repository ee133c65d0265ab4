"""`/status.json`: its shape, and a version that changes when there is something new to read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from incidents.status import ComponentStatus, Impact, Status
from incidents.view import HomeView, PublicIncident, PublicPost
from publishers.documents import status
from publishers.documents._version import version
from tests.publishers.documents import sample_incidents as incidents
from tests.publishers.documents import sample_views as views

Change = Callable[[PublicIncident], PublicIncident]


def told(view: HomeView) -> Any:
    (document,) = status.home(view)
    assert document.path == "status.json"
    assert document.body is not None
    return json.loads(document.body)


def test_it_says_the_verdict_in_every_language_and_where_the_page_is() -> None:
    state = told(views.worst_hour())
    assert len(state.pop("version")) == 16
    assert state == {
        "updated_at": "2020-12-08T13:26:00Z",
        "checked_at": "2020-12-08T13:30:00Z",
        "indicator": Impact.CRITICAL,
        "title": {
            "it": "Portafoglio non disponibile, e un altro problema",
            "en": "Wallet unavailable, and 1 more problem",
        },
        "url": {"it": "https://stato.example.it/", "en": "https://stato.example.it/en/"},
        "checked": {
            "it": "14:30 di martedì 8 dicembre 2020",
            "en": "14:30 on Tuesday 8 December 2020",
        },
        "entries": {
            "crash0000001": "2020-12-08T13:26:00Z",
            "email0000001": "2020-12-08T12:45:00Z",
            "work00000001": "2020-12-08T08:00:00Z",
        },
    }


def test_it_is_a_few_bytes() -> None:
    (document,) = status.home(views.many())
    assert document.body is not None
    assert len(document.body) < 700


def test_the_version_stays_while_the_page_says_the_same() -> None:
    view = views.worst_hour()
    later = replace(view, checked_at=view.checked_at + timedelta(minutes=3))
    linked = replace(view.active[0], posts=(PublicPost(1, "X", "x", "https://x.com/a/status/1"),))
    assert version(later) == version(view)
    with_link = replace(
        view,
        active=(linked, *view.active[1:]),
        updated_at=view.updated_at + timedelta(seconds=3),
    )
    assert version(with_link) == version(view)


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: replace(entry, updated_at=entry.updated_at + timedelta(microseconds=1)),
        lambda entry: replace(entry, status=Status.MONITORING),
        lambda entry: replace(entry, overdue=not entry.overdue),
        lambda entry: replace(entry, id="another00001"),
    ],
    ids=["updated", "moved on", "late", "another"],
)
@pytest.mark.parametrize("place", ["active", "upcoming", "past"])
def test_the_version_changes_with_every_entry(place: str, change: Change) -> None:
    view = views.worst_hour()
    first, *others = getattr(view, place)
    entries: Any = {place: (change(first), *others)}
    changed = replace(view, **entries)
    assert version(changed) != version(view)


def test_the_version_changes_with_a_component_and_with_an_answer() -> None:
    view = views.worst_hour()
    parts = incidents.components(messages=ComponentStatus.UNDER_MAINTENANCE)
    dates = {"it": ("Attivato oggi: da domani.",)}
    answers = (replace(view.answers[0], dates=dates), *view.answers[1:])
    versions = {
        version(shown)
        for shown in (
            view,
            replace(view, components=parts),
            replace(view, answers=answers),
            replace(view, answers=()),
        )
    }
    assert len(versions) == 4
