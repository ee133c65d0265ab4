"""What the edge answers to every sort of request, in the process; see also test_edge_served."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any, NoReturn
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.validate import validator

import brotli
import pytest
from werkzeug.test import Client, TestResponse, create_environ, run_wsgi_app

from publishers.documents._base import Document
from publishers.targets._base import Watermark
from publishers.targets.directory import Target
from statuspage._lazy_app import LazyApp
from statuspage.edge import Documents, Edge

HASH = "sha256-abc="
HOME = b"<!doctype html><title>Home</title>" + b"<p>ciao</p>" * 100
PAGES = {
    "index.html": HOME,
    "en/index.html": b"<p>home</p>",
    "incidents/abc/index.html": b"<p>abc</p>",
    "embed/index.html": b"<p>embed</p>",
    "en/embed/index.html": b"<p>embed</p>",
    "feed.rss": b"<rss/>",
    "feed.atom": b"<feed/>",
    "en/feed.json": b"{}",
    "api/v2/status.json": b'{"page": {}}' + b" " * 300,
    "status.json": b'{"status": "none"}',
    "heartbeat.json": b"{}",
    "calendar.ics": b"BEGIN:VCALENDAR",
    "badge.svg": b"<svg/>",
    "tiles.bin": b"\0",
}


def publish(root: Path, event: int, documents: dict[str, bytes | None]) -> None:
    target = Target(root)
    listed = [Document(path, body) for path, body in documents.items()]
    with target.lock():
        target.put(listed, Watermark(event, datetime.now(UTC), "f"))


def flask(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("418 I'm a teapot", [("Content-Type", "text/plain")])
    return iter([b"" if environ["REQUEST_METHOD"] == "HEAD" else b"flask"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "page"
    publish(folder, 1, dict(PAGES))
    return folder


@pytest.fixture
def edge(root: Path) -> Edge:
    return Edge(Documents(root, HASH), flask)


class Reader(Client):
    """Reads every answer to its end, as the checker wants it."""

    def open(self, *args: Any, **settings: Any) -> TestResponse:
        return super().open(*args, buffered=True, **settings)


@pytest.fixture
def client(edge: Edge) -> Client:
    """Asks through the standard library's checker of WSGI applications (PEP 3333)."""
    return Reader(validator(edge))


