"""Metrics, the page that explains them, and the alerts on them: all three name the same things."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.core import Metric

from incidents.queries import Promises, Readings
from incidents.status import ChannelState, DeliveryState, Impact
from statuspage._metrics import Measurements
from statuspage.settings import load_settings
from tests.conftest import NOON

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
RULES: dict[str, Any] = yaml.safe_load(
    (ROOT / "deploy" / "prometheus-alerts.yml").read_text(encoding="utf-8")
)
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
_TABLE = re.compile(r"^\| `(avviso_[a-z_]+)` \| ([^|]*)\|", re.MULTILINE)

SETTINGS = """
[service]
name = { it = "x" }
url = "https://status.example.org"
time_zone = "Europe/Rome"
locales = ["it"]
default_locale = "it"

[[channels]]
name = "log"
kind = "log"
locale = "it"
"""


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Every metric's labels, by the name that Prometheus gives it."""
    folder = tmp_path_factory.mktemp("settings")
    (folder / "avviso.toml").write_text(SETTINGS, encoding="utf-8")
    found = Readings(
        deliveries={("log", DeliveryState.SENT): 1},
        waiting_since={"log": NOON - timedelta(seconds=5)},
        skews=[1.0],
        took={"log": [1.0]},
        left_behind=[],
        first_posts=[1.0],
        promises=Promises(1, 1),
        open_incidents={Impact.MAJOR: 1},
        overdue=1,
        unannounced_since=NOON - timedelta(seconds=5),
        channels={"log": ChannelState.ON},
        behind_since={"page": None},
        published_in={"page": 0.2},
    )
    settings = load_settings(folder / "avviso.toml", {})
    families: list[Metric] = list(Measurements(settings, found, NOON).collect())
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}


def test_every_metric_is_explained_and_no_other(metrics: dict[str, set[str]]) -> None:
    told = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in _TABLE.findall(PAGE)}
    assert told == metrics


def test_names_are_as_prometheus_asks(metrics: dict[str, set[str]]) -> None:
    assert all(re.fullmatch(r"avviso_[a-z]+(_[a-z]+)*", name) for name in metrics)
    assert [name for name in metrics if name.endswith("_total")] == ["avviso_promises_total"]


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_is_on_what_there_is(rule: dict[str, Any], metrics: dict[str, set[str]]) -> None:
    named = re.findall(r"(avviso_[a-z_]+)(?:\{([^}]*)\})?", rule["expr"])
    assert named
    for name, matchers in named:
        assert name in metrics
        assert set(re.findall(r"(\w+)(?:=|!)", matchers)) <= metrics[name]
    assert rule["expr"].count("(") == rule["expr"].count(")")
    for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
        assert label in metrics[named[0][0]]


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_where_to_read_on(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    page, anchor = rule["annotations"]["runbook"].split("#")
    headings = re.findall(r"^## (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings
    }


def test_the_alerts_are_listed() -> None:
    assert re.findall(r"^\| `(Avviso\w+)` \|", PAGE, re.MULTILINE) == [
        rule["alert"] for rule in ALERTS
    ]
    assert 5 <= len(ALERTS) <= 10
