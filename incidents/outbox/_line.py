"""Who is next: what is stale leaves the line, and what remains goes in order, thread by thread."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    Connection,
    Table,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from incidents.db import Database
from incidents.models import Channel, Delivery, Publication, ShownEvent
from incidents.outbox import _threads
from incidents.outbox._rows import (
    AHEAD,
    CHANNEL,
    HOLDS_THREAD,
    IS_DUE,
    IS_FREE,
    LEASE,
    LOOKS,
    NOW,
    SILENT_AFTER,
    WAITING,
    AnyRow,
    Claimed,
    D,
    Thread,
    key_of,
    moment,
    times,
)
from incidents.status import Certainty, ChannelState, DeliveryState, PublicationKind

_PASSES = 20
"""Looks at a line until one delivery is taken: others may be first, and what is stale leaves."""
_GOES_AGAIN = (Certainty.KEYED, Certainty.PERSONAL)
"""Kinds for which doing it a second time makes no second post."""

_deliveries = cast("Table", Delivery.__table__)
_publications = cast("Table", Publication.__table__)
_PENDING = (D.channel == CHANNEL) & (D.state == DeliveryState.PENDING)
_SENDING = (D.channel == CHANNEL) & (D.state == DeliveryState.SENDING)


def _earlier() -> Any:
    """Whether another delivery of the same thread waits before this one."""
    earlier = _deliveries.alias("earlier")
    return exists(
        select(earlier.c.id)
        .where(
            earlier.c.channel == D.channel,
            earlier.c.recipient == D.recipient,
            earlier.c.thread == D.thread,
            earlier.c.state.in_(WAITING),
            or_(
                earlier.c.seq < D.seq,
                (earlier.c.seq == D.seq) & (earlier.c.id < D.id),
            ),
        )
        .correlate(_deliveries)
    )


_WORK = select(
    exists(select(D.id).where(_PENDING, IS_DUE)),
    exists(select(D.id).where(_SENDING, IS_FREE)),
    exists(
        select(D.id).where(
            D.channel == CHANNEL,
            D.state == DeliveryState.UNCONFIRMED,
            D.look_at.is_not(None),
        )
    ),
    select(Channel.state).where(Channel.name == CHANNEL).scalar_subquery(),
)
_LEFT = select(D.id).where(_SENDING, IS_FREE).with_for_update(skip_locked=True)
_NEWER = select(
    exists(
        select(_publications.c.id).where(
            _publications.c.incident_id == bindparam("incident"),
            _publications.c.event_seq > bindparam("seq"),
            _publications.c.kind == PublicationKind.UPDATE,
        )
    )
)
"""Whether a later update of the same entry was published, be it to this channel or not: what was
published while a channel was paused makes old what waits there."""
_SHOWN_BY_ALL = (
    select(func.coalesce(func.min(ShownEvent.event_seq), 0))
    .where(ShownEvent.at > moment("silent"), ShownEvent.at <= AHEAD)
    .scalar_subquery()
)
"""The last event that every target shows, on whichever machine; 0 where none is known."""
_NEXT = (
    select(_deliveries)
    .where(
        _PENDING,
        IS_DUE,
        or_(
            D.seq <= _SHOWN_BY_ALL,
            D.created_at <= moment("gate"),
            D.created_at > AHEAD,
        ),
        ~_earlier(),
    )
    .order_by(D.seq, D.id)
    .limit(20)
)
_TAKE = (
    update(_deliveries)
    .where(D.id == bindparam("taken"), D.state == DeliveryState.PENDING)
    .values(
        state=DeliveryState.SENDING,
        attempts=D.attempts + 1,
        claimed_by=bindparam("worker"),
        lease_until=moment("lease"),
        tried_at=NOW,
        standalone=bindparam("alone"),
        waits_for=None,
    )
)
_LEAVE = update(_deliveries).where(D.id == bindparam("candidate"), D.state == DeliveryState.PENDING)
_A_DAY = timedelta(days=1)
# Of an older one it is only known that this target has it now, as a new one has everything.
_SHOWN = (
    update(_publications)
    .where(
        _publications.c.event_seq > bindparam("seen"),
        _publications.c.event_seq <= bindparam("shown"),
        _publications.c.at > moment("young"),
        _publications.c.shown_at.is_(None),
    )
    .values(shown_at=NOW)
)
_HOLDERS = select(D.claimed_by).where(D.state == DeliveryState.SENDING).distinct()


def claim(
    db: Database, channel: str, worker: str, now: datetime, certainty: Certainty
) -> Claimed | None:
    """Take the next delivery of a channel, or None when nothing may go out now.

    Leases that ran out are settled first, what is stale leaves the line, and what remains goes in
    order: per thread, oldest first.
    """
    values = {"channel": channel, **times(now)}
    for _ in range(_PASSES):
        # Who writes meanwhile is not kept: what is found is taken only if it still waits.
        with db.read() as session:
            due, left, in_doubt, state = session.connection().execute(_WORK, values).one()
            if not (due or left) or state not in (None, ChannelState.ON):
                return None
            found = _Line(session, worker, values, certainty).next() if not left else _Found()
        if not (left or found.stale or found.claimed):
            return None
        with db.claim() as session:
            connection = session.connection()
            if left:
                _give_up_leases(connection, values, certainty)
            for leaves in found.stale:
                _retire(connection, leaves, now)
            claimed = found.claimed
            if claimed is not None and _is_taken(connection, claimed, values):
                return replace(claimed, in_doubt=in_doubt)
    return None  # others are at it


def _is_taken(connection: Connection, claimed: Claimed, values: Mapping[str, Any]) -> bool:
    """Whether it is `sending` now, and this worker's; False where another was first."""
    take = {
        "taken": claimed.id,
        "worker": claimed.worker,
        "lease": values["now"] + LEASE,
        "now": values["now"],
        "alone": claimed.standalone,
    }
    return bool(connection.execute(_TAKE, take).rowcount)


