"""What was read before, for the next reading.

Most of what a home page and the API show is over, and does not change any more: to read it from its
tables again would be half of the time that a publication takes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.models import Event
from incidents.queries._history import PastDays
from incidents.queries._touched import last_event
from incidents.view import PublicIncident, PublicUpdate

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


_MOST_UPDATES = 5_000
"""Of all entries together; an entry of which more was told than that is read anew each time."""
_APPENDS = frozenset({"update_posted"})
"""The events that leave the updates before them as they were, in an entry that stays open."""


@dataclass(frozen=True, slots=True)
class _Thread:
    """What was told of an entry up to an event of it."""

    seq: int
    updates: tuple[PublicUpdate, ...]


class KeptUpdates:
    """Views of the updates of open entries, each as good as one that is read now. For all threads.

    A program that reports to an incident is answered with all that was told of it; all but the
    last was read when it reported before.
    """

    def __init__(self) -> None:
        self._threads: dict[str, _Thread] = {}

    def of(self, session: Session, open_ids: Collection[str]) -> Standing:
        """What is kept of some open entries, and is as it is in this snapshot."""
        kept = {key: thread for key in open_ids if (thread := self._threads.get(key))}
        floor = min((kept[key].seq if key in kept else 0 for key in open_ids), default=0)
        happened: dict[str, dict[int, str]] = {key: {} for key in open_ids}
        events = select(Event.incident_id, Event.seq, Event.kind)
        for key, seq, kind in session.execute(
            events.where(Event.incident_id.in_(open_ids), Event.seq >= floor)
        ):
            happened[key or ""][seq] = kind
        return Standing(
            {key: max(events, default=0) for key, events in happened.items()},
            {key: old.updates for key, old in kept.items() if _stands(old, happened[key])},
        )

    def keep(self, standing: Standing, found: Mapping[str, tuple[PublicUpdate, ...]]) -> None:
        """Keep the updates of entries, as they were read in the snapshot of `standing`."""
        for key, seq in standing.last.items():
            if seq and (updates := found.get(key)):
                self._threads[key] = _Thread(seq, updates)
        if sum(len(thread.updates) for thread in list(self._threads.values())) > _MOST_UPDATES:
            self._threads.clear()


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept of some entries that are open in a snapshot."""

    last: Mapping[str, int]
    """The last event of each."""
    updates: Mapping[str, tuple[PublicUpdate, ...]]
    """The newest first; those of an entry that came since are missing."""


def _stands(old: _Thread, happened: Mapping[int, str]) -> bool:
    """Whether what was told up to an event still stands; an event that this snapshot does not have
    is of another one, which may be later."""
    since = (kind for seq, kind in happened.items() if seq > old.seq)
    return old.seq in happened and all(kind in _APPENDS for kind in since)
