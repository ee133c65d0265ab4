"""What has changed since somebody last looked at a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.models import (
    AffectedComponent,
    Component,
    ComponentChange,
    Draft,
    Incident,
    IncidentUpdate,
    UpdateComponent,
)
from incidents.queries._trail import draft_events
from incidents.status import BAD, IncidentKind
from incidents.view import Localized

_ABOUT_NOTHING_YET = ("declare_incident", "schedule")
_WRITTEN = ("draft_saved", "draft_changed")


@dataclass(frozen=True, slots=True)
class Stale:
    """What makes a draft void, and its approval with it. False where it still holds."""

    entry: int | None = None
    """The number of its entry, where that has changed."""
    statuses: tuple[Localized, ...] = ()
    """Its components whose status has changed."""
    taken: Mapping[int, tuple[Localized, ...]] = field(default_factory=dict)
    """By the number of an open incident, its components of which that has come to speak."""

    def sentences(self, locale: str) -> list[str]:
        """Why, each with what helps; components are called by their names in `locale`."""
        if self.entry is not None:
            return [f"#{self.entry} has changed since this draft was written: write it again"]
        found = [
            f"#{number} speaks of this by now: {_listed(names, locale)}; post an update there, "
            "or look at the draft again and keep it anew"
            for number, names in self.taken.items()
        ]
        if self.statuses:
            found.append(
                "this has another status since the draft was looked at: "
                f"{_listed(self.statuses, locale)}; look at it again and keep it anew"
            )
        return found

    def __bool__(self) -> bool:
        return self.entry is not None or bool(self.statuses or self.taken)


def stale_draft(session: Session, draft: Draft) -> Stale:
    """What has changed since a draft was approved, or else written: its entry, or for one that is
    about no entry yet, what is known of its components."""
    if draft.incident_id is not None:
        incident = session.get_one(Incident, draft.incident_id)
        return Stale(entry=None if incident.version == draft.version else incident.number)
    named = draft.input.get("components") or {}
    if draft.action not in _ABOUT_NOTHING_YET or not named:
        return Stale()
    parts = {
        row.id: row.name
        for row in session.scalars(
            select(Component)
            .where(Component.key.in_(named))
            .order_by(Component.position, Component.key)
        )
    }
    since = draft.approved_at or written_at(session, draft)
    taken: dict[int, tuple[Localized, ...]] = {}
    told = set()
    for number, component_id in _taken(session, [*parts], since):
        taken[number] = (*taken.get(number, ()), parts[component_id])
        told.add(component_id)
    changed = _changed(session, [*parts], since) - told
    return Stale(statuses=tuple(parts[one] for one in parts if one in changed), taken=taken)


def _listed(names: Iterable[Localized], locale: str) -> str:
    return ", ".join(name.get(locale) or next(iter(name.values()), "") for name in names)


def written_at(session: Session, draft: Draft) -> datetime:
    """When somebody last wrote a draft."""
    moments = [event.at for event in draft_events(session, draft.id) if event.kind in _WRITTEN]
    return max(moments, default=draft.created_at)


def _changed(session: Session, parts: list[str], since: datetime) -> set[str]:
    query = select(ComponentChange.component_id).where(
        ComponentChange.component_id.in_(parts), ComponentChange.at > since
    )
    return set(session.scalars(query))


def _taken(session: Session, parts: list[str], since: datetime) -> list[tuple[int, str]]:
    """Open incidents that named one of these components for the first time since then."""
    query = (
        select(Incident.number, AffectedComponent.component_id)
        .join(Incident, Incident.id == AffectedComponent.incident_id)
        .join(IncidentUpdate, IncidentUpdate.incident_id == Incident.id)
        .join(
            UpdateComponent,
            (UpdateComponent.update_id == IncidentUpdate.id)
            & (UpdateComponent.component_id == AffectedComponent.component_id),
        )
        .where(
            AffectedComponent.component_id.in_(parts),
            AffectedComponent.status.in_(BAD),
            Incident.kind == IncidentKind.INCIDENT,
            Incident.closed_at.is_(None),
        )
        .group_by(Incident.number, AffectedComponent.component_id, AffectedComponent.position)
        .having(func.min(IncidentUpdate.created_at) > since)
        .order_by(Incident.number, AffectedComponent.position)
    )
    return [(number, component_id) for number, component_id in session.execute(query)]
