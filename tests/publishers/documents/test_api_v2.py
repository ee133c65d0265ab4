"""The v2 API: shapes, key order, timestamps and words as clients of Atlassian Statuspage expect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest

from incidents.status import Impact, IncidentKind, Status
from incidents.view import (
    Overview,
    PublicCorrection,
    PublicIncident,
    PublicPost,
    PublicRetraction,
    PublicText,
    PublicUpdate,
)
from publishers.documents import api_v2
from publishers.documents._v2 import timestamp
from tests.publishers.documents import sample_views
from tests.publishers.documents.sample_incidents import rome
from tests.publishers.documents.schemas_v2 import KEYS, SCHEMAS

GOLDEN = Path(__file__).with_name("golden_summary.json")
VIEWS = ("all_well", "worst_hour", "hostile", "many", "maintenance", "empty")
NAMES = tuple(SCHEMAS)


def bodies(view: Overview) -> dict[str, bytes]:
    return {document.path: document.body or b"" for document in api_v2.overview(view)}


def reply(view: Overview, name: str, prefix: str = "en/") -> Any:
    return json.loads(bodies(view)[f"{prefix}api/v2/{name}.json"])


def with_incident(entry: PublicIncident) -> Overview:
    return replace(sample_views.empty(), active=(entry,), incidents=(entry,))


def with_update(update: PublicUpdate, **changes: Any) -> Any:
    """The API's update object for one update of an incident."""
    entry = replace(crash(), updates=(update,), **changes)
    return reply(with_incident(entry), "incidents")["incidents"][0]["incident_updates"][0]


def crash() -> PublicIncident:
    """The open incident, "Wallet unavailable"."""
    return next(e for e in sample_views.worst_hour().active if e.id == "crash0000001")


def work(**changes: Any) -> PublicIncident:
    return replace(sample_views.worst_hour().upcoming[0], **changes)


@pytest.fixture(params=VIEWS)
def view(request: pytest.FixtureRequest) -> Overview:
    made = getattr(sample_views, request.param)()
    assert isinstance(made, Overview)
    return made


@pytest.fixture
def update() -> PublicUpdate:
    return PublicUpdate(
        id="u00000000001",
        number=3,
        status=Status.IDENTIFIED,
        at=rome(8, 14, 26),
        texts={"en": PublicText("We apologise", "Short.", "We are **sorry**.")},
    )


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object anywhere in a reply."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def test_every_locale_has_the_eight_replies(view: Overview) -> None:
    assert set(bodies(view)) == {
        f"{prefix}api/v2/{name}.json" for prefix in ("", "en/") for name in NAMES
    }


@pytest.mark.parametrize("prefix", ["", "en/"])
@pytest.mark.parametrize("name", NAMES)
def test_replies_have_the_captured_shape(view: Overview, name: str, prefix: str) -> None:
    jsonschema.Draft202012Validator(SCHEMAS[name]).validate(reply(view, name, prefix))


@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", NAMES)
def test_keys_come_in_the_captured_order(view: Overview, name: str) -> None:
    told = reply(view, name)
    assert tuple(told) == KEYS[name]
    assert {tuple(found) for found in objects(told)} <= set(KEYS.values())


def test_the_worst_hour_reads_as_it_did() -> None:
    told = reply(sample_views.worst_hour(), "summary")
    assert told == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_bytes_are_compact_utf8_and_know_no_clock(view: Overview) -> None:
    later = replace(view, checked_at=rome(30, 1), today=date(2020, 12, 30))
    assert bodies(view) == bodies(later)
    body = bodies(view)["api/v2/summary.json"]
    assert body.startswith(b'{"page":{"id":"cashback0001","name":')
    assert b"\\u" not in body


@pytest.mark.parametrize(
    ("zone", "moment", "written"),
    [
        ("Europe/Rome", datetime(2020, 12, 8, 13, 26, tzinfo=UTC), "2020-12-08T14:26:00.000+01:00"),
        ("Europe/Rome", datetime(2020, 7, 8, 13, 26, tzinfo=UTC), "2020-07-08T15:26:00.000+02:00"),
        ("Etc/UTC", datetime(2020, 12, 8, 13, 26, tzinfo=UTC), "2020-12-08T13:26:00.000Z"),
        ("UTC", rome(8, 14, 26), "2020-12-08T13:26:00.000Z"),
        ("Europe/London", rome(8, 14, 26), "2020-12-08T13:26:00.000+00:00"),
        ("America/Tijuana", rome(8, 14, 26), "2020-12-08T05:26:00.000-08:00"),
        (
            "Asia/Kolkata",
            datetime(2020, 12, 8, 13, 26, 1, 999_999, tzinfo=UTC),
            "2020-12-08T18:56:01.999+05:30",
        ),
    ],
)
def test_timestamps(zone: str, moment: datetime, written: str) -> None:
    service = replace(sample_views.empty().service, time_zone=ZoneInfo(zone))
    assert timestamp(service, moment) == written


