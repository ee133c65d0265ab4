"""`/calendar.ics`, and one per component: maintenances and advance notices (RFC 5545, RFC 7986).

An event's UID never changes and its SEQUENCE counts its changes, so that calendars that follow it
move and cancel what they hold. Past ones stay as long as the view has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vText

from incidents.locales import comes_twice
from incidents.status import IncidentKind
from incidents.view import ComponentView, Overview, PublicIncident, Service
from publishers.documents import _phrases as phrases
from publishers.documents._base import Document, locale_prefix, page_url
from publishers.documents._characters import harmless
from publishers.documents._items import stable_id, stamp
from publishers.documents._phrases import N_
from publishers.documents._remembered import Remembered
from publishers.documents._render import Page

REFRESH = timedelta(minutes=15)
"""How soon followers may look again: a warning of this very evening must reach them."""
_NAME = N_("{service}: maintenance and advance notices")
_EVENTS: Remembered[bytes] = Remembered()
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029")


def overview(view: Overview) -> Iterator[Document]:
    """calendar.ics of every locale."""
    entries = _planned((*view.maintenances, *view.active, *view.upcoming, *view.past))
    for locale in view.service.locales:
        page = Page(view.service, locale, "")
        yield _document(page, _calendar(page, _service_name(page), entries))


def component(
    service: Service, component_id: str, view: ComponentView | None
) -> Iterator[Document]:
    """components/{id}/calendar.ics of every locale."""
    for locale in service.locales:
        page = Page(service, locale, f"components/{component_id}/")
        if view is None:
            yield _document(page, None)
        else:
            name = f"{_text(page.plain(view.component.name))} – {_service_name(page)}"
            yield _document(page, _calendar(page, name, _planned(view.incidents)))


def _document(page: Page, body: bytes | None) -> Document:
    folder = locale_prefix(page.service, page.locale) + page.path
    return Document(f"{folder}calendar.ics", body)


def _planned(entries: Iterable[PublicIncident]) -> list[PublicIncident]:
    """Each once, the earliest first."""
    found = {
        entry.id: entry
        for entry in entries
        if entry.kind is not IncidentKind.INCIDENT and entry.scheduled_for
    }
    return sorted(found.values(), key=lambda entry: (entry.started_at, entry.number))


def _calendar(page: Page, name: str, entries: list[PublicIncident]) -> bytes:
    calendar = Calendar()
    # The library escapes texts by the names of properties, and does not know these.
    title = vText(page.words.gettext(_NAME).format(service=name))
    calendar.add("version", "2.0")
    calendar.add("prodid", f"-//Avviso//{page.locale.upper()}")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    calendar.add("x-wr-timezone", page.service.time_zone.key)
    calendar.add("url", page.canonical)
    calendar.add("source", f"{page.canonical}calendar.ics", parameters={"VALUE": "URI"})
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    if entries:
        calendar.add_component(_zone(page.service, entries))
    # Events are written one by one, for most of them were written before.
    head, end, _ = calendar.to_ical().rpartition(b"END:VCALENDAR")
    return b"".join((head, *(_written(page, entry) for entry in entries), end, b"\r\n"))


def _written(page: Page, entry: PublicIncident) -> bytes:
    def make() -> bytes:
        event: bytes = _event(page, entry).to_ical()
        return event

    return _EVENTS.of(page.service, page.locale, entry, make)


def _zone(service: Service, entries: list[PublicIncident]) -> Timezone:
    """The service's zone with its changes from the year before the first event to that after."""
    years = {
        moment.year
        for entry in entries
        for moment in (entry.scheduled_for, entry.scheduled_until)
        if moment is not None
    }
    return _zone_of(service.time_zone, min(years) - 1, max(years) + 2)


@lru_cache(maxsize=64)
def _zone_of(zone: ZoneInfo, since: int, before: int) -> Timezone:
    # Every calendar has it, and the library looks for the changes day by day.
    return Timezone.from_tzinfo(zone, first_date=date(since, 1, 1), last_date=date(before, 1, 1))


def _event(page: Page, entry: PublicIncident) -> Event:
    event, service = Event(), page.service
    cancelled = entry.cancelled_at is not None
    changed = entry.updated_at.astimezone(UTC).replace(microsecond=0)
    event.add("uid", stable_id(service, "event", entry.id).removeprefix("urn:uuid:"))
    event.add("sequence", _changes(entry))
    event.add("dtstamp", changed)
    event.add("created", entry.created_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", changed)
    starts = entry.scheduled_for or entry.started_at
    event.add("dtstart", _on_the_clock(service, starts))
    if entry.scheduled_until is not None and entry.scheduled_until > starts:
        event.add("dtend", _on_the_clock(service, entry.scheduled_until))
    event.add("summary", _summary(page, entry))
    event.add("description", _description(page, entry))
    event.add("url", page_url(service, page.locale, f"incidents/{entry.id}/"))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("categories", [page.words.gettext(phrases.KIND[entry.kind])])
    event.add("transp", "TRANSPARENT")  # it makes nobody busy
    return event


def _on_the_clock(service: Service, moment: datetime) -> datetime:
    """The time that the zone's clock shows; in UTC where that clock shows it twice, for a local
    time alone would mean the first (RFC 5545, 3.3.5)."""
    local = stamp(service, moment)
    return local.astimezone(UTC) if comes_twice(local) else local


def _changes(entry: PublicIncident) -> int:
    """How often it changed since it was announced: each change is told by a publication."""
    fixes = sum(len(update.corrections) + bool(update.retraction) for update in entry.updates)
    return len(entry.updates) - 1 + fixes


def _summary(page: Page, entry: PublicIncident) -> str:
    name = _text(page.plain(entry.name)) or page.words.gettext("Unnamed")
    kind = phrases.CANCELLED if entry.cancelled_at else phrases.KIND[entry.kind]
    return f"{page.words.gettext(kind)}: {name}"


def _description(page: Page, entry: PublicIncident) -> str:
    """The latest words that stand, the services that it names, and where to read on."""
    standing = next((each for each in entry.updates if each.retraction is None), None)
    text = page.text(standing.texts) if standing else None
    named = page.words.listed(_text(page.plain(each.name)) for each in entry.affected)
    said = (text.headline, text.short) if text else ()
    address = page_url(page.service, page.locale, f"incidents/{entry.id}/")
    parts = dict.fromkeys((*said, named, address))
    return _text("\n\n".join(part for part in parts if part))


def _service_name(page: Page) -> str:
    return _text(page.plain(page.service.name)) or page.words.gettext("Unnamed")


def _text(said: str) -> str:
    return harmless(_LINE_ENDS.sub("\n", said))
