"""`privacy/` of each locale: what is kept of subscribers, why, for how long, and who sees it.

All of it comes from the settings, and the clock keeps what is said here.
"""

from __future__ import annotations

from collections.abc import Iterator

from incidents.view import Overview
from publishers.documents._base import Document
from publishers.documents._render import Page, render

PATH = "privacy/"


def overview(view: Overview) -> Iterator[Document]:
    """The page of each locale."""
    for locale in view.service.locales:
        yield render(
            "privacy.html",
            Page(view.service, locale, PATH),
            modes=frozenset(map(str, view.service.lists.modes)),
            kept=view.service.lists.privacy,
            history=view.latest_month,
        )
