"""What was read of entries and days that are over, for the next reading.

Most of what a home page and the API show is over, and does not change any more: to read it from its
tables again would be half of the time that a publication takes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.models import Event
from incidents.queries._history import PastDays
from incidents.queries._touched import last_event
from incidents.view import PublicIncident

_MOST = 500
"""Entries: several times as many as all pages that show the present show together."""
_REWRITES = frozenset(
    {
        "component_saved",
        "component_statuses_imported",
        "components_imported",
        "incident_backdated",
        "incident_imported",
    }
)
"""The events that change what is known of days that are over, or of which components."""


@dataclass
class Kept:
    """Views of closed entries and of days, each as good as one that is read now. For one thread
    at a time.

    What changes an entry is an event that names it, also where a component of it is hidden or
    renamed: those that happened since drop it.
    """

    past: PastDays = field(default_factory=PastDays)
    _event: int = 0
    _views: dict[str, PublicIncident] = field(default_factory=dict)

    def renew(self, session: Session) -> None:
        """Drop what has changed by the time of this snapshot."""
        last = last_event(session)
        if last < self._event:
            self.clear()
        elif (self._views or self.past.of) and last > self._event:
            changed = select(Event.incident_id, Event.kind).where(Event.seq > self._event)
            for incident_id, kind in session.execute(changed):
                self._views.pop(incident_id or "", None)
                if kind in _REWRITES:
                    self.past.clear()
        self._event = last

    def get(self, incident_ids: Collection[str]) -> dict[str, PublicIncident]:
        """Those of some entries that are kept."""
        return {key: self._views[key] for key in incident_ids if key in self._views}

    def keep(self, views: Iterable[PublicIncident]) -> None:
        """Keep those that are over."""
        self._views.update((view.id, view) for view in views if not view.open)
        if len(self._views) > _MOST:
            self._views.clear()

    def clear(self) -> None:
        """Keep nothing."""
        self._views.clear()
        self.past.clear()
