"""Frozen incidents for the documents' tests: the crash, a second fault, planned work, a notice.

Times are those of a real week in December 2020, in Italian time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from incidents.status import ComponentStatus, Impact, IncidentKind, Status
from incidents.view import (
    AffectedComponent,
    PublicAnswer,
    PublicChange,
    PublicComponent,
    PublicCorrection,
    PublicFigure,
    PublicGroup,
    PublicIncident,
    PublicPost,
    PublicRetraction,
    PublicText,
    PublicUpdate,
    Service,
)
from tests.publishers.documents import sample_texts as words
from tests.publishers.documents.sample_texts import both

ROME = ZoneInfo("Europe/Rome")
UTC = ZoneInfo("UTC")

OK = ComponentStatus.OPERATIONAL
SLOW = ComponentStatus.DEGRADED_PERFORMANCE
PARTIAL = ComponentStatus.PARTIAL_OUTAGE
DOWN = ComponentStatus.MAJOR_OUTAGE
WORK = ComponentStatus.UNDER_MAINTENANCE

SERVICE = Service(
    id="cashback0001",
    name=both("App dei servizi pubblici", "Public services app"),
    url="https://stato.example.it",
    time_zone=ROME,
    locales=("it", "en"),
    default_locale="it",
)


def rome(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    """An instant of 2020 by Italian clocks, in UTC as the database gives it."""
    return datetime(2020, month, day, hour, minute, tzinfo=ROME).astimezone(UTC)


THEN = rome(1, 9, month=10)
GROUPS = tuple(
    PublicGroup(key, both(it, en), {}, place, THEN, THEN)
    for place, (key, it, en) in enumerate(
        (
            ("gcashback001", "Cashback e pagamenti", "Cashback and payments"),
            ("gaccess00001", "Accesso", "Access"),
        ),
        start=1,
    )
)


def components(**statuses: ComponentStatus) -> tuple[PublicComponent, ...]:
    """The eight components; those not named are operational."""
    return tuple(
        PublicComponent(
            id=f"c{key:0<11}"[:12],
            key=key,
            name=both(it, en),
            description={},
            status=statuses.get(key, OK),
            status_since=rome(7, 21, 49) if key in statuses else THEN,
            group_id=group or None,
            position=place,
            created_at=THEN,
            updated_at=rome(7, 21, 49) if key in statuses else THEN,
            start_date=date(2020, 10, 1),
        )
        for place, (key, it, en, group) in enumerate(words.COMPONENTS, start=1)
    )


def _affected(parts: tuple[PublicComponent, ...]) -> tuple[AffectedComponent, ...]:
    return tuple(AffectedComponent(c.id, c.name, c.status) for c in parts if c.status is not OK)


def _changes(
    parts: tuple[PublicComponent, ...], old: ComponentStatus = OK
) -> tuple[PublicChange, ...]:
    return tuple(PublicChange(c.id, c.name, old, c.status) for c in parts if c.status is not old)


def update(
    number: int,
    status: Status,
    at: datetime,
    texts: Mapping[str, PublicText],
    *,
    changes: tuple[PublicChange, ...] = (),
    figures: tuple[PublicFigure, ...] = (),
    answers: tuple[PublicAnswer, ...] = (),
    next_update_by: datetime | None = None,
    late_by: int | None = None,
    automatic: bool = False,
) -> PublicUpdate:
    return PublicUpdate(
        id=f"u{int(at.timestamp()):x}{number}",
        number=number,
        status=status,
        at=at,
        texts=texts,
        changes=changes,
        figures=figures,
        answers=answers,
        next_update_by=next_update_by,
        late_by=late_by,
        automatic=automatic,
    )


OURS = both("nostri sistemi", "our systems")
NOON = rome(8, 12)
FIGURES = (
    PublicFigure(
        "peak-rate",
        14000,
        both("richieste al secondo", "requests a second"),
        both("nella sezione Portafoglio", "in the Wallet section"),
        OURS,
        NOON,
    ),
    PublicFigure(
        "payment-instruments",
        2300000,
        both("strumenti di pagamento", "payment instruments"),
        both("registrati nel Portafoglio", "registered in the Wallet"),
        OURS,
        NOON,
        both(
            "una persona può averne più d’uno: non sottrarre dagli altri numeri",
            "one person may have several: do not subtract from the other figures",
        ),
    ),
    PublicFigure(
        "downloads",
        7900000,
        both("installazioni", "installations"),
        both("da quando esiste l’app", "since the app exists"),
        both("negozi di app", "app stores"),
        NOON,
        both("una persona può avere più telefoni", "one person may have several phones"),
    ),
    PublicFigure(
        "completed",
        None,
        both("persone", "people"),
        both("che hanno completato l’attivazione", "who completed activation"),
        OURS,
        NOON,
    ),
)
ANSWERS = (words.COUNTING, words.METHODS, words.DEBIT_OR_CREDIT)
FAULTS: Mapping[str, ComponentStatus] = {
    "wallet": DOWN,
    "activation": DOWN,
    "cards": DOWN,
    "iban": DOWN,
    "login": SLOW,
    "messages": SLOW,
}


def _first_updates() -> tuple[PublicUpdate, ...]:
    """The crash up to the apology of 8 December, newest first."""
    investigating, identified = Status.INVESTIGATING, Status.IDENTIFIED
    first = update(
        1,
        investigating,
        rome(7, 21, 49),
        words.ACKNOWLEDGEMENT,
        changes=_changes(components(**FAULTS)),
        next_update_by=rome(7, 22, 20),
    )
    second = update(
        2, identified, rome(7, 22, 20), words.NO_ESTIMATE, next_update_by=rome(8, 14, 13)
    )
    third = update(
        3,
        identified,
        rome(8, 14, 26),
        words.APOLOGY,
        figures=FIGURES,
        answers=ANSWERS,
        next_update_by=rome(8, 18),
        late_by=13,
    )
    return (third, second, first)


def crash() -> PublicIncident:
    """The Wallet's crash as it stood at 14:30 on 8 December."""
    parts = components(**FAULTS)
    return PublicIncident(
        id="crash0000001",
        number=2,
        kind=IncidentKind.INCIDENT,
        name=both("Portafoglio non disponibile", "Wallet unavailable"),
        status=Status.IDENTIFIED,
        impact=Impact.CRITICAL,
        started_at=rome(7, 21, 40),
        created_at=rome(7, 21, 49),
        updated_at=rome(8, 14, 26),
        updates=_first_updates(),
        affected=_affected(parts),
        components=tuple(c for c in parts if c.key in FAULTS),
        next_update_by=rome(8, 18),
        first_notice_after=9,
        notice_id="notice000001",
        posts=(
            PublicPost(3, "X", "x", "https://x.com/app_pubblica/status/1336300000000000003"),
            PublicPost(1, "X", "x", "https://x.com/app_pubblica/status/1336300000000000001"),
        ),
    )


