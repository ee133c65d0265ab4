"""Webhook messages: key for key what was captured from Statuspage, and true to our own API."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sqlalchemy import select

from incidents import actions, queries
from incidents.actions import Desk
from incidents.models import ComponentChange
from incidents.queries import Reader
from publishers.documents import api_v2
from statuspage.webhook_payload import change_messages, incident_messages
from tests.conftest import NOON
from tests.incidents.builders import declared, resolved, scheduled, updated, words
from tests.publishers.documents import schemas_v2 as v2
from tests.publishers.documents.schemas_v2 import closed, listed, nullable

MINUTE = timedelta(minutes=1)
LATER = NOON + 30 * MINUTE
Json = dict[str, Any]

# In the order of the captured messages.
META = closed(documentation=v2.URL, generated_at=v2.TIME)
PAGE = closed(
    id=v2.ID,
    status_indicator=v2.IMPACT,
    status_description=v2.STATUS["properties"]["description"],
)
COMPONENT = closed(
    status=v2.COMPONENT_STATUS,
    name=v2.TEXT,
    created_at=v2.TIME,
    updated_at=v2.TIME,
    position={"type": "integer"},
    description=nullable(v2.TEXT),
    showcase=v2.BOOLEAN,
    id=v2.ID,
    page_id=v2.ID,
    group_id=nullable(v2.ID),
)
COMPONENT_UPDATE = closed(
    old_status=v2.COMPONENT_STATUS,
    new_status=v2.COMPONENT_STATUS,
    created_at=v2.TIME,
    component_type={"const": "Component"},
    id=v2.ID,
    component_id=v2.ID,
)
STATUS = {"enum": [*v2.INCIDENT_STATUS["enum"], *v2.PLANNED_STATUS["enum"]]}
UPDATE = closed(
    status=STATUS,
    body=v2.TEXT,
    created_at=v2.TIME,
    wants_twitter_update=v2.BOOLEAN,
    twitter_updated_at=nullable(v2.TIME),
    updated_at=v2.TIME,
    display_at=v2.TIME,
    affected_components=nullable(listed(v2.CHANGE, minItems=1)),
    custom_tweet=nullable(v2.TEXT),
    deliver_notifications=v2.BOOLEAN,
    id=v2.ID,
    incident_id=v2.ID,
)
INCIDENT = closed(
    name=v2.TEXT,
    status=STATUS,
    created_at=v2.TIME,
    updated_at=v2.TIME,
    monitoring_at=nullable(v2.TIME),
    resolved_at=nullable(v2.TIME),
    impact=v2.IMPACT,
    shortlink=v2.URL,
    postmortem_ignored=v2.BOOLEAN,
    postmortem_body=nullable(v2.TEXT),
    postmortem_body_last_updated_at=nullable(v2.TIME),
    postmortem_published_at=nullable(v2.TIME),
    postmortem_notified_subscribers=v2.BOOLEAN,
    postmortem_notified_twitter=v2.BOOLEAN,
    backfilled=v2.BOOLEAN,
    scheduled_for=nullable(v2.TIME),
    scheduled_until=nullable(v2.TIME),
    scheduled_remind_prior=v2.BOOLEAN,
    scheduled_reminded_at=nullable(v2.TIME),
    impact_override=nullable(v2.IMPACT),
    scheduled_auto_in_progress=v2.BOOLEAN,
    scheduled_auto_completed=v2.BOOLEAN,
    id=v2.ID,
    page_id=v2.ID,
    incident_updates=listed(UPDATE, minItems=1),
    components=listed(COMPONENT),
)
OF_INCIDENT = closed(meta=META, page=PAGE, incident=INCIDENT)
OF_COMPONENT = closed(meta=META, page=PAGE, component=COMPONENT, component_update=COMPONENT_UPDATE)


def order(schema: Json, told: Any) -> None:
    """Every object has its keys in the captured order."""
    if schema.get("type") == "object":
        assert list(told) == schema["required"]
        for key, inner in schema["properties"].items():
            order(inner, told[key])
    elif schema.get("type") == "array":
        for each in told:
            order(schema["items"], each)


def checked(messages: Mapping[str, Json], schema: Json) -> Mapping[str, Json]:
    """The messages as a receiver gets them, in Statuspage's shape."""
    told: dict[str, Json] = json.loads(json.dumps(messages))
    assert list(told) == ["it", "en"]
    for message in told.values():
        jsonschema.validate(message, schema)
        order(schema, message)
    return told


