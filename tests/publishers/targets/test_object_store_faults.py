"""A store that refuses, hangs, breaks off or is not there: an `OSError` in words, and no secret."""

from __future__ import annotations

import fcntl
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publishers.documents._base import Document
from publishers.targets import _bucket
from publishers.targets._base import Watermark
from publishers.targets._bucket import Bucket
from publishers.targets.object_store import WATERMARK, Target
from tests.fakes._service import Answer, Cut, Hang
from tests.fakes.front_door import Fault, Passing
from tests.publishers.targets._store import KEY, SECRET, Store

MARK = Watermark(7, datetime(2020, 12, 8, 13, 26, tzinfo=UTC), "v1")
NEXT = Watermark(8, datetime(2020, 12, 8, 14, 0, tzinfo=UTC), "v1")
OLD = [Document("index.html", b"old"), Document("gone.html", b"old")]
NEW = [Document("index.html", b"new"), Document("gone.html", None)]


def refusal(status: int, code: str) -> Answer:
    """As S3 does it: with more in it than anybody should see."""
    body = (
        f"<Error><Code>{code}</Code><Message>No, {KEY}!</Message>"
        f"<AWSAccessKeyId>{KEY}</AWSAccessKeyId><StringToSign>{SECRET}</StringToSign></Error>"
    )
    return Answer(status, body.encode())


FAULTS: dict[str, tuple[Fault, str]] = {
    "401": (refusal(401, "Unauthorized"), "the access key is not accepted (401 Unauthorized)"),
    "wrong key": (
        refusal(403, "InvalidAccessKeyId"),
        "the access key is not accepted (403 InvalidAccessKeyId)",
    ),
    "wrong secret": (
        refusal(403, "SignatureDoesNotMatch"),
        "the access key is not accepted (403 SignatureDoesNotMatch)",
    ),
    "403": (refusal(403, "AccessDenied"), "the access key may not do this here (403 AccessDenied)"),
    "no bucket": (refusal(404, "NoSuchBucket"), "there is no such bucket"),
    "elsewhere": (refusal(301, "PermanentRedirect"), "it is in another region: set `region`"),
    "broken": (refusal(500, "InternalError"), "the store answered 500 InternalError"),
    "too fast": (refusal(503, "SlowDown"), "the store answered 503 SlowDown"),
    "no words": (Answer(418, b"<html>I am a teapot</html>"), "the store answered 418"),
    "hung": (Hang(), "did not answer in time"),
    "cut off": (Cut(), "the connection broke off"),
}


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    # Where an answer comes, a busy machine gets the time for it.
    monkeypatch.setattr(_bucket, "TIMEOUT", 1.0 if "hung" in request.node.name else 6.0)


@pytest.fixture
def target(store: Store, tmp_path: Path) -> Target:
    return store.target(tmp_path)


def asks(store: Store, method: str) -> Callable[[Passing], bool]:
    """Which requests of a publication a fault is for."""
    first = {
        "read": lambda passing: passing.path.endswith(f"/{WATERMARK}"),
        "list": lambda passing: "list-type" in passing.query,
        "put": lambda passing: passing.method == "PUT" and passing.path.endswith("/index.html"),
        "delete": lambda passing: passing.method == "POST",
        "mark": lambda passing: passing.method == "PUT" and passing.path.endswith(WATERMARK),
    }
    return first[method]


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("where", ["read", "put", "delete", "mark"])
def test_each_fault_is_told_and_nothing_is_lost(
    store: Store, target: Target, name: str, where: str
) -> None:
    target.put(OLD, MARK)
    fault, words = FAULTS[name]
    concerned = asks(store, where)
    store.door.fault = lambda passing: fault if concerned(passing) else None
    with pytest.raises(OSError, match=f"^bucket {store.name}: {re.escape(words)}") as caught:
        target.put(NEW, NEXT)
    assert KEY not in str(caught.value)
    assert SECRET not in str(caught.value)
    store.door.fault = lambda passing: None
    assert target.watermark() == MARK
    target.put(NEW, NEXT)
    assert store.documents() == {"index.html": b"new"}
    assert target.watermark() == NEXT


@pytest.mark.parametrize("name", FAULTS)
def test_a_listing_that_fails_is_told(store: Store, target: Target, name: str) -> None:
    fault, words = FAULTS[name]
    store.door.fault = lambda passing: fault if "list-type" in passing.query else None
    with pytest.raises(OSError, match=f"^bucket {store.name}: {re.escape(words)}"):
        target.check()
    assert store.listed() == []


