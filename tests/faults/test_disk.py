"""The page's disk gets full, or read-only, at every possible moment; the database is elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from incidents.actions import Desk
from incidents.db import Database
from publishers.documents._base import Document
from publishers.targets._base import Watermark
from publishers.targets.directory import Target
from statuspage.site import Site
from tests.conftest import NOON, TEMPLATES
from tests.faults._disk import SmallDisk
from tests.faults._pages import Citizen, documents, left_over
from tests.incidents.builders import MINUTE, declared, updated

FULL = "No space left on device"
LATER = NOON + MINUTE


class FillingTarget(Target):
    """A folder whose disk gets full when so many documents have been put."""

    def __init__(self, path: Path, disk: SmallDisk) -> None:
        super().__init__(path)
        self.disk = disk
        self.full_after: int | None = None

    def put(self, documents: Iterable[Document], watermark: Watermark) -> int:
        return super().put(self._filling(documents), watermark)

    def replace(self, documents: Iterable[Document], watermark: Watermark) -> int:
        return super().replace(self._filling(documents), watermark)

    def _filling(self, documents: Iterable[Document]) -> Iterator[Document]:
        left = self.full_after
        for document in documents:
            if left == 0:
                self.disk.fill()
            left = None if left is None else left - 1
            yield document
        if left == 0:
            self.disk.fill()


@dataclass
class Page:
    """A page on a small disk, an incident on it, and a citizen who reads on."""

    desk: Desk
    disk: SmallDisk
    site: Site
    target: FillingTarget
    citizen: Citizen
    spare: Path
    incident: str

    def say(self) -> Saying:
        """Post one more update, which the page does not show yet."""
        before = documents(self.target.root)
        event = updated(self.desk, self.incident, LATER).event
        self.site.rebuild(Target(self.spare), LATER)
        return Saying(self, event, before, documents(self.spare))


@dataclass
class Saying:
    """An update, and the documents as they are without it and with it."""

    page: Page
    event: int
    before: dict[str, bytes]
    after: dict[str, bytes]

    def put(self) -> str | None:
        """Try to put it online; answers why it is not. Every document is old or new, and whole."""
        problems = self.page.site.refresh(LATER, self.event)
        self.page.citizen.finds_whole(self.before, self.after)
        assert left_over(self.page.target.root) == []
        assert [problem.target for problem in problems] in ([], ["page"])
        return problems[0].why if problems else None

    def recovers(self) -> None:
        """Now that it can be, it is put online, and nothing is missing."""
        assert self.put() is None
        assert documents(self.page.target.root) == self.after
        self.page.citizen.finds_whole(self.after)


@pytest.fixture
def page(
    make_desk: Callable[..., Desk], sqlite_url: str, disk: SmallDisk, tmp_path: Path
) -> Iterator[Page]:
    db = Database(sqlite_url)
    desk = make_desk(db, ("log",))
    target = FillingTarget(disk.path / "page", disk)
    site = Site(db, desk.service, desk.texts, TEMPLATES, {"page": target})
    incident = declared(desk).incident_id or ""
    assert site.refresh(NOON) == []
    yield Page(desk, disk, site, target, Citizen(target.root), tmp_path / "spare", incident)
    db.close()


def test_full_after_any_number_of_documents(page: Page) -> None:
    """So many of a set are new and the rest is old; the last to be missing is the watermark."""
    saying = page.say()
    put, faults = count(), []
    for page.target.full_after in put:
        fault = saying.put()
        page.disk.make_room()
        if fault is None:
            break
        faults.append(fault)
    names = [fault.removesuffix(f": {FULL}") for fault in faults]
    assert len(set(names)) > 20
    mark = str(page.target.root / ".avviso.json")
    first = names.index(mark)  # what comes last in a set may not have changed at all
    assert set(names[first:]) == {mark}
    assert set(names[:first]) <= {str(page.target.root / path) for path in saying.after}
    saying.recovers()


def test_full_at_any_page_of_a_document(page: Page) -> None:
    """Full for the document itself, then for each of its compressed siblings."""
    saying = page.say()
    faults = []
    for leaving in count():
        page.disk.fill(leaving)
        fault = saying.put()
        if fault is None:
            break
        faults.append(fault)
    assert len(faults) > 3
    assert all(fault.endswith(f": {FULL}") for fault in faults)
    page.disk.make_room()
    saying.recovers()


def test_no_more_files_can_be_made(page: Page) -> None:
    """Some file systems run out of inodes before they run out of room."""
    saying = page.say()
    faults = []
    for leaving in range(4):
        page.disk.take_names(leaving)
        faults.append(saying.put())
        page.disk.make_room()
    assert [bool(fault) for fault in faults] == [True, True, True, False]
    assert all(FULL in fault for fault in faults if fault)
    saying.recovers()


def test_read_only(page: Page) -> None:
    saying = page.say()
    page.disk.allow_writing(allowed=False)
    assert saying.put() == f"{page.target.root}/.avviso.lock: Read-only file system"
    page.disk.allow_writing(allowed=True)
    saying.recovers()
