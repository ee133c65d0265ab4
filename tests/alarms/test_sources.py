"""Each monitor's own messages, as its documentation or its source has them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from statuspage.alarms import grafana, uptime_kuma
from statuspage.alarms._base import Malformed
from tests.alarms._house import Monitored

# https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/
# integrations/webhook-notifier/ (the example of the payload, with a label of ours)
GRAFANA: dict[str, Any] = {
    "receiver": "My Super Webhook",
    "status": "firing",
    "orgId": 1,
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "High memory usage", "team": "blue", "service": "wallet"},
            "annotations": {
                "description": "The system has high memory usage",
                "runbook_url": "https://myrunbook.com/runbook/1234",
                "summary": "This alert was triggered for zone us-1",
            },
            "startsAt": "2020-12-07T11:51:03.157076+02:00",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "https://play.grafana.org/alerting/1afz29v7z/edit",
            "fingerprint": "c6eadffa33fcdf37",
            "silenceURL": "https://play.grafana.org/alerting/silence/new",
            "dashboardURL": "",
            "panelURL": "",
            "values": {"B": 44.23943737541908, "C": 1},
        }
    ],
    "groupLabels": {},
    "commonLabels": {"team": "blue"},
    "commonAnnotations": {},
    "externalURL": "https://play.grafana.org/",
    "version": "1",
    "groupKey": "{}:{}",
    "truncatedAlerts": 0,
    "title": "[FIRING:1]  (blue)",
    "state": "alerting",
    "message": "**Firing**",
}

# github.com/louislam/uptime-kuma, server/notification-providers/webhook.js; a heartbeat's and a
# monitor's fields as its server gives them to that provider.
KUMA: dict[str, Any] = {
    "heartbeat": {
        "monitorID": 29,
        "status": 0,
        "time": "2020-12-07 10:51:35.527",
        "msg": "getaddrinfo ENOTFOUND wallet.example.it",
        "important": True,
        "duration": 0,
        "timezone": "Europe/Rome",
        "timezoneOffset": "+01:00",
        "localDateTime": "2020-12-07 11:51:35",
    },
    "monitor": {
        "id": 29,
        "name": "Wallet",
        "description": None,
        "url": "https://wallet.example.it",
        "type": "http",
        "tags": [{"tag_id": 1, "name": "severity", "value": "critical", "color": "#DC2626"}],
    },
    "msg": "[Wallet] [\N{LARGE RED CIRCLE} Down] getaddrinfo ENOTFOUND wallet.example.it",
}


@pytest.fixture
def house(with_settings: Callable[..., Monitored]) -> Monitored:
    return with_settings()


def test_what_grafana_documents_becomes_a_draft(house: Monitored) -> None:
    house.told("grafana", GRAFANA)
    (alarm,), (draft,), _ = house.rows()
    assert alarm.fingerprint == "c6eadffa33fcdf37"
    assert alarm.summary == "This alert was triggered for zone us-1"
    assert alarm.began_at == datetime(2020, 12, 7, 9, 51, 3, 157076, tzinfo=UTC)
    assert draft.input["components"] == {"wallet": "partial_outage"}


def test_grafana_says_that_it_is_over(house: Monitored) -> None:
    house.told("grafana", GRAFANA)
    over = deepcopy(GRAFANA)
    over["alerts"][0].update(status="resolved", endsAt="2020-12-07T12:00:00+02:00")
    assert house.told("grafana", over)["over"] == 1
    assert house.drafts == []


@pytest.mark.parametrize("name", ["DatasourceNoData", "DatasourceError"])
def test_grafana_that_cannot_measure_says_nothing_of_the_service(name: str) -> None:
    blind = deepcopy(GRAFANA)
    blind["alerts"][0]["labels"]["alertname"] = name
    assert grafana.signals_in(blind) == ()


def test_what_uptime_kuma_sends_becomes_a_draft(house: Monitored) -> None:
    house.told("kuma", KUMA)
    (alarm,), (draft,), _ = house.rows()
    assert alarm.summary == "Wallet: getaddrinfo ENOTFOUND wallet.example.it"
    assert alarm.began_at == datetime(2020, 12, 7, 10, 51, 35, 527000, tzinfo=UTC)
    assert draft.input["components"] == {"wallet": "major_outage"}
    up = deepcopy(KUMA)
    up["heartbeat"].update(status=1, time="2020-12-07 10:58:00.000", msg="200 - OK")
    assert house.told("kuma", up)["over"] == 1
    assert house.drafts == []


@pytest.mark.parametrize("status", [2, 3])
def test_uptime_kuma_that_is_not_sure_or_knows_of_the_work(status: int) -> None:
    unsure = deepcopy(KUMA)
    unsure["heartbeat"]["status"] = status
    assert uptime_kuma.signals_in(unsure) == ()


def test_uptime_kuma_that_tries_the_way(house: Monitored) -> None:
    tried = {"heartbeat": None, "monitor": None, "msg": "My alert Testing"}
    assert house.told("kuma", tried)["began"] == 0


@pytest.mark.parametrize("wrong", [{}, {"heartbeat": {}}, {**KUMA, "monitor": {"id": "x"}}])
def test_what_is_not_uptime_kumas(wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        uptime_kuma.signals_in(wrong)
