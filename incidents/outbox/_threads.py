"""The thread that a delivery belongs to, on its channel: what is out there, what holds it up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, bindparam, select
from sqlalchemy.orm import Session

from incidents.models import Publication
from incidents.outbox._rows import (
    CHANNEL,
    CLOCK_SLACK,
    HOLDS_THREAD,
    OUT,
    TROUBLED,
    AnyRow,
    D,
    Thread,
    sent_of,
)
from incidents.status import PublicationKind

_P = cast("Table", Publication.__table__).c
_TAKES_BACK = (PublicationKind.CORRECTION, PublicationKind.RETRACTION)

# Without what networks answered: threads may be long, and two posts of them are asked for.
_BEFORE = (
    select(D.id, D.state, D.settled_at, D.remote_id)
    .where(
        D.channel == CHANNEL,
        D.recipient == bindparam("recipient"),
        D.thread == bindparam("thread"),
        D.seq < bindparam("seq"),
    )
    .order_by(D.seq.desc(), D.id.desc())
)
_POSTS = select(D.id, D.remote_id, D.remote_url, D.remote_extra).where(
    D.id.in_(bindparam("posts", expanding=True))
)
_TARGET = (
    select(D.remote_id, D.remote_url, D.remote_extra)
    .join_from(D.id.table, _P.id.table, _P.id == D.publication_id)
    .where(
        D.channel == CHANNEL,
        D.recipient == bindparam("recipient"),
        _P.update_id == bindparam("update"),
        _P.kind == PublicationKind.UPDATE,
        D.state.in_(OUT),
        D.remote_id.is_not(None),
    )
)


def before(
    connection: Connection, channel: str, recipient: str, thread: str, seq: int
) -> Sequence[AnyRow]:
    """The earlier deliveries of a thread, newest first."""
    values = {"channel": channel, "recipient": recipient, "thread": thread, "seq": seq}
    return connection.execute(_BEFORE, values).all()


def is_held_up(earlier: Sequence[AnyRow], now: datetime) -> bool:
    """A failed or unconfirmed delivery holds those behind it up, for two minutes at the most."""
    return any(
        row.state in TROUBLED
        and row.settled_at is not None
        and now - HOLDS_THREAD < row.settled_at <= now + CLOCK_SLACK
        for row in earlier
    )


def breaks_off(earlier: Sequence[AnyRow]) -> bool:
    """Whether the next one stands alone: what became of the one before it is not known.

    Where others were superseded in between, readers missed those anyway; then the next one replies
    to the latest post that is known to be out.
    """
    return bool(earlier) and earlier[0].state in TROUBLED


def out(connection: Connection, earlier: Sequence[AnyRow], *, standalone: bool) -> Thread:
    """The thread as readers see it. An edit is no post of its own: it counts where it was first."""
    posts: dict[str, int] = {}
    for row in reversed(earlier):
        if row.state in OUT and row.remote_id:
            posts.setdefault(row.remote_id, row.id)
    if not posts or standalone:
        return Thread()
    ids = list(posts.values())
    found = connection.execute(_POSTS, {"posts": list({ids[0], ids[-1]})})
    sent = {row.id: sent_of(row) for row in found}
    return Thread(parent=sent[ids[-1]], root=sent[ids[0]])


def with_target(
    connection: Connection, thread: Thread, publication: Publication, channel: str, recipient: str
) -> Thread:
    """The same thread with the post that a correction or retraction speaks of."""
    if publication.kind not in _TAKES_BACK:
        return thread
    values = {"channel": channel, "recipient": recipient, "update": publication.update_id}
    found = connection.execute(_TARGET, values).first()
    return Thread(thread.parent, thread.root, sent_of(found)) if found else thread


def standing(session: Session, channel: str, publication: Publication) -> Thread:
    """The thread that a publication would find on a channel if it went out now: for previews."""
    connection = session.connection()
    earlier = before(connection, channel, "", publication.incident_id, publication.event_seq)
    thread = out(connection, earlier, standalone=breaks_off(earlier))
    return with_target(connection, thread, publication, channel, "")
