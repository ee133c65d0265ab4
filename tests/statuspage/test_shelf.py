"""Documents kept in memory: never stale, never torn, never too many."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publishers.documents._base import Document
from publishers.targets._base import Watermark
from publishers.targets.directory import Target
from statuspage import _shelf
from statuspage._shelf import Form, Headers, Shelf


class Publisher:
    """Puts documents as the real target does, under an ever higher event."""

    def __init__(self, root: Path) -> None:
        self.target = Target(root)
        self.event = 0

    def put(self, **bodies: bytes | None) -> None:
        self.event += 1
        documents = [Document(f"{name}.html", body) for name, body in bodies.items()]
        self.target.put(documents, Watermark(self.event, datetime.now(UTC), "f"))


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    return Publisher(tmp_path / "page")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are opened."""
    opened: list[str] = []
    really = _shelf._contents

    def noted(path: str) -> tuple[bytes, _shelf.Stamp] | None:
        opened.append(Path(path).name)
        return really(path)

    monkeypatch.setattr(_shelf, "_contents", noted)
    return opened


def describe(path: str, coding: str, body: bytes, etag: str) -> Headers:
    return [("Path", path), ("Coding", coding), ("Length", str(len(body))), ("ETag", etag)]


def shelf_of(publisher: Publisher, capacity: int = 10_000) -> Shelf:
    return Shelf(publisher.target.root, describe, capacity)


def forms_of(shelf: Shelf, path: str) -> dict[str, Form]:
    entry = shelf.find(path)
    return dict(entry.forms) if entry else {}


def body_of(shelf: Shelf, path: str) -> bytes | None:
    form = forms_of(shelf, path).get("identity")
    return form.body if form else None


def test_a_document_in_all_its_codings(publisher: Publisher) -> None:
    publisher.put(index=b"x" * 1000)
    forms = forms_of(shelf_of(publisher), "index.html")
    assert set(forms) == {"identity", "br", "gzip"}
    assert len({form.etag for form in forms.values()}) == 3
    for coding, form in forms.items():
        assert dict(form.headers)["Coding"] == coding
        assert dict(form.headers)["Length"] == str(len(form.body))
        assert dict(form.headers)["ETag"] == form.etag
    assert forms["br"].body == (publisher.target.root / "index.html.br").read_bytes()


def test_the_same_bytes_have_the_same_tag(publisher: Publisher) -> None:
    publisher.put(a=b"same", b=b"same", c=b"other")
    shelf = shelf_of(publisher)
    a, b, c = (forms_of(shelf, f"{name}.html")["identity"].etag for name in "abc")
    assert a == b != c


def test_what_was_read_once_is_not_read_again(publisher: Publisher, reads: list[str]) -> None:
    publisher.put(index=b"one", other=b"other")
    shelf = shelf_of(publisher)
    assert [body_of(shelf, "index.html") for _ in range(3)] == [b"one"] * 3
    assert reads == ["index.html", "index.html.br", "index.html.gz"]


def test_a_publication_is_seen_at_once_and_only_what_changed_is_read(
    publisher: Publisher, reads: list[str]
) -> None:
    publisher.put(index=b"one", other=b"other")
    shelf = shelf_of(publisher)
    body_of(shelf, "index.html")
    body_of(shelf, "other.html")
    reads.clear()
    publisher.put(index=b"two")
    assert body_of(shelf, "index.html") == b"two"
    assert body_of(shelf, "other.html") == b"other"
    assert set(reads) == {"index.html", "index.html.br", "index.html.gz"}


