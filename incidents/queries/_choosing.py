"""What subscribers can choose among, and what is called how."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.models import Component, ComponentGroup, Event, Incident, Page
from incidents.queries._rows import COMPONENT
from incidents.view import Localized, PublicComponent, PublicGroup


def public_components(
    session: Session,
) -> tuple[tuple[PublicComponent, ...], tuple[PublicGroup, ...]]:
    """The components that are on the page and their groups, in the operators' order."""
    parts = session.execute(
        select(*COMPONENT)
        .where(Component.hidden.is_(False))
        .order_by(Component.position, Component.key)
    )
    groups = session.scalars(select(ComponentGroup).order_by(ComponentGroup.position))
    return tuple(PublicComponent(*row) for row in parts), tuple(
        PublicGroup(g.id, g.name, g.description, g.position, g.created_at, g.updated_at)
        for g in groups
    )


def component_names(session: Session, ids: Sequence[str]) -> list[Localized]:
    """The names of components that are on the page, in their order."""
    query = (
        select(Component.name)
        .where(Component.id.in_(ids), Component.hidden.is_(False))
        .order_by(Component.position, Component.key)
    )
    return list(session.scalars(query))


def incident_names(session: Session, ids: Sequence[str]) -> list[tuple[str, Localized]]:
    """Incidents with their names, in the order of their numbers."""
    query = select(Incident.id, Incident.name).where(Incident.id.in_(ids))
    return [(row.id, row.name) for row in session.execute(query.order_by(Incident.number))]


def latest_month(session: Session) -> str | None:
    """The newest month that has a history page, "2020-12"; None before there was anything."""
    return session.scalar(select(func.max(Incident.month)))


def last_public_change(session: Session) -> datetime | None:
    """When anything public last changed; None before the page was made."""
    latest = select(Event.at).where(Event.public.is_(True)).order_by(Event.seq.desc()).limit(1)
    return session.scalar(latest) or session.scalar(select(Page.created_at))