def answer_to(edge: Edge, path: str, method: str = "GET") -> tuple[str, bytes]:
    """Status and body for a path exactly as given, which a client would have cleaned."""
    environ = create_environ(method=method) | {"PATH_INFO": path}
    body, status, _ = run_wsgi_app(edge, environ, buffered=True)
    return status, b"".join(body)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/en/", "text/html; charset=utf-8"),
        ("/incidents/abc/", "text/html; charset=utf-8"),
        ("/feed.rss", "application/rss+xml; charset=utf-8"),
        ("/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/en/feed.json", "application/feed+json"),
        ("/api/v2/status.json", "application/json"),
        ("/status.json", "application/json"),
        ("/calendar.ics", "text/calendar; charset=utf-8"),
        ("/badge.svg", "image/svg+xml"),
        ("/tiles.bin", "application/octet-stream"),
    ],
)
def test_a_document_and_its_type(client: Client, path: str, media_type: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.data == PAGES[path[1:] + ("index.html" if path.endswith("/") else "")]
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_a_query_changes_nothing(client: Client) -> None:
    assert client.get("/incidents/abc/?u=3&x=%00").data == b"<p>abc</p>"


def test_head_is_get_without_the_body(client: Client) -> None:
    full, head = client.get("/"), client.head("/")
    assert head.status_code == 200
    assert head.data == b""
    assert list(head.headers) == list(full.headers)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("br, gzip", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("deflate", None), ("", None)],
)
def test_a_coding_that_the_reader_takes(client: Client, accepted: str, coding: str | None) -> None:
    answer = client.get("/", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == coding
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
    assert unpack(answer.data) == HOME
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_a_document_without_siblings_varies_all_the_same(client: Client) -> None:
    answer = client.get("/en/", headers={"Accept-Encoding": "br"})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("wrapped", ["{}", "W/{}", '"x", {}', "*"])
@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_who_has_it_already_is_told_so(client: Client, coding: str, wrapped: str) -> None:
    first = client.get("/", headers={"Accept-Encoding": coding})
    etag = first.headers["ETag"]
    again = client.get(
        "/", headers={"Accept-Encoding": coding, "If-None-Match": wrapped.format(etag)}
    )
    assert again.status_code == 304
    assert again.data == b""
    kept = ("ETag", "Cache-Control", "Vary", "Content-Security-Policy")
    assert all(again.headers[name] == first.headers[name] for name in kept)
    assert "Content-Length" not in again.headers


def test_each_coding_has_a_strong_tag_of_its_own(client: Client) -> None:
    tags = [
        client.get("/", headers={"Accept-Encoding": coding}).headers["ETag"]
        for coding in ("br", "gzip", "identity")
    ]
    assert len(set(tags)) == 3
    assert not any(tag.startswith("W/") for tag in tags)
    other = client.get("/", headers={"Accept-Encoding": "gzip", "If-None-Match": tags[0]})
    assert other.status_code == 200


def test_a_range_is_answered_with_the_whole(client: Client) -> None:
    answer = client.get("/", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.data) == (200, HOME)
    assert answer.headers["Accept-Ranges"] == "none"


@pytest.mark.parametrize(
    ("path", "freshness"),
    [
        ("/", "public, max-age=5, stale-if-error=86400"),
        ("/feed.rss", "public, max-age=5, stale-if-error=86400"),
        ("/api/v2/status.json", "public, max-age=5, stale-if-error=86400"),
        ("/status.json", "no-cache"),
        ("/heartbeat.json", "no-cache"),
    ],
)
def test_how_long_it_may_be_kept(client: Client, path: str, freshness: str) -> None:
    assert client.get(path).headers["Cache-Control"] == freshness


@pytest.mark.parametrize(
    ("path", "public"),
    [
        ("/api/v2/status.json", True),
        ("/status.json", True),
        ("/feed.rss", True),
        ("/feed.atom", True),
        ("/en/feed.json", True),
        ("/badge.svg", True),
        ("/calendar.ics", True),
        ("/", False),
        ("/incidents/abc/", False),
    ],
)
def test_what_other_sites_may_read(client: Client, path: str, public: bool) -> None:
    answer, asked = client.get(path), client.options(path)
    allowed = "*" if public else None
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    assert asked.headers.get("Access-Control-Allow-Origin") == allowed
    policy = "cross-origin" if public else "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == policy
    assert (asked.status_code, asked.data) == (204, b"")
    assert asked.headers["Allow"] == "GET, HEAD, OPTIONS"
    if public:
        assert asked.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
        assert asked.headers["Access-Control-Allow-Headers"] == "*"


def test_pages_let_nothing_in(client: Client) -> None:
    headers = client.get("/").headers
    assert headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src '{HASH}'; img-src 'self' data:; script-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Server"] == "Avviso"


@pytest.mark.parametrize("path", ["/embed/", "/en/embed/"])
def test_what_is_made_to_be_framed_may_be(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"].endswith("frame-ancestors *")
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_every_answer_is_hardened(client: Client) -> None:
    answers: list[TestResponse] = [
        client.get("/"),
        client.get("/incidents/abc"),
        client.post("/"),
        client.options("/"),
        client.get("/index.html.gz"),
        client.get("/", headers={"If-None-Match": "*"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 308, 405, 204, 404, 304]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_documents_can_only_be_read(edge: Edge, method: str) -> None:
    answer = Client(edge).open("/", method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/incidents/abc", "./abc/"),
        ("/incidents/abc?u=3", "./abc/?u=3"),
        ("/en", "./en/"),
        ("/en?" + "x" * 3000, "./en/"),
    ],
)
def test_a_missing_slash_is_added_relatively(client: Client, asked: str, location: str) -> None:
    answer = client.get(asked, headers={"Host": "evil.example"})
    assert answer.status_code == 308
    assert answer.headers["Location"] == location


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    "path", ["/console", "/nope/", "/incidents/", "/incidents/abc/x", "/caff\xc3\xa8", "//", "/a:b"]
)
def test_everything_else_is_asked_of_flask(edge: Edge, path: str, method: str) -> None:
    status, body = answer_to(edge, path, method)
    assert status == "418 I'm a teapot"
    assert body == (b"" if method == "HEAD" else b"flask")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/en/../index.html",
        "/en/../../secret.txt",
        "/./index.html",
        "/..",
        "/.avviso.json",
        "/.avviso.lock",
        "/en/.hidden",
        "/index.html.gz",
        "/index.html.br",
        "/index.html\0",
        "/index.html\0.png",
        "/en\\..\\..\\secret.txt",
        "/index.html\n",
        "/index.html.gz\n",
        "/\x7f",
        "/" + "a" * 2000,
        "secret.txt",
        "*",
    ],
)
def test_paths_that_are_nobodys_business(edge: Edge, root: Path, path: str) -> None:
    (root.parent / "secret.txt").write_text("secret")
    status, body = answer_to(edge, path)
    assert status == "404 Not Found"
    assert b"secret" not in body
    assert answer_to(edge, path, "HEAD") == ("404 Not Found", b"")


