"""What operators decide about deliveries and channels."""

from __future__ import annotations

from datetime import datetime, timedelta

from incidents.actions._desk import Act, Desk, Outcome, acting
from incidents.errors import InvalidInput, NotFound, NotPossible
from incidents.models import Channel, Delivery, Incident
from incidents.status import ChannelState, DeliveryState, Role

_UNSETTLED = frozenset({DeliveryState.FAILED, DeliveryState.UNCONFIRMED, DeliveryState.SUPERSEDED})
_AGAIN_FOR = timedelta(hours=24)


def _delivery(act: Act, delivery_id: int) -> Delivery:
    delivery = act.session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound(f"there is no delivery {delivery_id}; see 'avviso deliveries'")
    return delivery


def _event(
    act: Act, kind: str, delivery: Delivery, old: DeliveryState, *, public: bool = False
) -> Outcome:
    incident = act.session.get_one(Incident, delivery.thread)
    act.event(
        kind,
        incident,
        public=public,
        delivery=delivery.id,
        channel=delivery.channel,
        old=old,
        new=delivery.state,
    )
    return act.outcome(incident)


def retry_delivery(desk: Desk, actor: str, now: datetime, delivery_id: int) -> Outcome:
    """Send a failed delivery again, or at once what waits for a calmer hour. An unconfirmed one
    has to be settled first."""
    with acting(desk, actor, now, Role.AUTHOR) as act:
        delivery = _delivery(act, delivery_id)
        if delivery.state is DeliveryState.UNCONFIRMED:
            raise NotPossible("look at the network first, then say whether the post is there")
        if delivery.state not in _UNSETTLED and not delivery.waits_for:
            raise NotPossible(f"delivery {delivery_id} is {delivery.state}; nothing to retry")
        old = delivery.state
        _send_again(delivery, now)
        return _event(act, "delivery_retried", delivery, old)


def _send_again(delivery: Delivery, now: datetime) -> None:
    delivery.state = DeliveryState.PENDING
    delivery.first_due_at = delivery.first_due_at or delivery.due_at
    delivery.due_at = delivery.not_before = now
    delivery.expires_at = now + _AGAIN_FOR
    delivery.error = delivery.settled_at = delivery.look_at = delivery.waits_for = None


def skip_delivery(desk: Desk, actor: str, now: datetime, delivery_id: int) -> Outcome:
    """Do not send it: it holds its thread up no longer."""
    with acting(desk, actor, now, Role.AUTHOR) as act:
        delivery = _delivery(act, delivery_id)
        if delivery.state not in _UNSETTLED | {DeliveryState.PENDING}:
            raise NotPossible(f"delivery {delivery_id} is {delivery.state}; it cannot be skipped")
        old, delivery.state = delivery.state, DeliveryState.SUPERSEDED
        delivery.error = f"skipped by {act.operator.name}"
        delivery.settled_at, delivery.look_at = now, None
        return _event(act, "delivery_skipped", delivery, old)


def settle_unconfirmed(
    desk: Desk,
    actor: str,
    now: datetime,
    delivery_id: int,
    *,
    there: bool,
    url: str | None = None,
) -> Outcome:
    """Say whether an unconfirmed post is there. If not, it is sent again."""
    with acting(desk, actor, now, Role.AUTHOR) as act:
        delivery = _delivery(act, delivery_id)
        if delivery.state is not DeliveryState.UNCONFIRMED:
            raise NotPossible(f"delivery {delivery_id} is {delivery.state}, not unconfirmed")
        if url is not None and not url.startswith(("https://", "http://")):
            raise InvalidInput("url: has to begin with https://")
        if there:
            delivery.state = DeliveryState.SENT
            delivery.sent_at = delivery.settled_at = now
            delivery.remote_url = url
            delivery.error = delivery.look_at = None
        else:
            _send_again(delivery, now)
        public = there and url is not None
        return _event(act, "delivery_settled", delivery, DeliveryState.UNCONFIRMED, public=public)


def pause_channel(desk: Desk, actor: str, now: datetime, name: str, why: str) -> Outcome:
    """Let nothing new go to a channel; what waits stays until it is resumed or stale."""
    return _set_channel(desk, actor, now, name, ChannelState.PAUSED, why)


def resume_channel(desk: Desk, actor: str, now: datetime, name: str) -> Outcome:
    """Use a paused or broken channel again."""
    return _set_channel(desk, actor, now, name, ChannelState.ON, "")


def _set_channel(
    desk: Desk, actor: str, now: datetime, name: str, state: ChannelState, why: str
) -> Outcome:
    with acting(desk, actor, now, Role.APPROVER) as act:
        if name not in desk.channels:
            there = ", ".join(desk.channels) or "none"
            raise InvalidInput(f"channel: there is no channel {name!r}; there are: {there}")
        row = act.session.get(Channel, name) or Channel(name=name, state=ChannelState.ON)
        old, row.state, row.why, row.since = row.state, state, why, now
        act.add(row)
        act.event("channel_set", public=False, channel=name, old=old, state=state, why=why)
        return act.outcome()
