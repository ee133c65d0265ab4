"""A page of Atlassian Statuspage with its public API v2, as captured replies show it.

    with FakeStatuspage() as page:
        page.documents["incidents"]["incidents"][0]["status"] = "monitoring"

The shapes are those of a page of 2022; `old_shape` makes of an incident what was sent in 2019.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.fakes._service import Answer, FakeService, Request

ZONE = ZoneInfo("America/Tijuana")
PAGE = {
    "id": "srhpyqt94yxb",
    "name": "Example Chat",
    "url": "https://status.example.com",
    "time_zone": "America/Tijuana",
    "updated_at": "2020-12-06T13:37:37.407-08:00",
}
API, MEDIA, EU_WEST, VOICE = "rhznvxg4v7yh", "354mn7xfxz1h", "z9n7qgk3gl2d", "kr09ddfgbfsf"
OUTAGE, LATE, WORK = "4j3k2l1m0n9p", "n4njzfn1mqy0", "xzkmykm9v1r9"


def ts(day: int, hour: int, minute: int = 0, millisecond: int = 407) -> str:
    """As in "2020-12-03T08:15:00.407-08:00", by the page's clock."""
    moment = datetime(2020, 12, day, hour, minute, 0, millisecond * 1000, ZONE)
    return moment.isoformat(timespec="milliseconds")


def component(key: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "name": name,
        "status": "operational",
        "created_at": "2015-05-23T11:57:45.391-07:00",
        "updated_at": ts(5, 9),
        "position": 1,
        "description": None,
        "showcase": True,
        "start_date": "2020-01-01",
        "group_id": None,
        "page_id": PAGE["id"],
        "group": False,
        "only_show_if_degraded": False,
        **more,
    }


COMPONENTS = [
    component(API, "API", description="What apps talk to"),
    component(MEDIA, "Media Proxy", position=2),
    component(VOICE, "Voice", group=True, position=3, start_date=None, components=[EU_WEST]),
    component(EU_WEST, "EU West", group_id=VOICE),
]


def change(key: str, old: str, new: str) -> dict[str, str]:
    name = next(part["name"] for part in COMPONENTS if part["id"] == key)
    return {"code": key, "name": name, "old_status": old, "new_status": new}


def update(
    key: str, status: str, at: str, body: str, *changes: dict[str, str], **more: Any
) -> dict[str, Any]:
    return {
        "id": key,
        "status": status,
        "body": body,
        "incident_id": "",
        "created_at": at,
        "updated_at": at,
        "display_at": at,
        "affected_components": list(changes) or None,
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
        **more,
    }


def incident(key: str, name: str, *updates: dict[str, Any], **more: Any) -> dict[str, Any]:
    """`updates` are given oldest first, as they happened, and sent newest first."""
    first, last = updates[0]["created_at"], updates[-1]["created_at"]
    by_status = {told["status"]: told["created_at"] for told in updates}
    return {
        "id": key,
        "name": name,
        "status": updates[-1]["status"],
        "created_at": first,
        "updated_at": last,
        "monitoring_at": by_status.get("monitoring"),
        "resolved_at": by_status.get("resolved") or by_status.get("completed"),
        "impact": "major",
        "shortlink": "https://stspg.io/y1w39cblgvhz",
        "started_at": first,
        "page_id": PAGE["id"],
        "incident_updates": [{**told, "incident_id": key} for told in reversed(updates)],
        "components": [COMPONENTS[0]],
        **more,
    }


def outage() -> dict[str, Any]:
    """An incident of two hours that is over."""
    return incident(
        OUTAGE,
        "API errors",
        update(
            *("u00000000001", "investigating", ts(3, 8), "We are looking into **it**."),
            change(API, "operational", "major_outage"),
        ),
        update(
            *("u00000000002", "identified", ts(3, 8, 30), "A bad deploy.\r\n\r\nRolling back."),
            change(API, "major_outage", "partial_outage"),
        ),
        update(
            *("u00000000003", "monitoring", ts(3, 9), "It is back.<br />We watch it."),
            change(API, "partial_outage", "partial_outage"),
        ),
        update(
            *("u00000000004", "resolved", ts(3, 10), "All good."),
            change(API, "partial_outage", "operational"),
            tweet_id="1336000000000000000",
        ),
    )


def under_way() -> dict[str, Any]:
    """An incident that nobody has resolved yet."""
    return incident(
        LATE,
        "Slow media",
        update(
            *("u00000000005", "investigating", ts(5, 9), "Pictures are slow."),
            change(MEDIA, "operational", "degraded_performance"),
        ),
        impact="minor",
        components=[component(MEDIA, "Media Proxy", status="degraded_performance", position=2)],
    )


def planned() -> dict[str, Any]:
    """Work that is still to come."""
    work = incident(
        WORK,
        "Database upgrade",
        update("u00000000006", "scheduled", ts(4, 9), "We upgrade the database."),
        impact="maintenance",
    )
    return {**work, "scheduled_for": ts(12, 1, 0, 0), "scheduled_until": ts(12, 3, 0, 0)}


def old_shape(entry: dict[str, Any]) -> dict[str, Any]:
    """As it was sent in 2019: without `started_at`, and with no change of any component."""
    old = deepcopy(entry)
    del old["started_at"]
    for told in old["incident_updates"]:
        told["affected_components"] = None
    return old


def documents(*entries: dict[str, Any]) -> dict[str, Any]:
    """What the page's four documents hold, by name; `entries` stand in for the usual ones."""
    told = list(deepcopy(entries) if entries else (under_way(), outage()))
    works = [entry for entry in told if "scheduled_for" in entry]
    incidents = [entry for entry in told if "scheduled_for" not in entry]
    works = works if entries else [planned()]
    parts = deepcopy(COMPONENTS)
    if not entries:
        parts[1]["status"] = "degraded_performance"
    return {
        "summary": {
            "page": PAGE,
            "components": parts,
            "incidents": [entry for entry in incidents if entry["status"] != "resolved"],
            "scheduled_maintenances": works,
            "status": {"indicator": "minor", "description": "Partially Degraded Service"},
        },
        "components": {"page": PAGE, "components": parts},
        "incidents": {"page": PAGE, "incidents": incidents},
        "scheduled-maintenances": {"page": PAGE, "scheduled_maintenances": works},
    }


class FakeStatuspage(FakeService):
    """Serves `documents`; everything else is not found."""

    secrets: dict[str, str] = {}  # noqa: RUF012  the API is public: there are none

    def __init__(self) -> None:
        super().__init__()
        self.documents = documents()

    @property
    def texts(self) -> list[str]:
        return [entry["name"] for entry in self.documents["incidents"]["incidents"]]

    def answer(self, request: Request) -> Answer:
        name = request.path.removeprefix("/api/v2/").removesuffix(".json")
        if name in self.documents and request.path == f"/api/v2/{name}.json":
            return Answer(200, self.documents[name])
        return Answer(404, b"<html>Not found</html>", {"Content-Type": "text/html"})
