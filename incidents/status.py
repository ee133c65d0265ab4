"""The words of the field as enums, and the pure rules on them.

Nothing here knows the database, the network or the present moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ComponentStatus(StrEnum):
    OPERATIONAL = "operational"
    DEGRADED_PERFORMANCE = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"
    UNDER_MAINTENANCE = "under_maintenance"


class IncidentKind(StrEnum):
    """What an entry on the page is; an advance notice lives the life of a maintenance."""

    INCIDENT = "incident"
    MAINTENANCE = "maintenance"
    ADVANCE_NOTICE = "advance_notice"


class Status(StrEnum):
    """The life of an incident (first five) and of planned work or a notice (last four)."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"


class Impact(StrEnum):
    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"
    MAINTENANCE = "maintenance"


class Origin(StrEnum):
    OPERATOR = "operator"
    AUTOMATIC = "automatic"


class PublicationKind(StrEnum):
    UPDATE = "update"
    ANSWER = "answer"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    REMINDER = "reminder"


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    VERIFIED = "verified"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    SUPERSEDED = "superseded"


class ChannelState(StrEnum):
    ON = "on"
    PAUSED = "paused"
    BROKEN = "broken"


class Certainty(StrEnum):
    """What a kind of channel can do when it does not know whether a post was accepted."""

    KEYED = "keyed"
    """It is sent again under the same key; the network makes one post of it."""
    READABLE = "readable"
    """The account's posts can be read back; not found proves nothing."""
    BLIND = "blind"
    """Nothing can be known: never sent again by itself."""
    PERSONAL = "personal"
    """A person does it, and only a person can say that it is done."""


