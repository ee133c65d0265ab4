"""Realistic frozen views for the documents' tests: calm, worst hour, maintenance, hostile, many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from incidents.status import (
    ComponentStatus,
    IncidentKind,
    PublicationKind,
    Status,
    page_indicator,
)
from incidents.view import (
    AffectedComponent,
    IncidentView,
    Localized,
    MonthView,
    Overview,
    PublicAnswer,
    PublicChange,
    PublicComponent,
    PublicCorrection,
    PublicFigure,
    PublicGroup,
    PublicIncident,
    PublicPost,
    PublicPublication,
    PublicRetraction,
    PublicText,
    PublicUpdate,
)
from tests.publishers.documents.sample_incidents import (
    ANSWERS,
    DOWN,
    FAULTS,
    GROUPS,
    OK,
    PARTIAL,
    ROME,
    SERVICE,
    THEN,
    WORK,
    closed_crash,
    components,
    crash,
    email_check,
    notice,
    planned_work,
    rome,
    update,
)
from tests.publishers.documents.sample_texts import both


def _publications(entries: tuple[PublicIncident, ...]) -> tuple[PublicPublication, ...]:
    """One per update, plus its corrections and retraction, newest first."""
    items = [item for entry in entries for u in entry.updates for item in _of_update(entry, u)]
    return tuple(sorted(items, key=lambda item: item.at, reverse=True))


def _of_update(entry: PublicIncident, told: PublicUpdate) -> list[PublicPublication]:
    said = PublicPublication(
        id=f"p{told.id}",
        kind=PublicationKind.UPDATE,
        at=told.at,
        incident_id=entry.id,
        incident_name=entry.name,
        incident_kind=entry.kind,
        update_number=told.number,
        status=told.status,
        texts=told.texts,
        figures=told.figures,
        next_update_by=told.next_update_by,
        automatic=told.automatic,
    )
    items = [said]
    for place, fix in enumerate(told.corrections, start=1):
        kind = PublicationKind.CORRECTION
        items.append(
            replace(said, id=f"{said.id}c{place}", kind=kind, at=fix.at, reason=fix.reason)
        )
    if gone := told.retraction:
        kind = PublicationKind.RETRACTION
        items.append(replace(said, id=f"{said.id}r", kind=kind, at=gone.at, reason=gone.reason))
    return items


def _overview(
    at: datetime,
    parts: tuple[PublicComponent, ...],
    *,
    groups: tuple[PublicGroup, ...] = GROUPS,
    active: tuple[PublicIncident, ...] = (),
    upcoming: tuple[PublicIncident, ...] = (),
    past: tuple[PublicIncident, ...] = (),
    answers: tuple[PublicAnswer, ...] = (),
    latest_month: str | None = "2020-12",
) -> Overview:
    entries = (*active, *upcoming, *past)
    by_start = sorted(entries, key=lambda entry: entry.started_at, reverse=True)
    return Overview(
        service=SERVICE,
        checked_at=at,
        today=at.astimezone(ROME).date(),
        indicator=page_indicator([c.status for c in parts], [entry.impact for entry in active]),
        updated_at=max((entry.updated_at for entry in entries), default=THEN),
        groups=groups,
        components=parts,
        active=active,
        upcoming=upcoming,
        past=past,
        answers=answers,
        publications=_publications(entries),
        incidents=tuple(e for e in by_start if e.kind is IncidentKind.INCIDENT),
        maintenances=tuple(e for e in by_start if e.kind is IncidentKind.MAINTENANCE),
        latest_month=latest_month,
    )


def empty() -> Overview:
    """The first minute of a new installation: no component, no incident, no month."""
    return _overview(rome(8, 14, 30), (), groups=(), latest_month=None)


def all_well() -> Overview:
    """18 December: nothing is open; the closed crash is still among the past."""
    return _overview(rome(18, 10), components(), past=(closed_crash(), notice()))


def worst_hour() -> Overview:
    """14:30 of 8 December: the crash, a second fault, work to come, the notice come true."""
    return _overview(
        rome(8, 14, 30),
        components(**FAULTS, email=DOWN),
        active=(crash(), email_check()),
        upcoming=(planned_work(),),
        past=(notice(),),
        answers=ANSWERS,
    )


def maintenance() -> Overview:
    """02:00 of 13 December: planned work in progress, an advance notice still to come."""
    later = replace(
        notice(None),
        scheduled_for=rome(31, 9),
        scheduled_until=rome(31, 23),
        started_at=rome(31, 9),
    )
    return _overview(
        rome(13, 2),
        components(messages=WORK),
        active=(planned_work(Status.IN_PROGRESS),),
        upcoming=(later,),
    )


def many() -> Overview:
    """200 components in 10 groups, some without one, with every status and long names."""
    groups = tuple(
        PublicGroup(f"group{n:07}", both(f"Gruppo {n}", f"Group {n}"), {}, n, THEN, THEN)
        for n in range(1, 11)
    )
    statuses = tuple(ComponentStatus)
    parts = tuple(
        replace(
            components()[n % 8],
            id=f"many{n:08}",
            key=f"part-{n}",
            name=both(f"Servizio numero {n}", f"Service number {n}"),
            status=statuses[n % 5],
            group_id=None if n % 11 == 10 else groups[n % 11].id,
            position=n,
        )
        for n in range(200)
    )
    return _overview(rome(8, 14, 30), parts, groups=groups)


ATTACK = (
    "<script>alert(1)</script>\" onload='alert(2)' ]]> &amp; \x00\x08\x1b {{ 7*7 }} "
    "\u202eoverride <img src=//evil.example/x>"
)
LONG_NAME = ("Nome" * 50)[:200]
ARABIC = "المحفظة غير متاحة"
HOSTILE_BODY = (
    f"{ATTACK}\n\n[click](javascript:alert(3)) [data](data:text/html,x) [ok](https://example.org/a)"
    " ![image](https://evil.example/pixel.gif)\n\n<iframe src=https://evil.example></iframe>\n\n"
    "# A heading of one\n\n<style>*{display:none}</style>"
)


def _attack(text: str = ATTACK) -> Localized:
    return {"it": text, "en": text}


def _hostile_texts() -> Mapping[str, PublicText]:
    return {locale: PublicText(ATTACK, ATTACK, HOSTILE_BODY) for locale in ("it", "en")}


def hostile_incident() -> PublicIncident:
    """A closed-tag, script, control-character and bidi attack in every text of an incident."""
    figure = PublicFigure(ATTACK, 1.5, _attack(), _attack(), _attack(), rome(8, 12), _attack())
    answer = PublicAnswer(
        "a-key", _attack(), _attack(), _attack(HOSTILE_BODY), {"it": (ATTACK,), "en": (ATTACK,)}
    )
    told = update(
        1,
        Status.INVESTIGATING,
        rome(8, 14),
        _hostile_texts(),
        changes=(PublicChange("hostile00001", _attack(), OK, DOWN),),
        figures=(figure,),
        answers=(answer,),
        automatic=True,
    )
    return replace(
        crash(),
        id="hostile00002",
        name=_attack(),
        updates=(
            replace(
                told,
                corrections=(PublicCorrection(rome(8, 14, 5), _hostile_texts(), _attack()),),
                retraction=PublicRetraction(rome(8, 14, 10), _attack()),
            ),
        ),
        affected=(AffectedComponent("hostile00001", _attack(), DOWN),),
        posts=(
            PublicPost(1, ATTACK, "x", "javascript:alert(4)"),
            PublicPost(1, "X", "x", "https://x.com/a/status/1"),
        ),
    )


def hostile() -> Overview:
    """Attacks in every field, names of 200 characters without a space, right-to-left text."""
    parts = tuple(
        replace(part, name=name, description=name)
        for part, name in zip(
            components(wallet=DOWN, iban=PARTIAL),
            (_attack(), both(LONG_NAME, LONG_NAME), _attack(ARABIC), {}, *[_attack()] * 4),
            strict=True,
        )
    )
    wicked = hostile_incident()
    long_named = replace(crash(), id="longname0001", name=both(LONG_NAME, LONG_NAME))
    arabic = replace(planned_work(), name={"ar": ARABIC})
    view = _overview(
        rome(8, 14, 30),
        parts,
        groups=(replace(GROUPS[0], name=_attack(), description=_attack()), GROUPS[1]),
        active=(wicked, long_named),
        upcoming=(arabic,),
        past=(replace(wicked, id="hostile00003", resolved_at=rome(8, 13)),),
        answers=wicked.updates[0].answers,
    )
    return replace(view, service=replace(SERVICE, name=_attack('<b>App</b> & "co" ]]>')))


def incident_view() -> IncidentView:
    """The crash's page after it was closed."""
    return IncidentView(SERVICE, date(2020, 12, 18), closed_crash())


def notice_view() -> IncidentView:
    """The advance notice's page after it came true."""
    return IncidentView(SERVICE, date(2020, 12, 18), notice())


def hostile_view() -> IncidentView:
    return IncidentView(SERVICE, date(2020, 12, 18), hostile_incident())


def month_view() -> MonthView:
    """December 2020, between two other months."""
    cancelled = replace(planned_work(), cancelled_at=rome(10, 9), updated_at=rome(10, 9))
    return MonthView(
        SERVICE,
        "2020-12",
        (cancelled, email_check(), closed_crash(), notice()),
        previous="2020-11",
        next="2021-01",
    )
