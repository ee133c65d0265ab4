"""What statuses, impacts and kinds are called in public: plain English phrases for the catalogue.

These words are ours and not the field's on purpose: a citizen reads "Not working", not "major
outage". Translate them with `Words.gettext`.
"""

from __future__ import annotations

from collections.abc import Mapping

from incidents.locales import N_ as N_
from incidents.status import ComponentStatus, Impact, IncidentKind, Status
from incidents.view import PublicIncident

COMPONENT_STATUS: Mapping[ComponentStatus, str] = {
    ComponentStatus.OPERATIONAL: N_("Working"),
    ComponentStatus.DEGRADED_PERFORMANCE: N_("Working with difficulty"),
    ComponentStatus.PARTIAL_OUTAGE: N_("Working only in part"),
    ComponentStatus.MAJOR_OUTAGE: N_("Not working"),
    ComponentStatus.UNDER_MAINTENANCE: N_("Under maintenance"),
}
STATUS: Mapping[Status, str] = {
    Status.INVESTIGATING: N_("Looking into it"),
    Status.IDENTIFIED: N_("Cause found"),
    Status.MONITORING: N_("Being watched"),
    Status.RESOLVED: N_("Resolved"),
    Status.POSTMORTEM: N_("What happened"),
    Status.SCHEDULED: N_("Planned"),
    Status.IN_PROGRESS: N_("In progress"),
    Status.VERIFYING: N_("Being checked"),
    Status.COMPLETED: N_("Finished"),
}
IMPACT: Mapping[Impact, str] = {
    Impact.NONE: N_("No effect"),
    Impact.MINOR: N_("Minor effect"),
    Impact.MAJOR: N_("Serious effect"),
    Impact.CRITICAL: N_("Very serious effect"),
    Impact.MAINTENANCE: N_("Planned work"),
}
KIND: Mapping[IncidentKind, str] = {
    IncidentKind.INCIDENT: N_("Problem"),
    IncidentKind.MAINTENANCE: N_("Planned maintenance"),
    IncidentKind.ADVANCE_NOTICE: N_("Advance notice"),
}
NEWS: Mapping[IncidentKind, str] = {
    IncidentKind.INCIDENT: N_("Problems, and how they go on"),
    IncidentKind.MAINTENANCE: N_("Planned maintenance"),
    IncidentKind.ADVANCE_NOTICE: N_("Advance notices of days with many users"),
}
"""What subscribers can choose among."""
CANCELLED = N_("Cancelled")
NO_DATA = N_("No data")

# The tone picks both the shape and the colour, so that neither ever goes without the other.
_COMPONENT_TONE: Mapping[ComponentStatus, str] = {
    ComponentStatus.OPERATIONAL: "working",
    ComponentStatus.DEGRADED_PERFORMANCE: "slow",
    ComponentStatus.PARTIAL_OUTAGE: "partial",
    ComponentStatus.MAJOR_OUTAGE: "down",
    ComponentStatus.UNDER_MAINTENANCE: "work",
}
_IMPACT_TONE: Mapping[Impact, str] = {
    Impact.NONE: "slow",
    Impact.MINOR: "slow",
    Impact.MAJOR: "partial",
    Impact.CRITICAL: "down",
    Impact.MAINTENANCE: "work",
}


def component_tone(status: ComponentStatus) -> str:
    """The tone of a component's status: working, slow, partial, down or work."""
    return _COMPONENT_TONE[status]


def tone(entry: PublicIncident) -> str:
    """The tone of an entry: its impact's while open, "working" once closed, else its kind's."""
    if entry.kind is IncidentKind.MAINTENANCE:
        return "work"
    if entry.kind is IncidentKind.ADVANCE_NOTICE:
        return "notice"
    return _IMPACT_TONE[entry.impact] if entry.open else "working"


def status_of(entry: PublicIncident) -> str:
    """The phrase for where an entry stands; a cancelled one says so."""
    return told_status(entry.status, cancelled=entry.cancelled_at is not None)


def told_status(status: Status, *, cancelled: bool) -> str:
    """The phrase for where an entry stood when something was said of it; `cancelled`: whether it
    is a plan that was called off, by then or since."""
    return CANCELLED if cancelled and status is Status.COMPLETED else STATUS[status]