def doubt(now: datetime, certainty: Certainty, why: str, wait: timedelta) -> Mapping[str, Any]:
    """What a delivery becomes that may have been sent: some kinds go again, others are looked for.

    `wait` is how long those that go again are put off.
    """
    values = {"lease_until": None, "claimed_by": None, "error": why, "settled_at": now}
    if certainty in _GOES_AGAIN:
        return {**values, "state": DeliveryState.PENDING, "not_before": now + wait}
    look_at = now + LOOKS[0] if certainty is Certainty.READABLE else None
    return {**values, "state": DeliveryState.UNCONFIRMED, "looks": 0, "look_at": look_at}


def _give_up_leases(
    connection: Connection, values: Mapping[str, Any], certainty: Certainty
) -> None:
    """A worker that died while sending: nobody knows whether the network took it."""
    why = "the worker stopped while it was sending"
    doubted = doubt(values["now"], certainty, why, timedelta(0))
    for row in connection.execute(_LEFT, values).all():
        connection.execute(update(_deliveries).where(D.id == row.id).values(doubted))


OVERTAKEN = "a later update of the same thread says the latest state"
EXPIRED = "expired before it could be sent; nothing stale goes out"


def _retired(why: str) -> dict[str, Any]:
    overtaken = why == OVERTAKEN
    state = DeliveryState.SUPERSEDED if overtaken else DeliveryState.FAILED
    return {"state": state, "error": why}


def settle_stale(db: Database, claimed: Claimed, now: datetime) -> None:
    """What may have been sent was looked for and is not there; it must not be sent any more."""
    gone = {**_retired(claimed.stale), "settled_at": now, "lease_until": None, "claimed_by": None}
    with db.claim() as session:
        session.execute(
            update(_deliveries)
            .where(
                D.id == claimed.id,
                D.state == DeliveryState.SENDING,
                D.claimed_by == claimed.worker,
            )
            .values(gone)
        )


def _retire(connection: Connection, leaves: tuple[AnyRow, str], now: datetime) -> None:
    row, why = leaves
    # What expired did so then, and holds nothing up now.
    settled_at = row.expires_at if why == EXPIRED else now
    left = {**_retired(why), "settled_at": settled_at}
    connection.execute(_LEAVE.values(left), {"candidate": row.id})


@dataclass(frozen=True)
class _Found:
    """What a look at the line came upon."""

    stale: Sequence[tuple[AnyRow, str]] = ()
    """What must not be said any more, with why; whoever leaves makes room for the next one."""
    claimed: Claimed | None = None
    """The first that may go, as it is once it was taken."""


