"""What every kind of document is.

A kind is one file beside this one that defines any of these functions; each yields `Document`s:

    def home(view: HomeView) -> Iterator[Document]
        Re-rendered every minute as well, because it prints when the page was last checked.
    def overview(view: Overview) -> Iterator[Document]
        Everything else that shows the state of the whole page.
    def incident(service: Service, incident_id: str, view: IncidentView | None) -> ...
        One incident's own documents; `view` is None when it is not public: yield its paths
        with no body, and they are removed.
    def component(service: Service, component_id: str, view: ComponentView | None) -> ...
        One component's own documents; `view` is None when it is hidden or unknown, likewise.
    def month(service: Service, month: str, view: MonthView | None) -> ...
        One month of history, likewise.
    def archive(view: Archive) -> Iterator[Document]
        What lists every entry there ever was: in the next quiet minute after something happened.

They are pure: the same view gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from incidents.view import Service


@dataclass(frozen=True, slots=True)
class Document:
    """A file that people fetch. `path` is relative, with "/" between folders, no leading one."""

    path: str
    body: bytes | None
    """None: it must not exist."""
    squeezed: Mapping[str, bytes] | None = None
    """Its compressed siblings by ending, where they were made already; None: they were not."""


def locale_prefix(service: Service, locale: str) -> str:
    """As in "" for the default locale, "en/" for another: the address decides the language."""
    return "" if locale == service.default_locale else f"{locale}/"


def page_url(service: Service, locale: str, path: str = "") -> str:
    """The absolute address of a page, such as page_url(service, "en", "incidents/abc/")."""
    return f"{service.url}/{locale_prefix(service, locale)}{path}"


def update_path(incident_id: str, number: int | None) -> str:
    """The address of one update under the page; static servers ignore the query string."""
    return f"incidents/{incident_id}/" + (f"?u={number}" if number else "")
