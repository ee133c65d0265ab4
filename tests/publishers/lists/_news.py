"""News and letters for the lists' tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from incidents.status import Impact, IncidentKind, PublicationKind, Status
from incidents.view import PublicText
from publishers.lists._base import Letter, Links, News

AT = datetime(2020, 12, 7, 20, 49, tzinfo=UTC)
NEWS = News(
    key="p1",
    entry="abcdefghijkl",
    kind=PublicationKind.UPDATE,
    entry_kind=IncidentKind.INCIDENT,
    first=True,
    status=Status.INVESTIGATING,
    impact=Impact.MAJOR,
    at=AT,
    next_update_by=None,
    names={"it": "Accesso lento", "en": "Slow sign-in"},
    statuses={"it": "Stiamo verificando", "en": "Investigating"},
    texts={
        "it": PublicText("Entrare è lento", "Entrare richiede più tempo.", "Stiamo **cercando**."),
        "en": PublicText("Signing in is slow", "Signing in takes longer.", "We are **looking**."),
    },
    reasons={},
    urls={
        "it": "https://stato.example.it/incidents/abcdefghijkl/1/",
        "en": "https://stato.example.it/en/incidents/abcdefghijkl/1/",
    },
    reference="#42/1",
    payload={
        locale: {
            "meta": {"documentation": "https://stato.example.it/subscribe/", "generated_at": "now"},
            "page": {"id": "cashback0001"},
            "incident": {"name": name},
        }
        for locale, name in (("it", "Accesso «lento»"), ("en", "Slow sign-in"))
    },
)


def news(**changes: Any) -> News:
    return replace(NEWS, **changes)


def letter(address: str, of: News | None = NEWS, locale: str = "it", **more: Any) -> Letter:
    links = Links(unsubscribe=f'https://stato.example.it/u/{address[-4:]}?a=1&b="2"')
    return Letter(f"key-{address[-4:]}", address, locale, links, of, **more)
