"""The edge and the app as people meet them: in each of the real servers, over real connections."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest

from publishers.documents._base import Document
from publishers.targets._base import Watermark
from publishers.targets.directory import Target
from statuspage.settings import example_settings
from tests.statuspage._running import environment, eventually, free_port

PROJECT = Path(__file__).parents[2]
HOME = b"<!doctype html><title>Home</title>" + b"<p>ciao</p>" * 100


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass(frozen=True)
class Site:
    """A running server and the folder that it serves."""

    port: int
    root: Path

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """One request, its path sent exactly as given."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def publish(self, event: int, **documents: bytes) -> None:
        target = Target(self.root)
        listed = [Document(f"{name}.html", body) for name, body in documents.items()]
        listed.append(Document("incidents/abc/index.html", b"<p>abc</p>"))
        listed.append(Document("status.json", b"{}"))
        with target.lock():
            target.put(listed, Watermark(event, datetime.now(UTC), "f"))


GRANIAN = ("-m", "granian", "--interface", "wsgi", "--blocking-threads", "2", "wsgi:app")
AVVISO = ("-m", "statuspage", "web")


@contextmanager
def server(
    words: Sequence[str], port: int, settings: Path, **env: str
) -> Iterator[subprocess.Popen[str]]:
    """Granian with our edge, or our own front; both take the port where they look for it."""
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=PROJECT,
        env=environment(
            AVVISO_SETTINGS=str(settings), PORT=str(port), GRANIAN_PORT=str(port), **env
        ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_until_it_answers(process: subprocess.Popen[str], port: int) -> None:
    """Returns when the port accepts connections; fails with what the server said if it ended."""
    while process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
    assert process.stdout
    pytest.fail(process.stdout.read())


@pytest.fixture(scope="module", params=[GRANIAN, AVVISO], ids=["granian", "avviso"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "avviso.toml").write_text(example_settings(), encoding="utf-8")
    here = Site(free_port(), folder / "data" / "page")
    here.publish(1, index=HOME)
    with server(request.param, here.port, folder / "avviso.toml") as process:
        wait_until_it_answers(process, here.port)
        yield here


def test_a_page(site: Site) -> None:
    answer = site.ask("/")
    assert (answer.status, answer.body) == (200, HOME)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Server"] == "Avviso"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 's")


def test_compressed(site: Site) -> None:
    small = site.ask("/", Accept_Encoding="gzip, br")
    smaller = site.ask("/", Accept_Encoding="gzip;q=0.9, br;q=0.1")
    assert brotli.decompress(small.body) == HOME
    assert gzip.decompress(smaller.body) == HOME
    assert small.headers["Content-Encoding"] == "br"
    assert smaller.headers["Content-Encoding"] == "gzip"
    assert small.headers["Vary"] == smaller.headers["Vary"] == "Accept-Encoding"


def test_not_modified(site: Site) -> None:
    first = site.ask("/")
    again = site.ask("/", If_None_Match=f'"other", W/{first.headers["ETag"]}')
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]


def test_head(site: Site) -> None:
    answer = site.ask("/", "HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(HOME))
    # The connection must be good for another request: a body sent by mistake would spoil it.
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)) as connection:
        for method in ("HEAD", "GET", "OPTIONS", "GET"):
            connection.request(method, "/")
            response = connection.getresponse()
            body = response.read()
            assert response.status == (204 if method == "OPTIONS" else 200)
            assert body == (HOME if method == "GET" else b"")


def test_methods(site: Site) -> None:
    refused = site.ask("/", "POST", Content_Length="0")
    assert refused.status == 405
    assert refused.headers["Allow"] == "GET, HEAD, OPTIONS"
    preflight = site.ask("/status.json", "OPTIONS", Access_Control_Request_Method="GET")
    assert preflight.status == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"


def test_a_missing_slash(site: Site) -> None:
    answer = site.ask("/incidents/abc?u=3")
    assert (answer.status, answer.headers["Location"]) == (308, "./abc/?u=3")
    assert site.ask("/incidents/abc/?u=3").body == b"<p>abc</p>"


@pytest.mark.parametrize(
    "path",
    [
        "/../avviso.toml",
        "/../../avviso.toml",
        "/incidents/../../../avviso.toml",
        "/%2e%2e/%2e%2e/avviso.toml",
        "/..%2f..%2favviso.toml",
        "/%2e%2e%5c%2e%2e%5cavviso.toml",
        "/..\\..\\avviso.toml",
        "/%252e%252e/avviso.toml",
        "//../../avviso.toml",
        "/index.html%00",
        "/index.html%0a",
        "/%c0%ae%c0%ae/avviso.toml",
        "/.avviso.json",
        "/%2eavviso.json",
        "/index.html.gz",
        "/index.html%2egz",
        "/" + "a" * 5000,
        "/" + "%2e%2e/" * 400 + "etc/passwd",
    ],
)
def test_paths_that_lead_nowhere(site: Site, path: str) -> None:
    answer = site.ask(path)
    assert answer.status == 404
    assert b"[service]" not in answer.body
    assert b"root:" not in answer.body


def test_a_page_that_does_not_exist_says_so_in_both_languages(site: Site) -> None:
    answer = site.ask("/nope")
    text = answer.body.decode()
    assert answer.status == 404
    assert "Pagina non trovata" in text
    assert "Page not found" in text
    assert json.loads(site.ask("/api/v2/nope.json").body)["error"] == "Not Found"


def test_health(site: Site) -> None:
    answer = site.ask("/healthz")
    assert (answer.status, json.loads(answer.body)["status"]) == (503, "failing")  # no worker ran


def test_a_publication_is_seen_at_once(site: Site) -> None:
    for event in range(2, 12):
        news = b"<p>%d</p>" % event
        site.publish(event, news=news)
        eventually(lambda: site.ask("/news.html").body == news, lambda: "an old page")  # noqa: B023


@pytest.mark.parametrize("words", [GRANIAN, AVVISO])
def test_settings_that_cannot_be_used_are_told_plainly(
    words: Sequence[str], tmp_path: Path
) -> None:
    (tmp_path / "avviso.toml").write_text("[servce]\n")
    with server(words, free_port(), tmp_path / "avviso.toml") as process:
        said, _ = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "avviso.toml: servce: is not known here; did you mean 'service'?" in said
    assert "avviso.toml: service.url: is missing" in said
    assert "Traceback" not in said