@pytest.mark.parametrize("path", ["/%2e%2e/secret.txt", "/" + "a" * 300, "/" + "a/" * 990])
def test_odd_paths_are_harmless(edge: Edge, root: Path, path: str) -> None:
    (root.parent / "secret.txt").write_text("secret")
    assert answer_to(edge, path) == ("418 I'm a teapot", b"flask")


def test_a_publication_is_seen_at_once(client: Client, root: Path) -> None:
    before = client.get("/").headers["ETag"]
    publish(root, 2, {"index.html": b"news", "incidents/abc/index.html": None})
    answer = client.get("/", headers={"If-None-Match": before})
    assert (answer.status_code, answer.data) == (200, b"news")
    assert client.get("/incidents/abc/").status_code == 418


def test_before_anything_was_published_flask_is_asked(tmp_path: Path) -> None:
    edge = Edge(Documents(tmp_path / "later", HASH), flask)
    assert answer_to(edge, "/") == ("418 I'm a teapot", b"flask")
    publish(tmp_path / "later", 1, {"index.html": b"first"})
    assert answer_to(edge, "/") == ("200 OK", b"first")
    assert answer_to(Edge(Documents(None, HASH), flask), "/") == ("418 I'm a teapot", b"flask")


def test_a_document_that_cannot_be_read_is_a_passing_fault(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def exhausted(path: str) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("statuspage._shelf._contents", exhausted)
    assert answer_to(edge, "/")[0] == "503 Service Unavailable"
    assert "index.html" in caplog.text


def test_many_readers_while_it_is_published(edge: Edge, root: Path) -> None:
    versions = [b"<p>%d</p>" % number * 100 for number in range(30)]
    publish(root, 2, {"index.html": versions[0]})

    def read(coding: str) -> Iterator[bytes]:
        environ = create_environ("/", headers={"Accept-Encoding": coding})
        unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}
        for _ in range(100):
            body, status, headers = run_wsgi_app(edge, environ.copy(), buffered=True)
            assert status == "200 OK"
            yield unpack[headers.get("Content-Encoding", "identity")](b"".join(body))

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(lambda c: list(read(c)), c) for c in ("br", "gzip", "identity")]
        for event, version in enumerate(versions, 3):
            publish(root, event, {"index.html": version})
        assert {body for reader in readers for body in reader.result()} <= set(versions)
    assert answer_to(edge, "/") == ("200 OK", versions[-1])


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_application_is_built_once_when_first_asked(root: Path) -> None:
    built = []

    def build() -> WSGIApplication:
        built.append(1)
        return flask

    edge = Edge(Documents(root, HASH), LazyApp(build, 8))
    assert answer_to(edge, "/")[0] == "200 OK"
    assert built == []
    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(lambda _: answer_to(edge, "/console"), range(20)))
    assert answers == {("418 I'm a teapot", b"flask")}
    assert built == [1]


def test_who_waited_while_it_was_built_does_not_build_it_again() -> None:
    built = []

    def build() -> WSGIApplication:
        built.append(1)
        return flask

    lazy = LazyApp(build, 8)
    assert lazy._built() is lazy._built() is flask
    assert built == [1]


def test_pages_are_served_on_when_the_application_cannot_be_built(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, tries = Clock(), []

    def build() -> NoReturn:
        tries.append(clock.now)
        raise ImportError("no such module")

    edge = Edge(Documents(root, HASH), LazyApp(build, 8, clock))
    for _ in range(3):
        assert answer_to(edge, "/console")[0] == "503 Service Unavailable"
        assert answer_to(edge, "/") == ("200 OK", HOME)
    assert tries == [0.0]
    assert "no such module" in caplog.text
    clock.now = 4.9
    answer_to(edge, "/console")
    clock.now = 5.0
    answer_to(edge, "/console")
    assert tries == [0.0, 5.0]


def test_requests_that_are_slow_leave_room_for_documents(root: Path) -> None:
    inside, over = Event(), Event()

    def slow(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        inside.set()
        over.wait()
        start_response("200 OK", [])
        return [b"slow"]

    edge = Edge(Documents(root, HASH), LazyApp(lambda: slow, 1))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(answer_to, edge, "/console")
        inside.wait()
        assert answer_to(edge, "/console")[0] == "503 Service Unavailable"
        assert answer_to(edge, "/")[0] == "200 OK"
        over.set()
        assert first.result() == ("200 OK", b"slow")
    assert answer_to(edge, "/console") == ("200 OK", b"slow"), "and its place is free again"
