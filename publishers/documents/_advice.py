"""What readers should do and should not do, as it holds now.

An update that says nothing of it changes nothing of it: what was said before still holds, and is
shown with the hour at which it was said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from incidents.view import Localized, PublicIncident


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do and what not, from one update."""

    to_do: Localized
    not_to_do: Localized
    said_at: datetime | None = None
    """When, where it is from an older update than the latest one that stands; else None."""


def advice(entry: PublicIncident) -> Advice | None:
    """That of the latest update that gives any and was not withdrawn; None where there is none."""
    standing = [update for update in entry.updates if update.retraction is None]
    for update in standing:
        if any(update.to_do.values()) or any(update.not_to_do.values()):
            said_at = None if update is standing[0] else update.at
            return Advice(update.to_do, update.not_to_do, said_at)
    return None