class TestPage:
    def test_says_where_it_lives_and_when_it_changed(self) -> None:
        view = sample_views.worst_hour()
        assert reply(view, "status")["page"] == {
            "id": "cashback0001",
            "name": "Public services app",
            "url": "https://stato.example.it/en",
            "time_zone": "Europe/Rome",
            "updated_at": "2020-12-08T14:26:00.000+01:00",
        }
        assert reply(view, "status", "")["page"]["url"] == "https://stato.example.it"

    def test_calls_utc_as_statuspage_does(self) -> None:
        view = sample_views.empty()
        view = replace(view, service=replace(view.service, time_zone=ZoneInfo("UTC")))
        assert reply(view, "status")["page"]["time_zone"] == "Etc/UTC"

    @pytest.mark.parametrize(
        ("indicator", "description"),
        [
            (Impact.NONE, "All Systems Operational"),
            (Impact.MINOR, "Partially Degraded Service"),
            (Impact.MAJOR, "Partial System Outage"),
            (Impact.CRITICAL, "Major Service Outage"),
            (Impact.MAINTENANCE, "Service Under Maintenance"),
        ],
    )
    def test_status_is_english_in_every_language(self, indicator: Impact, description: str) -> None:
        view = replace(sample_views.empty(), indicator=indicator)
        for prefix in ("", "en/"):
            expected = {"indicator": indicator, "description": description}
            assert reply(view, "status", prefix)["status"] == expected
            assert reply(view, "summary", prefix)["status"] == expected


class TestComponents:
    def test_follow_their_group_in_order_of_position(self) -> None:
        told = reply(sample_views.worst_hour(), "components")["components"]
        assert [(c["name"], c["group"]) for c in told] == [
            ("Cashback and payments", True),
            ("Wallet", False),
            ("Cashback activation", False),
            ("Counting of purchases", False),
            ("IBAN entry", False),
            ("Cards and payment methods", False),
            ("Access", True),
            ("Sign-in with SPID and CIE", False),
            ("E-mail verification", False),
            ("Messages", False),
        ]

    def test_groups_name_their_components_and_the_worst_status(self) -> None:
        told = reply(sample_views.many(), "components")["components"]
        for group in (c for c in told if c["group"]):
            inner = [c for c in told if c["group_id"] == group["id"]]
            assert group["components"] == [c["id"] for c in inner]
            assert group["status"] == "major_outage"

    def test_of_a_group_that_is_not_public_stand_alone(self) -> None:
        view = replace(sample_views.worst_hour(), groups=())
        told = reply(view, "summary")
        assert {c["group_id"] for c in told["components"]} == {None}
        assert {c["group_id"] for i in told["incidents"] for c in i["components"]} == {None}

    def test_say_their_texts_or_null(self) -> None:
        view = sample_views.worst_hour()
        first = replace(view.components[0], description={"en": "Cards"}, name={}, start_date=None)
        told = reply(replace(view, components=(first,), groups=()), "components")["components"]
        assert (told[0]["name"], told[0]["description"]) == ("Unnamed", "Cards")
        assert told[0]["start_date"] is None
        assert reply(view, "components")["components"][1]["description"] is None
        assert reply(view, "components")["components"][1]["start_date"] == "2020-10-01"


