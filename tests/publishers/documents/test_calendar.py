"""The calendar: read back by a library of its own, moved and cancelled as calendars expect it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from incidents.status import Status
from incidents.view import Overview, PublicCorrection, PublicIncident, PublicRetraction, Service
from tests.publishers.documents import sample_follow, sample_views
from tests.publishers.documents.sample_incidents import (
    ROME,
    SERVICE,
    crash,
    notice,
    planned_work,
    rome,
)

calendar = import_module("publishers.documents.calendar")


def bodies(view: Overview) -> dict[str, bytes]:
    return {each.path: each.body for each in calendar.overview(view)}


def of(*entries: PublicIncident, service: Service = SERVICE) -> Overview:
    return replace(sample_views.empty(), service=service, maintenances=entries)


def read(view: Overview, path: str = "en/calendar.ics") -> Any:
    return Calendar.from_ical(bodies(view)[path])


def event(entry: PublicIncident, path: str = "en/calendar.ics", **service: Any) -> Any:
    (found,) = read(of(entry, service=replace(SERVICE, **service)), path).events
    return found


def test_every_locale_has_one() -> None:
    assert list(bodies(sample_views.worst_hour())) == ["calendar.ics", "en/calendar.ics"]


def test_it_says_how_it_is_called_and_how_often_to_look() -> None:
    found = read(sample_views.maintenance())
    assert found["VERSION"] == "2.0"
    assert found["METHOD"] == "PUBLISH"
    assert found["NAME"] == "Public services app: maintenance and advance notices"
    assert found["X-WR-CALNAME"] == found["NAME"]
    assert found["SOURCE"] == "https://stato.example.it/en/calendar.ics"
    text = bodies(sample_views.maintenance())["en/calendar.ics"].decode()
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in text
    assert "X-PUBLISHED-TTL:PT15M\r\n" in text
    assert read(sample_views.maintenance(), "calendar.ics")["NAME"] == (
        "App dei servizi pubblici: manutenzioni e preavvisi"
    )


def test_an_event_is_all_that_is_known_of_it() -> None:
    found = event(planned_work())
    assert found.start == datetime(2020, 12, 13, 1, tzinfo=ROME)
    assert found.end == datetime(2020, 12, 13, 3, tzinfo=ROME)
    assert found["SUMMARY"] == "Planned maintenance: Update of Messages"
    assert found["URL"] == "https://stato.example.it/en/incidents/work00000001/"
    assert found["STATUS"] == "CONFIRMED"
    assert found["TRANSP"] == "TRANSPARENT"
    assert "On Sunday night Messages stop for two hours\n\n" in found["DESCRIPTION"]
    assert found["DESCRIPTION"].endswith("/en/incidents/work00000001/")
    assert event(planned_work(), "calendar.ics")["SUMMARY"] == (
        "Manutenzione programmata: Aggiornamento dei Messaggi"
    )


def test_what_was_withdrawn_is_not_said_again() -> None:
    entry = planned_work()
    gone = replace(entry.updates[0], retraction=PublicRetraction(rome(9, 9), {}))
    said = event(replace(entry, updates=(gone, *entry.updates[1:])))["DESCRIPTION"]
    assert "Sunday" not in said


def test_incidents_are_no_appointments() -> None:
    assert read(replace(sample_views.empty(), active=(crash(),))).events == []


def test_maintenances_and_notices_each_once_the_earliest_first() -> None:
    view = sample_views.maintenance()
    twice = replace(view, past=(*view.active, *view.maintenances))
    assert [found["SUMMARY"] for found in read(twice).events] == [
        "Planned maintenance: Update of Messages",
        "Advance notice: Cashback launch: the app may be slow",
    ]


class TestChanges:
    def test_the_uid_outlives_every_change_and_a_new_address(self) -> None:
        before = event(planned_work())["UID"]
        moved = replace(planned_work(), name={"en": "Other"}, scheduled_for=rome(20, 1))
        assert event(moved)["UID"] == before
        assert event(planned_work(), url="https://elsewhere.example.org")["UID"] == before
        assert event(planned_work(), "calendar.ics")["UID"] == before
        assert event(notice())["UID"] != before

    def test_the_sequence_grows_with_each(self) -> None:
        entry = planned_work()
        first = entry.updates[0]
        fix = PublicCorrection(rome(9, 10), first.texts, {})
        corrected = replace(first, corrections=(fix, fix))
        gone = replace(corrected, retraction=PublicRetraction(rome(9, 11), {}))
        steps = [(first,), (first, first), (corrected, first), (gone, first)]
        told = [event(replace(entry, updates=updates))["SEQUENCE"] for updates in steps]
        assert told == [0, 1, 3, 4]

    def test_a_cancelled_one_says_so(self) -> None:
        found = event(replace(planned_work(), cancelled_at=rome(10, 9)))
        assert found["STATUS"] == "CANCELLED"
        assert found["SUMMARY"] == "Cancelled: Update of Messages"

    def test_stamps_are_those_of_the_last_change(self) -> None:
        changed = rome(10, 9) + timedelta(microseconds=5)
        found = event(replace(planned_work(), updated_at=changed))
        assert found["DTSTAMP"].dt == rome(10, 9)
        assert found["LAST-MODIFIED"].dt == rome(10, 9)
        assert found["DTSTAMP"].dt.tzinfo is not None

    def test_an_end_that_nobody_knows_is_left_out(self) -> None:
        assert "DTEND" not in event(replace(planned_work(), scheduled_until=None))


class TestZone:
    @pytest.mark.parametrize("month", [1, 3, 7, 10, 12])
    def test_has_the_offsets_of_the_real_one(self, month: int) -> None:
        """Read without the machine's own knowledge of zones."""
        entry = replace(
            planned_work(),
            scheduled_for=rome(28, 2, month=month),
            scheduled_until=rome(28, 5, month=month),
        )
        (zone,) = read(of(entry)).timezones
        read_back = zone.to_tz()
        for moment in (entry.scheduled_for, entry.scheduled_until):
            assert moment is not None
            local = moment.astimezone(ROME).replace(tzinfo=None)
            assert read_back.utcoffset(local) == ROME.utcoffset(local)

    @pytest.mark.parametrize("name", ["UTC", "Etc/UTC", "Asia/Kolkata", "America/New_York"])
    def test_any_zone_will_do(self, name: str) -> None:
        found = event(planned_work(), time_zone=ZoneInfo(name))
        assert found.start.astimezone(UTC) == planned_work().scheduled_for

    def test_no_zone_is_named_that_is_not_explained(self) -> None:
        for zone in ("Europe/Rome", "UTC", "Etc/UTC"):
            service = replace(SERVICE, time_zone=ZoneInfo(zone))
            assert read(of(planned_work(), service=service)).get_missing_tzids() == set()

    def test_without_events_there_is_none(self) -> None:
        assert read(sample_views.empty()).timezones == []


