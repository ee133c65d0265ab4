"""The state of the whole page in one sentence, as every document says it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from incidents.status import BAD, ComponentStatus, Impact, IncidentKind, badness
from incidents.view import HomeView, PublicComponent, PublicIncident
from publishers.documents import _phrases as phrases
from publishers.documents._render import Page, fill

_NAMED_AT_MOST = 3
"""So many components the verdict names; more are counted."""
_GRAVEST_LAST = (Impact.MAINTENANCE, Impact.NONE, Impact.MINOR, Impact.MAJOR, Impact.CRITICAL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of the whole page in one sentence: as markup for the heading, as plain text."""

    said: Markup
    plain: str
    tone: str


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
