"""Deliveries on their way: claim, settle, look again, supersede.

Only the database is touched here. A delivery is committed as `sending`, with a lease, before the
network is; whoever finds a lease that ran out knows that what became of it is unknown. `now` is
passed in, so that a night of it takes a test no time.
"""

from __future__ import annotations

from incidents.outbox._doubting import UNDER_WAY, doubt_all
from incidents.outbox._line import (
    claim,
    end_leases,
    forget_targets,
    settle_stale,
    show,
    shown_as,
)
from incidents.outbox._looking import (
    Look,
    due_looks,
    look_later,
    next_due,
    settle_found,
    settle_seen,
)
from incidents.outbox._rows import (
    HOLDS_THREAD,
    LEASE,
    LOOKS,
    LOOKS_FOR,
    PAGE_FIRST,
    SILENT_AFTER,
    VERIFY_AFTER,
    Claimed,
    Sent,
    Thread,
)
from incidents.outbox._settling import (
    backoff,
    break_channel,
    settle_asked,
    settle_broken,
    settle_later,
    settle_rejected,
    settle_sent,
    settle_unknown,
)
from incidents.outbox._sighting import (
    STEPS,
    Followed,
    Following,
    Sight,
    due_following,
    settle_following,
)
from incidents.outbox._threads import standing

__all__ = [
    "HOLDS_THREAD",
    "LEASE",
    "LOOKS",
    "LOOKS_FOR",
    "PAGE_FIRST",
    "SILENT_AFTER",
    "STEPS",
    "UNDER_WAY",
    "VERIFY_AFTER",
    "Claimed",
    "Followed",
    "Following",
    "Look",
    "Sent",
    "Sight",
    "Thread",
    "backoff",
    "break_channel",
    "claim",
    "doubt_all",
    "due_following",
    "due_looks",
    "end_leases",
    "forget_targets",
    "look_later",
    "next_due",
    "settle_asked",
    "settle_broken",
    "settle_following",
    "settle_found",
    "settle_later",
    "settle_rejected",
    "settle_seen",
    "settle_sent",
    "settle_stale",
    "settle_unknown",
    "show",
    "shown_as",
    "standing",
]