class TestIncidents:
    def test_unresolved_ones_are_open_and_newest_first(self) -> None:
        view = sample_views.worst_hour()
        for name in ("incidents/unresolved", "summary"):
            told = reply(view, name)["incidents"]
            assert [i["id"] for i in told] == ["email0000001", "crash0000001"]
        assert reply(sample_views.all_well(), "summary")["incidents"] == []

    def test_an_open_one_beyond_the_newest_fifty_is_unresolved(self) -> None:
        view = replace(sample_views.worst_hour(), incidents=())
        assert len(reply(view, "incidents/unresolved")["incidents"]) == 2

    def test_all_are_listed_in_the_views_order(self) -> None:
        view = sample_views.all_well()
        told = reply(view, "incidents")["incidents"]
        assert [i["id"] for i in told] == [i.id for i in view.incidents]
        assert told[0]["status"] in {"resolved", "postmortem"}
        assert told[0]["resolved_at"] is not None

    def test_say_where_and_when(self) -> None:
        told = reply(with_incident(crash()), "incidents")["incidents"][0]
        assert told["shortlink"] == "https://stato.example.it/en/incidents/crash0000001/"
        assert told["started_at"] == "2020-12-07T21:40:00.000+01:00"
        assert told["created_at"] == "2020-12-07T21:49:00.000+01:00"
        assert (told["monitoring_at"], told["resolved_at"]) == (None, None)
        assert told["impact"] == "critical"
        assert "scheduled_for" not in told

    def test_updates_come_newest_first(self) -> None:
        told = reply(with_incident(crash()), "incidents")["incidents"][0]["incident_updates"]
        assert [u["created_at"] for u in told] == sorted(
            (u["created_at"] for u in told), reverse=True
        )
        assert len(told) == len(crash().updates)

    def test_a_cancelled_one_is_settled(self) -> None:
        gone = replace(crash(), cancelled_at=rome(8, 15))
        view = replace(with_incident(gone), active=())
        told = reply(view, "incidents")["incidents"][0]
        assert (told["status"], told["resolved_at"]) == (
            "resolved",
            "2020-12-08T15:00:00.000+01:00",
        )


class TestUpdates:
    def test_touching_nothing_say_null(self, update: PublicUpdate) -> None:
        assert with_update(update)["affected_components"] is None

    def test_name_what_they_touched(self) -> None:
        first = crash().updates[-1]
        assert with_update(first)["affected_components"][0] == {
            "code": "cwallet00000",
            "name": "Wallet",
            "old_status": "operational",
            "new_status": "major_outage",
        }

    @pytest.mark.parametrize(
        ("text", "body"),
        [
            (PublicText("We apologise", "S", "Body."), "We apologise\n\nBody."),
            (PublicText("Wallet unavailable", "S", "Body."), "Body."),
            (PublicText("Body", "S", "Body of the text."), "Body of the text."),
            (PublicText("We apologise", "Short.", ""), "We apologise\n\nShort."),
            (PublicText("Wallet unavailable", "", ""), "Wallet unavailable"),
            (PublicText("", "", "Two\r\nlines."), "Two\r\nlines."),
            (PublicText("", "", "a\x00b\ud800c\u202ed"), "abcd"),
        ],
    )
    def test_body_says_all_that_a_client_shows(
        self, update: PublicUpdate, text: PublicText, body: str
    ) -> None:
        assert with_update(replace(update, texts={"en": text}))["body"] == body

    def test_advice_stands_in_the_body_until_it_is_withdrawn(self, update: PublicUpdate) -> None:
        advice = replace(
            update,
            still_cannot={"en": "who signs in with a card"},
            to_do={"en": "Wait."},
            not_to_do={"en": "Do not pay twice."},
        )
        body = with_update(advice)["body"]
        assert body.endswith(
            "\n\nWho still cannot: who signs in with a card\n\nWhat to do: Wait."
            "\n\nWhat not to do: Do not pay twice."
        )
        gone = replace(advice, retraction=PublicRetraction(update.at, {}))
        assert "Wait." not in with_update(gone)["body"]

    def test_a_withdrawn_one_says_so_first(self, update: PublicUpdate) -> None:
        gone = replace(
            update,
            retraction=PublicRetraction(rome(8, 15), {"en": "It was another incident."}),
            updated_at=rome(8, 15),
        )
        told = with_update(gone)
        assert told["body"] == (
            "Withdrawn at 15:00 on Tuesday 8 December 2020. Why: It was another incident.\n\n"
            "We apologise\n\nWe are **sorry**."
        )
        assert told["updated_at"] == "2020-12-08T15:00:00.000+01:00"
        assert told["created_at"] == told["display_at"] == "2020-12-08T14:26:00.000+01:00"

    @pytest.mark.parametrize(
        ("reason", "note"),
        [
            ({"en": "A wrong hour"}, " Why: A wrong hour"),
            ({"en": "{0} {when}"}, " Why: {0} {when}"),
            ({}, ""),
        ],
    )
    def test_corrections_are_noted_after_the_text(
        self, update: PublicUpdate, reason: dict[str, str], note: str
    ) -> None:
        fixed = replace(update, corrections=(PublicCorrection(rome(8, 14, 40), {}, reason),))
        expected = f"\n\nCorrected at 14:40 on Tuesday 8 December 2020.{note}"
        assert with_update(fixed)["body"].endswith(expected)

    def test_of_a_backdated_incident_notified_nobody(self, update: PublicUpdate) -> None:
        assert with_update(update)["deliver_notifications"] is True
        assert with_update(update, backdated=True)["deliver_notifications"] is False

    @pytest.mark.parametrize(
        ("post", "tweet_id"),
        [
            (PublicPost(3, "X", "x", "https://x.com/comune/status/1336300000000000003"), True),
            (PublicPost(2, "X", "x", "https://x.com/comune/status/1336300000000000003"), False),
            (PublicPost(3, "M", "mastodon", "https://m.example/status/1336300000000000003"), False),
            (PublicPost(3, "X", "x", "javascript:alert(4)"), False),
        ],
    )
    def test_know_their_post_on_x(
        self, update: PublicUpdate, post: PublicPost, tweet_id: bool
    ) -> None:
        expected = "1336300000000000003" if tweet_id else None
        assert with_update(update, posts=(post,))["tweet_id"] == expected

    def test_fall_back_to_the_default_language(self, update: PublicUpdate) -> None:
        italian = replace(update, texts={"it": PublicText("Ci scusiamo", "", "Testo.")})
        assert with_update(italian)["body"] == "Ci scusiamo\n\nTesto."


