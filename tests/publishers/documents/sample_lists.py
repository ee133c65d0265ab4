"""A service with every list, for the pages that tell of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from incidents.status import ListMode
from incidents.view import Account, Lists, Overview, Privacy

PRIVACY = Privacy(
    processors=("Posta Srl, che inoltra le email", "Casa dei server <Srl>"),
    responsible="Comune di Esempio, dpo@example.it",
    unconfirmed_hours=12,
    unsubscribed_days=3,
    quarantined_days=30,
    link_hours=1,
)
LISTS = Lists(
    modes=(ListMode.EMAIL, ListMode.WEBHOOK, ListMode.PUSH),
    push_key="BAxmy-w_kDm",
    push_services=("googleapis.com", "push.apple.com"),
    accounts=(Account("Mastodon", "https://mastodon.example/@comune"),),
    privacy=PRIVACY,
)


def with_lists(view: Overview, **changes: Any) -> Overview:
    """A view of a service with lists."""
    lists = replace(LISTS, **changes)
    return replace(view, service=replace(view.service, lists=lists))
