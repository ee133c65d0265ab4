"""Reads pages back as a browser would, for the tests of what is on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import html

from incidents.view import Overview
from publishers.documents import pages
from publishers.documents._base import Document
from tests.publishers.documents import sample_views as views

OVERVIEWS = (
    views.all_well,
    views.worst_hour,
    views.hostile,
    views.many,
    views.maintenance,
    views.empty,
)


def every_page() -> Iterator[Document]:
    """Each page of each sample view, the icon left out."""
    for build in OVERVIEWS:
        yield from pages.home(build())
        yield from (d for d in pages.overview(build()) if d.path.endswith(".html"))
    for show in (views.incident_view, views.notice_view, views.hostile_view):
        view = show()
        yield from pages.incident(view.service, view.incident.id, view)
    month = views.month_view()
    yield from pages.month(month.service, month.month, month)


def body(document: Document) -> str:
    assert document.body is not None
    return document.body.decode()


def tree(documents: Iterator[Document], path: str = "index.html") -> Any:
    """The parsed document of one path."""
    found = {document.path: document for document in documents}
    return html.document_fromstring(body(found[path]))


def words_in(element: Any) -> str:
    return " ".join(element.text_content().split())


def home(view: Overview, path: str = "index.html") -> Any:
    return tree(pages.home(view), path)


def incident_page(view: Any, locale: str = "") -> Any:
    path = f"{locale}incidents/{view.incident.id}/index.html"
    return tree(pages.incident(view.service, view.incident.id, view), path)


def only(element: Any, query: str) -> Any:
    (found,) = element.xpath(query)
    return found


def by_class(element: Any, name: str) -> list[Any]:
    found: list[Any] = element.find_class(name)
    return found