class TestScheduledMaintenances:
    def view(self, *entries: PublicIncident) -> Overview:
        return replace(sample_views.empty(), maintenances=entries)

    def ids(self, view: Overview, name: str) -> list[str]:
        return [m["id"] for m in reply(view, name)["scheduled_maintenances"]]

    @pytest.mark.parametrize(
        ("status", "closed", "lists"),
        [
            (Status.SCHEDULED, {}, {"upcoming", "summary"}),
            (Status.IN_PROGRESS, {}, {"active", "summary"}),
            (Status.VERIFYING, {}, {"active", "summary"}),
            (Status.COMPLETED, {"resolved_at": rome(13, 4)}, set()),
            (Status.SCHEDULED, {"cancelled_at": rome(10, 4)}, set()),
        ],
    )
    def test_are_listed_by_their_status(
        self, status: Status, closed: dict[str, datetime], lists: set[str]
    ) -> None:
        view = self.view(work(status=status, **closed))
        files = {
            "active": "scheduled-maintenances/active",
            "upcoming": "scheduled-maintenances/upcoming",
            "summary": "summary",
        }
        assert {name for name, file in files.items() if self.ids(view, file)} == lists
        assert self.ids(view, "scheduled-maintenances") == ["work00000001"]

    def test_upcoming_ones_start_with_the_next_all_with_the_last(self) -> None:
        later = work(id="later0000001", scheduled_for=rome(20, 1))
        running = work(id="running00001", status=Status.IN_PROGRESS, scheduled_for=rome(8, 1))
        view = self.view(work(), later, running)
        assert self.ids(view, "scheduled-maintenances/upcoming") == ["work00000001", "later0000001"]
        assert self.ids(view, "summary") == ["running00001", "work00000001", "later0000001"]
        expected = ["later0000001", "work00000001", "running00001"]
        assert self.ids(view, "scheduled-maintenances") == expected

    def test_notices_are_among_them_and_impair_nothing(self) -> None:
        told = reply(sample_views.maintenance(), "summary")["scheduled_maintenances"]
        assert [(m["status"], m["impact"]) for m in told] == [
            ("in_progress", "maintenance"),
            ("scheduled", "none"),
        ]

    def test_each_is_listed_once(self) -> None:
        entry = work()
        view = replace(self.view(entry), upcoming=(entry,))
        assert self.ids(view, "scheduled-maintenances") == ["work00000001"]

    def test_end_with_their_schedule(self) -> None:
        told = reply(self.view(work()), "scheduled-maintenances")["scheduled_maintenances"][0]
        assert list(told)[-2:] == ["scheduled_for", "scheduled_until"]
        assert told["scheduled_for"] == "2020-12-13T01:00:00.000+01:00"

    def test_an_unknown_end_is_null(self) -> None:
        view = self.view(work(scheduled_until=None))
        told = reply(view, "scheduled-maintenances")["scheduled_maintenances"][0]
        assert told["scheduled_until"] is None

    def test_a_cancelled_one_is_completed(self) -> None:
        view = self.view(work(cancelled_at=rome(10, 4)))
        told = reply(view, "scheduled-maintenances")["scheduled_maintenances"][0]
        assert (told["status"], told["resolved_at"]) == (
            "completed",
            "2020-12-10T04:00:00.000+01:00",
        )

    def test_incidents_are_not_among_them(self) -> None:
        view = sample_views.worst_hour()
        kinds = {e.id: e.kind for e in (*view.active, *view.upcoming, *view.past)}
        found = self.ids(view, "scheduled-maintenances")
        assert IncidentKind.INCIDENT not in {kinds[i] for i in found}
