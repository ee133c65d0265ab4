"""What became of a delivery that a worker held: sent, later, never, broken, or nobody knows."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, false, func, insert, or_, select, update

from incidents.db import Database
from incidents.models import Channel, Delivery, Event, Incident, Publication
from incidents.outbox._line import doubt
from incidents.outbox._rows import OUT, VERIFY_AFTER, Claimed, D, Sent
from incidents.status import Certainty, ChannelState, DeliveryState, PublicationKind

_BACKOFF_FIRST = 5.0
_BACKOFF_LONGEST = 300.0
_deliveries = cast("Table", Delivery.__table__)
_publications = cast("Table", Publication.__table__)
_HELD = (D.state == DeliveryState.SENDING) & (D.claimed_by == bindparam("worker"))
_HELD_BY_WORKER = update(_deliveries).where(D.id == bindparam("held"), _HELD)
# A receipt that comes after the lease ran out is still news while nobody acted on the doubt.
_STILL_MINE = update(_deliveries).where(
    D.id == bindparam("held"), or_(_HELD, D.state == DeliveryState.UNCONFIRMED)
)
_LATEST = select(
    select(func.coalesce(func.max(Event.seq), 0)).scalar_subquery(), Incident.month
).where(Incident.id == bindparam("incident"))
_EVENT = insert(cast("Table", Event.__table__))


def backoff(attempts: int, jitter: float, longest: float = _BACKOFF_LONGEST) -> timedelta:
    """How long to wait: 5 s, doubling with each attempt up to `longest` seconds, ±25% by `jitter`
    (0..1)."""
    base = min(longest, _BACKOFF_FIRST * 2 ** max(0, min(attempts, 20) - 1))
    return timedelta(seconds=base * (0.75 + jitter / 2))


def _wait(claimed: Claimed) -> timedelta:
    return backoff(claimed.attempts, random.random())  # noqa: S311  no secret


def _mine(claimed: Claimed) -> dict[str, Any]:
    return {"held": claimed.id, "worker": claimed.worker}


def settle_sent(
    db: Database,
    claimed: Claimed,
    now: datetime,
    sent: Sent,
    text: str,
    *,
    standalone: bool,
    fallback: bool,
    verify: bool,
) -> None:
    """It is out: store the receipt. The incident's page gains a link, so an event is written."""
    stored = {
        **receipt(sent, now, verify=verify),
        "text": text,
        "fallback": fallback,
        "standalone": standalone,
    }
    with db.write() if sent.url else db.claim() as session:
        connection = session.connection()
        changed = connection.execute(_STILL_MINE.values(stored), _mine(claimed)).rowcount
        if changed and sent.url:
            note_link(connection, claimed.id, claimed.channel, claimed.incident_id, now)


def receipt(sent: Sent, now: datetime, *, verify: bool) -> Mapping[str, Any]:
    """What a delivery becomes whose post is out; `verify`: whether it is looked at once more."""
    return {
        "state": DeliveryState.SENT,
        "remote_id": sent.remote_id,
        "remote_url": sent.url,
        "remote_extra": dict(sent.extra),
        "sent_at": now,
        "settled_at": now,
        "lease_until": None,
        "claimed_by": None,
        "error": None,
        "looks": 0,
        "look_at": now + VERIFY_AFTER if verify else None,
    }


def note_link(
    connection: Connection, delivery: int, channel: str, incident: str, now: datetime
) -> None:
    """Write the event by which the incident's page gains a link to a post."""
    latest, month = connection.execute(_LATEST, {"incident": incident}).one()
    event = {
        "seq": latest + 1,
        "at": now,
        "kind": "delivery_sent",
        "operator_id": None,
        "incident_id": incident,
        "months": month,
        "public": True,
        "data": {"delivery": delivery, "channel": channel},
    }
    connection.execute(_EVENT, event)


