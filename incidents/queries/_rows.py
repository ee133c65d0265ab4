"""Rows as the public sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

import structlog

from incidents.models import Component, Publication
from incidents.status import IncidentKind, Origin
from incidents.texts import TextError, TextLibrary
from incidents.view import (
    PublicComponent,
    PublicFigure,
    PublicPublication,
    PublicText,
    Service,
)

log = structlog.get_logger()

COMPONENT = tuple(getattr(Component, field.name) for field in fields(PublicComponent))
"""The columns of what the public sees of a component: `PublicComponent(*row)`. Hundreds are read
for each page, and entities would take twice as long."""


def answer_dates(
    texts: TextLibrary,
    service: Service,
    key: str,
    fields: Mapping[str, object],
    today: date,
) -> dict[str, list[str]]:
    """The dates of an answer that matter on a day, one sentence each, per locale.

    None for an answer that is not there any more, or not with these fields: after an upgrade its
    words may be others, and the page must not fall silent over that.
    """
    try:
        dates = {
            locale: texts.render_answer(key, locale, name_in(service, locale), today, fields).dates
            for locale in service.locales
        }
    except TextError as problem:
        log.error("answer_not_shown", answer=key, why=str(problem))
        return {}
    return {locale: list(lines) for locale, lines in dates.items() if lines}


def name_in(service: Service, locale: str) -> str:
    return service.name.get(locale) or service.name[service.default_locale]


def first_notice_after(row: Any) -> int | None:
    """Minutes from the start of the fault to its first notice (no sense for planned things).

    An incident, or a bare row with its columns kind, backdated, created_at and started_at.
    """
    if row.kind is not IncidentKind.INCIDENT or row.backdated:
        return None
    return max(0, int((row.created_at - row.started_at).total_seconds()) // 60)


def texts_of(stored: Mapping[str, Any]) -> dict[str, PublicText]:
    return {locale: PublicText(**text) for locale, text in stored.items()}


def figure_of(stored: Mapping[str, Any]) -> PublicFigure:
    return PublicFigure(**{**stored, "as_of": datetime.fromisoformat(stored["as_of"])})


def publication_of(row: Publication, kind: IncidentKind) -> PublicPublication:
    return PublicPublication(
        id=row.id,
        kind=row.kind,
        at=row.at,
        incident_id=row.incident_id,
        incident_name=row.name,
        incident_kind=kind,
        update_number=row.update_number,
        status=row.status,
        texts=texts_of(row.texts),
        reason=row.reason,
        figures=tuple(figure_of(figure) for figure in row.figures),
        next_update_by=row.next_update_by,
        automatic=row.origin is Origin.AUTOMATIC,
        to_do=row.to_do or {},
        not_to_do=row.not_to_do or {},
        cancelled=row.cancelled,
    )
