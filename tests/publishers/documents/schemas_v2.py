"""JSON schemas and key orders of Atlassian Statuspage's public API v2, from captured replies."""

from __future__ import annotations

from typing import Any

COMPONENT_STATUS = {
    "enum": [
        "operational",
        "degraded_performance",
        "partial_outage",
        "major_outage",
        "under_maintenance",
    ]
}
INCIDENT_STATUS = {"enum": ["investigating", "identified", "monitoring", "resolved", "postmortem"]}
PLANNED_STATUS = {"enum": ["scheduled", "in_progress", "verifying", "completed"]}
IMPACT = {"enum": ["none", "minor", "major", "critical", "maintenance"]}
ID = {"type": "string", "pattern": "^[0-9a-z]{12}$"}
TEXT = {"type": "string", "minLength": 1}
URL = {"type": "string", "pattern": "^https://[^ ]+$"}
BOOLEAN = {"type": "boolean"}
TIME = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$",
}


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [{"type": "null"}, schema]}


def closed(**properties: dict[str, Any]) -> dict[str, Any]:
    """An object that has these keys and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def listed(schema: dict[str, Any], **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": schema, **limits}


PAGE = closed(id=ID, name=TEXT, url=URL, time_zone=TEXT, updated_at=TIME)
STATUS = closed(
    indicator=IMPACT,
    description={
        "enum": [
            "All Systems Operational",
            "Partially Degraded Service",
            "Partial System Outage",
            "Major Service Outage",
            "Service Under Maintenance",
        ]
    },
)
_COMPONENT: dict[str, dict[str, Any]] = {
    "id": ID,
    "name": TEXT,
    "status": COMPONENT_STATUS,
    "created_at": TIME,
    "updated_at": TIME,
    "position": {"type": "integer"},
    "description": nullable(TEXT),
    "showcase": BOOLEAN,
    "start_date": nullable({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}),
    "group_id": nullable(ID),
    "page_id": ID,
    "group": {"const": False},
    "only_show_if_degraded": BOOLEAN,
}
COMPONENT = closed(**_COMPONENT)
GROUP = closed(
    **{**_COMPONENT, "group": {"const": True}, "group_id": {"type": "null"}},
    components=listed(ID),
)
CHANGE = closed(code=ID, name=TEXT, old_status=COMPONENT_STATUS, new_status=COMPONENT_STATUS)


def _update(status: dict[str, Any]) -> dict[str, Any]:
    return closed(
        id=TEXT,
        status=status,
        body=TEXT,
        incident_id=ID,
        created_at=TIME,
        updated_at=TIME,
        display_at=TIME,
        affected_components=nullable(listed(CHANGE, minItems=1)),
        deliver_notifications=BOOLEAN,
        custom_tweet=nullable(TEXT),
        tweet_id=nullable(TEXT),
    )


def _incident(status: dict[str, Any], **schedule: dict[str, Any]) -> dict[str, Any]:
    return closed(
        id=ID,
        name=TEXT,
        status=status,
        created_at=TIME,
        updated_at=TIME,
        monitoring_at=nullable(TIME),
        resolved_at=nullable(TIME),
        impact=IMPACT,
        shortlink=URL,
        started_at=TIME,
        page_id=ID,
        incident_updates=listed(_update(status), minItems=1),
        components=listed(COMPONENT),
        **schedule,
    )


INCIDENT = _incident(INCIDENT_STATUS)
MAINTENANCE = _incident(PLANNED_STATUS, scheduled_for=TIME, scheduled_until=nullable(TIME))
COMPONENTS = listed({"anyOf": [COMPONENT, GROUP]})
PLANNED = closed(page=PAGE, scheduled_maintenances=listed(MAINTENANCE))

SCHEMAS: dict[str, dict[str, Any]] = {
    "summary": closed(
        page=PAGE,
        components=COMPONENTS,
        incidents=listed(INCIDENT),
        scheduled_maintenances=listed(MAINTENANCE),
        status=STATUS,
    ),
    "status": closed(page=PAGE, status=STATUS),
    "components": closed(page=PAGE, components=COMPONENTS),
    "incidents": closed(page=PAGE, incidents=listed(INCIDENT, maxItems=50)),
    "incidents/unresolved": closed(page=PAGE, incidents=listed(INCIDENT)),
    "scheduled-maintenances": PLANNED,
    "scheduled-maintenances/active": PLANNED,
    "scheduled-maintenances/upcoming": PLANNED,
}


def _keys(schema: dict[str, Any]) -> tuple[str, ...]:
    return tuple(schema["required"])


KEYS: dict[str, tuple[str, ...]] = {
    **{name: _keys(schema) for name, schema in SCHEMAS.items()},
    "page": _keys(PAGE),
    "status object": _keys(STATUS),
    "component": _keys(COMPONENT),
    "group": _keys(GROUP),
    "change": _keys(CHANGE),
    "update": _keys(_update({})),
    "incident": _keys(INCIDENT),
    "maintenance": _keys(MAINTENANCE),
}
"""The order of the keys in each reply and in each object inside."""
