"""Many entries are rendered by several processes, and come out as if by one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from incidents import queries
from incidents.actions import Desk
from publishers.documents._base import Document
from publishers.targets._encodings import squeezed
from publishers.targets.directory import Target
from statuspage import _presses
from statuspage import site as sites
from statuspage._presses import pressed, pressed_by_many, pressed_in_turn
from statuspage._shelf import WATERMARK, Shelf
from statuspage.site import Site
from tests.conftest import NOON
from tests.incidents.builders import MINUTE, declared, resolved, updated
from tests.statuspage.test_site import make_site, rebuilt, tree


@pytest.fixture
def eventful(desk: Desk) -> Desk:
    """Forty entries, most of them over."""
    for number in range(40):
        outcome = declared(desk, NOON + number * MINUTE)
        updated(desk, outcome.incident_id, NOON + number * MINUTE)
        if number % 3:
            resolved(desk, outcome.incident_id, NOON + number * MINUTE)
    return desk


def pieces(site: Site) -> list[_presses.Piece]:
    with site.db.read() as session:
        reader = site._reader(session, NOON)
        everything = queries.everything(session)
        return list(site._pieces(reader, everything, None))


def test_many_make_the_same_documents_in_the_same_order(eventful: Desk, tmp_path: Path) -> None:
    work = pieces(make_site(eventful, tmp_path / "page"))
    assert len(work) > 2 * _presses._AT_ONCE, "several batches"
    alone = [squeezed(document) for piece in work for document in pressed(piece)]
    assert list(pressed_by_many(work)) == alone


def test_nothing_but_pages_stands_before_the_home_page(desk: Desk, tmp_path: Path) -> None:
    declared(desk, NOON)
    work = pieces(make_site(desk, tmp_path / "page"))
    told = list(pressed_in_turn(work))
    before = [document.path for document in told[: [d.path for d in told].index("index.html")]]
    assert before
    assert all(path.endswith("/index.html") for path in before)
    alone = [document for piece in work for document in pressed(piece)]
    assert sorted(told, key=lambda d: d.path) == sorted(alone, key=lambda d: d.path)


def test_a_page_with_many_entries_is_the_same(
    eventful: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(eventful, tmp_path / "page")
    told: list[tuple[int, int]] = []
    alone = rebuilt(site, NOON, tmp_path / "alone")
    monkeypatch.setattr(sites, "MANY", 10)
    assert rebuilt(site, NOON, tmp_path / "many") == alone
    site.rebuild(Target(tmp_path / "told"), NOON, lambda done, of: told.append((done, of)))
    assert told == [(number, 40) for number in range(1, 41)]


def test_a_process_that_is_killed_is_said_and_nothing_is_left_running(
    eventful: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[_presses._Press] = []
    start = _presses._started

    def noting() -> _presses._Press:
        started.append(start())
        return started[-1]

    def killed_half_way() -> Iterator[_presses.Piece]:
        every = list(pieces(make_site(eventful, tmp_path / "page")))
        yield from every[: len(every) // 2]
        for press in started:
            os.kill(press.pid, signal.SIGKILL)
        yield from every[len(every) // 2 :]

    monkeypatch.setattr(_presses, "_started", noting)
    with pytest.raises(OSError, match=r"ended|Broken pipe"):
        list(pressed_by_many(killed_half_way()))
    assert all(press.returncode is not None for press in started)


def test_who_stops_half_way_leaves_nothing_running(
    eventful: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[_presses._Press] = []
    start = _presses._started

    def noting() -> _presses._Press:
        started.append(start())
        return started[-1]

    monkeypatch.setattr(_presses, "_started", noting)
    documents = pressed_by_many(pieces(make_site(eventful, tmp_path / "page")))
    next(documents)
    del documents  # nobody wants the rest
    assert all(press.returncode is not None for press in started)


def test_a_tree_half_put_is_seen_at_once_by_who_keeps_documents(desk: Desk, tmp_path: Path) -> None:
    """The watermark's time changes with each document, what it says at the end."""
    site = make_site(desk, tmp_path / "page")
    declared(desk)
    site.refresh(NOON)
    shelf = Shelf(tmp_path / "page", lambda *_: [])
    before, said = shelf.generation(), (tmp_path / "page" / WATERMARK).read_bytes()
    target = site.targets["page"]
    mark = target.watermark()
    assert mark
    with pytest.raises(OSError, match="half way"):
        target.put(_then_fails(), mark)
    assert shelf.generation() != before
    assert (tmp_path / "page" / WATERMARK).read_bytes() == said
    assert "new.html" in tree(tmp_path / "page")


def _then_fails() -> Iterator[Document]:
    yield Document("new.html", b"new")
    raise OSError("half way")