@pytest.mark.parametrize("second", [False, True])
def test_a_local_time_that_comes_twice_is_told_in_utc(second: bool) -> None:
    starts = datetime(2021, 10, 31, 0, 45, tzinfo=UTC)  # 02:45, for the first time
    ends = starts + timedelta(minutes=30 if second else 75)  # 02:15 again, or 03:00
    entry = replace(planned_work(), scheduled_for=starts, scheduled_until=ends)
    body = bodies(of(entry))["en/calendar.ics"].decode()
    assert "DTSTART:20211031T004500Z" in body
    told = "DTEND:20211031T011500Z" if second else "DTEND;TZID=Europe/Rome:20211031T030000"
    assert told in body


def test_an_end_that_is_its_start_is_left_out() -> None:
    entry = planned_work()
    assert "DTEND" not in event(replace(entry, scheduled_until=entry.scheduled_for))


def test_lines_are_folded_at_75_octets_and_end_as_they_must() -> None:
    for view in (sample_views.maintenance(), sample_views.hostile()):
        for body in bodies(view).values():
            assert body.endswith(b"END:VCALENDAR\r\n")
            lines = body.split(b"\r\n")
            assert max(map(len, lines)) <= 75
            assert not any(b"\n" in line or b"\r" in line for line in lines)


def test_the_same_view_gives_the_same_bytes() -> None:
    view = sample_views.maintenance()
    later = view.checked_at + timedelta(days=1)
    assert bodies(view) == bodies(replace(view, checked_at=later, today=later.date()))


class TestComponent:
    def test_has_its_own_beside_its_page(self) -> None:
        view = sample_follow.component_view()
        part = view.component.id
        made = {d.path: d.body for d in calendar.component(view.service, part, view)}
        assert list(made) == [f"{p}components/{part}/calendar.ics" for p in ("", "en/")]
        found = Calendar.from_ical(made[f"en/components/{part}/calendar.ics"])
        assert found["NAME"] == "Wallet – Public services app: maintenance and advance notices"
        assert found["URL"] == f"https://stato.example.it/en/components/{part}/"
        assert len(found.events) == 2

    def test_has_none_when_it_is_hidden(self) -> None:
        made = {d.path: d.body for d in calendar.component(SERVICE, "abc", None)}
        assert made == dict.fromkeys(f"{p}components/abc/calendar.ics" for p in ("", "en/"))


def test_one_in_progress_is_still_there() -> None:
    assert event(planned_work(Status.IN_PROGRESS))["STATUS"] == "CONFIRMED"
