"""Which posts of citizens were answered by a person: where, by whom, with what. Never their text.

An address leads to its author: so it is kept for a while only, and stands in no event.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from incidents.models import AttachedAnswer, Base, Incident, IncidentUpdate


class AnsweredPost(Base):
    """An operator said that they answered one post."""

    __tablename__ = "answered_posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(String(500), index=True)
    """In the one form that `incidents.answering` gives it; "" where only the text was at hand."""
    network: Mapped[str] = mapped_column(String(20))
    answer: Mapped[str] = mapped_column(String(120))
    operator_id: Mapped[str] = mapped_column(ForeignKey("operators.id"))


def answers_to(session: Session, address: str) -> list[AnsweredPost]:
    """Who answered a post already, newest first; nobody where there is no address."""
    if not address:
        return []
    found = select(AnsweredPost).where(AnsweredPost.address == address)
    return list(session.scalars(found.order_by(AnsweredPost.at.desc(), AnsweredPost.id.desc())))


def latest_answers(session: Session, limit: int = 20) -> list[AnsweredPost]:
    """The latest answers to anyone, newest first."""
    newest = select(AnsweredPost).order_by(AnsweredPost.at.desc(), AnsweredPost.id.desc())
    return list(session.scalars(newest.limit(limit)))


def fields_in_use(session: Session) -> dict[str, dict[str, Any]]:
    """The answers that the page shows now, with the fields that were filled in for them there:
    whoever answers one person says the same."""
    found: dict[str, dict[str, Any]] = {}
    told = (
        select(IncidentUpdate.answers)
        .join(Incident, Incident.id == IncidentUpdate.incident_id)
        .where(Incident.closed_at.is_(None), IncidentUpdate.retracted_at.is_(None))
        .order_by(IncidentUpdate.at.desc())
    )
    for answers in session.scalars(told):
        for answer in answers:
            found.setdefault(answer["key"], answer["fields"])
    for row in session.scalars(select(AttachedAnswer).order_by(AttachedAnswer.id)):
        found.setdefault(row.key, row.fields)
    return found
