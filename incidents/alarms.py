"""What monitors said is wrong, as it is kept.

An alarm is nobody's word yet: it becomes a draft, or, where the settings
allow it, a templated acknowledgement (`actions.alarm`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from incidents.models import Base

SUMMARY_LENGTH = 500
"""Characters that are kept of what a monitor says of an alarm."""


class Alarm(Base):
    """One alarm of one source, from its beginning to its end. Nothing public reads it."""

    __tablename__ = "alarms"
    __table_args__ = (
        Index(None, "source", "fingerprint"),
        Index(None, "source", "created_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(255))
    summary: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(String(80))
    components: Mapped[dict[str, str]]
    """By component's key, the status that the settings give it for this alarm."""
    began_at: Mapped[datetime]
    """As the monitor says."""
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    """When the monitor last spoke of it."""
    published_at: Mapped[datetime | None]
    """When it was published by itself."""
    draft_id: Mapped[str | None] = mapped_column(String(12), index=True)
    """The draft that it is in; that draft may be gone."""
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"), index=True)


class AlarmMessage(Base):
    """A signed message that was taken, so that it is not taken a second time."""

    __tablename__ = "alarm_messages"
    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    signed_at: Mapped[datetime] = mapped_column(index=True)


def summaries(alarms: Iterable[Alarm]) -> str:
    """What the monitors say, a line for each alarm, for operators alone."""
    return "\n".join(f"{alarm.source}: {alarm.summary}" for alarm in alarms)
