"""What was answered to a write that came with an idempotency key: sent again, it is done once.

A reply is kept for 24 hours, per token and key. It is begun before the action and ended after it;
one that was begun and never ended belongs to a process that died.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Delete, ForeignKey, String, Text, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from incidents.access._rows import DIGEST
from incidents.db import Database
from incidents.errors import InvalidInput, NotPossible
from incidents.models import Base

KEPT = timedelta(hours=24)
_UNDER_WAY_IN_WORDS = "the same request is under way; ask again in a moment"
_UNDER_WAY = timedelta(minutes=2)
"""A request that has not ended by then is thought dead."""


class KeptReply(Base):
    """One reply; without a status while its request is under way."""

    __tablename__ = "kept_replies"
    token_id: Mapped[str] = mapped_column(ForeignKey("tokens.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    asked: Mapped[str] = mapped_column(DIGEST)
    """A hash of method, path and body."""
    begun_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    body: Mapped[str] = mapped_column(Text, default="")
    etag: Mapped[str] = mapped_column(String(80), default="")


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered."""

    status: int
    body: str
    etag: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A request that may be answered now."""

    reply: Reply | None = None
    """What was answered already."""
    again: bool = False
    """Whether it was begun before by somebody who died: it may have been done or not."""


class UnderWay(NotPossible):
    """The same request is being answered at this very moment."""


def begin(db: Database, token_id: str, key: str, asked: str, now: datetime) -> Begun:
    """Take a key for a request; answers what there is of it already.

    Raises `InvalidInput` where the key came with another request, `UnderWay` where that one has
    not been answered yet.
    """
    try:
        return _begun(db, KeptReply(token_id=token_id, key=key, asked=asked, begun_at=now))
    except IntegrityError:  # two came at once, and the other one was first
        raise UnderWay(_UNDER_WAY_IN_WORDS) from None


def _begun(db: Database, new: KeptReply) -> Begun:
    with db.claim() as session:
        session.execute(_old(new.begun_at))
        found = session.get(KeptReply, (new.token_id, new.key), with_for_update=True)
        if found is None:
            session.add(new)
            session.flush()
            return Begun()
        if found.asked != new.asked:
            raise InvalidInput(
                "Idempotency-Key: came with another request already; take a new key for a new one"
            )
        if found.status is not None:
            return Begun(Reply(found.status, found.body, found.etag))
        if found.begun_at + _UNDER_WAY > new.begun_at:
            raise UnderWay(_UNDER_WAY_IN_WORDS)
        found.begun_at = new.begun_at
        return Begun(again=True)


def _old(now: datetime) -> Delete:
    return delete(KeptReply).where(KeptReply.begun_at <= now - KEPT)


def forget_replies(db: Database, now: datetime) -> None:
    """Remove those that were kept long enough, also where no keyed request comes any more."""
    with db.claim() as session:
        session.execute(_old(now))


def end(db: Database, token_id: str, key: str, reply: Reply) -> None:
    """Keep what was answered."""
    with db.claim() as session:
        row = session.get(KeptReply, (token_id, key))
        if row is not None:
            row.status, row.body, row.etag = reply.status, reply.body, reply.etag


def let_go(db: Database, token_id: str, key: str) -> None:
    """Forget a request that changed nothing, so that the key may be used for a better one."""
    with db.claim() as session:
        session.execute(
            delete(KeptReply).where(KeptReply.token_id == token_id, KeptReply.key == key)
        )


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same."""
    return sha256(b"\n".join((method.encode(), path.encode(), body))).hexdigest()
