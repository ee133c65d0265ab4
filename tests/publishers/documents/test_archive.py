"""Every entry as CSV and JSON: for spreadsheets, which must run nothing, and for programs."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest

from incidents.status import Impact, IncidentKind, Status
from incidents.view import Archive, ArchivedEntry
from publishers.documents import archive
from publishers.documents.archive import cell
from tests.publishers.documents.sample_incidents import SERVICE, rome

CRASH = ArchivedEntry(
    id="crash0000001",
    number=2,
    kind=IncidentKind.INCIDENT,
    name={"it": 'Portafoglio "lento", a tratti', "en": "Wallet slow"},
    status=Status.RESOLVED,
    impact=Impact.CRITICAL,
    started_at=rome(7, 21, 49),
    first_notice_after=11,
    resolved_at=rome(8, 0, 19),
    components=({"it": "Portafoglio", "en": "Wallet"}, {"it": "Accesso", "en": "Sign-in"}),
)
NOTICE = ArchivedEntry(
    id="notice000001",
    number=1,
    kind=IncidentKind.ADVANCE_NOTICE,
    name={"it": "Molte richieste"},
    status=Status.COMPLETED,
    impact=Impact.NONE,
    started_at=rome(8, 9, month=7),
    first_notice_after=None,
    cancelled_at=rome(7, 9, month=7),
)
KEYS = [
    "number",
    "id",
    "kind",
    "name",
    "status",
    "impact",
    "started_at",
    "first_notice_minutes",
    "resolved_at",
    "cancelled_at",
    "duration_minutes",
    "components",
    "url",
]


def documents(*entries: ArchivedEntry) -> dict[str, str]:
    found = archive.archive(Archive(SERVICE, entries))
    return {document.path: (document.body or b"").decode("utf-8-sig") for document in found}


def rows(*entries: ArchivedEntry) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(documents(*entries)["incidents.csv"], newline="")))


def told(*entries: ArchivedEntry) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(documents(*entries)["incidents.json"])
    return found


def test_the_csv_has_a_header_and_lines_that_end_as_rfc_4180_has_it() -> None:
    said = documents(CRASH)["incidents.csv"]
    header, row, end = said.split("\r\n")
    assert header == (
        "number,id,kind,name_it,name_en,status,impact,started_at,first_notice_minutes,"
        "resolved_at,cancelled_at,duration_minutes,components,url"
    )
    assert row.startswith('2,crash0000001,incident,"Portafoglio ""lento"", a tratti",Wallet slow,')
    assert end == ""


def test_a_row_says_everything_of_an_entry() -> None:
    crash, notice = rows(CRASH, NOTICE)
    assert crash["started_at"] == "2020-12-07T21:49:00+01:00"
    assert crash["resolved_at"] == "2020-12-08T00:19:00+01:00"
    assert (crash["first_notice_minutes"], crash["duration_minutes"]) == ("11", "150")
    assert crash["components"] == "Portafoglio; Accesso"
    assert crash["url"] == "https://stato.example.it/incidents/crash0000001/"
    assert (notice["name_en"], notice["duration_minutes"], notice["resolved_at"]) == ("", "", "")
    assert notice["cancelled_at"] == "2020-07-07T09:00:00+02:00"


def test_the_json_has_the_same_in_stable_keys() -> None:
    crash, notice = told(CRASH, NOTICE)
    assert list(crash) == list(notice) == KEYS
    assert crash["name"] == CRASH.name
    assert crash["components"] == list(CRASH.components)
    assert (crash["duration_minutes"], crash["first_notice_minutes"]) == (150, 11)
    assert (notice["duration_minutes"], notice["components"]) == (None, [])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_spreadsheet_takes_a_text_for_a_formula(start: str) -> None:
    """https://owasp.org/www-community/attacks/CSV_Injection"""
    wicked = f'{start}HYPERLINK("https://evil.example")'
    assert cell(wicked) == f"'{wicked}"
    (row,) = rows(replace(CRASH, name={"it": wicked}, components=({"it": wicked},)))
    assert (row["name_it"], row["components"]) == (f"'{wicked}", f"'{wicked}")


@pytest.mark.parametrize("between", [";", "; ", ";;", "\n", " ;\t"])
def test_nor_what_comes_after_the_mark_at_which_it_parts_lines(between: str) -> None:
    """Where a comma stands before decimals, a spreadsheet parts lines at semicolons."""
    parted = cell(f'x{between}=HYPERLINK("https://evil.example")')
    assert "'" in parted[parted.index(between[0]) :].partition("=")[0]
    (row,) = rows(replace(CRASH, components=({"it": "Accesso"}, {"it": "@SUM(A1)"})))
    assert row["components"] == "Accesso;' @SUM(A1)"


def test_the_csv_says_that_it_is_utf_8_as_spreadsheets_want_it_said() -> None:
    csv_file, json_file = archive.archive(Archive(SERVICE, (CRASH,)))
    assert (csv_file.body or b"").startswith(b"\xef\xbb\xbfnumber,")
    assert (json_file.body or b"").startswith(b"[")


def test_a_formula_behind_a_control_character_is_one_all_the_same() -> None:
    (row,) = rows(replace(CRASH, name={"it": "\x00=1+1"}))
    assert row["name_it"] == "'=1+1"


def test_an_ordinary_text_stays_as_it_is() -> None:
    for text in ("Portafoglio = lento", "Portafoglio; Accesso", "a-b; c"):
        assert cell(text) == text


def test_an_archive_of_nothing_is_well_formed() -> None:
    assert told() == []
    assert documents()["incidents.csv"].count("\r\n") == 1
