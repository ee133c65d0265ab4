"""The tree that grew event by event is, byte for byte, the one that is rendered anew."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from incidents import actions
from incidents.actions import Desk
from incidents.db import Database
from incidents.errors import ActionError
from incidents.models import ShownEvent
from incidents.status import ComponentStatus
from publishers.documents._base import Document
from publishers.targets.directory import Target
from statuspage import site as sites
from statuspage.site import Site
from tests.conftest import NOON, TEMPLATES
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, scheduled, updated, words


def make_site(desk: Desk, folder: Path) -> Site:
    return Site(desk.db, desk.service, desk.texts, TEMPLATES, {"page": Target(folder)}, {"x": "x"})


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but the lock."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".avviso.lock"
    }


def rebuilt(site: Site, now: datetime, folder: Path) -> dict[str, bytes]:
    site.rebuild(Target(folder), now)
    return tree(folder)


def test_nothing_is_rendered_twice_for_one_event(desk: Desk, tmp_path: Path) -> None:
    site = make_site(desk, tmp_path / "page")
    outcome = declared(desk)
    assert site.refresh(NOON, outcome.event) == []
    before = tree(tmp_path / "page")
    site.refresh(NOON + HOUR, outcome.event)
    assert tree(tmp_path / "page") == before


class Overtaken:
    """While feeds are put, something else is published: so many times."""

    def __init__(self, desk: Desk, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk = desk
        self.left = times
        self.put: list[list[str]] = []
        """The paths that were put, try by try."""
        monkeypatch.setattr("statuspage.site._LOOK_EVERY", 0.0)
        original = Target.put

        def put(target: Target, documents: Any, mark: Any) -> int:
            self.put.append([])
            return original(target, self._seen(documents), mark)

        monkeypatch.setattr(Target, "put", put)

    def _seen(self, documents: Iterator[Document]) -> Iterator[Document]:
        for document in documents:
            self.put[-1].append(document.path)
            if document.path.endswith(".rss") and self.left:
                self.left -= 1
                declared(self.desk, NOON + len(self.put) * MINUTE)
            yield document


@pytest.mark.parametrize("times", [1, 5])
def test_a_page_comes_before_the_feeds_of_what_was_published_earlier(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    site = make_site(desk, tmp_path / "page")
    site.refresh(NOON)
    event = declared(desk, NOON).event
    seen = Overtaken(desk, times, monkeypatch)
    assert site.refresh(NOON + HOUR, event) == []
    first, second = seen.put
    assert "api/v2/summary.json" not in first, "it was left there for what is newer"
    assert "index.html" in second
    assert "api/v2/summary.json" in second
    mark = Target(tmp_path / "page").watermark()
    assert mark is not None
    assert mark.event > event
    site.refresh(NOON + HOUR)
    grown = {name: body for name, body in tree(tmp_path / "page").items() if name[0] != "."}
    anew = rebuilt(site, NOON + HOUR, tmp_path / "anew")
    assert grown == {name: body for name, body in anew.items() if name[0] != "."}


def test_whether_a_target_shows_an_event_is_known_without_rendering(
    desk: Desk, tmp_path: Path
) -> None:
    site = make_site(desk, tmp_path / "page")
    event = declared(desk).event
    assert site.not_showing(event) == ["page"]
    site.refresh(NOON)
    assert site.not_showing(event) == []
    assert site.not_showing(event + 1) == ["page"]


def test_how_long_a_publication_took_is_noted_once(desk: Desk, tmp_path: Path) -> None:
    site = make_site(desk, tmp_path / "page")

    def took() -> int | None:
        with desk.db.read() as session:
            return session.scalars(select(ShownEvent.took)).one()

    declared(desk)
    site.refresh(NOON + timedelta(seconds=7))
    noted = took()
    assert noted is not None
    assert noted > 7000
    site.refresh(NOON + HOUR)
    assert took() == noted, "an hour later nothing was published"


def test_a_new_target_that_shows_what_is_long_ago_is_noted(desk: Desk, tmp_path: Path) -> None:
    event = declared(desk).event
    site = make_site(desk, tmp_path / "page")
    site.refresh(NOON + timedelta(days=400))  # more milliseconds than a column of four bytes holds
    with desk.db.read() as session:
        row = session.scalars(select(ShownEvent)).one()
    assert (row.event_seq, row.took) == (event, None)


def test_only_what_an_event_touches_is_rendered(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(desk, tmp_path / "page")
    first = declared(desk)
    second = declared(desk, components={"login": "partial_outage"})
    site.refresh(NOON)
    put: list[str] = []
    apply = Target._apply

    def noting(target: Target, document: Document, unchanged: Any) -> bool:
        put.append(document.path)
        return apply(target, document, unchanged)

    monkeypatch.setattr(Target, "_apply", noting)
    updated(desk, first.incident_id, NOON + MINUTE)
    site.refresh(NOON + MINUTE)
    assert f"incidents/{first.incident_id}/index.html" in put
    assert f"incidents/{second.incident_id}/index.html" not in put
    assert put.index(f"incidents/{first.incident_id}/index.html") < put.index("index.html")


def test_an_older_render_never_replaces_a_newer_one(desk: Desk, tmp_path: Path) -> None:
    site = make_site(desk, tmp_path / "page")
    outcome = declared(desk)
    site.refresh(NOON + HOUR)
    shown = tree(tmp_path / "page")
    site.refresh(NOON, outcome.event)
    assert tree(tmp_path / "page") == shown


def test_a_target_that_fails_is_named_and_catches_up_later(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(desk, tmp_path / "page")
    declared(desk)
    site.refresh(NOON)
    before = tree(tmp_path / "page")
    outcome = declared(desk, NOON + MINUTE, components={"login": "partial_outage"})
    with monkeypatch.context() as full:

        def no_space(*_args: object) -> None:
            raise OSError(28, "No space left on device")

        full.setattr(os, "replace", no_space)
        (problem,) = site.refresh(NOON + MINUTE, outcome.event)
    assert problem.target == "page"
    assert "No space left" in problem.why
    assert tree(tmp_path / "page")[".avviso.json"] == before[".avviso.json"]
    assert site.refresh(NOON + MINUTE, outcome.event) == []
    assert tree(tmp_path / "page") == rebuilt(site, NOON + MINUTE, tmp_path / "again")


def test_a_database_that_does_not_answer_is_said_and_the_page_stays(
    desk: Desk, tmp_path: Path
) -> None:
    site = make_site(desk, tmp_path / "page")
    declared(desk)
    site.refresh(NOON)
    before = tree(tmp_path / "page")
    site.db = Database("sqlite:////nowhere/at/all.db")
    (problem,) = site.refresh(NOON + HOUR)
    assert "the database did not answer" in problem.why
    assert tree(tmp_path / "page") == before


def test_new_templates_or_settings_render_everything_anew(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = declared(desk)
    make_site(desk, tmp_path / "page").refresh(NOON)
    page = tmp_path / "page" / "incidents" / (outcome.incident_id or "") / "index.html"
    page.write_text("old")
    make_site(desk, tmp_path / "page").refresh(NOON)
    assert page.read_text() == "old", "nothing changed, nothing is rendered"
    monkeypatch.setattr(sites, "__version__", "another")
    make_site(desk, tmp_path / "page").refresh(NOON)
    assert page.read_text() != "old"


def test_the_minute_touches_only_the_home_pages(desk: Desk, tmp_path: Path) -> None:
    site = make_site(desk, tmp_path / "page")
    declared(desk)
    site.refresh(NOON)
    before = tree(tmp_path / "page")
    site.refresh(NOON + MINUTE)
    after = tree(tmp_path / "page")
    changed = {path.removesuffix(".gz").removesuffix(".br") for path in after} & {
        path for path in after if after[path] != before.get(path)
    }
    assert changed == {
        ".avviso.json",
        "index.html",
        "en/index.html",
        "heartbeat.json",
        "status.json",
    }


def test_a_broken_promise_appears_by_itself(desk: Desk, tmp_path: Path) -> None:
    site = make_site(desk, tmp_path / "page")
    outcome = declared(desk, next_update_by=NOON + HOUR)
    site.refresh(NOON)
    page = tmp_path / "page" / "incidents" / (outcome.incident_id or "") / "index.html"
    before = page.read_bytes()
    site.refresh(NOON + HOUR + MINUTE)
    assert page.read_bytes() != before


def test_the_archive_shows_an_event_in_the_next_quiet_minute(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.queries._touched.SHORT_ARCHIVE", 0)
    site = make_site(desk, tmp_path / "page")
    site.refresh(NOON)
    archive = tmp_path / "page" / "incidents.json"
    assert archive.read_bytes() == b"[]"
    outcome = declared(desk, NOON + MINUTE)
    site.refresh(NOON + MINUTE, outcome.event)
    assert archive.read_bytes() == b"[]"
    site.refresh(NOON + 2 * MINUTE)
    assert f'"id":"{outcome.incident_id}"' in archive.read_text()


def test_the_archive_catches_up_with_what_happened_while_its_target_was_away(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.queries._touched.SHORT_ARCHIVE", 0)
    site = make_site(desk, tmp_path / "page")
    site.refresh(NOON)
    outcome = declared(desk, NOON + MINUTE)
    site.refresh(NOON + HOUR)
    site.refresh(NOON + HOUR + MINUTE)
    archive = tmp_path / "page" / "incidents.json"
    assert f'"id":"{outcome.incident_id}"' in archive.read_text()
    written = archive.stat().st_mtime_ns
    site.refresh(NOON + HOUR + 2 * MINUTE)
    assert archive.stat().st_mtime_ns == written


def test_a_new_day_appears_by_itself(desk: Desk, tmp_path: Path) -> None:
    site = make_site(desk, tmp_path / "page")
    opened = declared(desk, answers=["transaction-counting"])
    site.refresh(NOON + HOUR)
    day = timedelta(days=1)
    site.refresh(NOON + day)
    assert tree(tmp_path / "page") == rebuilt(site, NOON + day, tmp_path / "anew1")
    resolved(desk, opened.incident_id, NOON + day + MINUTE)
    actions.attach_answer(desk, "bea", NOON + day + MINUTE, {"key": "transaction-counting"})
    for days in (1, 2, 20):  # nothing is open any more
        now = NOON + days * day + HOUR
        site.refresh(now)
        assert tree(tmp_path / "page") == rebuilt(site, now, tmp_path / f"later{days}")


def test_a_component_that_is_hidden_leaves_every_page_that_named_it(
    desk: Desk, tmp_path: Path
) -> None:
    site = make_site(desk, tmp_path / "page")
    declared(desk, components={"wallet": "major_outage", "login": "partial_outage"})
    site.refresh(NOON)
    hidden = {"key": "login", "name": {"it": "Accesso", "en": "Sign-in"}, "hidden": True}
    actions.save_component(desk, "ada", NOON + MINUTE, hidden)
    site.refresh(NOON + MINUTE)
    shown = tree(tmp_path / "page")
    assert shown == rebuilt(site, NOON + MINUTE, tmp_path / "anew")
    assert [path for path, body in shown.items() if b"Accesso" in body] == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "declare",
                "update",
                "monitor",
                "resolve",
                "reopen",
                "correct",
                "retract",
                "answer",
                "schedule",
                "notice",
                "come_true",
                "cancel",
                "backdate",
                "component",
                "rename",
                "hide",
                "attach",
                "detach",
            ]
        ),
        st.integers(1, 4),
        st.sampled_from([0, 1, 7, 55, 60 * 5, 60 * 24, 60 * 24 * 20]),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


def act(desk: Desk, what: str, which: int, now: datetime) -> None:
    """One of the things that operators do, to one of the entries there are."""
    reference = f"#{which}"
    reason = {"it": "Errore.", "en": "Mistake."}
    wallet = {"key": "wallet", "name": {"it": f"Borsa {which}", "en": f"Purse {which}"}}
    status = list(ComponentStatus)[which]
    far = now - timedelta(days=40 * which)
    does: dict[str, Callable[[], object]] = {
        "declare": lambda: declared(desk, now, next_update_by=now + 2 * HOUR),
        "update": lambda: updated(
            desk, reference, now, answers=["transaction-counting"], next_update_by=now + HOUR
        ),
        "monitor": lambda: updated(desk, reference, now, status="monitoring"),
        "resolve": lambda: resolved(desk, reference, now),
        "reopen": lambda: updated(
            desk, reference, now, status="identified", components={"login": "major_outage"}
        ),
        "correct": lambda: actions.correct_update(
            desk,
            "bea",
            now,
            {
                "incident": reference,
                "update": "1",
                "texts": words(f"Meglio {now}"),
                "reason": reason,
            },
        ),
        "retract": lambda: actions.retract_update(
            desk, "bea", now, {"incident": reference, "update": "1", "reason": reason}
        ),
        "answer": lambda: actions.post_answer(
            desk, "bea", now, {"incident": reference, "answer": "is-my-data-safe"}
        ),
        "schedule": lambda: scheduled(desk, now),
        "notice": lambda: scheduled(desk, now, kind="advance_notice"),
        "come_true": lambda: declared(desk, now, from_notice=reference),
        "cancel": lambda: actions.cancel(desk, "bea", now, reference),
        "backdate": lambda: actions.backdate_incident(
            desk,
            "bea",
            now,
            {
                "name": {"it": "Allora", "en": "Then"},
                "started_at": far,
                "resolved_at": far + HOUR,
                "components": {"wallet": "partial_outage"},
                "texts": words("Allora"),
            },
        ),
        "component": lambda: actions.set_component_status(desk, "bea", now, "login", status),
        "rename": lambda: actions.save_component(desk, "ada", now, wallet),
        "hide": lambda: actions.save_component(
            desk, "ada", now, {**wallet, "key": "login", "hidden": which > 2}
        ),
        "attach": lambda: actions.attach_answer(desk, "bea", now, {"key": "debit-or-credit"}),
        "detach": lambda: actions.detach_answer(desk, "bea", now, "debit-or-credit"),
    }
    does[what]()


@contextmanager
def scene(folder: Path, empty: Path, make_desk: Callable[..., Desk]) -> Iterator[tuple[Desk, Site]]:
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory(dir=folder) as name:
        shutil.copy(empty, f"{name}/avviso.db")
        database = Database(f"sqlite:///{name}/avviso.db")
        desk = make_desk(database)
        yield desk, make_site(desk, Path(name) / "page")
        database.close()


@settings(
    max_examples=int(os.environ.get("AVVISO_EXAMPLES", "15")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_after_any_actions_the_tree_equals_a_full_rebuild(
    steps: list[tuple[str, int, int, bool]],
    tmp_path: Path,
    empty_sqlite: Path,
    make_desk: Callable[..., Desk],
) -> None:
    with scene(tmp_path, empty_sqlite, make_desk) as (desk, site):
        now = NOON
        for what, which, minutes, shown in steps:
            now += minutes * MINUTE
            actions.catch_up(desk, now)
            # What is refused leaves nothing behind; the rebuild below would show it.
            with suppress(ActionError):
                act(desk, what, which, now)
            if shown:
                assert site.refresh(now) == []
        assert site.refresh(now) == []
        target = site.targets["page"]
        assert isinstance(target, Target)
        grown = tree(target.root)
        anew = rebuilt(site, now, target.root.parent / "anew")
        assert sorted(grown) == sorted(anew)
        assert [path for path in grown if grown[path] != anew[path]] == []
