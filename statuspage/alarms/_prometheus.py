"""Alerts as Alertmanager and Grafana write them: Grafana took over the shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from incidents.alarm_rules import Signal
from incidents.inputs import Moment
from statuspage.alarms._base import MOST_ALARMS, checked

_SAYS = ("summary", "description", "message")


class _Firing(BaseModel):
    status: Literal["firing"]
    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    startsAt: Moment  # noqa: N815  their name
    fingerprint: Annotated[str, Field(min_length=1, max_length=255)]


class _Resolved(_Firing):
    status: Literal["resolved"]  # type: ignore[assignment]
    endsAt: Moment  # noqa: N815  while it fires, the year 1


class _Message(BaseModel):
    alerts: Annotated[
        list[Annotated[_Firing | _Resolved, Field(discriminator="status")]],
        Field(max_length=MOST_ALARMS),
    ]


def alerts_in(raw: Any) -> tuple[Signal, ...]:
    """What a message says of each of its alerts. Raises `Malformed`."""
    return tuple(
        Signal(
            fingerprint=alert.fingerprint,
            summary=_summary(alert.annotations, alert.labels),
            labels=alert.labels,
            began=alert.startsAt,
            ended=alert.endsAt if isinstance(alert, _Resolved) else None,
        )
        for alert in checked(_Message, raw).alerts
    )


def _summary(annotations: Mapping[str, str], labels: Mapping[str, str]) -> str:
    said = (annotations.get(name) for name in _SAYS)
    return next((text for text in said if text), labels.get("alertname", ""))
