"""Lists that are being taken over from a file: how far each is, and what of it was faulty.

What was uploaded is cut into parts, which go as they are taken: progress, subscribers and what is
left are of one transaction, so that a process that dies costs nothing and repeats nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from incidents.models import Base


class Import(Base):
    """One file of subscribers."""

    __tablename__ = "imports"
    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operators.id"))
    created_at: Mapped[datetime]
    consent: Mapped[str] = mapped_column(Text, default="")
    """Where and when all of them agreed, who are active at once; "" where each is asked."""
    lines: Mapped[int] = mapped_column(default=0)
    """How many subscribers the file names."""
    done: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    faulty: Mapped[int] = mapped_column(default=0)
    ready_at: Mapped[datetime | None]
    """When all of the file was here; what is not ready is not begun."""
    finished_at: Mapped[datetime | None]


class ImportPart(Base):
    """Some lines of a file that were not taken yet."""

    __tablename__ = "import_parts"
    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), index=True)
    lines: Mapped[list[Any]] = mapped_column(JSON)


class ImportFault(Base):
    """A line that was not taken, and why. What stood in it is not kept."""

    __tablename__ = "import_faults"
    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), index=True)
    line: Mapped[int]
    field: Mapped[str] = mapped_column(String(20))
    why: Mapped[str] = mapped_column(Text)