class ListMode(StrEnum):
    """How subscribers are reached. A channel of the same name is the list of those."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    PUSH = "push"


class Role(StrEnum):
    VIEWER = "viewer"
    AUTHOR = "author"
    APPROVER = "approver"
    ADMIN = "admin"


ROLE_RANK: Mapping[Role, int] = {role: rank for rank, role in enumerate(Role)}

OPEN_INCIDENT = frozenset({Status.INVESTIGATING, Status.IDENTIFIED, Status.MONITORING})
CLOSED = frozenset({Status.RESOLVED, Status.POSTMORTEM, Status.COMPLETED})
BAD = frozenset(
    {
        ComponentStatus.DEGRADED_PERFORMANCE,
        ComponentStatus.PARTIAL_OUTAGE,
        ComponentStatus.MAJOR_OUTAGE,
    }
)

_REOPENED = OPEN_INCIDENT
_TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.INVESTIGATING: OPEN_INCIDENT | {Status.RESOLVED},
    Status.IDENTIFIED: OPEN_INCIDENT | {Status.RESOLVED},
    Status.MONITORING: OPEN_INCIDENT | {Status.RESOLVED},
    Status.RESOLVED: _REOPENED | {Status.RESOLVED, Status.POSTMORTEM},
    Status.POSTMORTEM: _REOPENED | {Status.POSTMORTEM},
    Status.SCHEDULED: frozenset({Status.SCHEDULED, Status.IN_PROGRESS, Status.COMPLETED}),
    Status.IN_PROGRESS: frozenset({Status.IN_PROGRESS, Status.VERIFYING, Status.COMPLETED}),
    Status.VERIFYING: frozenset({Status.VERIFYING, Status.IN_PROGRESS, Status.COMPLETED}),
    Status.COMPLETED: frozenset({Status.COMPLETED}),
}

# Worst first. Maintenance is no fault: any fault outranks it (Statuspage's impact calculations).
_WORST_FIRST = (
    ComponentStatus.MAJOR_OUTAGE,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.DEGRADED_PERFORMANCE,
    ComponentStatus.UNDER_MAINTENANCE,
    ComponentStatus.OPERATIONAL,
)
_IMPACT_OF: Mapping[ComponentStatus, Impact] = {
    ComponentStatus.OPERATIONAL: Impact.NONE,
    ComponentStatus.DEGRADED_PERFORMANCE: Impact.MINOR,
    ComponentStatus.PARTIAL_OUTAGE: Impact.MAJOR,
    ComponentStatus.MAJOR_OUTAGE: Impact.CRITICAL,
    ComponentStatus.UNDER_MAINTENANCE: Impact.MAINTENANCE,
}
_IMPACT_RANK: Mapping[Impact, int] = {
    Impact.NONE: 0,
    Impact.MAINTENANCE: 1,
    Impact.MINOR: 2,
    Impact.MAJOR: 3,
    Impact.CRITICAL: 4,
}
# How much of the time in each status counts as down (Statuspage's uptime rule; maintenance never).
_DOWN_WEIGHT: Mapping[ComponentStatus, float] = {
    ComponentStatus.MAJOR_OUTAGE: 1.0,
    ComponentStatus.PARTIAL_OUTAGE: 0.3,
}


def statuses_of(kind: IncidentKind) -> tuple[Status, ...]:
    """The statuses that an entry of this kind may have, in the order of its life."""
    life = tuple(Status)
    return life[:5] if kind is IncidentKind.INCIDENT else life[5:]


def may_follow(old: Status, new: Status) -> bool:
    """Whether an update may take an entry from `old` to `new` (staying put is an update too)."""
    return new in _TRANSITIONS[old]


def worst(statuses: Iterable[ComponentStatus]) -> ComponentStatus:
    """The worst of some component statuses; operational when there are none."""
    present = set(statuses)
    return next((s for s in _WORST_FIRST if s in present), ComponentStatus.OPERATIONAL)


def badness(status: ComponentStatus) -> int:
    """A number that grows with how bad a status is: operational 0, major outage 4."""
    return len(_WORST_FIRST) - 1 - _WORST_FIRST.index(status)


def impact_of(statuses: Iterable[ComponentStatus]) -> Impact:
    """The impact that affected components suggest (Statuspage's impact calculation)."""
    return _IMPACT_OF[worst(statuses)]


def page_indicator(
    components: Collection[ComponentStatus], open_impacts: Iterable[Impact] = ()
) -> Impact:
    """The page's one-word state, from its components and the impacts of its open incidents.

    One component maps straight to its impact. With several, a major outage of some is `major` and
    of all is `critical`; an open incident lifts the page to its own impact at least, for it was a
    person's judgement. `open_impacts` are those of open incidents and of running maintenances.
    """
    state = worst(components)
    blended = _IMPACT_OF[state]
    if blended is Impact.CRITICAL and any(c is not state for c in components):
        blended = Impact.MAJOR
    return max((blended, *open_impacts), key=_IMPACT_RANK.__getitem__)


def at_least(impact: Impact, threshold: Impact) -> bool:
    """Whether an impact is as bad as another one, or worse."""
    return _IMPACT_RANK[impact] >= _IMPACT_RANK[threshold]


def worse(one: Impact, other: Impact) -> Impact:
    """The worse of two impacts."""
    return max(one, other, key=_IMPACT_RANK.__getitem__)


def still_bad(affected: Mapping[str, ComponentStatus]) -> tuple[str, ...]:
    """The affected components, by name, that forbid saying *resolved*."""
    return tuple(name for name, status in affected.items() if status in BAD)


@dataclass(frozen=True, slots=True)
class Uptime:
    """Seconds of a window: all that were watched, and those in each kind of outage."""

    watched: float
    partial: float
    major: float

    @property
    def ratio(self) -> float | None:
        """Share of the watched time that was up, 0 to 1; None when nothing was watched."""
        if not self.watched:
            return None
        down = (
            self.major * _DOWN_WEIGHT[ComponentStatus.MAJOR_OUTAGE]
            + self.partial * _DOWN_WEIGHT[ComponentStatus.PARTIAL_OUTAGE]
        )
        return 1 - down / self.watched


def uptime(
    changes: Sequence[tuple[datetime, ComponentStatus]], start: datetime, end: datetime
) -> Uptime:
    """Uptime of one component between two instants.

    `changes` are (when, new status), oldest first; time before the first one is not watched.
    Partial outage weighs 30%, major outage 100%, degraded performance and maintenance nothing.
    """
    spent: dict[ComponentStatus, timedelta] = {}
    for (at, status), (until, _) in zip(changes, [*changes[1:], (end, None)], strict=False):
        piece = min(until, end) - max(at, start)
        if piece > timedelta(0):
            spent[status] = spent.get(status, timedelta(0)) + piece
    return Uptime(
        watched=sum(piece.total_seconds() for piece in spent.values()),
        partial=spent.get(ComponentStatus.PARTIAL_OUTAGE, timedelta(0)).total_seconds(),
        major=spent.get(ComponentStatus.MAJOR_OUTAGE, timedelta(0)).total_seconds(),
    )
