"""What a delivery's state is called on the operators' pages, and how it looks. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from incidents.calm import WaitsFor
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
CALM = ("notice", N_("waits for a calmer hour"))
TRIED = ("slow", N_("is tried again"))
UNTIL: Mapping[str, str] = {
    WaitsFor.WINDOW: N_("waits until {when}: a program spoke of this just before"),
    WaitsFor.QUIET_HOURS: N_("waits until {when}: quiet hours"),
}
"""Why a post waits although nothing is wrong."""
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
    if row.state is DeliveryState.PENDING and row.waits_for:
        return CALM
    if row.state is DeliveryState.PENDING and row.attempts:
        return TRIED
    return STATES[row.state]
