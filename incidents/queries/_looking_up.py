"""What operators and actions look up."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.util import identity_key

from incidents.errors import NotFound
from incidents.models import (
    AffectedComponent,
    Channel,
    Component,
    ComponentChange,
    ComponentGroup,
    Delivery,
    Draft,
    Incident,
    IncidentUpdate,
    Operator,
    Page,
    Publication,
)
from incidents.status import (
    ChannelState,
    ComponentStatus,
    DeliveryState,
    IncidentKind,
    Status,
)


def find_incident(session: Session, reference: str, named: str = "incident") -> Incident:
    """An entry by its id, key or number ("#42" or "42"). Raises `NotFound` naming the field."""
    known = session.identity_map.get(identity_key(Incident, reference))
    if known is not None:
        return known
    number = reference.removeprefix("#")
    found = session.scalar(
        select(Incident).where(
            or_(
                Incident.id == reference,
                Incident.key == reference,
                Incident.number == (int(number) if number.isdecimal() and len(number) < 10 else 0),
            )
        )
    )
    if found is None:
        raise NotFound(f"{named}: there is no {reference!r}; see 'avviso incidents'")
    return found


def find_update(session: Session, incident: Incident, reference: str | None) -> IncidentUpdate:
    """One of an entry's updates by number or key; the latest for None. Raises `NotFound`."""
    updates = list(
        session.scalars(
            select(IncidentUpdate)
            .where(IncidentUpdate.incident_id == incident.id)
            .order_by(IncidentUpdate.number.desc())
        )
    )
    for update in updates:
        if reference is None or reference in (str(update.number), update.key):
            return update
    raise NotFound(
        f"update: #{incident.number} has no update {reference!r}; it has 1 to {len(updates)}"
    )


def find_draft(session: Session, draft_id: str) -> Draft:
    """A draft by its id. Raises `NotFound`."""
    draft = session.get(Draft, draft_id)
    if draft is None:
        raise NotFound(f"draft: there is no {draft_id!r}")
    return draft


def page_id(session: Session) -> str | None:
    """The page's id; None before it was set up."""
    return session.scalar(select(Page.id))


def component_history(
    session: Session, component_id: str
) -> list[tuple[datetime, ComponentStatus]]:
    """(when, new status) of a component, oldest first, as `status.uptime` takes them."""
    rows = session.execute(
        select(ComponentChange.at, ComponentChange.new_status)
        .where(ComponentChange.component_id == component_id)
        .order_by(ComponentChange.at, ComponentChange.id)
    )
    return [(at, status) for at, status in rows]


def incidents(
    session: Session,
    *,
    only_open: bool = False,
    limit: int = 100,
    page: int = 1,
    kinds: Collection[IncidentKind] = (),
    statuses: Collection[Status] = (),
    naming: str = "",
) -> list[Incident]:
    """Entries, newest first, with their updates, on pages of `limit` of them. All that is asked for
    holds together; `naming` is what the name holds, in any language."""
    query = (
        select(Incident)
        .options(selectinload(Incident.updates), selectinload(Incident.affected))
        .order_by(Incident.number.desc())
        .limit(limit)
        .offset((page - 1) * limit)
    )
    if only_open:
        query = query.where(Incident.closed_at.is_(None))
    if kinds:
        query = query.where(Incident.kind.in_(kinds))
    if statuses:
        query = query.where(Incident.status.in_(statuses))
    if naming:
        query = query.where(names_holding(naming))
    return list(session.scalars(query))


def names_holding(text: str) -> ColumnElement[bool]:
    """Whether an entry's name holds a text, in any language and in any case of ASCII."""
    # As JSON writes it: what is no ASCII stands escaped in the column.
    written = json.dumps(text)[1:-1]
    return cast(Incident.name, String).icontains(written, autoescape=True)


def components(session: Session) -> list[Component]:
    """All components, hidden ones too, in their order."""
    return list(session.scalars(select(Component).order_by(Component.position, Component.key)))


def components_chosen(
    session: Session, chosen: Mapping[str, str]
) -> list[tuple[Mapping[str, str], str]]:
    """By the keys that were chosen, the names of components with what is said of each, in their
    order."""
    return [(row.name, chosen[row.key]) for row in components(session) if row.key in chosen]


def groups(session: Session) -> list[ComponentGroup]:
    """All component groups, in their order."""
    ordered = select(ComponentGroup).order_by(ComponentGroup.position, ComponentGroup.key)
    return list(session.scalars(ordered))


def entries_naming(session: Session, component_id: str) -> tuple[int, list[Incident]]:
    """How many entries name a component, and those of them that are open."""
    named = (
        select(Incident)
        .join(AffectedComponent, AffectedComponent.incident_id == Incident.id)
        .where(AffectedComponent.component_id == component_id)
    )
    count = session.scalar(
        select(func.count())
        .select_from(AffectedComponent)
        .where(AffectedComponent.component_id == component_id)
    )
    still = session.scalars(named.where(Incident.closed_at.is_(None)).order_by(Incident.number))
    return count or 0, list(still)


def operators(session: Session) -> list[Operator]:
    return list(session.scalars(select(Operator).order_by(Operator.login)))


def drafts(session: Session) -> list[Draft]:
    return list(session.scalars(select(Draft).order_by(Draft.created_at)))


def deliveries(
    session: Session,
    *,
    incident: str | None = None,
    state: DeliveryState | None = None,
    channel: str | None = None,
    limit: int = 100,
) -> list[Delivery]:
    """Deliveries with their publications, newest first. Raises `NotFound` for the incident."""
    query = (
        select(Delivery)
        .options(selectinload(Delivery.publication))
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    if incident is not None:
        # By its publications, which is an index; its thread alone is none.
        entry = find_incident(session, incident)
        published = select(Publication.id).where(Publication.incident_id == entry.id)
        query = query.where(Delivery.publication_id.in_(published))
    if state is not None:
        query = query.where(Delivery.state == state)
    if channel is not None:
        query = query.where(Delivery.channel == channel)
    return list(session.scalars(query))


def channel_states(session: Session) -> dict[str, Channel]:
    """Channels that are not simply on, by name."""
    return {row.name: row for row in session.scalars(select(Channel)) if row.state != "on"}


def broken_channels(session: Session) -> set[str]:
    return set(session.scalars(select(Channel.name).where(Channel.state != ChannelState.ON)))