def test_a_document_of_the_same_length_and_time_is_another(publisher: Publisher) -> None:
    publisher.put(index=b"one")
    page = publisher.target.root / "index.html"
    before = page.stat()
    shelf = shelf_of(publisher)
    assert body_of(shelf, "index.html") == b"one"
    publisher.put(index=b"two")
    os.utime(page, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert body_of(shelf, "index.html") == b"two"


def test_a_sibling_that_came_later_is_found(publisher: Publisher) -> None:
    publisher.put(index=b"x" * 1000)
    sibling = publisher.target.root / "index.html.br"
    pressed = sibling.read_bytes()
    sibling.unlink()
    shelf = shelf_of(publisher)
    assert set(forms_of(shelf, "index.html")) == {"identity", "gzip"}
    sibling.write_bytes(pressed)
    publisher.put()
    assert set(forms_of(shelf, "index.html")) == {"identity", "gzip", "br"}


def test_a_document_that_was_removed_is_gone(publisher: Publisher) -> None:
    publisher.put(index=b"one")
    shelf = shelf_of(publisher)
    assert body_of(shelf, "index.html") == b"one"
    publisher.put(index=None)
    assert shelf.find("index.html") is None
    publisher.put(index=b"two")
    assert body_of(shelf, "index.html") == b"two"


def test_without_a_watermark_each_file_is_looked_at(publisher: Publisher, reads: list[str]) -> None:
    publisher.put(index=b"one")
    (publisher.target.root / _shelf.WATERMARK).unlink()
    shelf = shelf_of(publisher)
    assert [body_of(shelf, "index.html") for _ in range(2)] == [b"one"] * 2
    assert len(reads) == 3
    (publisher.target.root / "index.html").write_bytes(b"by hand")
    assert body_of(shelf, "index.html") == b"by hand"


def test_what_is_published_while_a_file_is_read_is_not_missed(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.put(index=b"one")
    shelf = shelf_of(publisher)
    really = _shelf._contents

    def overtaken(path: str) -> tuple[bytes, _shelf.Stamp] | None:
        contents = really(path)
        monkeypatch.setattr(_shelf, "_contents", really)
        publisher.put(index=b"two")
        return contents

    monkeypatch.setattr(_shelf, "_contents", overtaken)
    assert body_of(shelf, "index.html") == b"one"
    assert body_of(shelf, "index.html") == b"two"


def test_the_longest_unused_go_first(publisher: Publisher, reads: list[str]) -> None:
    publisher.put(**{name: os.urandom(100) for name in "abcdefghij"})
    shelf = shelf_of(publisher, capacity=850)
    for name in "abcdefgh":
        shelf.find(f"{name}.html")
    shelf.find("a.html")
    shelf.find("i.html")
    reads.clear()
    shelf.find("a.html")
    assert reads == []
    shelf.find("b.html")
    assert reads == ["b.html", "b.html.br", "b.html.gz"]
    assert shelf._size <= 850
    assert shelf._size == sum(entry.size for entry in shelf._kept.values())


def test_what_is_kept_is_counted_once(publisher: Publisher) -> None:
    shelf = shelf_of(publisher)
    for size in (100, 50, 150):
        publisher.put(index=os.urandom(size))
        shelf.find("index.html")
        assert shelf._size == size
    publisher.put(index=None)
    shelf.find("index.html")
    assert shelf._size == 0


def test_a_huge_document_is_served_but_not_kept(publisher: Publisher) -> None:
    publisher.put(index=os.urandom(2000), small=b"x")
    shelf = shelf_of(publisher, capacity=8000)
    shelf.find("small.html")
    assert len(body_of(shelf, "index.html") or b"") == 2000
    assert list(shelf._kept) == ["small.html"]


@pytest.mark.parametrize("path", ["nope.html", "index.html/x", "folder", "a" * 300, "pipe", "loop"])
def test_what_is_no_document(publisher: Publisher, path: str) -> None:
    publisher.put(index=b"x")
    root = publisher.target.root
    (root / "folder").mkdir()
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")
    shelf = shelf_of(publisher)
    assert shelf.find(path) is None
    assert not shelf.has(path)
    assert shelf.has("index.html")


def test_a_root_that_does_not_exist_yet(publisher: Publisher) -> None:
    shelf = shelf_of(publisher)
    assert shelf.find("index.html") is None
    publisher.put(index=b"first")
    assert body_of(shelf, "index.html") == b"first"


def test_an_old_page_is_better_than_none(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.put(index=b"one")
    shelf = shelf_of(publisher)
    shelf.find("index.html")
    publisher.put(index=b"two", new=b"new")

    def exhausted(path: str) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as broken:
        broken.setattr(_shelf, "_contents", exhausted)
        assert body_of(shelf, "index.html") == b"one"
        with pytest.raises(OSError, match="Too many"):
            shelf.find("new.html")
    assert body_of(shelf, "index.html") == b"two"
