"""News and letters to carry, as they come from a publication."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from incidents.status import Impact, IncidentKind, PublicationKind, Status
from incidents.view import PublicText, Service
from publishers.lists._base import Letter, Links, News
from tests.conftest import service

TOKEN = "email." + "a" * 43 + "..B-_" + "x" * 21
LINKS = Links(
    manage="https://stato.example.it/subscribe/",
    unsubscribe=f"https://stato.example.it/subscriptions/unsubscribe/{TOKEN}",
)
AT = datetime(2020, 12, 7, 20, 49, tzinfo=UTC)
_NEWS = News(
    key="publication1",
    entry="incident0001",
    kind=PublicationKind.UPDATE,
    entry_kind=IncidentKind.INCIDENT,
    first=False,
    status=Status.IDENTIFIED,
    impact=Impact.MAJOR,
    at=AT,
    next_update_by=datetime(2020, 12, 7, 21, 20, tzinfo=UTC),
    names={"it": "Portafoglio non disponibile", "en": "Wallet unavailable"},
    statuses={"it": "Causa trovata", "en": "Cause found"},
    texts={
        "it": PublicText(
            "Il Portafoglio è giù", "Breve.", "Non si **apre**.\n\n- né carte\n- né IBAN"
        ),
        "en": PublicText("The Wallet is down", "Short.", "It does **not** open."),
    },
    reasons={},
    urls={
        "it": "https://stato.example.it/incidents/incident0001/?u=3",
        "en": "https://stato.example.it/en/incidents/incident0001/?u=3",
    },
    reference="#42/3",
)


def page() -> Service:
    return service()


def news(**changed: Any) -> News:
    return replace(_NEWS, **changed)


def letter(address: str = "ada@example.org", **changed: Any) -> Letter:
    about: dict[str, Any] = {"news": _NEWS, "locale": "it", "links": LINKS}
    key = f"publication1.{address}"
    return Letter(**{"key": key, "address": address, **about, **changed})


def letters(many: int, **changed: Any) -> list[Letter]:
    return [letter(f"person{number}@example.org", **changed) for number in range(many)]
