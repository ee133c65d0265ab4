"""When those who subscribed are reminded, and where. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Reminders:
    """The house's rules of reminders."""

    before_maintenance: tuple[timedelta, ...] = ()
    """How long before planned work begins."""
    channels: frozenset[str] = frozenset()
    """The accounts that get them; the lists do in any case."""
