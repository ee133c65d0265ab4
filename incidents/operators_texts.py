"""Templates and answers that operators added or reworded: every version of each is kept.

An upgrade never touches them. What was published is frozen elsewhere and does not change with them.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from incidents.models import Base, LocalizedText
from incidents.texts import TextLibrary, TextName


class OperatorsText(Base):
    """One version of one text; the newest is in force."""

    __tablename__ = "operators_texts"
    __table_args__ = (UniqueConstraint("kind", "key", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(120))
    number: Mapped[int]
    sources: Mapped[LocalizedText]
    """Whole texts as files have them, in the languages that differ from the shipped ones.
    None at all: the shipped text is in force again, or there is no such text any more."""
    made_from: Mapped[LocalizedText]
    """The shipped texts as they were then, to see what an upgrade changed since."""
    author_id: Mapped[str] = mapped_column(ForeignKey("operators.id"))
    at: Mapped[datetime]
    stamp: Mapped[str] = mapped_column(String(64))
    """A digest of this version and of all before it: it names the state of all texts."""


def texts_at(texts: TextLibrary, session: Session) -> TextLibrary:
    """The library as a snapshot of the database has it: one small query where nothing changed."""
    return texts.reworded(state(session), lambda: own_texts(session))


def state(session: Session) -> str:
    """What names the state of all of operators' own texts; "" where there never was one."""
    newest = select(OperatorsText.stamp).order_by(OperatorsText.id.desc()).limit(1)
    return session.scalar(newest) or ""


def own_texts(session: Session) -> dict[TextName, dict[str, str]]:
    """Operators' own words that are in force."""
    newest = select(func.max(OperatorsText.id)).group_by(OperatorsText.kind, OperatorsText.key)
    rows = session.scalars(
        select(OperatorsText).where(OperatorsText.id.in_(newest)).order_by(OperatorsText.id)
    )
    return {TextName(row.kind, row.key): row.sources for row in rows if row.sources}


def versions(session: Session, name: TextName) -> list[OperatorsText]:
    """All versions of a text, newest first."""
    mine = OperatorsText.kind == name.kind, OperatorsText.key == name.key
    return list(
        session.scalars(select(OperatorsText).where(*mine).order_by(OperatorsText.number.desc()))
    )


def next_stamp(session: Session, name: TextName, number: int, sources: LocalizedText) -> str:
    """The stamp of a version that is about to be written."""
    said = json.dumps([state(session), name.kind, name.key, number, sources], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