def about(desk: Desk, incident_id: str | None, now: Any = LATER) -> Mapping[str, Json]:
    with desk.db.read() as session:
        reader = Reader(session, desk.service, desk.texts, now)
        return checked(incident_messages(reader, incident_id or ""), OF_INCIDENT)


def lived(desk: Desk) -> str:
    incident = declared(desk, impact="critical").incident_id or ""
    updated(desk, incident, NOON + MINUTE, status="identified")
    updated(
        desk,
        incident,
        NOON + 2 * MINUTE,
        status="monitoring",
        components={"wallet": "degraded_performance", "login": "partial_outage"},
    )
    return incident


def test_an_incident_in_full(desk: Desk) -> None:
    incident = lived(desk)
    told = about(desk, incident)["en"]
    assert told["meta"]["generated_at"] == "2020-12-07T12:30:00.000+01:00"
    assert told["meta"]["documentation"] == "https://stato.example.it/en/subscribe/"
    assert told["page"]["id"] == desk.service.id
    assert [u["status"] for u in told["incident"]["incident_updates"]] == [
        "monitoring",
        "identified",
        "investigating",
    ]
    changes = told["incident"]["incident_updates"][0]["affected_components"]
    assert [(c["name"], c["old_status"], c["new_status"]) for c in changes] == [
        ("Wallet", "major_outage", "degraded_performance"),
        ("Sign-in", "operational", "partial_outage"),
    ]
    assert told["incident"]["incident_updates"][1]["affected_components"] is None
    assert told["incident"]["monitoring_at"] == "2020-12-07T12:02:00.000+01:00"
    assert told["incident"]["postmortem_body"] is None
    assert told["incident"]["backfilled"] is False
    assert told["incident"]["scheduled_for"] is None


def test_it_says_the_same_as_our_own_api(desk: Desk) -> None:
    incident = lived(desk)
    messages = about(desk, incident)
    with desk.db.read() as session:
        view = Reader(session, desk.service, desk.texts, LATER).overview()
    replies = {d.path: json.loads(d.body or b"") for d in api_v2.overview(view)}
    for locale, prefix in (("it", ""), ("en", "en/")):
        message = messages[locale]
        status = replies[f"{prefix}api/v2/status.json"]["status"]
        assert message["page"]["status_indicator"] == status["indicator"]
        assert message["page"]["status_description"] == status["description"]
        (listed_,) = replies[f"{prefix}api/v2/incidents.json"]["incidents"]
        both = message["incident"].keys() & listed_.keys() - {"components", "incident_updates"}
        assert len(both) == 10
        assert {key: message["incident"][key] for key in both} == {
            key: listed_[key] for key in both
        }
        for name in ("components", "incident_updates"):
            for ours, theirs in zip(message["incident"][name], listed_[name], strict=True):
                same = ours.keys() & theirs.keys()
                assert {key: ours[key] for key in same} == {key: theirs[key] for key in same}
                assert len(same) >= 8


def test_planned_work_has_its_schedule(desk: Desk) -> None:
    told = about(desk, scheduled(desk).incident_id)["it"]["incident"]
    assert told["status"] == "scheduled"
    assert told["impact"] == "maintenance"
    assert told["scheduled_for"] == "2020-12-07T13:00:00.000+01:00"
    assert told["scheduled_until"] == "2020-12-07T15:00:00.000+01:00"
    assert (told["scheduled_auto_in_progress"], told["scheduled_auto_completed"]) == (True, True)


