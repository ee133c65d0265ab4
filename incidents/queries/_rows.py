"""Rows as the public sees them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from incidents.models import Component, Incident, Publication
from incidents.status import IncidentKind, Origin
from incidents.texts import TextLibrary
from incidents.view import (
    PublicComponent,
    PublicFigure,
    PublicPublication,
    PublicText,
    Service,
)


def answer_dates(
    texts: TextLibrary,
    service: Service,
    key: str,
    fields: Mapping[str, object],
    today: date,
) -> dict[str, list[str]]:
    """The dates of an answer that matter on a day, one sentence each, per locale."""
    dates = {
        locale: texts.render_answer(key, locale, name_in(service, locale), today, fields).dates
        for locale in service.locales
    }
    return {locale: list(lines) for locale, lines in dates.items() if lines}


def name_in(service: Service, locale: str) -> str:
    return service.name.get(locale) or service.name[service.default_locale]


def first_notice_after(row: Incident) -> int | None:
    """Minutes from the start of the fault to its first notice (no sense for planned things)."""
    if row.kind is not IncidentKind.INCIDENT or row.backdated:
        return None
    return max(0, int((row.created_at - row.started_at).total_seconds()) // 60)


def texts_of(stored: Mapping[str, Any]) -> dict[str, PublicText]:
    return {locale: PublicText(**text) for locale, text in stored.items()}


def figure_of(stored: Mapping[str, Any]) -> PublicFigure:
    return PublicFigure(**{**stored, "as_of": datetime.fromisoformat(stored["as_of"])})


def component_of(row: Component) -> PublicComponent:
    return PublicComponent(
        id=row.id,
        key=row.key,
        name=row.name,
        description=row.description,
        status=row.status,
        status_since=row.status_since,
        group_id=row.group_id,
        position=row.position,
        created_at=row.created_at,
        updated_at=row.updated_at,
        start_date=row.start_date,
        only_show_if_degraded=row.only_show_if_degraded,
    )


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
    )
