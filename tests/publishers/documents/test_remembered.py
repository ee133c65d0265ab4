"""What was made of an entry that is over is made once, and anew as soon as the entry is another."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import count

import pytest

from incidents.view import PublicIncident
from publishers.documents import _remembered
from publishers.documents._remembered import Remembered
from tests.publishers.documents import sample_views
from tests.publishers.documents.sample_incidents import crash, rome


def over() -> PublicIncident:
    entry = replace(crash(), resolved_at=rome(8, 15))
    assert not entry.open
    return entry


def test_an_entry_that_is_over_is_made_once_in_each_language() -> None:
    service, entry, number, pieces = (
        sample_views.empty().service,
        over(),
        count(),
        Remembered[int](),
    )
    told = [pieces.of(service, "it", entry, lambda: next(number)) for _ in range(3)]
    renamed = replace(entry, components=())  # as they are now: no part of what is remembered
    told.append(pieces.of(service, "it", renamed, lambda: next(number)))
    told.append(pieces.of(service, "en", entry, lambda: next(number)))
    assert told == [0, 0, 0, 0, 1]


def test_an_entry_that_was_read_again_is_made_anew() -> None:
    service, entry, pieces = sample_views.empty().service, over(), Remembered[str]()
    again = replace(entry, updates=(replace(entry.updates[0]), *entry.updates[1:]))
    assert again == entry, "equal is not enough: what hangs on it may be another's"
    made = [
        pieces.of(service, "it", entry, lambda: "first"),
        pieces.of(service, "it", again, lambda: "second"),
        pieces.of(replace(service), "it", again, lambda: "of another service"),
    ]
    assert made == ["first", "second", "of another service"]


def test_what_is_open_is_always_made_anew() -> None:
    service, number, pieces = sample_views.empty().service, count(), Remembered[int]()
    entry = replace(crash(), resolved_at=None, cancelled_at=None)
    assert [pieces.of(service, "it", entry, lambda: next(number)) for _ in range(2)] == [0, 1]
    assert len(pieces) == 0


def test_it_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_remembered, "_MOST", 5)
    service, pieces = sample_views.empty().service, Remembered[int]()
    entries = [over() for _ in range(12)]
    for number, entry in enumerate(entries):
        pieces.of(service, "it", entry, partial(int, number))
        assert len(pieces) <= 5
    assert pieces.of(service, "it", entries[-1], lambda: -1) == 11
