"""What lists and states of subscribers are called on the operators' pages."""

from __future__ import annotations

from collections.abc import Mapping

from incidents.status import ListMode
from incidents.subscribers import SubscriberState
from publishers.documents._phrases import N_

LISTS: Mapping[ListMode, str] = {
    ListMode.EMAIL: N_("E-mail"),
    ListMode.WEBHOOK: N_("Webhooks"),
    ListMode.PUSH: N_("Browsers"),
}
STATES: Mapping[SubscriberState, str] = {
    SubscriberState.ACTIVE: N_("Active"),
    SubscriberState.UNCONFIRMED: N_("Not confirmed yet"),
    SubscriberState.QUARANTINED: N_("Suspended"),
    SubscriberState.UNSUBSCRIBED: N_("Unsubscribed"),
}
STATE_OF_ONE: Mapping[SubscriberState, str] = {
    SubscriberState.ACTIVE: N_("active"),
    SubscriberState.UNCONFIRMED: N_("not confirmed yet"),
    SubscriberState.QUARANTINED: N_("suspended"),
    SubscriberState.UNSUBSCRIBED: N_("unsubscribed"),
}
TONES: Mapping[SubscriberState, str] = {
    SubscriberState.ACTIVE: "working",
    SubscriberState.UNCONFIRMED: "slow",
    SubscriberState.QUARANTINED: "down",
    SubscriberState.UNSUBSCRIBED: "work",
}
"""By a state, the shape and colour that say so at a glance."""
