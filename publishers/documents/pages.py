"""The public pages, one set per locale: home, one per incident, one per month, and the answers.

Plain HTML without script; everything that matters is in the first response.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from markupsafe import Markup

from incidents.status import ComponentStatus, IncidentKind
from incidents.view import (
    AffectedComponent,
    HomeView,
    IncidentView,
    MonthView,
    Overview,
    PublicAnswer,
    PublicComponent,
    PublicGroup,
    PublicIncident,
    Service,
)
from publishers.documents import _phrases as phrases
from publishers.documents._advice import advice
from publishers.documents._bars import bar, percent
from publishers.documents._base import Document
from publishers.documents._course import courses
from publishers.documents._grouping import Grouped
from publishers.documents._grouping import grouped as under_groups
from publishers.documents._render import Page, document_path, render, shape
from publishers.documents._style import TEMPLATES
from publishers.documents._verdict import verdict
from publishers.documents._version import mark, version


@dataclass(frozen=True, slots=True)
class Reach:
    """What an entry reaches: the components that fail, that struggle, that are being worked on,
    and that are well."""

    broken: tuple[AffectedComponent, ...]
    struggling: tuple[AffectedComponent, ...]
    worked_on: tuple[AffectedComponent, ...]
    working: tuple[PublicComponent, ...]


@dataclass(frozen=True, slots=True)
class State:
    """A component's status on a page."""

    tone: str
    shape: Markup
    word: str


def home(view: HomeView) -> Iterator[Document]:
    """`index.html` of each locale."""
    for page in _each_locale(view.service, ""):
        yield render(
            "home.html",
            page,
            view=view,
            verdict=verdict(view, page),
            version=version(view),
            reach={entry.id: reach(entry, view) for entry in view.active},
            advice={entry.id: advice(entry) for entry in view.active},
            groups=grouped(view.components, view.groups),
            past=by_day(view.past, view.service),
            states=_states(page),
            bar=bar,
            history=view.latest_month,
        )


def overview(view: Overview) -> Iterator[Document]:
    """`answers/index.html` of each locale, and the icon and the script that every page names."""
    for page in _each_locale(view.service, "answers/"):
        yield render(
            "answers.html", page, view=view, version=version(view), history=view.latest_month
        )
    for name in ("favicon.svg", "avviso.js"):
        yield Document(name, (TEMPLATES / "pages" / name).read_bytes())


def incident(service: Service, incident_id: str, view: IncidentView | None) -> Iterator[Document]:
    """`incidents/{id}/index.html` of each locale."""
    for page in _each_locale(service, f"incidents/{incident_id}/"):
        if view is None:
            yield Document(document_path(page), None)
        else:
            yield _incident_page(page, view.incident, followed=view.followed)


def month(service: Service, month: str, view: MonthView | None) -> Iterator[Document]:
    """`history/{yyyy-mm}/index.html` of each locale."""
    for page in _each_locale(service, f"history/{month}/"):
        if view is None:
            yield Document(document_path(page), None)
        else:
            days = by_day(view.incidents, service)
            yield render(
                "month.html",
                page,
                view=view,
                days=days,
                percent=percent,
                first_day=_first_day,
                history=month,
            )


def reach(entry: PublicIncident, view: HomeView) -> Reach:
    """What works and what does not. What is well is said once, beside the first entry that is
    more than an advance notice."""
    of = {status: [a for a in entry.affected if a.status is status] for status in ComponentStatus}
    first = next((e for e in view.active if e.kind is not IncidentKind.ADVANCE_NOTICE), None)
    well = _shown(view.components) if first is entry else ()
    return Reach(
        broken=tuple(of[ComponentStatus.MAJOR_OUTAGE]),
        struggling=tuple(
            of[ComponentStatus.PARTIAL_OUTAGE] + of[ComponentStatus.DEGRADED_PERFORMANCE]
        ),
        worked_on=tuple(of[ComponentStatus.UNDER_MAINTENANCE]),
        working=tuple(part for part in well if part.status is ComponentStatus.OPERATIONAL),
    )


def grouped(components: tuple[PublicComponent, ...], groups: tuple[PublicGroup, ...]) -> Grouped:
    """Those that the home page lists, under their groups."""
    return under_groups(_shown(components), groups)


def _shown(components: tuple[PublicComponent, ...]) -> list[PublicComponent]:
    """Those that the home page lists, in the operators' order."""
    return [
        part
        for part in sorted(components, key=lambda part: part.position)
        if not part.only_show_if_degraded or part.status is not ComponentStatus.OPERATIONAL
    ]


def by_day(
    entries: tuple[PublicIncident, ...], service: Service
) -> list[tuple[date, list[PublicIncident]]]:
    """Entries under the local day on which they started, the newest day first."""

    def day(entry: PublicIncident) -> date:
        return entry.started_at.astimezone(service.time_zone).date()

    newest_first = sorted(entries, key=lambda entry: entry.started_at, reverse=True)
    return [(when, list(some)) for when, some in groupby(newest_first, key=day)]


def attached_answers(entry: PublicIncident) -> tuple[PublicAnswer, ...]:
    """The answers of an incident's updates, each once, as last published."""
    found: dict[str, PublicAnswer] = {}
    for update in entry.updates:
        for answer in update.answers:
            found.setdefault(answer.key, answer)
    return tuple(found.values())


def _incident_page(page: Page, entry: PublicIncident, *, followed: bool) -> Document:
    return render(
        "incident.html",
        page,
        incident=entry,
        followed=followed,
        answers=attached_answers(entry),
        courses=courses(entry),
        took=_minutes(entry.started_at, entry.resolved_at),
        mark=mark(entry),
        history=f"{entry.started_at.astimezone(page.service.time_zone):%Y-%m}",
    )


def _states(page: Page) -> dict[ComponentStatus, State]:
    """What each status of a component looks like, and is called."""
    return {
        status: State(tone, shape(tone), page.words.gettext(phrases.COMPONENT_STATUS[status]))
        for status in ComponentStatus
        for tone in [phrases.component_tone(status)]
    }


def _each_locale(service: Service, path: str) -> Iterator[Page]:
    return (Page(service, locale, path) for locale in service.locales)


def _minutes(start: datetime, end: datetime | None) -> int | None:
    return None if end is None else int((end - start).total_seconds()) // 60


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
