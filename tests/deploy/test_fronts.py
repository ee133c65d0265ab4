"""nginx and Caddy, told by `avviso deploy`, answer what the edge answers, document by document.

The differences that are allowed are in `DIFFERENT`, with the reason why.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import quote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import brotli
import pytest
from werkzeug.test import create_environ, run_wsgi_app

from incidents import actions
from publishers.documents._style import style_hash
from publishers.targets._encodings import ENDINGS
from statuspage.clock import Clock
from statuspage.console._subscriber_files import IMPORTS
from statuspage.edge import Documents, Edge
from statuspage.house import House, open_house
from statuspage.settings import load_settings
from tests.conftest import NOON
from tests.deploy._servers import FRONTS, WEBSUB, Front, Reply
from tests.incidents.builders import declared, scheduled, updated
from tests.statuspage.test_settings import SERVICE

DIFFERENT = {
    "server": "each server says its own name; the edge says Avviso, lest Python's is said",
    "date": "the edge leaves it to the server that runs it",
    "connection": "belongs to the connection, not to the document",
    "etag": "a server makes it of time and size, the edge of the bytes: both change with them",
    "last-modified": "servers of files know it, the edge needs none",
    "accept-ranges": "the edge says none, nginx nothing, Caddy gives ranges: all allowed",
    "transfer-encoding": "Caddy streams what is compressed, and names no length",
}
"""Headers that may differ, and why."""
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "identity": lambda body: body,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
}


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Stands for the application: says what reached it."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    told = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(told))),
        ("X-Seen-For", environ.get("HTTP_X_FORWARDED_FOR", "")),
        ("X-Seen-Host", environ.get("HTTP_HOST", "")),
    ]
    start_response("418 I'm a teapot", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else told]


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as in http.server
        """Nothing."""


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@dataclass
class Scene:
    """A page that a real site rendered, the edge, and a server in front of both."""

    house: House
    page: Path
    edge: Edge
    front: Front

    def documents(self) -> list[str]:
        """The address of every document."""
        paths = sorted(
            path.relative_to(self.page).as_posix()
            for path in self.page.rglob("*")
            if path.is_file() and path.suffix not in ENDINGS and not path.name.startswith(".")
        )
        return [f"/{path.removesuffix('index.html')}" for path in paths] + ["/index.html"]

    def by_edge(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None
    ) -> Reply:
        bare, _, query = path.partition("?")
        environ = create_environ(bare, method=method, query_string=query, headers=headers)
        environ["PATH_INFO"] = bare
        body, status, found = run_wsgi_app(self.edge, environ, buffered=True)
        return Reply(
            int(status.split()[0]), {k.lower(): v for k, v in found.items()}, b"".join(body)
        )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("page")
    (folder / "avviso.toml").write_text(SERVICE, encoding="utf-8")
    house = open_house(load_settings(folder / "avviso.toml", {}), Clock(NOON))
    for login, role in (("ada", "admin"), ("bea", "author")):
        person = {"login": login, "name": login, "role": role}
        actions.add_operator(house.desk, actions.AVVISO, NOON, person)
    for key in ("wallet", "login"):
        names = {"key": key, "name": {"it": key, "en": key}}
        actions.save_component(house.desk, "ada", NOON, names)
    declared(house.desk)
    scheduled(house.desk)
    assert house.site.refresh(NOON) == []
    yield house
    house.close()


@pytest.fixture(scope="module", params=list(FRONTS))
def scene(
    request: pytest.FixtureRequest, house: House, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    page = house.settings.documents_path
    assert page is not None
    edge = Edge(Documents(page, style_hash(), websub=WEBSUB), application)
    with ExitStack() as stack:
        server = stack.enter_context(make_server("127.0.0.1", 0, edge, Threaded, Quiet))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        folder = tmp_path_factory.mktemp(request.param)
        running = FRONTS[request.param](folder, page, f"127.0.0.1:{server.server_port}")
        yield Scene(house, page, edge, stack.enter_context(running))


@pytest.fixture(scope="module")
def alone(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The same server, with nobody behind it."""
    folder = tmp_path_factory.mktemp("alone")
    with FRONTS[scene.front.name](folder, scene.page, "127.0.0.1:1") as front:
        yield front


def compared(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in DIFFERENT}