@pytest.mark.parametrize("where", ["read", "delete"])
def test_an_answer_that_ends_in_the_middle(store: Store, target: Target, where: str) -> None:
    target.put(OLD, MARK)
    concerned = asks(store, where)
    store.door.fault = lambda passing: Cut(in_the_middle=True) if concerned(passing) else None
    with pytest.raises(OSError, match="broke off"):
        target.put(NEW, NEXT)
    store.door.fault = lambda passing: None
    assert target.watermark() == MARK


def test_a_moments_weakness_is_bridged(store: Store, target: Target) -> None:
    faults = [refusal(503, "SlowDown"), refusal(500, "InternalError")]
    store.door.fault = lambda passing: faults.pop() if faults else None
    target.put(OLD, MARK)
    assert target.watermark() == MARK


def test_retries_come_to_an_end(store: Store, target: Target) -> None:
    store.door.fault = lambda passing: refusal(503, "SlowDown")
    with pytest.raises(OSError, match="SlowDown"):
        target.watermark()
    assert len(store.door.requests) == 3


def test_what_was_not_begun_is_not_done_after_a_failure(store: Store, target: Target) -> None:
    target.put([], MARK)
    store.door.fault = lambda passing: (
        refusal(403, "AccessDenied") if passing.path.endswith("/0.html") else None
    )
    with pytest.raises(OSError, match="AccessDenied"):
        target.put([Document(f"{n}.html", b"x") for n in range(500)], NEXT)
    assert len(store.documents()) < 500


def test_nobody_answers(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        target = Target(Bucket("b", "", url, "us-east-1", KEY, SECRET), tmp_path / "lock")
        with pytest.raises(OSError, match="bucket b: nobody answers at the endpoint"):
            target.watermark()


def test_a_host_that_nobody_knows(tmp_path: Path) -> None:
    bucket = Bucket("b", "", "http://store.invalid", "us-east-1", KEY, SECRET)
    with pytest.raises(OSError, match="bucket b: the endpoint's host is not known"):
        Target(bucket, tmp_path / "lock").watermark()


def test_no_such_bucket_on_the_real_server(store: Store, tmp_path: Path) -> None:
    bucket = Bucket("never-made", "", store.door.url, "us-east-1", KEY, SECRET)
    target = Target(bucket, tmp_path / "lock")
    for attempt in (target.watermark, target.check, lambda: target.put(OLD, MARK)):
        with pytest.raises(OSError, match="bucket never-made: there is no such bucket"):
            attempt()


def test_an_object_whose_name_is_no_path(store: Store, target: Target) -> None:
    target.put(OLD, MARK)
    store.put("a//b", b"x")
    with pytest.raises(OSError, match="holds an object whose name is no path"):
        target.replace(OLD, NEXT)


@pytest.mark.parametrize(("key", "secret"), [("", SECRET), (KEY, "")])
def test_without_a_key_nothing_is_asked_of_anybody(store: Store, key: str, secret: str) -> None:
    bucket = Bucket(store.name, "", store.door.url, "us-east-1", key, secret)
    with pytest.raises(OSError, match="its access key is not set in the environment"):
        bucket.get("a")
    assert store.door.requests == []


def test_the_surroundings_have_no_say(
    store: Store, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library reads these by itself where it is not told."""
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
        "AWS_SESSION_TOKEN": "token",
        "AWS_REGION": "eu-west-9",
    }.items():
        monkeypatch.setenv(name, value)
    target.put(OLD, MARK)
    assert store.documents() == {"index.html": b"old", "gone.html": b"old"}


def test_no_secret_is_in_a_repr(target: Target) -> None:
    shown = repr(target._bucket)
    assert KEY not in shown
    assert SECRET not in shown


class TestLock:
    def test_holds_off_other_processes(self, target: Target, tmp_path: Path) -> None:
        attempt = "import sys, fcntl as f; f.flock(open(sys.argv[1]), f.LOCK_EX | f.LOCK_NB)"
        lock = tmp_path / "targets" / "page.lock"
        command = [sys.executable, "-c", attempt, str(lock)]
        with target.lock():
            assert b"BlockingIOError" in subprocess.run(command, capture_output=True).stderr
        assert subprocess.run(command, capture_output=True).returncode == 0

    def test_is_let_go_after_an_error(self, target: Target, tmp_path: Path) -> None:
        with pytest.raises(ZeroDivisionError), target.lock():
            raise ZeroDivisionError
        with (tmp_path / "targets" / "page.lock").open() as probe:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
