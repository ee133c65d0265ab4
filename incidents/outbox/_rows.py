"""What the outbox hands out, how long it waits, and what it asks of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, or_

from incidents.models import Delivery, Instant, Publication
from incidents.status import DeliveryState

PAGE_FIRST = timedelta(seconds=10)
"""How long a delivery waits at most for the page to show what it speaks of."""
HOLDS_THREAD = timedelta(minutes=2)
"""How long a failed or unconfirmed delivery holds its thread up, and a late one stays fresh."""
SILENT_AFTER = timedelta(minutes=3)
"""A target whose row is older than this holds nothing back: its node renews it each minute, or is
gone."""
LEASE = timedelta(seconds=90)
"""Longer than every call that one attempt makes, time-outs included."""
VERIFY_AFTER = timedelta(seconds=20)
LOOKS = (timedelta(0), timedelta(seconds=20), timedelta(seconds=75))
"""When an unconfirmed post is looked for: at once, and twice more; then an operator must."""
LOOK_AGAIN = timedelta(minutes=1)
"""When a look that the network did not allow is made again, at the soonest ..."""
LOOKS_FOR = timedelta(hours=24)
"""... and for how long after the sending."""
CLOCK_SLACK = timedelta(minutes=5)
"""How far the clocks of two machines may be apart. What was written further ahead of now than this
was written before the clock was set back: nothing waits for that hour to come again."""

WAITING = (DeliveryState.PENDING, DeliveryState.SENDING)
TROUBLED = (DeliveryState.FAILED, DeliveryState.UNCONFIRMED)
OUT = (DeliveryState.SENT, DeliveryState.VERIFIED)

AnyRow = Row[*tuple[Any, ...]]
"""A row of a statement of the core, by its columns' names."""

# The hot path is written in SQLAlchemy's core and its statements are built once: what the outbox
# can do in a second is bound by Python, not by the database.
D = cast("Table", Delivery.__table__).c


def moment(name: str) -> Any:
    """A parameter that is an instant."""
    return bindparam(name, type_=Instant())


NOW, AHEAD = moment("now"), moment("ahead")
CHANNEL: Any = bindparam("channel")

IS_DUE = or_(D.not_before <= NOW, D.created_at > AHEAD, D.tried_at > AHEAD)
"""A pending delivery may go; also where its waiting was written before the clock went back."""
IS_FREE = or_(D.lease_until < NOW, D.lease_until > moment("longest_lease"))
"""A lease ran out; also one that no clock of today can have given."""


def times(now: datetime) -> dict[str, datetime]:
    """The parameters of every statement that asks what is due."""
    return {
        "now": now,
        "ahead": now + CLOCK_SLACK,
        "longest_lease": now + LEASE + CLOCK_SLACK,
        "gate": now - PAGE_FIRST,
        "silent": now - SILENT_AFTER,
    }


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a post is: what a later one in its thread has to know."""

    remote_id: str
    url: str | None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Thread:
    """The posts that a new one may have to do with, on its channel."""

    parent: Sent | None = None
    """The latest post of the thread."""
    root: Sent | None = None
    """The first one."""
    target: Sent | None = None
    """For a correction or retraction: the post that it speaks of."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery in this worker's hands, with all that its message needs."""

    id: int
    key: str
    channel: str
    worker: str
    attempts: int
    publication: Publication
    incident_id: str
    thread: Thread
    """Empty for the first, or where this one goes standalone."""
    standalone: bool
    maybe_sent: bool
    """An earlier attempt may have been accepted: look first."""
    stale: str = ""
    """Why it must not be sent any more: it is only looked for; "" where it may be sent."""
    in_doubt: bool = False
    """A post of this channel could not be looked for yet: try the network before it is trusted."""


def key_of(delivery: Delivery | AnyRow) -> str:
    """Unique and stable over every attempt of a delivery: the idempotency key."""
    return f"{delivery.publication_id}-{delivery.channel}"


def sent_of(row: Delivery | AnyRow) -> Sent:
    """Where a delivery's post is."""
    return Sent(row.remote_id or "", row.remote_url, row.remote_extra or {})
