"""Servers on one core and wrk on another: ours, and nginx as the yardstick.

Where a machine has one core alone, all share it, and the tables say so.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

_CORES = sorted(os.sched_getaffinity(0))
SERVERS, CLIENTS = _CORES[0], _CORES[-1]
_NGINX = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    include /etc/nginx/mime.types;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    open_file_cache max=10000;
    open_file_cache_valid 1s;
    gzip_static on;
    {paths}
    server {{
        listen 127.0.0.1:{port};
        root {root};
        index index.html;
    }}
    server {{
        listen 127.0.0.1:{tls} ssl;
        ssl_certificate {folder}/page.pem;
        ssl_certificate_key {folder}/page.key;
        root {root};
        index index.html;
    }}
}}
"""
_PATHS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_SETTINGS = """
[service]
name = {{ it = "App dei servizi pubblici", en = "Public services app" }}
url = "https://stato.example.it"
time_zone = "Europe/Rome"
locales = ["it", "en"]
default_locale = "it"

[data]
path = "."

[web]
{web}
"""
_LATENCY = re.compile(r"^\s+99%\s+([\d.]+)(us|ms|s)$", re.MULTILINE)
_RATE = re.compile(r"^Requests/sec:\s+([\d.]+)$", re.MULTILINE)
_FAULTS = re.compile(r"^\s+(Socket errors:.*|Non-2xx.*)$", re.MULTILINE)
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


@dataclass(frozen=True)
class Load:
    """What wrk saw in one run."""

    rate: float
    """Requests in a second."""
    p99: float
    """Seconds."""
    faults: str


def missing() -> list[str]:
    """The programs that are needed and not there."""
    return [name for name in ("nginx", "wrk", "taskset") if shutil.which(name) is None]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_settings(folder: Path, web: str = "") -> Path:
    """Settings whose data folder, and page, are in the same folder."""
    settings = folder / "avviso.toml"
    settings.write_text(_SETTINGS.format(web=web), encoding="utf-8")
    return settings


@contextmanager
def nginx(root: Path, folder: Path) -> Iterator[tuple[int, int]]:
    """nginx over a folder; its ports, the second by TLS with the certificate in `folder`."""
    port, tls = free_port(), free_port()
    paths = "\n".join(f"{name}_temp_path {folder}/{name};" for name in _PATHS)
    config = folder / "nginx.conf"
    # Started by root, its worker would be somebody who may not look into our folder.
    user = "user root;" if os.geteuid() == 0 else ""
    words = {"user": user, "root": root, "folder": folder, "port": port, "tls": tls}
    config.write_text(_NGINX.format(**words, paths=paths))
    with _pinned(["nginx", "-c", str(config), "-e", f"{folder}/nginx.log"], port):
        yield port, tls


@contextmanager
def avviso(
    settings: Path, *words: str, port: int | None = None, pinned: bool = True
) -> Iterator[tuple[int, int]]:
    """`avviso web`, or other words, on one core or on all; its port and its process id."""
    port = port or free_port()
    command = [sys.executable, "-P", "-m", "statuspage", "--settings", str(settings)]
    cores = str(SERVERS) if pinned else ",".join(map(str, _CORES))
    with _pinned([*command, *(words or ("web",))], port, cores, PORT=str(port)) as pid:
        yield port, pid


@contextmanager
def _pinned(
    command: Sequence[str], port: int, cores: str = str(SERVERS), **env: str
) -> Iterator[int]:
    """A server on its core, once it accepts connections."""
    with subprocess.Popen(
        ["taskset", "-c", cores, *command],
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for(port, process)
            yield process.pid
        finally:
            process.terminate()
            process.wait(60)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when a port accepts connections."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            time.sleep(0.005)
        else:
            return
    raise RuntimeError(f"a server ended: {process.args!r}")


def ask(port: int, path: str = "/", **headers: str) -> tuple[http.client.HTTPMessage, bytes]:
    """The headers and the body of a page."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=sent)
        response = connection.getresponse()
        return response.headers, response.read()


def wrk(url: str, seconds: int, headers: Mapping[str, str], script: str | None = None) -> Load:
    """64 connections for some seconds."""
    told = [f"--header={name}: {value}" for name, value in headers.items()]
    command = ["taskset", "-c", str(CLIENTS), "wrk", "-t1", "-c64", f"-d{seconds}s", "--latency"]
    said = subprocess.run(
        [*command, *told, *(["-s", script] if script else []), url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rate, late = _RATE.search(said), _LATENCY.search(said)
    if not (rate and late):
        raise RuntimeError(f"wrk said: {said}")
    faults = " ".join(_FAULTS.findall(said))
    return Load(float(rate[1]), float(late[1]) * _UNITS[late[2]], faults)


def proportional_size(pid: int) -> float:
    """Megabytes of memory of a process and all that it started, shared pages shared out (PSS)."""
    found = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    own = int(re.search(r"^Pss:\s+(\d+)", found, re.MULTILINE)[1]) / 1024  # type: ignore[index]
    return own + sum(map(proportional_size, _children(pid)))


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def machine() -> str:
    """The machine in a line, for the reader of a table."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return f"{model[1] if model else 'an unknown processor'}, {len(_CORES)} cores"


VARIED = """
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", "/", {["Host"] = "stato.example.it", ["Accept-Encoding"] = "gzip",
    ["User-Agent"] = "Mozilla/5.0 (phone " .. n .. ") AppleWebKit/537.36 (KHTML, like Gecko)",
    ["Accept"] = "text/html,application/xhtml+xml", ["Accept-Language"] = "it-IT,it;q=0.9"})
end
"""
"""For wrk: no request's head is like another, as if each reader came with another browser."""