class _Line:
    """A channel's line at one moment."""

    def __init__(
        self, session: Session, worker: str, values: Mapping[str, Any], certainty: Certainty
    ) -> None:
        self.session = session
        self.connection = session.connection()
        self.worker = worker
        self.values = values
        self.now: datetime = values["now"]
        self.personal = certainty is Certainty.PERSONAL

    def next(self) -> _Found:
        """The first that may go, and what is stale on the way there."""
        leave: list[tuple[AnyRow, str]] = []
        for row in self.connection.execute(_NEXT, self.values).all():
            earlier = self._before(row)
            if _threads.is_held_up(earlier, self.now) and not self.personal:
                continue
            stale = self._why_stale(row)
            if not stale or row.settled_at is not None:
                return _Found(leave, self._claimed(row, earlier, stale))
            leave.append((row, stale))
        return _Found(leave)

    def _before(self, row: AnyRow) -> Sequence[AnyRow]:
        return _threads.before(self.connection, row.channel, row.recipient, row.thread, row.seq)

    def _why_stale(self, row: AnyRow) -> str:
        """Why it must not be said any more; "" where it may."""
        late = row.due_at < self.now - HOLDS_THREAD
        if late and self._is_overtaken(row) and not self._mends(row):
            return OVERTAKEN
        return EXPIRED if row.expires_at is not None and row.expires_at <= self.now else ""

    def _is_overtaken(self, row: AnyRow) -> bool:
        return bool(self.connection.scalar(_NEWER, {"incident": row.thread, "seq": row.seq}))

    def _mends(self, row: AnyRow) -> bool:
        """Whether it corrects or takes back what readers of this channel have before them: that
        stays wrong, whatever a later update says."""
        publication = self.session.get_one(Publication, row.publication_id)
        thread = _threads.with_target(
            self.connection, Thread(), publication, row.channel, row.recipient
        )
        return thread.target is not None

    def _claimed(self, row: AnyRow, earlier: Sequence[AnyRow], stale: str) -> Claimed:
        standalone = _threads.breaks_off(earlier) and not self.personal
        publication = self.session.get_one(Publication, row.publication_id)
        thread = _threads.out(self.connection, earlier, standalone=standalone)
        return Claimed(
            id=row.id,
            key=key_of(row),
            channel=row.channel,
            worker=self.worker,
            attempts=row.attempts + 1,
            publication=publication,
            incident_id=row.thread,
            thread=_threads.with_target(
                self.connection, thread, publication, row.channel, row.recipient
            ),
            standalone=standalone,
            # Only a doubt sets it on what goes again: what was put off was surely not sent.
            maybe_sent=row.settled_at is not None,
            stale=stale,
        )


def end_leases(db: Database, now: datetime, is_gone: Callable[[str], bool]) -> None:
    """Let go of what workers hold that are gone for sure: nobody waits for their leases."""
    with db.read() as session:
        holders = [name for name in session.connection().scalars(_HOLDERS) if name]
    gone = [name for name in holders if is_gone(name)]
    if not gone:
        return
    with db.claim() as session:
        session.execute(
            update(_deliveries)
            .where(D.state == DeliveryState.SENDING, D.claimed_by.in_(gone))
            .values(lease_until=now - timedelta(seconds=1))
        )


def shown_as(node: str, target: str) -> str:
    """The name under which a node's own target is noted: two nodes may call theirs the same."""
    return f"{node}/{target}"


def forget_targets(db: Database, node: str, kept: Collection[str], now: datetime) -> None:
    """A node's target that is not configured any more must not hold deliveries back.

    Those of other nodes stay, until they are so old that they do not count.
    """
    of_node = ShownEvent.target.startswith(shown_as(node, ""), autoescape=True)
    with db.claim() as session:
        session.execute(
            delete(ShownEvent).where(
                or_(
                    of_node & ShownEvent.target.not_in(kept),
                    ShownEvent.at <= now - SILENT_AFTER,
                )
            )
        )


def show(
    db: Database,
    target: str,
    event: int,
    now: datetime,
    took: int | None = None,
    spent: timedelta = timedelta(0),
) -> None:
    """Note what a target shows and when it was looked at, so that its deliveries may go.

    `took` is how many milliseconds after the event that was, `spent` how long after `now`; an
    event whose `took` is not known may have been shown long ago. Its row counts for three
    minutes, so this has to be done each minute, news or not.
    """
    with db.claim() as session:
        row = session.get(ShownEvent, target) or ShownEvent(target=target, event_seq=0)
        if row.event_seq < event and took is not None:
            shown = {"seen": row.event_seq, "shown": event, "young": now - _A_DAY}
            session.connection().execute(_SHOWN, {**shown, "now": now + spent})
        if row.event_seq != event:
            row.took = took
        row.event_seq = event
        row.at = now
        session.add(row)
