"""What a monitor tells of its alarms, and what the settings say that it means. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incidents.status import ComponentStatus


@dataclass(frozen=True, slots=True)
class Signal:
    """What a monitor says of one alarm."""

    fingerprint: str
    """The same for the same alarm, as long as it lasts and when it comes again."""
    summary: str
    """For operators; it is never published."""
    labels: Mapping[str, str]
    began: datetime
    ended: datetime | None = None
    """None while it lasts."""


@dataclass(frozen=True, slots=True)
class Message:
    """A signed message's own name, and when it says that it was signed."""

    id: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class AlarmRules:
    """What the settings say of one source of alarms."""

    source: str
    """The name that it has in the settings."""
    components: Mapping[str, str]
    """By a label with its value ("service=wallet"), the component's key."""
    severity: str = "severity"
    """The label that says how bad it is."""
    statuses: Mapping[str, ComponentStatus] = field(default_factory=dict)
    """By a severity, the status of the components."""
    template: str = "acknowledgement/component-down"
    publish: tuple[str, ...] = ()
    """The severities at which the acknowledgement is published by itself."""
    window: timedelta = timedelta(minutes=10)
    """Alarms within it share one draft, and one acknowledgement at most goes out by itself."""
    keep: timedelta = timedelta(days=30)

    def severity_of(self, signal: Signal) -> str:
        """How bad the monitor says that it is; "" where it says nothing."""
        return signal.labels.get(self.severity, "")

    def components_of(self, signal: Signal) -> dict[str, ComponentStatus]:
        """The components that an alarm speaks of, each with its status, by the settings alone."""
        status = self.statuses.get(self.severity_of(signal), ComponentStatus.PARTIAL_OUTAGE)
        named = (f"{label}={value}" for label, value in signal.labels.items())
        return {self.components[name]: status for name in named if name in self.components}
