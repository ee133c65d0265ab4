"""How components and groups fared between two days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from incidents import queries
from incidents.errors import InvalidInput, NotFound
from incidents.queries import Listing
from statuspage.api._calls import Answer, Call
from statuspage.api._telling import Telling


def show_uptime(call: Call[Any]) -> Answer:
    """Local days, both counted; the last 90 unless said otherwise, and of today what is over."""
    start, end = _span(call)
    wanted = call.args["component_id"]
    with call.house.db.read() as session:
        for component in call.listing(session).components:
            if wanted in (component.id, component.key):
                how = queries.fared(session, component.id, start, end)
                return Answer(Telling(call.house.service).uptime(component, how, start))
    raise NotFound(f"component_id: there is no component {wanted!r}")


def show_uptime_of_group(call: Call[Any]) -> Answer:
    """The same of all components of a group that are shown: their seconds are added up, so that
    the percentage is that of all of them."""
    start, end = _span(call)
    wanted = call.args["id"]
    with call.house.db.read() as session:
        listing = call.listing(session)
        for key, group in listing.groups():
            if wanted in (group.id, key):
                parts = _shown_in(listing, group.id)
                each = [queries.fared(session, part, start, end) for part in parts]
                how = queries.fared_together(each, start, end)
                return Answer(Telling(call.house.service).uptime(group, how, start))
    raise NotFound(f"id: there is no component group {wanted!r}")


def _shown_in(listing: Listing, group_id: str) -> list[str]:
    hidden = listing.hidden()
    return [
        part.id
        for part in listing.components
        if part.group_id == group_id and part.id not in hidden
    ]


def _span(call: Call[Any]) -> tuple[datetime, datetime]:
    return queries.span(call.house.service, call.now, _day(call, "start"), _day(call, "end"))


def _day(call: Call[Any], field: str) -> date | None:
    said = call.query.get(field, "")
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise InvalidInput(f"{field}: should be a day, as in 2020-12-08") from None
