"""What was seen of posts, what was not, and what is under way with the networks about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from incidents.models import Delivery, Publication
from incidents.sightings import NetworkTicket, Sighting

UNSEEN_FOR = timedelta(days=7)
"""For how long it is told that a post is not seen: older news is no news."""
_MOST = 20
_PUBLISHED = (
    Publication.id,
    Publication.kind,
    Publication.incident_id,
    Publication.update_number,
    Publication.event_seq,
    Publication.at,
    Publication.name,
    Publication.status,
    Publication.reference,
)


def unseen(session: Session, now: datetime, channels: Collection[str]) -> Sequence[Sighting]:
    """Posts that readers or a search do not see, and that no operator said they know of."""
    return session.scalars(
        select(Sighting)
        .options(
            joinedload(Sighting.delivery).joinedload(Delivery.publication).load_only(*_PUBLISHED)
        )
        .where(Sighting.unseen_since > now - UNSEEN_FOR, Sighting.channel.in_(channels))
        .order_by(Sighting.unseen_since)
        .limit(_MOST)
    ).all()


def unseen_numbers(session: Session, now: datetime) -> Mapping[str, int]:
    """How many they are, by channel."""
    rows = session.execute(
        select(Sighting.channel, func.count())
        .where(Sighting.unseen_since > now - UNSEEN_FOR)
        .group_by(Sighting.channel)
    )
    return {row[0]: row[1] for row in rows}


def sightings(session: Session, deliveries: Collection[int]) -> Mapping[int, Sighting]:
    """What was seen of these deliveries' posts, by delivery."""
    rows = session.scalars(select(Sighting).where(Sighting.delivery_id.in_(deliveries)))
    return {row.delivery_id: row for row in rows}


def open_tickets(session: Session, channels: Collection[str] | None = None) -> list[NetworkTicket]:
    """Tickets with networks that are not closed, oldest first; of all channels, or of these."""
    query = select(NetworkTicket).where(NetworkTicket.closed_at.is_(None))
    if channels is not None:
        query = query.where(NetworkTicket.channel.in_(channels))
    return list(session.scalars(query.order_by(NetworkTicket.opened_at, NetworkTicket.id)))


def all_tickets(session: Session, limit: int = 100) -> list[NetworkTicket]:
    """Tickets with networks, closed ones too, newest first."""
    newest = select(NetworkTicket).order_by(NetworkTicket.id.desc()).limit(limit)
    return list(session.scalars(newest))
