"""The tables. Enums and ids are strings, times are aware UTC, texts per locale are JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from incidents.status import (
    ChannelState,
    ComponentStatus,
    DeliveryState,
    Impact,
    IncidentKind,
    Origin,
    PublicationKind,
    Role,
    Status,
)

LocalizedText = dict[str, str]


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime on every database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[StrEnum]):
    """A StrEnum kept as its plain word."""

    impl = String(40)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else str(self.words(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it as a plain class attribute
        datetime: Instant(),
        date: Date(),
        LocalizedText: JSON(),
        dict[str, Any]: JSON(),
        list[dict[str, Any]]: JSON(),
        ComponentStatus: Word(ComponentStatus),
        IncidentKind: Word(IncidentKind),
        Status: Word(Status),
        Impact: Word(Impact),
        Origin: Word(Origin),
        PublicationKind: Word(PublicationKind),
        DeliveryState: Word(DeliveryState),
        ChannelState: Word(ChannelState),
        Role: Word(Role),
    }


class Page(Base):
    """The one page; its id is what Statuspage's clients call the page id."""

    __tablename__ = "page"
    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    created_at: Mapped[datetime]


class Operator(Base):
    """A person who may act. Erasing their data keeps the row, for events name its id."""

    __tablename__ = "operators"
    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    login: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class ComponentGroup(Base):
    __tablename__ = "component_groups"
    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[LocalizedText]
    description: Mapped[LocalizedText]
    position: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Component(Base):
    __tablename__ = "components"
    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[LocalizedText]
    description: Mapped[LocalizedText]
    group_id: Mapped[str | None] = mapped_column(ForeignKey("component_groups.id"), index=True)
    position: Mapped[int]
    status: Mapped[ComponentStatus]
    status_since: Mapped[datetime]
    hidden: Mapped[bool] = mapped_column(default=False)
    only_show_if_degraded: Mapped[bool] = mapped_column(default=False)
    start_date: Mapped[date | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ComponentChange(Base):
    """The history of a component's status; uptime is computed from it."""

    __tablename__ = "component_changes"
    __table_args__ = (Index(None, "component_id", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[str] = mapped_column(ForeignKey("components.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    old_status: Mapped[ComponentStatus]
    new_status: Mapped[ComponentStatus]
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"), index=True)


class Incident(Base):
    """An incident, a scheduled maintenance or an advance notice; always public (see Draft)."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index(None, "started_at", "number"),
        Index(None, "kind", "started_at"),
        Index(None, "month", "started_at"),
        Index(None, "closed_at", "kind"),
    )
    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    key: Mapped[str | None] = mapped_column(String(80), unique=True)
    kind: Mapped[IncidentKind]
    name: Mapped[LocalizedText]
    status: Mapped[Status]
    impact: Mapped[Impact]
    origin: Mapped[Origin]
    backdated: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    month: Mapped[str] = mapped_column(String(7))
    """The local month that its history page is, "2020-12"."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    monitoring_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    """When it was resolved, completed or cancelled; None while it is open or to come."""
    scheduled_for: Mapped[datetime | None]
    scheduled_until: Mapped[datetime | None]
    starts_itself: Mapped[bool] = mapped_column(default=True)
    ends_itself: Mapped[bool] = mapped_column(default=True)
    next_update_by: Mapped[datetime | None]
    notice_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    updated_by: Mapped[str] = mapped_column(ForeignKey("operators.id"))

    updates: Mapped[list[IncidentUpdate]] = relationship(
        order_by="IncidentUpdate.number.desc()", viewonly=True
    )
    affected: Mapped[list[AffectedComponent]] = relationship(
        order_by="AffectedComponent.position", viewonly=True
    )


class AffectedComponent(Base):
    """A component named by an incident: what it found there, and what it last set."""

    __tablename__ = "affected_components"
    __table_args__ = (
        Index(None, "component_id", "holding"),
        Index(None, "component_id", "status"),
    )
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    component_id: Mapped[str] = mapped_column(
        ForeignKey("components.id"), primary_key=True, index=True
    )
    position: Mapped[int]
    name: Mapped[LocalizedText]
    status: Mapped[ComponentStatus]
    planned: Mapped[ComponentStatus | None]
    """What a maintenance will set when it starts; None for incidents and notices."""
    holding: Mapped[bool] = mapped_column(default=False)
    """Whether the status that the component has now is the one that this entry set."""


class IncidentUpdate(Base):
    """One message in the life of an incident. `texts` hold what is shown now; what was published
    stays in the publications."""

    __tablename__ = "incident_updates"
    __table_args__ = (UniqueConstraint("incident_id", "number"),)
    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    number: Mapped[int]
    key: Mapped[str | None] = mapped_column(String(80))
    status: Mapped[Status]
    texts: Mapped[dict[str, Any]]
    template: Mapped[str | None] = mapped_column(String(120))
    fields: Mapped[dict[str, Any]]
    figures: Mapped[list[dict[str, Any]]]
    answers: Mapped[list[dict[str, Any]]]
    still_cannot: Mapped[LocalizedText]
    to_do: Mapped[LocalizedText | None]
    not_to_do: Mapped[LocalizedText | None]
    next_update_by: Mapped[datetime | None]
    late_by: Mapped[int | None]
    internal_note: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[Origin]
    author_id: Mapped[str] = mapped_column(ForeignKey("operators.id"))
    at: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    retracted_at: Mapped[datetime | None]
    retraction_reason: Mapped[LocalizedText]

    changes: Mapped[list[UpdateComponent]] = relationship(
        order_by="UpdateComponent.position", viewonly=True
    )
    corrections: Mapped[list[Correction]] = relationship(order_by="Correction.id", viewonly=True)


class UpdateComponent(Base):
    """A component that an update touched, with its name as it was then."""

    __tablename__ = "update_components"
    update_id: Mapped[str] = mapped_column(ForeignKey("incident_updates.id"), primary_key=True)
    component_id: Mapped[str] = mapped_column(ForeignKey("components.id"), primary_key=True)
    position: Mapped[int]
    name: Mapped[LocalizedText]
    old_status: Mapped[ComponentStatus]
    new_status: Mapped[ComponentStatus]


class Correction(Base):
    """What an update said before it was corrected, when, and why."""

    __tablename__ = "corrections"
    id: Mapped[int] = mapped_column(primary_key=True)
    update_id: Mapped[str] = mapped_column(ForeignKey("incident_updates.id"), index=True)
    at: Mapped[datetime]
    before: Mapped[dict[str, Any]]
    advice_before: Mapped[dict[str, Any] | None]
    """What stood beside the words: `to_do`, `not_to_do`, `still_cannot`, those that changed."""
    figures_before: Mapped[list[dict[str, Any]] | None]
    """All of them as they were; None where they stayed."""
    reason: Mapped[LocalizedText]
    author_id: Mapped[str] = mapped_column(ForeignKey("operators.id"))


class AttachedAnswer(Base):
    """An answer that stands on the page or beside a component (an incident's live in updates)."""

    __tablename__ = "attached_answers"
    __table_args__ = (UniqueConstraint("key", "component_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    component_id: Mapped[str] = mapped_column(String(12), default="")
    """The component that it stands beside; "" for the whole page."""
    fields: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Draft(Base):
    """What an operator prepared, or what waits for a second person. Nothing public reads it."""

    __tablename__ = "drafts"
    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    action: Mapped[str] = mapped_column(String(40))
    input: Mapped[dict[str, Any]]
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    version: Mapped[int | None]
    """The incident's version that it was written against."""
    why: Mapped[str] = mapped_column(Text, default="")
    author_id: Mapped[str] = mapped_column(ForeignKey("operators.id"))
    """Who wrote it last."""
    created_at: Mapped[datetime]
    needs_approval: Mapped[bool] = mapped_column(default=False, server_default=false())
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    """Grows with every change of its text."""
    approved_by: Mapped[str | None] = mapped_column(String(12))
    """The id of the second person who approved this very revision."""
    approved_at: Mapped[datetime | None]


class Event(Base):
    """What happened, append-only and strictly ordered; the audit trail and the site's feed."""

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "kind", "seq"),
        Index(None, "operator_id", "seq"),
        Index(None, "at", "seq"),
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    operator_id: Mapped[str | None] = mapped_column(ForeignKey("operators.id"))
    incident_id: Mapped[str | None] = mapped_column(String(12), index=True)
    months: Mapped[str] = mapped_column(String(120), default="")
    """History months that it touches, separated by spaces."""
    public: Mapped[bool]
    """Whether any document may change."""
    data: Mapped[dict[str, Any]]


class Publication(Base):
    """What goes out, frozen as it was published."""

    __tablename__ = "publications"
    __table_args__ = (Index(None, "event_seq"), Index(None, "incident_id", "event_seq"))
    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    kind: Mapped[PublicationKind]
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    update_id: Mapped[str | None] = mapped_column(ForeignKey("incident_updates.id"), index=True)
    update_number: Mapped[int | None]
    event_seq: Mapped[int] = mapped_column(ForeignKey("events.seq"))
    at: Mapped[datetime]
    shown_at: Mapped[datetime | None]
    """When the first place showed it on the page; None where that is not known."""
    name: Mapped[LocalizedText]
    status: Mapped[Status]
    texts: Mapped[dict[str, Any]]
    reason: Mapped[LocalizedText]
    to_do: Mapped[LocalizedText | None]
    not_to_do: Mapped[LocalizedText | None]
    figures: Mapped[list[dict[str, Any]]]
    next_update_by: Mapped[datetime | None]
    origin: Mapped[Origin]
    reference: Mapped[str] = mapped_column(String(40))
    by_program: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether no person wrote it just then: a token, or a monitor's alarm."""
    cancelled: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether its plan was called off by then, which `status` alone calls completed."""


WITHOUT_PICTURE = "without_picture"
"""In what is kept of a receipt: why the picture did not go along."""


class Delivery(Base):
    """One publication on its way to one channel (and, for lists, one recipient)."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("publication_id", "channel", "recipient"),
        Index(None, "channel", "state", "not_before"),
        Index(None, "channel", "thread", "seq"),
        Index(None, "channel", "look_at"),
        Index(None, "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[str] = mapped_column(ForeignKey("publications.id"))
    channel: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(254), default="")
    state: Mapped[DeliveryState]
    thread: Mapped[str] = mapped_column(String(12))
    seq: Mapped[int]
    """The publication's event: the order within the thread."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """When it should go out; `not_before` moves on with every retry, this does not."""
    first_due_at: Mapped[datetime | None]
    """When it should have gone out at first, where a person let it go again since."""
    not_before: Mapped[datetime]
    waits_for: Mapped[str | None] = mapped_column(String(20))
    """Why it waits until then although nothing is wrong (`calm.WaitsFor`); None once it was tried.
    """
    expires_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    """When a worker last took it."""
    lease_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(60))
    text: Mapped[str | None] = mapped_column(Text)
    fallback: Mapped[bool] = mapped_column(default=False)
    standalone: Mapped[bool] = mapped_column(default=False)
    remote_id: Mapped[str | None] = mapped_column(String(255))
    remote_url: Mapped[str | None] = mapped_column(Text)
    remote_extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    """When it last left `sending`, or was superseded or skipped."""
    look_at: Mapped[datetime | None]
    """When to look at the network next: to find an unconfirmed post, or to verify a sent one."""
    looks: Mapped[int] = mapped_column(default=0)

    publication: Mapped[Publication] = relationship(viewonly=True)

    @property
    def without_picture(self) -> str:
        """Why the picture that should have gone along did not; "" where nothing is amiss."""
        return str((self.remote_extra or {}).get(WITHOUT_PICTURE, ""))


class Channel(Base):
    """The state of a configured channel; one that is not here is on."""

    __tablename__ = "channels"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[ChannelState]
    why: Mapped[str] = mapped_column(Text, default="")
    since: Mapped[datetime]


class ShownEvent(Base):
    """A copy of each target's watermark, for the outbox: the last event that it shows."""

    __tablename__ = "shown_events"
    target: Mapped[str] = mapped_column(String(120), primary_key=True)
    event_seq: Mapped[int]
    at: Mapped[datetime]
    took: Mapped[int | None]
    """Milliseconds from that event to the moment when the target showed it."""


class Duty(Base):
    """Who looks after the page now: one row, or none where nobody said so."""

    __tablename__ = "duty"
    id: Mapped[int] = mapped_column(primary_key=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operators.id"))
    since: Mapped[datetime]
