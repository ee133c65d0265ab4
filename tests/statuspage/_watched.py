"""What the tests of the watching addresses share: a page's settings, and how to ask."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from statuspage.settings import Settings, example_settings, load_settings

TOKEN = "a-token-for-scrapes-only"
CHANNELS = """
[[channels]]
name = "x"
kind = "log"
locale = "it"

[[channels]]
name = "log"
kind = "log"
locale = "en"
"""


def watched(tmp_path: Path, database_url: str) -> Settings:
    """Two channels of kind log, a token, and the database; the machine is called "one"."""
    (tmp_path / "avviso.toml").write_text(example_settings() + CHANNELS, encoding="utf-8")
    env = {
        "AVVISO_DATABASE_URL": database_url,
        "AVVISO_METRICS_TOKEN": TOKEN,
        "AVVISO_NODE": "one",
        "DATA": str(tmp_path),
    }
    if database_url.startswith("sqlite"):
        env["AVVISO_DATABASE_URL"] = "sqlite"  # the file avviso.db of the data folder
    return load_settings(tmp_path / "avviso.toml", env)


def beat(folder: Path, at: datetime) -> None:
    """Let a worker have renewed the page at a moment."""
    (folder / "page").mkdir(exist_ok=True)
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    (folder / "page" / "heartbeat.json").write_text(f'{{"checked_at":"{moment}"}}')


def scraped(client: FlaskClient) -> dict[str, dict[tuple[str, ...], float]]:
    """Each metric's values by its labels' values, as Prometheus reads them."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def ready(client: FlaskClient) -> tuple[int, dict[str, str]]:
    """The status, and what is said of each part."""
    answer = client.get("/readyz")
    assert answer.json is not None
    assert (answer.json["status"] == "ok") == (answer.status_code == 200)
    return answer.status_code, answer.json["parts"]


def nowhere() -> str:
    """A PostgreSQL that refuses, on a host whose name must not be told."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"postgresql+psycopg://avviso:hunter2@127.0.0.1:{taken.getsockname()[1]}/avviso"
