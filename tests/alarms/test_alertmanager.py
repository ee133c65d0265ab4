"""The real Alertmanager: alerts go in at its API, and come to us as it sends them."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests._browser import missing
from tests._served import served
from tests.alarms._house import SHOWN, Monitored

ALERTMANAGER = shutil.which("prometheus-alertmanager")
PATIENCE = 60.0
CONFIG = """\
route:
  receiver: avviso
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: avviso
    webhook_configs:
      - url: http://127.0.0.1:{port}/alarms/prom
        http_config:
          authorization:
            credentials: {secret}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


@pytest.fixture
def house(with_settings: Callable[..., Monitored]) -> Monitored:
    made = with_settings()
    made.clock.at = datetime.now(UTC)
    return made


@pytest.fixture
def alertmanager(house: Monitored, tmp_path: Path) -> Iterator[str]:
    """Its address, sending to us."""
    if ALERTMANAGER is None:
        missing("prometheus-alertmanager is not installed")
    with served(house.app) as ours:
        config = tmp_path / "alertmanager.yml"
        config.write_text(CONFIG.format(port=ours, secret=SHOWN), encoding="utf-8")
        address = f"127.0.0.1:{free_port()}"
        process = subprocess.Popen(
            [
                ALERTMANAGER,
                f"--config.file={config}",
                f"--storage.path={tmp_path / 'alertmanager'}",
                f"--web.listen-address={address}",
                "--cluster.listen-address=",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until(lambda: is_ready(address))
            yield address
        finally:
            process.terminate()
            process.wait()


def is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/-/ready") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def fire(address: str, ends: datetime | None = None, **labels: str) -> None:
    alert = {
        "labels": {"alertname": "WalletDown", "severity": "critical", **labels},
        "annotations": {"summary": "the wallet does not answer"},
        "startsAt": (datetime.now(UTC) - timedelta(minutes=2)).isoformat(),
    }
    if ends:
        alert["endsAt"] = ends.isoformat()
    request = urllib.request.Request(
        f"http://{address}/api/v2/alerts",
        json.dumps([alert]).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()


def test_an_alert_becomes_a_draft_and_goes_with_it(house: Monitored, alertmanager: str) -> None:
    fire(alertmanager, service="wallet")
    until(lambda: len(house.drafts) == 1)
    assert house.drafts[0].input["components"] == {"wallet": "major_outage"}
    fire(alertmanager, service="login")
    until(lambda: len(house.rows()[0]) == 2)
    assert len(house.drafts) == 1
    for service in ("wallet", "login"):
        fire(alertmanager, ends=datetime.now(UTC) - timedelta(seconds=1), service=service)
    until(lambda: house.drafts == [])
    assert all(alarm.ended_at for alarm in house.rows()[0])
