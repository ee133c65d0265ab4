"""Which feeds have news: for those who are to be told."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.models import AffectedComponent, Component, Publication
from incidents.queries._touched import last_event


@dataclass(frozen=True, slots=True)
class News:
    """What was published after some event; `event` is the latest that there is."""

    event: int
    incidents: frozenset[str] = frozenset()
    components: frozenset[str] = frozenset()
    """The public ones that these incidents name."""


def news(session: Session, after: int | None) -> News:
    """What was published after event number `after`; None: of no interest."""
    last = last_event(session)
    if after is None or after >= last:
        return News(last)
    query = select(Publication.incident_id).where(Publication.event_seq > after)
    incidents = frozenset(session.scalars(query))
    named = (
        select(AffectedComponent.component_id)
        .join(Component, Component.id == AffectedComponent.component_id)
        .where(AffectedComponent.incident_id.in_(incidents), Component.hidden.is_(False))
    )
    components = frozenset(session.scalars(named)) if incidents else frozenset()
    return News(last, incidents, components)
