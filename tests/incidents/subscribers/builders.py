"""Subscribers for tests: asked for, and confirmed where a test does not say otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from incidents import subscribers
from incidents.actions import Desk
from incidents.models import Component
from incidents.status import ListMode
from incidents.subscribers import Choices, Request, Subscriber, SubscriberState
from tests.conftest import NOON

BEFORE = NOON - timedelta(hours=1)


def component_id(desk: Desk, key: str) -> str:
    with desk.db.read() as session:
        return session.scalars(select(Component.id).where(Component.key == key)).one()


def asked(
    desk: Desk,
    address: str = "anna@example.org",
    now: datetime = BEFORE,
    mode: ListMode = ListMode.EMAIL,
    components: Sequence[str] | None = None,
    **chosen: Any,
) -> str:
    """The id of a request; `components` are keys."""
    ids = None if components is None else tuple(component_id(desk, key) for key in components)
    choices = Choices(**{"locale": "it", "components": ids, **chosen})
    contact = "hook@example.org" if mode is ListMode.WEBHOOK else ""
    return subscribers.ask(desk, Request(mode, address, choices, contact), now)


def subscribed(
    desk: Desk, address: str = "anna@example.org", now: datetime = BEFORE, **chosen: Any
) -> Subscriber:
    """The row of a confirmed one."""
    return subscribers.confirm(desk, asked(desk, address, now, **chosen), now)


def many(desk: Desk, count: int, mode: ListMode = ListMode.EMAIL) -> None:
    """As many active subscribers, `s1@example.org` and so on, who want everything."""
    with desk.db.claim() as session:
        for number in range(1, count + 1):
            address = f"s{number}@example.org"
            if mode is not ListMode.EMAIL:
                address = f"https://s{number}.example.org/"
            session.add(
                Subscriber(
                    id=f"s{number:011d}",
                    mode=mode,
                    address=address,
                    address_key=subscribers.address_key(mode, address),
                    contact="hook@example.org",
                    keys={},
                    state=SubscriberState.ACTIVE,
                    locale="it",
                    follows=True,
                    everything=True,
                    incidents=True,
                    maintenances=True,
                    notices=True,
                    created_at=BEFORE,
                    changed_at=BEFORE,
                    active_since=BEFORE,
                )
            )


def all_of(desk: Desk) -> list[Subscriber]:
    with desk.db.read() as session:
        return list(session.scalars(select(Subscriber).order_by(Subscriber.number)))
