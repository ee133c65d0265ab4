"""What a subscriber chose: which components, which kinds of news, which single incidents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from incidents.errors import InvalidInput
from incidents.models import Component, Incident
from incidents.status import IncidentKind
from incidents.subscribers._rows import Subscriber, SubscriberComponent, SubscriberIncident

KINDS: tuple[IncidentKind, ...] = tuple(IncidentKind)


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody wants to be told of."""

    locale: str
    follows: bool = True
    """Whether more is wanted than the single `incidents`."""
    components: tuple[str, ...] | None = None
    """Ids of components; None for all of them, those to come as well."""
    kinds: tuple[IncidentKind, ...] = KINDS
    incidents: tuple[str, ...] = field(default=())
    """Ids of incidents that are followed, whatever else is chosen."""


def checked_choices(session: Session, choices: Choices, locales: Sequence[str]) -> Choices:
    """The same, if it can be. Raises `InvalidInput` naming the field."""
    if choices.locale not in locales:
        raise InvalidInput(f"language: should be one of {', '.join(locales)}")
    if not choices.follows and not choices.incidents:
        raise InvalidInput("incident: choose an incident to follow, or everything")
    if choices.follows and not choices.kinds:
        raise InvalidInput("kinds: choose at least one kind of news")
    if choices.follows and choices.components is not None and not choices.components:
        raise InvalidInput("components: choose at least one, or all of them")
    known = set(session.scalars(select(Component.id).where(Component.hidden.is_(False))))
    if not known.issuperset(choices.components or ()):
        raise InvalidInput("components: one of them is not on the page any more")
    wanted = set(choices.incidents)
    found = set(session.scalars(select(Incident.id).where(Incident.id.in_(wanted))))
    if wanted != found:
        raise InvalidInput("incident: there is no such incident")
    return choices


def set_choices(session: Session, subscriber: Subscriber, choices: Choices) -> None:
    """Write them in place of those that were there."""
    subscriber.locale = choices.locale
    subscriber.follows = choices.follows
    subscriber.everything = choices.components is None
    subscriber.incidents = IncidentKind.INCIDENT in choices.kinds
    subscriber.maintenances = IncidentKind.MAINTENANCE in choices.kinds
    subscriber.notices = IncidentKind.ADVANCE_NOTICE in choices.kinds
    session.flush()
    for table in (SubscriberComponent, SubscriberIncident):
        session.execute(delete(table).where(table.subscriber == subscriber.number))
    chosen = [
        {"subscriber": subscriber.number, "component_id": component}
        for component in dict.fromkeys(choices.components or ())
    ]
    followed = [
        {"subscriber": subscriber.number, "incident_id": incident}
        for incident in dict.fromkeys(choices.incidents)
    ]
    if chosen:
        session.execute(insert(SubscriberComponent), chosen)
    if followed:
        session.execute(insert(SubscriberIncident), followed)


def choices_of(session: Session, subscriber: Subscriber) -> Choices:
    """What a subscriber chose."""
    components = session.scalars(
        select(SubscriberComponent.component_id)
        .join(Component, Component.id == SubscriberComponent.component_id)
        .where(SubscriberComponent.subscriber == subscriber.number)
        .order_by(Component.position, Component.id)
    )
    incidents = session.scalars(
        select(SubscriberIncident.incident_id)
        .where(SubscriberIncident.subscriber == subscriber.number)
        .order_by(SubscriberIncident.incident_id)
    )
    wanted = {
        IncidentKind.INCIDENT: subscriber.incidents,
        IncidentKind.MAINTENANCE: subscriber.maintenances,
        IncidentKind.ADVANCE_NOTICE: subscriber.notices,
    }
    return Choices(
        locale=subscriber.locale,
        follows=subscriber.follows,
        components=None if subscriber.everything else tuple(components),
        kinds=tuple(kind for kind, is_wanted in wanted.items() if is_wanted),
        incidents=tuple(incidents),
    )
