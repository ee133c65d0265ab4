"""How to be told of what is published: `subscribe/` of each locale, the page that a form leads to,
and the two scripts by which a browser gets messages.

The page is a document, so that it stands on the worst day; its forms go to the application.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from incidents.status import IncidentKind, ListMode
from incidents.view import Overview, Service
from publishers.documents import _phrases as phrases
from publishers.documents._base import Document
from publishers.documents._grouping import Grouped, grouped
from publishers.documents._render import Page, render
from publishers.documents._style import TEMPLATES

PATH = "subscribe/"
SENT = "subscribe/sent/"
SCRIPTS = ("subscribe.js", "push.js")
"""The page's own, and the service worker: at the root, so that it may speak for the whole page."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a form: what somebody typed, or what it begins with."""

    form: str = ""
    """Which of the page's forms; "" for none of them."""
    email: str = ""
    endpoint: str = ""
    everything: bool = True
    components: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset(map(str, IncidentKind))
    locale: str = ""
    incident: str = ""
    faults: dict[str, str] = field(default_factory=dict)
    """What is wrong, by the name of the field: phrases for the catalogue."""

    def with_fault(self, name: str, phrase: str) -> Typed:
        """The same, with one thing that is wrong."""
        return replace(self, faults={**self.faults, name: phrase})


def overview(view: Overview) -> Iterator[Document]:
    """Both pages of each locale, and the scripts where browsers can be told."""
    groups = grouped(view.components, view.groups)
    can_push = ListMode.PUSH in view.service.lists.modes
    for locale in view.service.locales:
        yield subscribe_page(
            Page(view.service, locale, PATH), groups, Typed(locale=locale), view.latest_month
        )
        if by_letter(view.service):
            sent = Page(view.service, locale, SENT)
            yield render("sent.html", sent, history=view.latest_month)
    for name in SCRIPTS if can_push else ():
        yield Document(name, (TEMPLATES / "pages" / name).read_bytes())


def by_letter(service: Service) -> bool:
    """Whether letters can be sent at all: without them nobody can confirm a form."""
    return ListMode.EMAIL in service.lists.modes


def subscribe_page(
    page: Page, groups: Grouped, typed: Typed, history: str | None = None
) -> Document:
    """The page with its forms, as they begin or as somebody filled one of them in."""
    return render(
        "subscribe.html",
        page,
        groups=groups,
        typed=typed,
        kinds=[(str(kind), phrase) for kind, phrase in phrases.NEWS.items()],
        languages=[(words.locale, words.endonym) for words, _, _ in page.languages()],
        modes=frozenset(map(str, page.service.lists.modes)),
        letters=by_letter(page.service),
        history=history,
    )
