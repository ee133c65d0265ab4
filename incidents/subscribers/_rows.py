"""Who asked for updates, and how far each list has been walked. No event ever names a person.

A publication has one delivery for each list. Its letters are no rows of their own: a `Round` walks
the subscribers by their numbers, a `Batch` at a time, and only what could not be handed over at
once is kept, as a `Letter`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from incidents.models import Base, Word
from incidents.status import ListMode


class SubscriberState(StrEnum):
    """Statuspage's words for it, and one of ours."""

    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    QUARANTINED = "quarantined"
    """Letters came back; nothing is sent until the owner or an operator says so."""
    UNSUBSCRIBED = "unsubscribed"
    """Erased in a few days; until then a mistake can be undone."""


class LetterKind(StrEnum):
    """What a kept letter says."""

    NEWS = "news"
    """A publication, which could not be handed over at once."""
    CONFIRM = "confirm"
    """Was it you who asked?"""
    MANAGE = "manage"
    """The link to one's own choices."""
    STOPPED = "stopped"
    """To the owner of a webhook: it failed for a day, nothing is sent to it any more."""


class Subscriber(Base):
    """One address that asked. Of those that are not `unconfirmed` an address has one alone."""

    __tablename__ = "subscribers"
    __table_args__ = (
        Index(
            "uq_subscribers_address",
            "mode",
            "address_key",
            unique=True,
            sqlite_where=text("state <> 'unconfirmed'"),
            postgresql_where=text("state <> 'unconfirmed'"),
        ),
        Index(None, "address_key"),
        Index(None, "mode", "state", "number"),
        Index(None, "state", "changed_at"),
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    """The order in which a list is walked."""
    id: Mapped[str] = mapped_column(String(12), unique=True)
    mode: Mapped[ListMode] = mapped_column(Word(ListMode))
    address: Mapped[str] = mapped_column(Text)
    """As it was typed: mail goes to this, never to what somebody else types."""
    address_key: Mapped[str] = mapped_column(String(43))
    """The same for every way to write the address: SHA-256 in base64url."""
    contact: Mapped[str | None] = mapped_column(Text)
    """A webhook's owner: their e-mail address, for its confirmation and its faults."""
    keys: Mapped[dict[str, Any]]
    """A browser's public key and shared secret (RFC 8291): `p256dh` and `auth`."""
    state: Mapped[SubscriberState] = mapped_column(Word(SubscriberState))
    locale: Mapped[str] = mapped_column(String(12))
    follows: Mapped[bool]
    """Whether more is wanted than single incidents."""
    everything: Mapped[bool]
    """Every component; else those of `subscriber_components`."""
    incidents: Mapped[bool]
    maintenances: Mapped[bool]
    notices: Mapped[bool]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """When the state became what it is."""
    active_since: Mapped[datetime | None]
    """What was published before is not sent."""
    bounces: Mapped[int] = mapped_column(default=0)
    """Days on which letters came back, of late."""
    bounced_at: Mapped[datetime | None]
    """When the last of them was counted."""
    why: Mapped[str] = mapped_column(Text, default="")
    """Why it is quarantined."""


class SubscriberComponent(Base):
    """A component that a subscriber chose."""

    __tablename__ = "subscriber_components"
    subscriber: Mapped[int] = mapped_column(
        ForeignKey("subscribers.number", ondelete="CASCADE"), primary_key=True
    )
    component_id: Mapped[str] = mapped_column(ForeignKey("components.id"), primary_key=True)


class SubscriberIncident(Base):
    """One incident that a subscriber follows, whatever else they follow."""

    __tablename__ = "subscriber_incidents"
    __table_args__ = (Index(None, "incident_id"),)
    subscriber: Mapped[int] = mapped_column(
        ForeignKey("subscribers.number", ondelete="CASCADE"), primary_key=True
    )
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)


class Round(Base):
    """One walk through a list, for a publication's delivery or for a component's change."""

    __tablename__ = "rounds"
    __table_args__ = (
        UniqueConstraint("channel", "delivery_id"),
        UniqueConstraint("channel", "change_id"),
        Index(None, "channel", "done_at"),
        Index(None, "incident_id", "channel"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(40))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"))
    change_id: Mapped[int | None] = mapped_column(ForeignKey("component_changes.id"))
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"))
    seq: Mapped[int]
    """The publication's event: the order of an incident's rounds; 0 for a component's change."""
    cursor: Mapped[int] = mapped_column(default=0)
    """The last subscriber that some batch holds or held."""
    total: Mapped[int] = mapped_column(default=0)
    """How many it was for when it began."""
    sent: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    """Of a component's change alone: a delivery has a lease of its own."""
    claimed_by: Mapped[str | None] = mapped_column(String(60))


class Batch(Base):
    """Subscribers that are being written to. One that its holder left behind is done again."""

    __tablename__ = "batches"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id", ondelete="CASCADE"), index=True)
    first: Mapped[int]
    last: Mapped[int]


class Letter(Base):
    """What one subscriber has still to get: tried again until it is too old."""

    __tablename__ = "letters"
    __table_args__ = (Index(None, "channel", "not_before"), Index(None, "round_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(40))
    """The list whose carrier takes it: a webhook's owner gets mail."""
    subscriber: Mapped[int] = mapped_column(
        ForeignKey("subscribers.number", ondelete="CASCADE"), index=True
    )
    kind: Mapped[LetterKind] = mapped_column(Word(LetterKind))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("rounds.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(60))
    error: Mapped[str] = mapped_column(Text, default="")
