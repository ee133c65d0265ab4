"""Entries and components as programs of the operators list them, hidden components among them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.models import Component, ComponentGroup, Draft, Incident
from incidents.operators_texts import texts_at
from incidents.queries._building import Builder
from incidents.queries._kept import KeptUpdates
from incidents.queries._looking_up import names_holding
from incidents.queries._rows import COMPONENT
from incidents.queries._touched import local_day
from incidents.status import IncidentKind, Status
from incidents.texts import TextLibrary
from incidents.view import PublicComponent, PublicGroup, PublicIncident, Service


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for. All conditions hold together; empty ones ask for nothing."""

    kinds: Collection[IncidentKind] = ()
    statuses: Collection[Status] = ()
    only_open: bool = False
    only_over: bool = False
    naming: str = ""
    """What their name holds, in any language."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of entries, the newest first, and how many there are on all pages."""

    entries: Sequence[PublicIncident]
    total: int


@dataclass(frozen=True)
class Listing:
    """What operators' programs read, within one snapshot, as of `now`."""

    session: Session
    service: Service
    texts: TextLibrary
    """As they were shipped, or as they are."""
    now: datetime
    kept: KeptUpdates | None = None
    """What was read before."""

    @cached_property
    def components(self) -> tuple[PublicComponent, ...]:
        """All components, in their order."""
        rows = self.session.execute(select(*COMPONENT).order_by(Component.position, Component.key))
        return tuple(PublicComponent(*row) for row in rows)

    def hidden(self) -> frozenset[str]:
        """The ids of the components that the public does not see."""
        return frozenset(
            self.session.scalars(select(Component.id).where(Component.hidden.is_(True)))
        )

    def groups(self) -> list[tuple[str, PublicGroup]]:
        """All groups with their keys, in their order."""
        rows = self.session.scalars(
            select(ComponentGroup).order_by(ComponentGroup.position, ComponentGroup.key)
        )
        return [
            (
                g.key,
                PublicGroup(g.id, g.name, g.description, g.position, g.created_at, g.updated_at),
            )
            for g in rows
        ]

    def entries(self, ids: Sequence[str]) -> list[PublicIncident]:
        """Entries by their ids, in that order."""
        found = {entry.id: entry for entry in self._builder.entries(ids)}
        return [found[entry_id] for entry_id in ids]

    def standing(self, entry_id: str) -> PublicIncident:
        """An entry as it stands, without its updates and posts."""
        return self._builder.standing(entry_id)

    @cached_property
    def _builder(self) -> Builder:
        return Builder(
            self.session,
            self.service,
            texts_at(self.texts, self.session),
            self.now,
            local_day(self.service, self.now),
            {},
            {component.id: component for component in self.components},
            self.kept,
        )

    def page(self, wanted: Wanted, number: int, size: int) -> Listed:
        """Page `number` (1, 2, 3 ...) of the entries that are asked for."""
        query = select(Incident.id)
        if wanted.kinds:
            query = query.where(Incident.kind.in_(wanted.kinds))
        if wanted.statuses:
            query = query.where(Incident.status.in_(wanted.statuses))
        if wanted.only_open:
            query = query.where(Incident.closed_at.is_(None))
        if wanted.only_over:
            query = query.where(Incident.closed_at.is_not(None))
        if wanted.naming:
            query = query.where(names_holding(wanted.naming))
        total = self.session.scalar(select(func.count()).select_from(query.subquery())) or 0
        ids = self.session.scalars(
            query.order_by(Incident.number.desc()).limit(size).offset((number - 1) * size)
        ).all()
        return Listed(self.entries(ids), total)

    def drafts_of(self, incident_id: str) -> list[Draft]:
        """What waits about an entry, the oldest first."""
        query = select(Draft).where(Draft.incident_id == incident_id).order_by(Draft.created_at)
        return list(self.session.scalars(query))