def email_check() -> PublicIncident:
    """A second fault, told by a machine, in Italian only, its promise broken."""
    parts = components(email=DOWN)
    return PublicIncident(
        id="email0000001",
        number=3,
        kind=IncidentKind.INCIDENT,
        name=both("Verifica dell’e-mail non disponibile", "E-mail verification unavailable"),
        status=Status.INVESTIGATING,
        impact=Impact.MAJOR,
        started_at=rome(8, 13, 40),
        created_at=rome(8, 13, 45),
        updated_at=rome(8, 13, 45),
        updates=(
            update(
                1,
                Status.INVESTIGATING,
                rome(8, 13, 45),
                words.EMAIL_DOWN,
                changes=_changes(parts),
                next_update_by=rome(8, 14, 15),
                automatic=True,
            ),
        ),
        affected=_affected(parts),
        components=tuple(c for c in parts if c.key == "email"),
        next_update_by=rome(8, 14, 15),
        overdue=True,
        first_notice_after=5,
    )


def notice(incident_id: str | None = "crash0000001") -> PublicIncident:
    """The advance notice of 30 November, by default already come true as the crash."""
    came_true = incident_id is not None
    life = [
        update(
            1,
            Status.SCHEDULED,
            rome(30, 10, month=11),
            words.EXPECTED_LOAD,
            next_update_by=None,
        )
    ]
    return PublicIncident(
        id="notice000001",
        number=1,
        kind=IncidentKind.ADVANCE_NOTICE,
        name=both(
            "Avvio del Cashback: possibili rallentamenti",
            "Cashback launch: the app may be slow",
        ),
        status=Status.COMPLETED if came_true else Status.SCHEDULED,
        impact=Impact.MAINTENANCE,
        started_at=rome(4, 0),
        created_at=rome(30, 10, month=11),
        updated_at=rome(7, 21, 49) if came_true else rome(30, 10, month=11),
        updates=tuple(life),
        components=tuple(c for c in components() if c.key in {"wallet", "activation"}),
        resolved_at=rome(7, 21, 49) if came_true else None,
        scheduled_for=rome(4, 0),
        scheduled_until=rome(9, 12),
        incident_id=incident_id,
    )


