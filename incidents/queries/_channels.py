"""What became of the channels' latest posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session, selectinload

from incidents.models import Channel, Delivery, Publication
from incidents.status import DeliveryState

_OUT = (DeliveryState.SENT, DeliveryState.VERIFIED)
_NOT_OUT = (DeliveryState.FAILED, DeliveryState.UNCONFIRMED, DeliveryState.PENDING)


@dataclass(frozen=True, slots=True)
class ChannelLook:
    """One configured channel: its state, its last post and its last fault."""

    name: str
    row: Channel | None
    """None for one that was never stopped: it is on."""
    last_post: Delivery | None
    last_fault: Delivery | None
    """The newest delivery that is not out and says why."""


def channel_looks(session: Session, channels: Sequence[str]) -> list[ChannelLook]:
    """Each of these channels, in their order."""
    rows = {row.name: row for row in session.scalars(select(Channel))}
    newest = _newest(session, channels)
    return [
        ChannelLook(
            name=name,
            row=rows.get(name),
            last_post=_latest(newest, name, _OUT),
            last_fault=_latest(newest, name, _NOT_OUT),
        )
        for name in channels
    ]


def _newest(
    session: Session, channels: Sequence[str]
) -> Mapping[tuple[str, DeliveryState], Delivery]:
    """By channel and state: each is found by its index, all in one statement."""
    if not channels:
        return {}
    pieces = []
    for name in channels:
        for state in (*_OUT, *_NOT_OUT):
            piece = select(Delivery.id).where(Delivery.channel == name, Delivery.state == state)
            if state is DeliveryState.PENDING:
                piece = piece.where(Delivery.error.is_not(None))
            newest = piece.order_by(Delivery.not_before.desc()).limit(1).subquery()
            pieces.append(select(newest.c.id))
    found = session.scalars(union_all(*pieces)).all()
    published = selectinload(Delivery.publication).load_only(
        Publication.reference, Publication.incident_id
    )
    rows = session.scalars(select(Delivery).options(published).where(Delivery.id.in_(found)))
    return {(row.channel, row.state): row for row in rows}


def _latest(
    newest: Mapping[tuple[str, DeliveryState], Delivery],
    channel: str,
    states: Sequence[DeliveryState],
) -> Delivery | None:
    found = [newest[channel, state] for state in states if (channel, state) in newest]
    return max(found, key=lambda row: (row.not_before, row.id), default=None)
