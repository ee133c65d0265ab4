"""The public pages, one set per locale: home, one per incident, one per month, and the answers.

Plain HTML without script; everything that matters is in the first response.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from markupsafe import Markup, escape

from incidents.status import BAD, ComponentStatus, Impact, IncidentKind, badness
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
from publishers.documents._base import Document
from publishers.documents._render import Page, document_path, fill, render
from publishers.documents._style import TEMPLATES

_NAMED_AT_MOST = 3
"""So many components the verdict names; more are counted."""
_GRAVEST_LAST = (Impact.MAINTENANCE, Impact.NONE, Impact.MINOR, Impact.MAJOR, Impact.CRITICAL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of the whole page in one sentence: as markup for the heading, as plain text."""

    said: Markup
    plain: str
    tone: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What an incident reaches: the components that fail, that struggle, and that are well."""

    broken: tuple[AffectedComponent, ...]
    struggling: tuple[AffectedComponent, ...]
    working: tuple[PublicComponent, ...]


def home(view: HomeView) -> Iterator[Document]:
    """`index.html` of each locale."""
    for page in _each_locale(view.service, ""):
        yield render(
            "home.html",
            page,
            view=view,
            verdict=verdict(view, page),
            reach={entry.id: reach(entry, view) for entry in view.active},
            groups=grouped(view.components, view.groups),
            past=by_day(view.past, view.service),
            history=view.latest_month,
        )


def overview(view: Overview) -> Iterator[Document]:
    """`answers/index.html` of each locale, and the icon that every page names."""
    for page in _each_locale(view.service, "answers/"):
        yield render("answers.html", page, view=view, history=view.latest_month)
    yield Document("favicon.svg", (TEMPLATES / "pages" / "favicon.svg").read_bytes())


def incident(service: Service, incident_id: str, view: IncidentView | None) -> Iterator[Document]:
    """`incidents/{id}/index.html` of each locale."""
    for page in _each_locale(service, f"incidents/{incident_id}/"):
        if view is None:
            yield Document(document_path(page), None)
        else:
            yield _incident_page(page, view.incident)


def month(service: Service, month: str, view: MonthView | None) -> Iterator[Document]:
    """`history/{yyyy-mm}/index.html` of each locale."""
    for page in _each_locale(service, f"history/{month}/"):
        if view is None:
            yield Document(document_path(page), None)
        else:
            days = by_day(view.incidents, service)
            yield render(
                "month.html", page, view=view, days=days, first_day=_first_day, history=month
            )


def verdict(view: HomeView, page: Page) -> Verdict:
    """The state in one sentence. It reports what operators said, and never that all is well."""
    problems = [entry for entry in view.active if entry.kind is IncidentKind.INCIDENT]
    bad = sorted(
        (part for part in view.components if part.status in BAD),
        key=lambda part: badness(part.status),
        reverse=True,
    )
    if problems:
        return _of_problems(problems, page)
    if bad:
        return _of_components(bad, page)
    works = [entry for entry in view.active if entry.kind is IncidentKind.MAINTENANCE]
    if works:
        return _sentence(page.words.gettext("Maintenance in progress: {name}"), works[0], page)
    if any(part.status is ComponentStatus.UNDER_MAINTENANCE for part in view.components):
        return _plainly(page.words.gettext("Maintenance in progress"), "work")
    return _plainly(page.words.gettext("No problem reported"), "working")


def reach(entry: PublicIncident, view: HomeView) -> Reach:
    """What works and what does not. What is well is said once, beside the first incident."""
    of = {status: [a for a in entry.affected if a.status is status] for status in ComponentStatus}
    first = next((e for e in view.active if e.kind is IncidentKind.INCIDENT), None)
    well = view.components if first is entry else ()
    return Reach(
        broken=tuple(of[ComponentStatus.MAJOR_OUTAGE]),
        struggling=tuple(
            of[ComponentStatus.PARTIAL_OUTAGE] + of[ComponentStatus.DEGRADED_PERFORMANCE]
        ),
        working=tuple(part for part in well if part.status is ComponentStatus.OPERATIONAL),
    )


def grouped(
    components: tuple[PublicComponent, ...], groups: tuple[PublicGroup, ...]
) -> list[tuple[PublicGroup | None, list[PublicComponent]]]:
    """Components under their groups, in the operators' order; those without a group come last."""
    shown = [
        part
        for part in sorted(components, key=lambda part: part.position)
        if not part.only_show_if_degraded or part.status is not ComponentStatus.OPERATIONAL
    ]
    known = {group.id for group in groups}
    alone = [part for part in shown if part.group_id not in known]
    ordered = sorted(groups, key=lambda group: group.position)
    together = [(group, [p for p in shown if p.group_id == group.id]) for group in ordered]
    return [(group, parts) for group, parts in [*together, (None, alone)] if parts]


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


def _incident_page(page: Page, entry: PublicIncident) -> Document:
    return render(
        "incident.html",
        page,
        incident=entry,
        answers=attached_answers(entry),
        took=_minutes(entry.started_at, entry.resolved_at),
        history=f"{entry.started_at.astimezone(page.service.time_zone):%Y-%m}",
    )


def _each_locale(service: Service, path: str) -> Iterator[Page]:
    return (Page(service, locale, path) for locale in service.locales)


def _minutes(start: datetime, end: datetime | None) -> int | None:
    return None if end is None else int((end - start).total_seconds()) // 60


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _of_problems(problems: list[PublicIncident], page: Page) -> Verdict:
    # The view has the latest update first and `max` keeps the first of equals.
    worst = max(problems, key=lambda entry: _GRAVEST_LAST.index(entry.impact))
    others = len(problems) - 1
    if not others:
        return _sentence("{name}", worst, page)
    phrase = page.words.ngettext(
        "{name}, and {n} more problem", "{name}, and {n} more problems", others
    )
    return _sentence(phrase.replace("{n}", str(others)), worst, page)


def _of_components(bad: list[PublicComponent], page: Page) -> Verdict:
    tone = phrases.component_tone(bad[0].status)
    if len(bad) > _NAMED_AT_MOST:
        phrase = page.words.ngettext(
            "Problems with {n} service", "Problems with {n} services", len(bad)
        )
        return _plainly(phrase.format(n=len(bad)), tone)
    phrase = page.words.gettext("Problems with: {names}")
    names = page.words.listed(page.plain(part.name) for part in bad)
    return _plainly(phrase.format(names=names), tone)


def _sentence(phrase: str, entry: PublicIncident, page: Page) -> Verdict:
    return Verdict(
        said=fill(phrase, name=page.say(entry.name)),
        plain=phrase.replace("{name}", page.plain(entry.name)),
        tone=phrases.tone(entry),
    )


def _plainly(text: str, tone: str) -> Verdict:
    return Verdict(said=escape(text), plain=text, tone=tone)
