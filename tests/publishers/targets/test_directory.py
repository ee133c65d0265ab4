"""Documents in a folder: whole at every moment, untouched when unchanged, never over another's."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest

from publishers.documents._base import Document
from publishers.targets import directory
from publishers.targets._base import Watermark
from publishers.targets.directory import ForeignFolder, Target

MARK = Watermark(7, datetime(2020, 12, 8, 13, 26, tzinfo=UTC), "v1")
NEXT = Watermark(8, datetime(2020, 12, 8, 14, 0, tzinfo=UTC), "v1")
LONG = b"<p>Il Portafoglio non funziona.</p>" * 40
OTHER = b"<p>Il Portafoglio funziona di nuovo.</p>" * 40
NOISE = random.Random(1).randbytes(4000)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "www"


@pytest.fixture
def target(root: Path) -> Target:
    return Target(root)


def files(root: Path) -> dict[str, bytes]:
    """All that a reader could fetch."""
    return {
        found.relative_to(root).as_posix(): found.read_bytes()
        for found in sorted(root.rglob("*"))
        if found.is_file() and found.name not in (directory.LOCK, directory.WATERMARK)
    }


def test_puts_documents_with_siblings_and_a_watermark(target: Target, root: Path) -> None:
    documents = [Document("incidents/abc/index.html", LONG), Document("status.json", b"{}")]
    assert target.put(documents, MARK) == 2
    assert set(files(root)) == {
        "incidents/abc/index.html",
        "incidents/abc/index.html.br",
        "incidents/abc/index.html.gz",
        "status.json",
    }
    assert gzip.decompress(files(root)["incidents/abc/index.html.gz"]) == LONG
    assert brotli.decompress(files(root)["incidents/abc/index.html.br"]) == LONG
    assert target.watermark() == MARK


def test_web_servers_may_read_whatever_the_umask(target: Target, root: Path) -> None:
    old = os.umask(0o077)
    try:
        target.put([Document("a/b/index.html", LONG)], MARK)
    finally:
        os.umask(old)
    assert {found.stat().st_mode & 0o777 for found in (root / "a/b").iterdir()} == {0o644}
    assert {(root / name).stat().st_mode & 0o777 for name in ("", "a", "a/b")} == {0o755}


def test_gzip_says_neither_time_nor_name(target: Target, root: Path) -> None:
    target.put([Document("index.html", LONG)], MARK)
    head = (root / "index.html.gz").read_bytes()[:10]
    assert head[3:8] == b"\0" * 5  # no flags, hence no name (RFC 1952), and no time


@pytest.mark.parametrize(
    ("path", "body", "endings"),
    [
        ("index.html", LONG, {".gz", ".br"}),
        ("feed.rss", LONG, {".gz", ".br"}),
        ("api/v2/summary.json", LONG, {".gz", ".br"}),
        ("logo.png", LONG, set()),
        ("tiny.html", b"x" * 199, set()),
        ("short.html", b"x" * 200, {".gz", ".br"}),
        ("noise.txt", NOISE, set()),
    ],
)
def test_only_texts_that_gain_have_siblings(
    target: Target, root: Path, path: str, body: bytes, endings: set[str]
) -> None:
    target.put([Document(path, body)], MARK)
    assert set(files(root)) == {path, *(path + ending for ending in endings)}


@pytest.mark.parametrize("how", ["put", "replace"])
@pytest.mark.parametrize("body", [LONG, b"tiny", NOISE])
def test_the_same_bytes_are_left_untouched(
    target: Target, root: Path, how: str, body: bytes
) -> None:
    target.put([Document("a/index.html", body)], MARK)
    for found in (root / "a").iterdir():
        os.utime(found, (1, 1))
    assert getattr(target, how)([Document("a/index.html", body)], NEXT) == 0
    assert {found.stat().st_mtime for found in (root / "a").iterdir()} == {1}
    assert target.watermark() == NEXT


def test_a_new_body_takes_its_siblings_along(target: Target, root: Path) -> None:
    target.put([Document("index.html", LONG)], MARK)
    assert target.put([Document("index.html", OTHER)], NEXT) == 1
    assert gzip.decompress(files(root)["index.html.gz"]) == OTHER
    assert brotli.decompress(files(root)["index.html.br"]) == OTHER


def test_a_body_that_became_short_loses_its_siblings(target: Target, root: Path) -> None:
    target.put([Document("index.html", LONG)], MARK)
    target.put([Document("index.html", b"short")], NEXT)
    assert files(root) == {"index.html": b"short"}


def test_a_lost_sibling_comes_back(target: Target, root: Path) -> None:
    target.put([Document("index.html", LONG)], MARK)
    (root / "index.html.gz").unlink()
    assert target.put([Document("index.html", LONG)], NEXT) == 1
    assert gzip.decompress(files(root)["index.html.gz"]) == LONG


def test_removing_takes_siblings_and_empty_folders(target: Target, root: Path) -> None:
    target.put([Document("a/b/index.html", LONG), Document("a/c.txt", b"c")], MARK)
    gone = [Document("a/b/index.html", None), Document("never/was.html", None)]
    assert target.put(gone, NEXT) == 1
    assert files(root) == {"a/c.txt": b"c"}
    assert not (root / "a/b").exists()
    target.put([Document("a/c.txt", None)], NEXT)
    assert not (root / "a").exists()
    assert root.is_dir()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../up.html",
        "a/../../up.html",
        "a//b.html",
        "a/",
        "./a.html",
        ".htaccess",
        "a/.hidden/b.html",
        ".avviso.json",
        "a\\b.html",
        "a\0b.html",
    ],
)
@pytest.mark.parametrize("body", [LONG, None])
@pytest.mark.parametrize("how", ["put", "replace"])
def test_unsafe_paths_are_refused(
    target: Target, root: Path, path: str, body: bytes | None, how: str
) -> None:
    with pytest.raises(ValueError, match="no safe path"):
        getattr(target, how)([Document(path, body)], MARK)
    assert files(root) == {}
    assert target.watermark() is None


class TestReplace:
    def test_removes_what_is_not_among_the_documents(self, target: Target, root: Path) -> None:
        old = [Document("old/a/index.html", LONG), Document("index.html", LONG)]
        target.put(old, MARK)
        (root / ".avviso-left.tmp").write_bytes(b"half")
        (root / "old/.avviso-left.tmp").write_bytes(b"half")
        assert target.replace([Document("index.html", LONG)], NEXT) == 1
        assert set(files(root)) == {"index.html", "index.html.gz", "index.html.br"}
        assert {found.name for found in root.iterdir() if found.is_dir()} == set()
        assert target.watermark() == NEXT

    def test_a_document_without_body_is_not_kept(self, target: Target, root: Path) -> None:
        target.put([Document("a.txt", b"a"), Document("b.txt", b"b")], MARK)
        assert target.replace([Document("a.txt", None), Document("b.txt", b"b")], NEXT) == 1
        assert files(root) == {"b.txt": b"b"}

    def test_follows_no_link_out_of_the_folder(
        self, target: Target, root: Path, tmp_path: Path
    ) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "precious.txt").write_text("keep me")
        target.put([], MARK)
        (root / "link").symlink_to(outside)
        target.replace([], NEXT)
        assert not (root / "link").is_symlink()
        assert (outside / "precious.txt").read_text() == "keep me"

    @pytest.mark.parametrize(
        "broken",
        [b"", b"\x1f\x8bnonsense", gzip.compress(OTHER, mtime=0)],
        ids=["empty", "garbled", "of another body"],
    )
    @pytest.mark.parametrize("ending", [".gz", ".br"])
    def test_repairs_siblings_that_a_power_cut_broke(
        self, target: Target, root: Path, broken: bytes, ending: str
    ) -> None:
        target.put([Document("index.html", LONG)], MARK)
        whole = files(root)
        (root / f"index.html{ending}").write_bytes(broken)
        assert target.replace([Document("index.html", LONG)], NEXT) == 1
        assert files(root) == whole

    def test_holds_one_document_at_a_time(self, target: Target) -> None:
        alive = 0
        most = 0

        class Counted(bytes):
            def __new__(cls, body: bytes) -> Counted:
                nonlocal alive, most
                alive += 1
                most = max(most, alive)
                return super().__new__(cls, body)

            def __del__(self) -> None:
                nonlocal alive
                alive -= 1

        target.replace((Document(f"{n}.txt", Counted(b"x")) for n in range(50)), MARK)
        assert most <= 2


class TestWatermark:
    def test_is_none_where_nothing_is(self, target: Target, root: Path) -> None:
        assert target.watermark() is None
        assert not root.exists()

    @pytest.mark.parametrize(
        "garbage",
        [
            b"",
            b"{",
            b"\xff\xfe",
            b"[]",
            b"null",
            b"{}",
            b'{"event": null}',
            b'{"event": 1e999, "rendered_at": "2020-12-08T13:26:00+00:00", "fingerprint": "v1"}',
            b'{"event": 7, "rendered_at": "yesterday", "fingerprint": "v1"}',
            b'{"event": 7, "rendered_at": "2020-12-08T13:26:00", "fingerprint": "v1"}',
        ],
    )
    def test_is_none_when_garbled(self, target: Target, root: Path, garbage: bytes) -> None:
        target.put([], MARK)
        boot = directory._boot().encode()
        (root / directory.WATERMARK).write_bytes(
            garbage.replace(b'"v1"', b'"v1", "boot": "' + boot + b'"')
        )
        assert target.watermark() is None

    def test_is_none_after_the_machine_started_anew(
        self, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        boot_id = tmp_path / "boot_id"
        monkeypatch.setattr(directory, "_BOOT_ID", boot_id)
        boot_id.write_text("one\n")
        target.put([], MARK)
        assert target.watermark() == MARK
        boot_id.write_text("two\n")
        assert target.watermark() is None

    def test_is_believed_where_there_are_no_boot_ids(
        self, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(directory, "_BOOT_ID", tmp_path / "none")
        target.put([], MARK)
        assert target.watermark() == MARK

    def test_comes_after_every_document(self, target: Target, root: Path) -> None:
        target.put([], MARK)

        def observed() -> Iterator[Document]:
            for n in range(3):
                assert target.watermark() == MARK
                assert len(files(root)) == n
                yield Document(f"{n}.txt", b"x")

        target.put(observed(), NEXT)
        assert target.watermark() == NEXT


class TestAnothersFolder:
    @pytest.mark.parametrize("how", ["put", "replace", "lock"])
    def test_is_never_written_to(self, target: Target, root: Path, how: str) -> None:
        root.mkdir()
        (root / "thesis.txt").write_text("seven years of work")
        tries: dict[str, Callable[[], object]] = {
            "put": lambda: target.put([Document("index.html", LONG)], MARK),
            "replace": lambda: target.replace([Document("index.html", LONG)], MARK),
            "lock": lambda: hold(target),
        }
        with pytest.raises(ForeignFolder, match="choose an empty folder"):
            tries[how]()
        assert [found.name for found in root.iterdir()] == ["thesis.txt"]

    def test_is_an_oserror(self) -> None:
        assert issubclass(ForeignFolder, OSError)

    def test_an_empty_one_becomes_ours(self, target: Target, root: Path) -> None:
        root.mkdir()
        assert target.put([Document("a.txt", b"a")], MARK) == 1

    def test_one_that_was_cut_short_is_still_ours(self, target: Target, root: Path) -> None:
        def cut_short() -> Iterator[Document]:
            yield Document("a.txt", b"a")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            target.replace(cut_short(), MARK)
        assert target.watermark() is None
        assert target.replace([Document("b.txt", b"b")], MARK) == 2
        assert files(root) == {"b.txt": b"b"}


def hold(target: Target) -> None:
    with target.lock():
        pass