def settle_asked(db: Database, claimed: Claimed, now: datetime, text: str, who: str) -> None:
    """A person has it on the list now; what they did not do yet and need not any more, goes.

    A later update says the latest state; a correction or retraction takes the place of the very
    update that it speaks of. What mends a job that is done has to be done as well.
    """
    asked = {
        "remote_id": claimed.key,
        "state": DeliveryState.UNCONFIRMED,
        "text": text,
        "error": who,
        "settled_at": now,
        "lease_until": None,
        "claimed_by": None,
        "look_at": None,
    }
    with db.claim() as session:
        connection = session.connection()
        if not connection.execute(_HELD_BY_WORKER.values(asked), _mine(claimed)).rowcount:
            return
        connection.execute(
            update(_deliveries)
            .where(
                D.channel == claimed.channel,
                D.state == DeliveryState.UNCONFIRMED,
                D.thread == claimed.incident_id,
                D.seq < claimed.publication.event_seq,
                _is_replaced_by(claimed),
            )
            .values(
                state=DeliveryState.SUPERSEDED,
                error="a later job takes its place",
                settled_at=now,
            )
        )


def _is_replaced_by(claimed: Claimed) -> Any:
    publication = claimed.publication
    mending = (PublicationKind.CORRECTION, PublicationKind.RETRACTION)
    ids, updates = _publications.c.id, _publications.c.update_id
    of_entry = _publications.c.incident_id == claimed.incident_id
    if publication.kind is PublicationKind.UPDATE:
        done = select(updates).join_from(_publications, _deliveries, ids == D.publication_id)
        done = done.where(of_entry, D.channel == claimed.channel, D.state.in_(OUT))
        done = done.where(updates.is_not(None))
        mends = select(ids).where(of_entry, _publications.c.kind.in_(mending), updates.in_(done))
        return D.publication_id.not_in(mends)
    if publication.kind in mending:
        return D.publication_id.in_(select(ids).where(updates == publication.update_id))
    return false()


def settle_later(
    db: Database, claimed: Claimed, now: datetime, why: str, retry_after: timedelta | None
) -> None:
    """Not now: back into the line, no sooner than the network asked for."""
    wait = max(retry_after or timedelta(0), _wait(claimed))
    _settle(db, claimed, {**_released(why), "not_before": now + wait})


def settle_rejected(db: Database, claimed: Claimed, now: datetime, why: str) -> None:
    """This message, never."""
    failed = {**_released(why), "state": DeliveryState.FAILED, "settled_at": now}
    with db.claim() as session:
        session.connection().execute(_STILL_MINE.values(failed), _mine(claimed))


def settle_broken(db: Database, claimed: Claimed, now: datetime, why: str) -> None:
    """The account cannot post: the delivery waits, the channel stops until an operator acts."""
    _settle(db, claimed, _released(why))
    break_channel(db, claimed.channel, now, why)


def settle_unknown(
    db: Database,
    claimed: Claimed,
    now: datetime,
    why: str,
    certainty: Certainty,
    text: str | None = None,
) -> None:
    """It may have been accepted: what can be done about it depends on the kind.

    `text` is what may be there, for whoever looks for it.
    """
    doubted = dict(doubt(now, certainty, why, _wait(claimed)))
    _settle(db, claimed, {**doubted, "text": text} if text else doubted)


def _released(why: str) -> dict[str, Any]:
    return {
        "state": DeliveryState.PENDING,
        "lease_until": None,
        "claimed_by": None,
        "error": why,
    }


def _settle(db: Database, claimed: Claimed, values: Mapping[str, Any]) -> None:
    """Store it, unless somebody else settled or took the delivery in the meantime."""
    with db.claim() as session:
        session.connection().execute(_HELD_BY_WORKER.values(values), _mine(claimed))


def break_channel(db: Database, name: str, now: datetime, why: str) -> None:
    """Mark a channel as broken, with the reason that operators read."""
    with db.claim() as session:
        row = session.get(Channel, name) or Channel(name=name)
        if row.state is ChannelState.PAUSED:
            return
        row.state, row.why, row.since = ChannelState.BROKEN, why, now
        session.add(row)
