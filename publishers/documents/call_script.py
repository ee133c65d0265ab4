"""`/call-script/`: what whoever answers the telephone may say now, and what not.

For operators: no page for citizens links to it, and search engines are told to leave it out.
Nothing on it moves with the clock alone but what becomes true by it, so that it seldom changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from incidents.status import IncidentKind, Status
from incidents.view import HomeView, PublicFigure, PublicIncident, PublicUpdate
from publishers.documents import _phrases as phrases
from publishers.documents._advice import Advice, advice
from publishers.documents._base import Document
from publishers.documents._render import Page, render
from publishers.documents._verdict import verdict

RECORDED_WORDS = 35
"""What a voice says in 15 seconds, at 140 words a minute."""
_HOUR = re.compile(r"\d\d:\d\d")
_WORDS_OF_AN_HOUR = 3
"""As in "ventuno e quarantanove"."""


@dataclass(frozen=True, slots=True)
class Line:
    """One open entry, as a caller is told of it."""

    entry: PublicIncident
    update: PublicUpdate | None
    """The latest that stands; None where all were withdrawn."""
    changed_at: datetime
    """When what is said last changed: an update, a correction, a retraction."""
    withdrawn: tuple[PublicUpdate, ...]
    """Later ones, which must not be repeated."""
    advice: Advice | None
    """What callers should do and should not do, where anything was said of it."""

    @property
    def figures(self) -> tuple[PublicFigure, ...]:
        """The numbers of the latest update, each with its definition."""
        return self.update.figures if self.update else ()

    @property
    def cause_known(self) -> bool:
        """Whether anything was published of the cause."""
        return self.entry.status is not Status.INVESTIGATING


def home(view: HomeView) -> Iterator[Document]:
    """`call-script/index.html` of each locale."""
    lines = [_line(entry) for entry in view.active]
    for locale in view.service.locales:
        page = Page(view.service, locale, "call-script/")
        yield render(
            "call_script.html",
            page,
            view=view,
            verdict=verdict(view, page),
            lines=lines,
            recorded=recorded(view, page),
            history=view.latest_month,
        )


def recorded(view: HomeView, page: Page) -> str:
    """15 seconds for the recorded voice: the latest short text where it is the only one and short
    enough, else what is wrong and when we write again."""
    only = _line(view.active[0]) if len(view.active) == 1 else None
    if only and only.update:
        text = page.text(only.update.texts).short
        if text and spoken_words(text) <= RECORDED_WORDS:
            return text
    sentences = [verdict(view, page).plain]
    if only:
        sentences.append(page.words.gettext(phrases.status_of(only.entry)))
    promise = _promise(view)
    if promise:
        sentences.append(
            page.words.gettext("Next update by {when}").format(when=page.words.when(promise))
        )
    return " ".join(f"{sentence}." for sentence in sentences)


def spoken_words(text: str) -> int:
    """How many words a voice says; an hour such as "21:49" is three."""
    hours = len(_HOUR.findall(text))
    return len(text.split()) + hours * (_WORDS_OF_AN_HOUR - 1)


def _line(entry: PublicIncident) -> Line:
    standing = next((u for u in entry.updates if u.retraction is None), None)
    later = [u for u in entry.updates if standing is None or u.number > standing.number]
    changed = max(update.updated_at or update.at for update in entry.updates)
    return Line(entry, standing, changed, tuple(later), advice(entry))


def _promise(view: HomeView) -> datetime | None:
    """The next update that is promised and not late."""
    kept = [
        entry.next_update_by
        for entry in view.active
        if entry.next_update_by and not entry.overdue and entry.kind is IncidentKind.INCIDENT
    ]
    return min(kept, default=None)
