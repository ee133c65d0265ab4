"""After a restore: what waited in the backup may have gone out since, and nobody here knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, func, select, update

from incidents.models import Delivery
from incidents.outbox._rows import WAITING, D
from incidents.status import Certainty, DeliveryState

UNDER_WAY = (*WAITING, DeliveryState.UNCONFIRMED)
_deliveries = cast("Table", Delivery.__table__)
_UNDER_WAY = (
    select(D.channel, func.count())
    .where(D.state.in_(UNDER_WAY))
    .group_by(D.channel)
    .order_by(D.channel)
)
_LOOKED_FOR = (Certainty.KEYED, Certainty.READABLE)


def doubt_all(
    connection: Connection, certainties: Mapping[str, Certainty], now: datetime, why: str
) -> int:
    """Let nothing that waits go out by itself; answers how many deliveries that concerns.

    Each becomes `unconfirmed`. Where the channel's kind can look, it is looked for at once, and
    what is found is sent; the rest waits for an operator, as does everything of a channel that is
    not among `certainties`. A person's job goes on its list (again): that asks, and sends nothing.
    """
    doubted = 0
    for channel, count in connection.execute(_UNDER_WAY).all():
        certainty = certainties.get(channel, Certainty.BLIND)
        if certainty is Certainty.PERSONAL:
            _hand_back(connection, channel)
            continue
        doubted += count
        connection.execute(
            update(_deliveries)
            .where(D.channel == channel, D.state.in_(UNDER_WAY))
            .values(
                state=DeliveryState.UNCONFIRMED,
                error=why,
                settled_at=now,
                looks=0,
                look_at=now if certainty in _LOOKED_FOR else None,
                lease_until=None,
                claimed_by=None,
            )
        )
    return doubted


def _hand_back(connection: Connection, channel: str) -> None:
    """A worker that had a job in hand is no more."""
    connection.execute(
        update(_deliveries)
        .where(D.channel == channel, D.state == DeliveryState.SENDING)
        .values(state=DeliveryState.PENDING, lease_until=None, claimed_by=None)
    )
