"""Views of what can be followed by itself: one component, one incident, and a hub for all feeds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from incidents.view import ComponentHistory, ComponentView, IncidentView, Overview
from tests.publishers.documents import sample_views
from tests.publishers.documents.sample_incidents import SERVICE, crash

HUB = "https://hub.example.org/"


def component_view(view: Overview | None = None) -> ComponentView:
    """The first component of a view (by default the worst hour's), with all that it reports."""
    view = view or sample_views.worst_hour()
    today = date(2020, 12, 8)
    return ComponentView(
        service=view.service,
        today=today,
        component=view.components[0],
        history=ComponentHistory(date(2020, 9, 10), today, today, (), 1.0),
        incidents=(*view.active, *view.upcoming, *view.past),
        publications=view.publications,
    )


def followed_view() -> IncidentView:
    """The crash while it goes on, with its own publications."""
    entry = crash()
    said = sample_views.worst_hour().publications
    own = tuple(each for each in said if each.incident_id == entry.id)
    return IncidentView(SERVICE, date(2020, 12, 8), entry, own, followed=True)


def hostile_followed_view() -> IncidentView:
    """The hostile incident, followed."""
    view = sample_views.hostile()
    entry = sample_views.hostile_incident()
    own = tuple(each for each in view.publications if each.incident_id == entry.id)
    return IncidentView(view.service, date(2020, 12, 8), entry, own, followed=True)


def with_hub(view: Overview) -> Overview:
    """The same view of a service whose feeds a hub passes on."""
    return replace(view, service=replace(view.service, hub=HUB))
