"""Documents in a bucket, put by one library and read back by another, on a real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publishers.documents._base import Document
from publishers.targets._base import Watermark
from publishers.targets._bucket import AT_ONCE
from publishers.targets._serving import ALWAYS_ASK, FRESH
from publishers.targets.object_store import DIGESTS, WATERMARK, ForeignBucket, Overtaken, Target
from tests.fakes._service import Answer
from tests.fakes.front_door import Passing
from tests.publishers.targets._store import Store

AT = datetime(2020, 12, 8, 13, 26, tzinfo=UTC)
MARK = Watermark(7, AT, "v1")
NEXT = Watermark(8, AT + timedelta(minutes=1), "v1")
LATER = Watermark(9, AT + timedelta(minutes=2), "v1")
LONG = b"<p>Il Portafoglio non funziona.</p>" * 40
OTHER = b"<p>Il Portafoglio funziona di nuovo.</p>" * 40


@pytest.fixture
def target(store: Store, tmp_path: Path) -> Target:
    return store.target(tmp_path)


@pytest.mark.parametrize(
    ("path", "media_type", "freshness"),
    [
        ("index.html", "text/html; charset=utf-8", FRESH),
        ("en/incidents/abc/index.html", "text/html; charset=utf-8", FRESH),
        ("feed.rss", "application/rss+xml; charset=utf-8", FRESH),
        ("feed.atom", "application/atom+xml; charset=utf-8", FRESH),
        ("feed.json", "application/feed+json", FRESH),
        ("api/v2/summary.json", "application/json", FRESH),
        ("calendar.ics", "text/calendar; charset=utf-8", FRESH),
        ("badge.svg", "image/svg+xml", FRESH),
        ("heartbeat.json", "application/json", ALWAYS_ASK),
        ("status.json", "application/json", ALWAYS_ASK),
    ],
)
def test_each_document_says_what_it_is(
    store: Store, target: Target, path: str, media_type: str, freshness: str
) -> None:
    assert target.put([Document(path, LONG)], MARK) == 1
    found = store.get(path)
    assert found["Body"].read() == LONG
    assert found["ContentType"] == media_type
    assert found["CacheControl"] == freshness
    # What every client can read, since nothing here could ask it.
    assert "ContentEncoding" not in found


def test_avvisos_own_objects_are_never_kept_by_a_cache(store: Store, target: Target) -> None:
    target.put([Document("a.txt", b"a")], MARK)
    assert {store.get(key)["CacheControl"] for key in (WATERMARK, DIGESTS)} == {"no-store"}
    assert set(store.listed()) == {"a.txt", WATERMARK, DIGESTS}


def test_only_what_changed_is_put_and_nothing_is_read(store: Store, target: Target) -> None:
    many = [Document(f"incidents/{n}/index.html", LONG + bytes([65 + n])) for n in range(12)]
    target.put(many, MARK)
    store.written()
    assert target.put([*many[1:], Document("incidents/0/index.html", OTHER)], NEXT) == 1
    own = {f"/{store.name}/{key}" for key in (WATERMARK, DIGESTS)}
    assert set(store.door.told("GET")) == own
    assert store.written() == [WATERMARK, "incidents/0/index.html", DIGESTS, WATERMARK]
    assert target.watermark() == NEXT


def test_where_nothing_changed_only_the_watermark_is_put(store: Store, target: Target) -> None:
    target.put([Document("index.html", LONG)], MARK)
    store.written()
    assert target.put([Document("index.html", LONG)], NEXT) == 0
    assert store.written() == [WATERMARK]
    assert target.watermark() == NEXT


def test_other_headers_are_a_change_too(
    store: Store, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.put([Document("index.html", LONG)], MARK)
    monkeypatch.setattr("publishers.targets.object_store.freshness", lambda _: "no-cache")
    assert target.put([Document("index.html", LONG)], NEXT) == 1
    assert store.get("index.html")["CacheControl"] == "no-cache"


def test_details_come_before_the_home_page_and_the_watermark_last(
    store: Store, target: Target
) -> None:
    details = [f"incidents/{n}/index.html" for n in range(20)]
    homes, after = ["index.html", "en/index.html"], ["feed.rss", "api/v2/summary.json"]
    target.put([Document(path, LONG) for path in (*details, *homes, *after)], MARK)
    puts = [passing for passing in store.door.requests if passing.method == "PUT"]
    paths = [passing.path.removeprefix(f"/{store.name}/") for passing in puts]
    assert paths[0] == WATERMARK
    assert set(paths[1:21]) == set(details)
    assert set(paths[21:23]) == set(homes)
    assert set(paths[23:25]) == set(after)
    assert paths[25:] == [DIGESTS, WATERMARK]
    # None of an earlier step was still under way.
    assert [puts[index].beside for index in (21, 23, 25)] == [0, 0, 0]


def test_several_are_put_at_a_time_but_not_too_many(store: Store, target: Target) -> None:
    together = threading.Barrier(AT_ONCE)

    def meet(passing: Passing) -> None:
        if "/incidents/" in passing.path:
            together.wait(20)

    store.door.fault = meet
    target.put([Document(f"incidents/{n}/index.html", LONG) for n in range(2 * AT_ONCE)], MARK)
    assert max(passing.beside for passing in store.door.requests) == AT_ONCE - 1


def test_a_document_without_body_is_removed_after_the_rest(store: Store, target: Target) -> None:
    target.put([Document("a/index.html", LONG), Document("index.html", LONG)], MARK)
    store.door.requests.clear()
    gone = [Document("a/index.html", None), Document("never/was.html", None)]
    assert target.put([*gone, Document("index.html", OTHER)], NEXT) == 2
    assert store.documents() == {"index.html": OTHER}
    methods = [passing.method for passing in store.door.requests if passing.method != "GET"]
    assert methods == ["PUT", "PUT", "POST", "PUT", "PUT"]  # mark, page, deletion, digests, mark
    store.put("a/index.html", LONG)
    assert target.put([Document("a/index.html", LONG)], LATER) == 1


def test_of_two_forms_in_one_batch_the_later_stays(store: Store, target: Target) -> None:
    forms = [Document("a.html", b"%d" % number) for number in range(20)]
    target.put(forms, MARK)
    assert store.documents() == {"a.html": b"19"}
    target.replace(forms, NEXT)
    assert store.documents() == {"a.html": b"19"}


@pytest.mark.parametrize("path", ["", "/a", "../a", "a//b", "a/", "./a", ".avviso.json", "a\\b"])
@pytest.mark.parametrize("how", ["put", "replace"])
@pytest.mark.parametrize("body", [LONG, None])
def test_unsafe_paths_are_refused(
    store: Store, target: Target, path: str, how: str, body: bytes | None
) -> None:
    with pytest.raises(ValueError, match="no safe path"):
        getattr(target, how)([Document(path, body)], MARK)
    assert store.documents() == {}
    assert target.watermark() is None


class TestReplace:
    def test_removes_what_is_not_among_the_documents(self, store: Store, target: Target) -> None:
        target.put([Document("old/a/index.html", LONG), Document("index.html", LONG)], MARK)
        store.put("left/by/somebody.txt", b"x")
        assert target.replace([Document("index.html", OTHER), Document("b", None)], NEXT) == 3
        assert store.documents() == {"index.html": OTHER}
        assert target.watermark() == NEXT

    def test_puts_back_what_somebody_spoiled(self, store: Store, target: Target) -> None:
        target.put([Document("index.html", LONG)], MARK)
        store.put("index.html", b"spoiled")
        target.replace([Document("index.html", LONG)], NEXT)
        assert store.documents() == {"index.html": LONG}
        assert target.put([Document("index.html", LONG)], LATER) == 0

    def test_more_than_one_page_of_the_listing(
        self, store: Store, target: Target, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")
        target.put([], MARK)
        for number in range(25):
            store.put(f"old/{number}.txt", b"x")
        store.door.requests.clear()
        assert target.replace([Document("index.html", LONG)], NEXT) == 26
        assert store.documents() == {"index.html": LONG}
        lists = [passing for passing in store.door.requests if "list-type" in passing.query]
        assert len(lists) == 3

    def test_cut_short_is_not_trusted_and_repeated(self, store: Store, target: Target) -> None:
        target.put([Document("old.html", LONG)], MARK)

        def cut_short() -> Iterator[Document]:
            yield Document("index.html", LONG)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            target.replace(cut_short(), NEXT)
        assert target.watermark() is None
        assert target.replace([Document("index.html", LONG)], NEXT) == 2
        assert store.documents() == {"index.html": LONG}
        assert target.watermark() == NEXT

    def test_a_put_into_a_half_done_rebuild_does_not_make_it_whole(
        self, store: Store, target: Target
    ) -> None:
        target.put([Document("old.html", LONG)], MARK)
        store.door.fault = lambda passing: (
            Answer(500) if passing.method == "PUT" and passing.path.endswith("/new.html") else None
        )
        with pytest.raises(OSError, match="500"):
            target.replace([Document("new.html", LONG)], NEXT)
        store.door.fault = lambda passing: None
        target.put([Document("a.html", LONG)], NEXT)
        assert target.watermark() is None


class TestAfterACrash:
    """Whatever did not come to its end is put again, and is then as it should be."""

    @pytest.mark.parametrize("step", range(6))
    def test_at_any_request_that_changes_something(
        self, store: Store, target: Target, step: int
    ) -> None:
        first = [Document("a.html", LONG), Document("b.html", LONG), Document("c.html", LONG)]
        target.put(first, MARK)
        changed = [Document("a.html", OTHER), Document("b.html", OTHER), Document("c.html", None)]
        left = [step]

        def fail(passing: Passing) -> Answer | None:
            if passing.method != "GET":
                left[0] -= 1
            return Answer(403) if left[0] < 0 else None

        store.door.fault = fail
        with pytest.raises(OSError, match="may not do this"):
            target.put(changed, NEXT)
        store.door.fault = lambda passing: None
        assert target.watermark() == MARK
        # The world went on, and back: what was put in the middle must not be taken for done.
        target.put([*first[:2], Document("c.html", None)], LATER)
        assert store.documents() == {"a.html": LONG, "b.html": LONG}
        assert target.watermark() == LATER
        assert target.put(first[:2], LATER) == 0

    def test_nothing_is_trusted_where_the_digests_are_gone(
        self, store: Store, target: Target
    ) -> None:
        target.put([Document("a.html", LONG)], MARK)
        store.client.delete_object(Bucket=store.name, Key=DIGESTS)
        assert target.put([Document("a.html", LONG)], NEXT) == 1
        assert target.watermark() is None

    def test_nor_after_a_crash_that_left_digests_of_a_few(
        self, store: Store, target: Target
    ) -> None:
        target.put([Document("a.html", LONG), Document("gone.html", LONG)], MARK)
        store.client.delete_object(Bucket=store.name, Key=DIGESTS)
        marks = iter([None, Answer(403)])
        store.door.fault = lambda passing: (
            next(marks)
            if passing.method == "PUT" and passing.path.endswith(f"/{WATERMARK}")
            else None
        )
        with pytest.raises(OSError, match="403"):
            target.put([Document("a.html", OTHER)], NEXT)
        store.door.fault = lambda passing: None
        target.put([Document("gone.html", None)], LATER)
        assert target.watermark() is None

    @pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b"null", b'{"doing": 3}', b"\xff"])
    def test_a_garbled_watermark_is_none(
        self, store: Store, target: Target, garbage: bytes
    ) -> None:
        target.put([Document("a.html", LONG)], MARK)
        store.put(WATERMARK, garbage)
        assert target.watermark() is None
        target.replace([Document("a.html", LONG)], NEXT)
        assert target.watermark() == NEXT

    @pytest.mark.parametrize("garbage", [b"", b"{", b"[]"])
    def test_garbled_digests_are_not_believed(
        self, store: Store, target: Target, garbage: bytes
    ) -> None:
        target.put([Document("a.html", LONG)], MARK)
        store.put(DIGESTS, garbage)
        assert target.put([Document("a.html", OTHER)], NEXT) == 1
        assert target.watermark() is None


class TestAnothersBucket:
    @pytest.mark.parametrize("how", ["put", "replace", "check"])
    def test_is_never_written_to(self, store: Store, target: Target, how: str) -> None:
        store.put("thesis.txt", b"seven years of work")
        arguments = ([Document("index.html", LONG)], MARK) if how != "check" else ()
        with pytest.raises(ForeignBucket, match=f"{store.name}: it holds objects that Avviso did"):
            getattr(target, how)(*arguments)
        assert store.listed() == ["thesis.txt"]

    def test_only_what_is_below_the_prefix_is_ours(self, store: Store, tmp_path: Path) -> None:
        theirs = ["thesis.txt", "pages/status.txt", "pages/status-old/a.txt", "pages/statu/b.txt"]
        for key in theirs:
            store.put(key, b"theirs")
        target = store.target(tmp_path, "pages/status")
        target.put([Document("index.html", LONG), Document("old.html", LONG)], MARK)
        target.replace([Document("index.html", LONG)], NEXT)
        assert store.documents("pages/status/") == {"index.html": LONG}
        assert {key for key in store.listed() if not key.startswith("pages/status/")} == set(theirs)


class TestNeverBack:
    def test_a_later_event_stays(self, store: Store, target: Target) -> None:
        target.put([Document("a.html", OTHER)], NEXT)
        with pytest.raises(Overtaken, match="shows a later event already"):
            target.put([Document("a.html", LONG)], MARK)
        with pytest.raises(Overtaken, match="shows a later render already"):
            target.replace([Document("a.html", LONG)], MARK)
        assert store.documents() == {"a.html": OTHER}
        assert target.watermark() == NEXT

    def test_a_database_from_a_backup_may_be_behind(self, store: Store, target: Target) -> None:
        target.put([Document("a.html", OTHER)], NEXT)
        restored = Watermark(MARK.event, LATER.rendered_at, "v1")
        target.replace([Document("a.html", LONG)], restored)
        assert store.documents() == {"a.html": LONG}
        assert target.watermark() == restored

    @pytest.mark.parametrize("how", ["put", "replace"])
    def test_two_at_work_at_once_are_found_out(
        self, store: Store, target: Target, tmp_path: Path, how: str
    ) -> None:
        """As when two machines share a bucket and no database keeps them apart."""
        target.put([Document("a.html", LONG)], MARK)
        other = store.target(tmp_path / "elsewhere")
        done: list[Passing] = []

        def meanwhile(passing: Passing) -> None:
            if passing.path.endswith("/b.html") and not done:
                done.append(passing)
                other.put([Document("a.html", OTHER)], LATER)

        store.door.fault = meanwhile
        with pytest.raises(Overtaken, match="will be rendered anew"):
            getattr(target, how)([Document("b.html", LONG)], NEXT)
        assert target.watermark() is None
        target.replace([Document("a.html", OTHER)], Watermark(9, AT + timedelta(hours=1), "v1"))
        assert store.documents() == {"a.html": OTHER}


class TestLookingAtIt:
    def test_writes_nothing(self, store: Store, target: Target) -> None:
        assert target.check() == "is empty, or will be rendered anew; 0 documents"
        target.put([Document("a.html", LONG)], MARK)
        store.written()
        assert target.check() == "shows event 7; 1 documents"
        assert {passing.method for passing in store.door.requests} == {"GET"}

    def test_the_watermark_holds_no_secret(self, store: Store, target: Target) -> None:
        target.put([Document("a.html", LONG)], MARK)
        told = json.loads(store.get(WATERMARK)["Body"].read())
        assert set(told) == {"event", "rendered_at", "fingerprint", "archived", "doing", "by"}


PATHS = st.sampled_from(["index.html", "en/index.html", "incidents/a/index.html", "feed.rss"])
BODIES = st.sampled_from([b"one", b"two" * 200, None])
BATCHES = st.lists(st.tuples(PATHS, BODIES), unique_by=lambda pair: pair[0], max_size=4)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(BATCHES, st.integers(0, 9), st.booleans()), max_size=5))
def test_readers_get_what_was_put_whatever_failed_before(
    store: Store, tmp_path: Path, puts: list[tuple[list[tuple[str, bytes | None]], int, bool]]
) -> None:
    for key in store.listed():
        store.client.delete_object(Bucket=store.name, Key=key)
    target, expected = store.target(tmp_path), dict[str, bytes]()
    target.put([], Watermark(0, AT, "v1"))
    for number, (batch, step, fails) in enumerate(puts, 1):
        documents = [Document(path, body) for path, body in batch]
        mark = Watermark(number, AT + timedelta(minutes=number), "v1")
        left = [step if fails else 1000]

        def fail(passing: Passing, left: list[int] = left) -> Answer | None:
            left[0] -= 1
            return Answer(403) if left[0] < 0 else None

        store.door.fault = fail
        try:
            target.put(documents, mark)
        except OSError:
            store.door.fault = lambda passing: None
            target.put(documents, mark)
        expected |= {path: body for path, body in batch if body is not None}
        expected = {k: v for k, v in expected.items() if (k, None) not in batch}
        store.door.fault = lambda passing: None
        assert store.documents() == expected
        assert target.watermark() == mark
