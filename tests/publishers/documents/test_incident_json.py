"""incidents/{id}.json: the entry as the v2 API lists it, by itself."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from incidents.status import ComponentStatus
from incidents.view import IncidentView
from publishers.documents import api_v2, incident_json
from tests.publishers.documents import sample_views
from tests.publishers.documents.sample_incidents import SERVICE
from tests.publishers.documents.schemas_v2 import INCIDENT, MAINTENANCE


@pytest.mark.parametrize("prefix", ["", "en/"])
def test_it_is_what_the_list_says(prefix: str) -> None:
    view = sample_views.worst_hour()
    lists = {each.path: json.loads(each.body or b"") for each in api_v2.overview(view)}
    listed = lists[f"{prefix}api/v2/incidents.json"]["incidents"]
    entry = next(each for each in view.incidents if each.id == listed[0]["id"])
    one = IncidentView(view.service, view.today, entry)
    made = {d.path: d.body for d in incident_json.incident(view.service, entry.id, one)}
    assert list(made) == [f"incidents/{entry.id}.json", f"en/incidents/{entry.id}.json"]
    told = json.loads(made[f"{prefix}incidents/{entry.id}.json"] or b"")
    assert [part.pop("name") for part in told["components"]] == [
        part.name[prefix.strip("/") or "it"] for part in entry.affected
    ]
    assert told | {"components": []} == listed[0] | {"components": []}


def test_what_is_said_of_components_later_does_not_change_it() -> None:
    view = sample_views.incident_view()
    later = tuple(
        replace(part, name={"it": "Altro"}, position=99, status=ComponentStatus.OPERATIONAL)
        for part in view.incident.components
    )
    changed = replace(view, incident=replace(view.incident, components=later))
    made, again = (
        list(incident_json.incident(view.service, view.incident.id, each))
        for each in (view, changed)
    )
    assert made == again


def test_it_is_gone_with_its_entry() -> None:
    made = {d.path: d.body for d in incident_json.incident(SERVICE, "abc", None)}
    assert made == {"incidents/abc.json": None, "en/incidents/abc.json": None}


@pytest.mark.parametrize("show", ["incident_view", "notice_view", "hostile_view"])
def test_it_has_the_shape_of_an_incident(show: str) -> None:
    view = getattr(sample_views, show)()
    for document in incident_json.incident(view.service, view.incident.id, view):
        told = json.loads(document.body or b"")
        jsonschema.validate(told, MAINTENANCE if "scheduled_for" in told else INCIDENT)
