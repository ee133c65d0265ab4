"""Grafana's webhook contact point.

Source: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
"""

from __future__ import annotations

from typing import Any

from incidents.alarm_rules import Signal
from statuspage.alarms._prometheus import alerts_in

_BLIND = frozenset({"DatasourceNoData", "DatasourceError"})
"""Alerts of Grafana's own: it cannot measure. That says nothing of the service."""


def signals_in(raw: Any) -> tuple[Signal, ...]:
    """What a message says of each alarm. Raises `Malformed`."""
    return tuple(told for told in alerts_in(raw) if told.labels.get("alertname") not in _BLIND)
