"""What a delivery's state is called on the operators' pages, and how it looks. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from incidents.models import Delivery
from incidents.status import ChannelState, DeliveryState
from publishers.documents._phrases import N_

STATES: Mapping[DeliveryState, tuple[str, str]] = {
    DeliveryState.PENDING: ("work", N_("waits to be sent")),
    DeliveryState.SENDING: ("work", N_("is being sent")),
    DeliveryState.SENT: ("working", N_("sent")),
    DeliveryState.VERIFIED: ("working", N_("sent and seen")),
    DeliveryState.FAILED: ("down", N_("not sent")),
    DeliveryState.UNCONFIRMED: ("slow", N_("may be out: look yourself")),
    DeliveryState.SUPERSEDED: ("notice", N_("left out")),
}
"""A tone (its colour and its shape) and a phrase for the catalogue."""
TRIED = ("slow", N_("is tried again"))
LOOKING = ("work", N_("may be out: it is being looked for"))
ASKED = ("slow", N_("waits for a person"))
STOPPED: Mapping[ChannelState, str] = {
    ChannelState.ON: N_("on"),
    ChannelState.PAUSED: N_("paused"),
    ChannelState.BROKEN: N_("broken"),
}


def state_of(row: Delivery, *, personal: bool) -> tuple[str, str]:
    """A delivery's tone and phrase; `personal` where its channel is a person's job."""
    if row.state is DeliveryState.UNCONFIRMED and personal:
        return ASKED
    if row.state is DeliveryState.UNCONFIRMED and row.look_at is not None:
        return LOOKING
    if row.state is DeliveryState.PENDING and row.attempts:
        return TRIED
    return STATES[row.state]
