"""The audit trail as files, for spreadsheets and programs; written piece by piece.

Their columns and keys are a promise: new ones may be added at the end, none is renamed or removed.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from io import StringIO
from zoneinfo import ZoneInfo

from incidents.queries import TrailEvent
from publishers.documents._characters import harmless
from publishers.documents.archive import cell

COLUMNS = ("seq", "at", "login", "name", "kind", "entry", "entry_id", "entry_name", "data")


def csv_lines(events: Iterable[TrailEvent], zone: ZoneInfo, locale: str) -> Iterator[str]:
    """RFC 4180 with a header; no text in it is taken for a formula.

    `data` is JSON; the name of the entry is in `locale`, where it has one.
    """
    yield _line(COLUMNS)
    for event in events:
        yield _line(
            (
                event.seq,
                _at(event, zone),
                cell(harmless(event.login)),
                cell(harmless(event.name)),
                event.kind,
                event.entry_number,
                event.entry_id,
                cell(harmless(event.entry_name.get(locale, ""))),
                cell(harmless(_json(event.data))),
            )
        )


def _line(values: Iterable[object]) -> str:
    written = StringIO()
    csv.writer(written).writerow(values)
    return written.getvalue()


def json_lines(events: Iterable[TrailEvent], zone: ZoneInfo) -> Iterator[str]:
    """One JSON array, an object for each event, each on a line of its own."""
    before = "[\n"
    for event in events:
        told = {
            "seq": event.seq,
            "at": _at(event, zone),
            "login": event.login or None,
            "name": event.name or None,
            "kind": event.kind,
            "entry": event.entry_number,
            "entry_id": event.entry_id,
            "entry_name": event.entry_name,
            "data": event.data,
        }
        yield before + _json(told)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _at(event: TrailEvent, zone: ZoneInfo) -> str:
    """By the service's clocks, with the offset: "2020-12-08T14:30:00+01:00"."""
    return event.at.astimezone(zone).isoformat(timespec="seconds")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
