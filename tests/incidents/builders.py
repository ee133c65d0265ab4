"""Short ways to say what operators say, for the tests of the domain."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from incidents import actions
from incidents.actions import Desk, Outcome
from tests.conftest import NOON

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def words(text: str = "Parole") -> dict[str, dict[str, str]]:
    """An operator's own words in both languages."""
    return {
        "it": {"headline": f"{text}", "short": f"{text} in breve", "body": f"{text} per esteso."},
        "en": {"headline": f"{text}!", "short": f"{text} in short", "body": f"{text} at length."},
    }


def declared(desk: Desk, now: datetime = NOON, actor: str = "bea", **data: Any) -> Outcome:
    """An incident: the wallet is down."""
    said = {
        "name": {"it": "Portafoglio non disponibile", "en": "Wallet unavailable"},
        "components": {"wallet": "major_outage"},
        "texts": words("Guasto"),
        **data,
    }
    return actions.declare_incident(desk, actor, now, said)


def updated(
    desk: Desk, incident: str | None, now: datetime, actor: str = "bea", **data: Any
) -> Outcome:
    said = {"incident": incident, "texts": words("Novità"), **data}
    return actions.post_update(desk, actor, now, said)


def resolved(desk: Desk, incident: str | None, now: datetime, **data: Any) -> Outcome:
    said = {
        "incident": incident,
        "components": {"wallet": "operational"},
        "texts": words("Fatto"),
        **data,
    }
    return actions.resolve_incident(desk, "bea", now, said)


def scheduled(desk: Desk, now: datetime = NOON, **data: Any) -> Outcome:
    """Planned work on the wallet, from one hour to three hours from now."""
    said = {
        "kind": "maintenance",
        "name": {"it": "Lavori al Portafoglio", "en": "Wallet maintenance"},
        "starts_at": now + HOUR,
        "ends_at": now + 3 * HOUR,
        "components": ["wallet"],
        "texts": words("Lavori"),
        **data,
    }
    return actions.schedule(desk, "bea", now, said)
