"""`avviso import statuspage`: from a page or from files, once, and what could not come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from incidents.actions import importing
from tests.fakes import statuspage as theirs
from tests.fakes._service import Answer
from tests.fakes.statuspage import FakeStatuspage
from tests.statuspage.cli._avviso import Avviso

IMPORT = ("import", "statuspage")


@pytest.fixture
def page() -> Iterator[FakeStatuspage]:
    with FakeStatuspage() as fake:
        yield fake


def saved(folder: Path, name: str, document: Any) -> str:
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def test_a_page_moves_in(avviso: Avviso, page: FakeStatuspage) -> None:
    said = avviso.done(*IMPORT, page.url)
    assert "│ Components and groups          │ 4 " in said
    assert "│ Incidents and planned work     │ 3 " in said
    assert "│ Updates of them                │ 6 " in said
    assert "What could not come" not in said
    assert "The page is called 'Example Chat' there; here that is the setting service.name" in said
    assert "Updates with a post on X, the link to which does not come: 1" in said
    assert "✓ Saved and online; nobody was notified" in said
    told = avviso.document(f"incidents/{theirs.OUTAGE}/index.html")
    assert "<strong>it</strong>" in told
    assert "API errors" in avviso.document("history/2020-12/index.html")
    assert "Slow media" in avviso.document()
    assert "API errors" not in avviso.document("feed.atom")


def test_the_api_says_what_the_other_one_said(avviso: Avviso, page: FakeStatuspage) -> None:
    avviso.done(*IMPORT, page.url)
    told = json.loads(avviso.document("api/v2/incidents.json"))["incidents"]
    by_id = {entry["id"]: entry for entry in told}
    ours, before = by_id[theirs.OUTAGE], theirs.outage()
    for key in ("name", "status", "impact"):
        assert ours[key] == before[key]
    for mine, old in zip(ours["incident_updates"], before["incident_updates"], strict=True):
        assert (mine["id"], mine["status"]) == (old["id"], old["status"])
        assert mine["affected_components"] == old["affected_components"]
    assert ours["incident_updates"][3]["body"] == "We are looking into **it**."


def test_a_second_run_changes_nothing_and_says_so(avviso: Avviso, page: FakeStatuspage) -> None:
    avviso.done(*IMPORT, page.url)
    before = avviso.rows()
    said = avviso.done(*IMPORT, page.url)
    assert "│ Here already, with nothing new │ 7 " in said
    assert "✓ Everything was here already; nothing was changed" in said
    assert avviso.rows() == before


def test_what_it_serves_itself_is_here_already(on_sqlite: Avviso, page: FakeStatuspage) -> None:
    on_sqlite.done(*IMPORT, page.url)
    api = on_sqlite.folder / "data" / "page" / "api" / "v2"
    names = ("summary", "components", "incidents", "scheduled-maintenances")
    before = on_sqlite.rows()
    said = on_sqlite.json(*IMPORT, *(str(api / f"{name}.json") for name in names))
    assert (said["entries"], said["updates"], said["components"], said["left"]) == (0, 0, 0, [])
    assert on_sqlite.rows() == before


def test_a_dry_run_changes_nothing(on_sqlite: Avviso, page: FakeStatuspage) -> None:
    before = on_sqlite.rows()
    said = on_sqlite.done(*IMPORT, page.url, "--dry-run")
    assert "What would come" in said
    assert "│ Updates of them                │ 6 " in said
    assert said.endswith("Nothing was changed\n")
    assert on_sqlite.rows() == before


def test_files_and_what_of_them_could_not_come(on_sqlite: Avviso, tmp_path: Path) -> None:
    bad = {**theirs.under_way(), "name": "x" * 300}
    worse = theirs.outage()
    worse["incident_updates"][1]["status"] = "\x1b[31mred"
    file = saved(tmp_path, "incidents.json", {"incidents": [bad, worse]})
    said = on_sqlite.json(*IMPORT, file)
    assert (said["entries"], said["updates"], said["online"]) == (1, 3, True)
    assert [(left["what"], left["field"]) for left in said["left"]] == [
        (f"incident {theirs.LATE}", "name"),
        (f"incident {theirs.OUTAGE}", "incident_updates[1].status"),
    ]
    shown = on_sqlite.done(*IMPORT, file)
    assert "What could not come, or not as it was" in shown
    assert "\x1b[31m" not in shown


def test_an_id_that_is_no_text_is_told_all_the_same(on_sqlite: Avviso, tmp_path: Path) -> None:
    bad = {**theirs.outage(), "id": "\ud800x"}
    told = on_sqlite.json(*IMPORT, saved(tmp_path, "incidents.json", {"incidents": [bad]}))
    assert [left["field"] for left in told["left"]] == ["id"]


def test_the_longest_list_may_not_be_all_of_it(on_sqlite: Avviso, tmp_path: Path) -> None:
    many = [{**theirs.outage(), "id": f"outage{number:06}"} for number in range(50)]
    file = saved(tmp_path, "incidents.json", {"incidents": many})
    assert "incidents: exactly 50 came" in on_sqlite.done(*IMPORT, file, "--dry-run")


def test_in_another_language(on_sqlite: Avviso, page: FakeStatuspage) -> None:
    on_sqlite.done(*IMPORT, page.url, "--locale", "en")
    assert "Pictures are slow." in on_sqlite.document("en/index.html")
    assert "--locale: 'fr' is not a language of the page (it, en)" in on_sqlite.refused(
        *IMPORT, page.url, "--locale", "fr"
    )


def test_a_page_that_fails_is_one_sentence_and_nothing_changes(
    on_sqlite: Avviso, page: FakeStatuspage
) -> None:
    page.always = Answer(503, b"")
    said = on_sqlite.refused(*IMPORT, page.url)
    assert said == (
        f"✗ {page.url}/api/v2/summary.json: answers 503 (it is busy: try again later)\n"
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is no JSON, line 1"),
        ("[1, 2]", ""),
        ('{"a": 1}', "has neither components, incidents nor scheduled_maintenances"),
    ],
)
def test_a_file_that_is_none(on_sqlite: Avviso, tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "x.json").write_text(content, encoding="utf-8")
    result = on_sqlite(*IMPORT, str(tmp_path / "x.json"))
    assert says in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_not_there(on_sqlite: Avviso) -> None:
    assert "nowhere.json: No such file" in on_sqlite.refused(*IMPORT, "nowhere.json")


def test_it_goes_on_where_it_stopped(
    on_sqlite: Avviso, page: FakeStatuspage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away after the first entry."""
    write, times = importing.import_entry, iter((True,))

    def once(*args: Any) -> Any:
        if next(times, False):
            return write(*args)
        raise OperationalError("COMMIT", {}, Exception("the server closed the connection"))

    with monkeypatch.context() as breaking:
        breaking.setattr(importing, "import_entry", once)
        result = on_sqlite(*IMPORT, page.url)
    assert result.exit_code == 1
    assert "1 of 3 entries had come. Run the same again" in result.stderr
    assert on_sqlite.rows()["incidents"] == 1
    assert on_sqlite.json(*IMPORT, page.url)["entries"] == 2