def test_there_is_something_to_compare(scene: Scene) -> None:
    documents = scene.documents()
    assert {path.rpartition(".")[2] for path in documents if "." in path} >= {
        *("rss", "atom", "json", "svg", "html")
    }
    assert {"/", "/en/", "/feed.json", "/heartbeat.json", "/api/v2/summary.json"} <= set(documents)
    assert len(documents) > 25


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("asked", ["", "identity", "gzip", "br", "gzip, deflate, br", "gzip;q=0"])
def test_every_document_is_served_as_the_edge_serves_it(
    scene: Scene, method: str, asked: str
) -> None:
    headers = {"Accept-Encoding": asked} if asked else {}
    for path in scene.documents():
        ours, theirs = scene.by_edge(path, method, headers), scene.front.ask(path, method, headers)
        assert theirs.status == ours.status == 200, path
        expected, found = compared(ours.headers), compared(theirs.headers)
        if scene.front.name == "caddy" and "content-encoding" in found:
            expected.pop("content-length")
            found.pop("content-length", None)
        if scene.front.name == "nginx" and "br" in asked:
            # Debian's nginx has no module for it, and so does with gzip or without.
            for each in (expected, found):
                each.pop("content-encoding", None)
                each.pop("content-length", None)
        assert found == expected, path
        assert body_of(theirs) == body_of(ours), path


def body_of(reply: Reply) -> bytes:
    coding = reply.headers.get("content-encoding", "identity")
    return CODINGS[coding](reply.body) if reply.body else b""


def test_the_stylesheet_of_the_pages_is_allowed(scene: Scene) -> None:
    policy = scene.front.ask("/").headers["content-security-policy"]
    assert f"style-src '{style_hash()}'" in policy


def test_every_feed_is_served_with_its_hub_and_its_own_address(scene: Scene) -> None:
    found = [path for path in scene.documents() if PurePosixPath(path).stem == "feed"]
    assert len(found) > 12
    for path in found:
        link = scene.front.ask(path).headers["link"]
        own = f"<https://stato.example.it{path}>"
        assert link == f'<https://hub.example.org/?a=1&b=2>; rel="hub", {own}; rel="self"'
    for path in ("/", "/history.rss", "/status.json"):
        assert "link" not in scene.front.ask(path).headers


def test_who_has_it_is_told_so(scene: Scene) -> None:
    for path in ("/", "/feed.rss", "/heartbeat.json", "/api/v2/summary.json"):
        for coding in ("identity", "gzip"):
            headers = {"Accept-Encoding": coding}
            first = scene.front.ask(path, headers=headers)
            again = scene.front.ask(
                path, headers={**headers, "If-None-Match": first.headers["etag"]}
            )
            assert (again.status, again.body) == (304, b"")
            ours = scene.by_edge(path, headers=headers)
            for name in ("cache-control", "vary", "content-security-policy"):
                assert again.headers[name] == ours.headers[name]
            other = scene.front.ask(path, headers={**headers, "If-None-Match": '"other"'})
            assert other.status == 200


def test_a_publication_is_seen_at_the_next_request(scene: Scene) -> None:
    before = scene.front.ask("/", headers={"Accept-Encoding": "gzip"})
    incident = declared(scene.house.desk, NOON, components={"login": "major_outage"})
    for number in range(3):
        now = NOON + timedelta(minutes=number + 1)
        updated(scene.house.desk, incident.incident_id, now)
        scene.house.site.refresh(now)
        for coding in ("gzip", "identity"):
            headers = {"Accept-Encoding": coding, "If-None-Match": before.headers["etag"]}
            after = scene.front.ask("/", headers=headers)
            assert after.status == 200
            assert body_of(after) == (scene.page / "index.html").read_bytes()
    assert scene.front.ask(f"/incidents/{incident.incident_id}/").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "BREW"])
@pytest.mark.parametrize("path", ["/", "/feed.rss", "/heartbeat.json"])
def test_documents_can_only_be_read(scene: Scene, method: str, path: str) -> None:
    ours = scene.by_edge(path, method)
    theirs = scene.front.ask(path, method, {"Content-Length": "0"})
    assert (theirs.status, theirs.body) == (ours.status, ours.body)
    assert compared(theirs.headers) == compared(ours.headers)


@pytest.mark.parametrize("path", ["/feed.rss", "/api/v2/summary.json", "/heartbeat.json"])
def test_scripts_of_other_sites_may_ask_first(scene: Scene, path: str) -> None:
    ours, theirs = scene.by_edge(path, "OPTIONS"), scene.front.ask(path, "OPTIONS")
    assert theirs.status == ours.status == 204
    assert compared(theirs.headers) == compared(ours.headers)


