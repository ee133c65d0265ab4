"""Prometheus Alertmanager's webhook, version 4.

Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

from typing import Any

from incidents.alarm_rules import Signal
from statuspage.alarms._prometheus import alerts_in


def signals_in(raw: Any) -> tuple[Signal, ...]:
    """What a message says of each alarm. Raises `Malformed`."""
    return alerts_in(raw)