def test_a_postmortem_stands_in_its_own_fields_too(desk: Desk) -> None:
    incident = declared(desk).incident_id
    resolved(desk, incident, NOON + MINUTE)
    updated(desk, incident, NOON + 2 * MINUTE, status="postmortem", texts=words("Perché"))
    told = about(desk, incident)["it"]["incident"]
    assert told["status"] == "postmortem"
    assert told["postmortem_body"] == told["incident_updates"][0]["body"]
    assert "Perché per esteso." in told["postmortem_body"]
    assert told["postmortem_published_at"] == "2020-12-07T12:02:00.000+01:00"
    assert told["postmortem_notified_subscribers"] is True


def test_what_was_backdated_says_so(desk: Desk) -> None:
    outcome = actions.backdate_incident(
        desk,
        "bea",
        NOON,
        {
            "name": {"it": "Ieri", "en": "Yesterday"},
            "started_at": NOON - 2 * MINUTE,
            "resolved_at": NOON - MINUTE,
            "components": {"wallet": "major_outage"},
            "texts": words(),
        },
    )
    told = about(desk, outcome.incident_id)["it"]["incident"]
    assert told["backfilled"] is True


def changes(desk: Desk, now: Any = LATER) -> list[Mapping[str, Json]]:
    with desk.db.read() as session:
        reader = Reader(session, desk.service, desk.texts, now)
        rows = session.scalars(select(ComponentChange).order_by(ComponentChange.id))
        return [change_messages(reader, row) for row in rows if row.incident_id]


def test_the_documented_message_has_the_same_shape() -> None:
    page = Path(__file__).parents[2] / "docs" / "channels" / "webhook.md"
    (shown,) = re.findall(
        r"^```json\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    told = json.loads(shown)
    # By letter to each receiver: see the list's own tests.
    assert list(told["meta"]) == ["unsubscribe", "documentation", "generated_at"]
    del told["meta"]["unsubscribe"]
    jsonschema.validate(told, OF_COMPONENT)
    order(OF_COMPONENT, told)


def test_a_components_change(desk: Desk) -> None:
    declared(desk)
    (messages,) = changes(desk)
    told = checked(messages, OF_COMPONENT)["it"]
    assert told["component"]["name"] == "Portafoglio"
    assert told["component"]["status"] == "major_outage"
    assert told["component_update"]["old_status"] == "operational"
    assert told["component_update"]["new_status"] == "major_outage"
    assert told["component_update"]["component_id"] == told["component"]["id"]
    assert told["component_update"]["created_at"] == "2020-12-07T12:00:00.000+01:00"
    assert told["page"]["status_indicator"] != "none"


def test_each_change_has_an_id_that_stays(desk: Desk) -> None:
    lived(desk)
    first, again = ([m["it"]["component_update"]["id"] for m in changes(desk)] for _ in range(2))
    assert first == again
    assert len(set(first)) == 3


def test_a_hidden_component_is_nowhere(desk: Desk) -> None:
    incident = lived(desk)
    name = {"it": "Portafoglio", "en": "Wallet"}
    actions.save_component(
        desk, "ada", NOON + 3 * MINUTE, {"key": "wallet", "name": name, "hidden": True}
    )
    told = json.dumps(about(desk, incident), ensure_ascii=False)
    with desk.db.read() as session:
        hidden = next(row.id for row in queries.components(session) if row.key == "wallet")
    assert hidden not in told
    assert [bool(messages) for messages in changes(desk)] == [False, False, True]


def test_of_what_is_not_there_nothing_is_told(desk: Desk) -> None:
    with desk.db.read() as session:
        assert incident_messages(Reader(session, desk.service, desk.texts, LATER), "none") == {}


@pytest.mark.parametrize("indicator", ["none", "critical"])
def test_the_pages_state_is_that_of_now(desk: Desk, indicator: str) -> None:
    incident = declared(desk, impact="critical").incident_id
    if indicator == "none":
        resolved(desk, incident, NOON + MINUTE)
    assert about(desk, incident)["it"]["page"]["status_indicator"] == indicator
