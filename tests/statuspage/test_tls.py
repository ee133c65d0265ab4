"""`avviso web` with a certificate: TLS and HTTP/2 by Granian, and the same answers."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publishers.documents._base import Document
from publishers.targets._base import Watermark
from publishers.targets.directory import Target
from statuspage.settings import SettingsError, example_settings, load_settings
from tests.statuspage._certificate import certify
from tests.statuspage._running import Running, avviso, environment, free_port, parts, running

HOME = b"<!doctype html><title>Home</title>" + b"<p>ciao</p>" * 100


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Running]:
    certify(tmp_path)
    web = '[web]\ncertificate = "page.pem"\nkey = "page.key"\n'
    settings = example_settings().replace("[web]\n", web)
    assert web in settings
    (tmp_path / "avviso.toml").write_text(settings, encoding="utf-8")
    target = Target(tmp_path / "data" / "page")
    with target.lock():
        target.put([Document("index.html", HOME)], Watermark(1, datetime.now(UTC), "f"))
    port = free_port()
    with running(avviso("web"), tmp_path, port, environment(PORT=str(port))) as program:
        program.until(lambda: asked(program))
        yield program


def asked(program: Running) -> tuple[int, bytes, str | None] | None:
    """Status, body and TLS version; None while nobody answers."""
    context = ssl.create_default_context(cafile=str(program.output.parent / "page.pem"))
    try:
        with closing(
            http.client.HTTPSConnection("127.0.0.1", program.port, timeout=20, context=context)
        ) as connection:
            connection.request("GET", "/")
            assert isinstance(connection.sock, ssl.SSLSocket)
            version = connection.sock.version()
            response = connection.getresponse()
            return response.status, response.read(), version
    except (ConnectionRefusedError, ssl.SSLCertVerificationError):
        return None


def test_the_page_by_tls(served: Running) -> None:
    assert asked(served) == (200, HOME, "TLSv1.3")
    assert served.end() == 0


def test_http_2(served: Running) -> None:
    curl = shutil.which("curl")
    if curl is None:
        assert not os.environ.get("CI"), "curl is needed"
        pytest.skip("curl is needed")
    shown = "%{http_version} %{response_code}"
    command = [curl, "--silent", "--http2", "--cacert", "page.pem", "--write-out", shown]
    command += ["--output", os.devnull, f"https://127.0.0.1:{served.port}/"]
    result = subprocess.run(
        command, cwd=served.output.parent, capture_output=True, text=True, check=True
    )
    assert result.stdout == "2 200"


def test_a_renewed_certificate_is_taken_up(served: Running) -> None:
    old = (served.output.parent / "page.pem").read_bytes()
    certify(served.output.parent)
    assert asked(served) is None, "the new one is not trusted with the old key yet"
    before = parts(served.process.pid)["avviso-tls"]
    served.process.send_signal(signal.SIGHUP)
    served.until(lambda: asked(served))
    served.until(lambda: parts(served.process.pid).get("avviso-tls", before) != before)
    assert asked(served) == (200, HOME, "TLSv1.3")
    assert (served.output.parent / "page.pem").read_bytes() != old


@pytest.mark.parametrize(
    ("web", "fault"),
    [
        ('certificate = "page.pem"\n', "web: certificate and key come together"),
        ('key = "page.key"\n', "web: certificate and key come together"),
        ('certificate = "no.pem"\nkey = "page.key"\n', "no.pem cannot be read"),
        ('certificate = 1\nkey = "page.key"\n', "web.certificate: "),
    ],
)
def test_settings_that_cannot_work(tmp_path: Path, web: str, fault: str) -> None:
    certify(tmp_path)
    settings = example_settings().replace("[web]\n", f"[web]\n{web}")
    (tmp_path / "avviso.toml").write_text(settings, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path / "avviso.toml", {})
    assert fault in str(refused.value)
