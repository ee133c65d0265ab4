"""Tickets with networks: that one was opened about a channel, and that it is settled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents.actions._desk import Act, Desk, Outcome, acting
from incidents.errors import InvalidInput, NotFound, NotPossible
from incidents.inputs import TicketInput, parse
from incidents.models import Delivery
from incidents.sightings import NetworkTicket, Sighting
from incidents.status import Role


def note_ticket(
    desk: Desk, actor: str, now: datetime, data: TicketInput | Mapping[str, Any]
) -> Outcome:
    """Note what was opened with a network. Raises `InvalidInput`."""
    form = parse(TicketInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.AUTHOR) as act:
        _must_be_ours(desk, act, form)
        act.add(
            NetworkTicket(
                channel=form.channel,
                delivery_id=form.delivery,
                reference=form.reference,
                url=form.url or None,
                words=form.words,
                opened_at=min(form.opened or now, now),
                opened_by=act.operator.id,
            )
        )
        act.event(
            "ticket_noted",
            public=False,
            channel=form.channel,
            reference=form.reference,
            url=form.url,
            delivery=form.delivery,
        )
        return act.outcome()


def _must_be_ours(desk: Desk, act: Act, form: TicketInput) -> None:
    if form.channel not in desk.channels:
        there = ", ".join(desk.channels) or "none"
        raise InvalidInput(f"channel: there is no channel {form.channel!r}; there are: {there}")
    if form.delivery is None:
        return
    row = act.session.get(Delivery, form.delivery)
    if row is None or row.channel != form.channel:
        raise InvalidInput(f"delivery: {form.delivery} is none of the channel {form.channel}")


def close_ticket(desk: Desk, actor: str, now: datetime, ticket_id: int) -> Outcome:
    """The network settled it. Raises `NotFound`, `NotPossible`."""
    with acting(desk, actor, now, Role.AUTHOR) as act:
        row = act.session.get(NetworkTicket, ticket_id)
        if row is None:
            raise NotFound(f"there is no ticket {ticket_id}; see 'avviso channel tickets'")
        if row.closed_at is not None:
            raise NotPossible(f"ticket {ticket_id} is closed already")
        row.closed_at, row.closed_by = now, act.operator.id
        act.event("ticket_closed", public=False, channel=row.channel, reference=row.reference)
        return act.outcome()


def know_unseen(desk: Desk, actor: str, now: datetime, delivery_id: int) -> Outcome:
    """An operator knows that a post is not seen: it is not told any more. Raises `NotFound`,
    `NotPossible`."""
    with acting(desk, actor, now, Role.AUTHOR) as act:
        row = act.session.get(Sighting, delivery_id)
        if row is None:
            raise NotFound(f"nothing was seen of delivery {delivery_id} yet")
        if row.unseen_since is None:
            raise NotPossible(f"nothing says that delivery {delivery_id} is not seen")
        row.unseen_since, row.known_at = None, now
        act.event("unseen_known", public=False, delivery=delivery_id, channel=row.channel)
        return act.outcome()
