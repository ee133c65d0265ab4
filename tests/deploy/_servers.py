"""Real servers in front of a page that a real site rendered, and how to ask them anything."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

import pytest

from publishers.targets._serving import WebSub
from statuspage.deploy import configuration
from tests.statuspage._running import PATIENCE, eventually, free_port

ROOT = Path(__file__).parents[2]

_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""
_CADDY = """
{{
    admin off
    auto_https off
    storage file_system {folder}/storage
}}
{site}
"""


@dataclass(frozen=True)
class Reply:
    """A whole answer. `headers` have lower-case names; of one given twice, both values."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Front:
    """A server that stands before Avviso."""

    name: str
    port: int

    def ask(
        self,
        path: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> Reply:
        """One request, its target exactly as given: no library tidies it."""
        lines = {"Host": "stato.example.it", "Connection": "close", **(headers or {})}
        head = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in lines.items()), "", ""]
        with closing(socket.create_connection(("127.0.0.1", self.port), PATIENCE)) as connection:
            connection.sendall("\r\n".join(head).encode("latin-1") + body)
            response = HTTPResponse(connection, method=method)
            response.begin()
            found: dict[str, str] = {}
            for name, value in response.getheaders():
                key = name.lower()
                found[key] = f"{found[key]}, {value}" if key in found else value
            return Reply(response.status, found, response.read())


def needed(program: str) -> str:
    """Where a program is; without it the test is skipped, but not where everything must be."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{program} is not installed")
        pytest.skip(f"{program} is not installed")
    return path


WEBSUB = WebSub("https://hub.example.org/?a=1&b=2", "https://stato.example.it")
"""The hub of the pages here."""


@contextmanager
def nginx(folder: Path, page: Path, app: str) -> Iterator[Front]:
    """nginx with `deploy/nginx.conf` as it is shipped, but for ports and certificates."""
    program, port = needed("nginx"), free_port()
    included = folder / "avviso.conf"
    included.write_text(configuration("nginx", page, app, websub=WEBSUB), encoding="utf-8")
    shipped = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    secure = "server {" + shipped.split("server {")[2]
    kept = [line for line in secure.splitlines() if "ssl_" not in line and "[::]" not in line]
    servers = (
        "\n".join(kept)
        .replace("listen 443 ssl http2", f"listen 127.0.0.1:{port}")
        .replace("/etc/nginx/avviso.conf", str(included))
    )
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, servers=servers), encoding="utf-8")
    with _running([program, "-p", str(folder), "-c", str(config)], folder, port):
        yield Front("nginx", port)


@contextmanager
def caddy(folder: Path, page: Path, app: str) -> Iterator[Front]:
    """Caddy with `deploy/Caddyfile` as it is shipped, but for the name."""
    program, port = needed("caddy"), free_port()
    included = folder / "avviso.caddy"
    included.write_text(configuration("caddy", page, app, websub=WEBSUB), encoding="utf-8")
    shipped = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    site = shipped.replace("\nstatus.example.org {", f"\nhttp://:{port} {{\n    bind 127.0.0.1")
    site = site.replace("/etc/caddy/avviso.caddy", str(included))
    config = folder / "Caddyfile"
    config.write_text(_CADDY.format(folder=folder, site=site), encoding="utf-8")
    command = [program, "run", "--config", str(config), "--adapter", "caddyfile"]
    with _running(command, folder, port):
        yield Front("caddy", port)


FRONTS = {"nginx": nginx, "caddy": caddy}


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    log = folder / "server.log"
    home = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(folder))
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, **home}, cwd=folder
        )

    def listens() -> bool:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        eventually(listens, lambda: log.read_text(encoding="utf-8"))
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)
