"""Names for what pages say, so that an open page can tell whether it is still true."""

from __future__ import annotations

import json
from datetime import UTC
from hashlib import sha256

from incidents.view import HomeView, PublicIncident


def version(view: HomeView) -> str:
    """A name for what the home page says, the time of the check left out."""
    said = (
        [_said(entry) for entry in (*view.active, *view.upcoming, *view.past)],
        [(part.id, part.status, dict(part.name)) for part in view.components],
        [
            (item.key, dict(item.question), dict(item.answer), dict(item.dates))
            for item in view.answers
        ],
    )
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def mark(entry: PublicIncident) -> str:
    """When somebody last changed an open entry, in UTC; what time alone changes is not in it."""
    return f"{entry.updated_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _said(entry: PublicIncident) -> tuple[str, str, str, bool]:
    return entry.id, entry.updated_at.isoformat(), entry.status, entry.overdue