def planned_work(status: Status = Status.SCHEDULED) -> PublicIncident:
    """Work on Messages in the night of Sunday 13 December."""
    parts = components(messages=WORK)
    return PublicIncident(
        id="work00000001",
        number=4,
        kind=IncidentKind.MAINTENANCE,
        name=both("Aggiornamento dei Messaggi", "Update of Messages"),
        status=status,
        impact=Impact.MAINTENANCE,
        started_at=rome(13, 1),
        created_at=rome(8, 9),
        updated_at=rome(8, 9),
        updates=(update(1, status, rome(8, 9), words.PLANNED_WORK),),
        affected=_affected(parts),
        components=tuple(c for c in parts if c.key == "messages"),
        scheduled_for=rome(13, 1),
        scheduled_until=rome(13, 3),
    )


def closed_crash() -> PublicIncident:
    """The crash over its whole life, with a correction and a retraction."""
    monitoring = Status.MONITORING
    faulty = components(**FAULTS)
    better = components(wallet=SLOW, activation=SLOW, cards=PARTIAL)
    mitigated_changes = tuple(
        PublicChange(now.id, now.name, was.status, now.status)
        for was, now in zip(faulty, better, strict=True)
        if was.status is not now.status
    )
    cards = better[4]
    mitigated = update(
        4, monitoring, rome(9, 11, 13), words.MITIGATED, changes=mitigated_changes,
        next_update_by=rome(9, 17, 45),
    )  # fmt: skip
    withdrawn = replace(
        update(5, monitoring, rome(9, 17, 58), words.RECOVERED, late_by=13),
        retraction=PublicRetraction(
            rome(9, 18, 5),
            both(
                "Pubblicato per errore: non tutti riescono ancora ad aggiungere una carta.",
                "Published by mistake: not everybody can add a card yet.",
            ),
        ),
        updated_at=rome(9, 18, 5),
    )
    delayed = replace(
        update(6, monitoring, rome(11, 17, 40), words.DELAY, next_update_by=rome(14, 12)),
        corrections=(
            PublicCorrection(
                rome(12, 15, 57),
                words.DELAY_BEFORE,
                both(
                    "I pagamenti sono già validi: sono solo mostrati più tardi.",
                    "The payments already count: they are only shown later.",
                ),
            ),
        ),
        updated_at=rome(12, 15, 57),
    )
    resolved = update(
        7,
        Status.RESOLVED,
        rome(16, 9, 18),
        words.RECOVERED,
        changes=(PublicChange(cards.id, cards.name, PARTIAL, OK),),
    )
    return replace(
        crash(),
        status=Status.RESOLVED,
        updated_at=rome(16, 9, 18),
        updates=(resolved, delayed, withdrawn, mitigated, *_first_updates()),
        affected=tuple(AffectedComponent(c.id, c.name, OK) for c in faulty if c.key in FAULTS),
        components=tuple(c for c in components() if c.key in FAULTS),
        monitoring_at=rome(9, 11, 13),
        resolved_at=rome(16, 9, 18),
        next_update_by=None,
    )