@pytest.mark.parametrize(
    "path",
    [
        "/.avviso.json",
        "/.avviso.lock",
        "/.git/config",
        "/en/.htaccess",
        "/%2eavviso.json",
        "/en/%2Eavviso.json",
        "/index.html.gz",
        "/index.html.br",
        "/index.html%2egz",
        "/../etc/passwd",
        "/en/../.avviso.json",
        "/en/..%2f.avviso.json",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%5c..%5cetc/passwd",
        "/en\\index.html",
        "/%0aindex.html",
        "/%7f",
        "/.",
    ],
)
def test_what_is_nobodys_business(scene: Scene, alone: Front, path: str) -> None:
    for front in (scene.front, alone):
        reply = front.ask(path)
        if front.name == "nginx" and reply.status == 400:
            continue  # It leads out of the root, and nginx does not even look at its settings.
        assert reply.status == 404, (front, reply)
        ours = scene.by_edge("/.avviso.json")
        assert reply.body == ours.body
        assert compared(reply.headers) == compared(ours.headers)


@pytest.mark.parametrize(
    "path", ["/%00", "/" + "a" * 3000, "/" + quote("però") + ".html", "//etc/passwd", "/en//"]
)
def test_odd_addresses_get_no_document_and_no_fault(scene: Scene, alone: Front, path: str) -> None:
    assert scene.front.ask(path).status in {400, 404, 414, 418}
    assert alone.ask(path).status in {400, 404, 414, 503}


@pytest.mark.parametrize("size", [1_000_000, 20_000_000])
def test_a_list_of_subscribers_reaches_the_application(scene: Scene, size: int) -> None:
    body = b"x" * size
    headers = {"Content-Length": str(size), "Content-Type": "text/csv"}
    found = scene.front.ask(IMPORTS, "POST", headers, body)
    assert (found.status, found.body) == (418, f"POST {IMPORTS}".encode())


def test_nothing_else_may_be_as_large(scene: Scene) -> None:
    if scene.front.name == "caddy":  # it passes everything on, and the application refuses it
        large = {"Content-Length": "1100000", "Content-Type": "text/csv"}
        assert scene.front.ask("/console/declare", "POST", large, b"x" * 1_100_000).status == 418
        return
    for path, size in (("/console/declare", 1_100_000), (IMPORTS, 23_000_000)):
        headers = {"Content-Length": str(size), "Content-Type": "text/csv"}
        assert scene.front.ask(path, "POST", headers).status == 413


@pytest.mark.parametrize("path", ["/healthz", "/console/", "/incidents/never/", "/en/nothing.rss"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_everything_else_is_the_applications(scene: Scene, path: str, method: str) -> None:
    forged = {"Content-Length": "0", "X-Forwarded-For": "10.0.0.1"}
    reply = scene.front.ask(path, method, forged)
    assert reply.status == 418
    assert reply.body == (b"" if method == "HEAD" else f"{method} {path}".encode())
    assert reply.headers["x-seen-for"] == "127.0.0.1"
    assert reply.headers["x-seen-host"] == "stato.example.it"
    assert "content-security-policy" not in reply.headers  # it has its own


def test_a_forgotten_slash_is_added(scene: Scene) -> None:
    pages = (path for path in scene.documents() if path.endswith("/"))
    incident = next(path for path in pages if path.startswith("/incidents/"))
    bare = incident.rstrip("/")
    reply = scene.front.ask(bare)
    assert reply.status == scene.by_edge(bare).status == 308
    assert reply.headers["location"] in {incident, f"./{bare.rpartition('/')[2]}/"}


class TestWhileAvvisoIsDown:
    def test_every_document_is_served(self, scene: Scene, alone: Front) -> None:
        for path in scene.documents():
            ours, theirs = scene.by_edge(path), alone.ask(path)
            assert (theirs.status, theirs.body) == (200, ours.body), path
            assert compared(theirs.headers) == compared(ours.headers), path

    @pytest.mark.parametrize("path", ["/healthz", "/console/", "/incidents/never/", "/no.json"])
    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
    def test_the_rest_says_so_in_words(self, alone: Front, path: str, method: str) -> None:
        reply = alone.ask(path, method, {"Content-Length": "0"})
        assert reply.status == 503
        assert reply.headers["retry-after"] == "5"
        assert reply.headers["content-type"] == "text/plain; charset=utf-8"
        assert reply.headers["content-security-policy"].startswith("default-src 'none'")
        if method != "HEAD":
            assert "This function is not available now" in reply.body.decode()
