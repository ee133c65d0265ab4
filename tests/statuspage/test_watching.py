"""What the operators' monitor is told, also when the database is gone, slow, old or behind."""

from __future__ import annotations

import dataclasses
import socket
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from incidents import outbox
from incidents.actions import Desk
from statuspage import __version__
from statuspage._health import Glance
from statuspage._watching import watching
from statuspage.app import create_app
from statuspage.settings import Settings
from tests.conftest import NOON
from tests.incidents.builders import MINUTE, declared
from tests.statuspage._watched import beat, nowhere, ready, scraped, watched
from tests.statuspage._worker import HandClock, make_site

SECOND = timedelta(seconds=1)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return watched(tmp_path, database_url)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def client(settings: Settings, clock: HandClock) -> FlaskClient:
    return create_app(settings, clock).test_client()


# Is the page alive and honest?


@pytest.mark.parametrize(
    ("age", "status", "says"),
    [
        (timedelta(0), 200, "ok"),
        (timedelta(minutes=3), 200, "ok"),
        (timedelta(minutes=3, seconds=1), 503, "is 3 minutes old; is the worker running?"),
        (timedelta(hours=50), 503, "is 50 hours old; is the worker running?"),
        (-timedelta(minutes=2), 200, "ok"),
        (-timedelta(minutes=9), 503, "is 9 minutes ahead of this machine's clock"),
    ],
)
def test_the_page_is_healthy_while_the_worker_renews_it(
    client: FlaskClient, tmp_path: Path, age: timedelta, status: int, says: str
) -> None:
    beat(tmp_path, NOON - age)
    answer = client.get("/healthz")
    assert answer.status_code == status
    assert answer.json == {
        "status": "ok" if status == 200 else "failing",
        "parts": {"heartbeat": says},
    }
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "{",
        "[]",
        "{}",
        '{"checked_at": 3}',
        '{"checked_at": "now"}',
        '{"checked_at": "2020-12-07T11:00:00"}',
    ],
)
def test_a_heartbeat_that_says_nothing_is_no_heartbeat(
    client: FlaskClient, tmp_path: Path, content: str | None
) -> None:
    (tmp_path / "page").mkdir()
    if content is not None:
        (tmp_path / "page" / "heartbeat.json").write_text(content)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "none that can be read" in answer.text


def test_health_needs_no_database(settings: Settings, clock: HandClock, tmp_path: Path) -> None:
    beat(tmp_path, NOON)
    away = dataclasses.replace(settings, database_url=nowhere())
    assert create_app(away, clock).test_client().get("/healthz").status_code == 200


def test_without_a_folder_nobody_vouches_for_the_page(settings: Settings, clock: HandClock) -> None:
    without = dataclasses.replace(settings, targets=())
    answer = create_app(without, clock).test_client().get("/healthz")
    assert answer.status_code == 503
    assert "watch /heartbeat.json itself" in answer.text


# Can this machine do its work?


def test_ready_when_the_database_answers_and_the_page_shows_the_latest(
    client: FlaskClient, desk: Desk, tmp_path: Path, clock: HandClock
) -> None:
    site = make_site(desk, tmp_path)
    site.node = "one"
    declared(desk)
    site.refresh(NOON)
    assert ready(client) == (200, {"database": "ok", "tables": "ok", "target page": "ok"})
    latest = declared(desk, NOON, components={"login": "partial_outage"}).event
    clock.moment = NOON + 9 * SECOND
    assert ready(client)[0] == 200
    clock.moment = NOON + 10 * SECOND
    status, parts = ready(client)
    assert status == 503
    assert parts["target page"].endswith(f", not yet {latest}")


@pytest.mark.parametrize(("name", "status"), [("one/page", 200), ("page", 200), ("two/page", 503)])
def test_a_target_is_this_machines_own_or_shared(
    client: FlaskClient, desk: Desk, name: str, status: int
) -> None:
    outbox.show(desk.db, name, 10**6, NOON)
    assert ready(client)[0] == status


def test_a_target_that_nobody_looks_after_is_not_ready(
    client: FlaskClient, desk: Desk, clock: HandClock
) -> None:
    outbox.show(desk.db, "page", 10**6, NOON)
    clock.moment = NOON + 3 * MINUTE
    status, parts = ready(client)
    assert status == 503
    assert parts["target page"] == "was not looked after for three minutes; is the worker running?"


@pytest.mark.parametrize(
    ("revision", "status", "says"),
    [("9999", 200, "ok"), ("0001", 503, "are of version 0001; this version needs ")],
)
def test_the_tables_are_of_this_version_or_newer(
    client: FlaskClient, desk: Desk, revision: str, status: int, says: str
) -> None:
    outbox.show(desk.db, "page", 10**6, NOON)
    with desk.db.engine.begin() as connection:
        before = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
    try:
        found, parts = ready(client)
    finally:
        with desk.db.engine.begin() as connection:
            connection.execute(
                text("UPDATE alembic_version SET version_num = :old"), {"old": before}
            )
    assert found == status
    assert parts["tables"].startswith(says)


def test_a_database_that_is_gone_is_named_and_nothing_of_it(
    settings: Settings, clock: HandClock
) -> None:
    away = create_app(dataclasses.replace(settings, database_url=nowhere()), clock).test_client()
    status, parts = ready(away)
    assert status == 503
    assert parts == {"database": "does not answer (OperationalError)"}
    found = scraped(away)
    assert found["avviso_database_up"] == {(): 0.0}
    assert found["avviso_build_info"] == {(__version__,): 1.0}
    assert "avviso_deliveries" not in found


def test_a_file_that_is_gone_is_not_made_anew(settings: Settings, tmp_path: Path) -> None:
    gone = tmp_path / "none" / "avviso.db"
    app = create_app(dataclasses.replace(settings, database_url=f"sqlite:///{gone}"), HandClock())
    assert ready(app.test_client()) == (503, {"database": "its file is not there"})
    empty = tmp_path / "empty.db"
    empty.touch()
    app = create_app(dataclasses.replace(settings, database_url=f"sqlite:///{empty}"), HandClock())
    status, parts = ready(app.test_client())
    assert status == 503
    assert parts["tables"].startswith("are missing; this version needs 0")
    assert not gone.exists()


def test_a_database_that_hangs_costs_no_more_than_its_time(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"postgresql+psycopg://avviso:hunter2@127.0.0.1:{port}/avviso"
        app = Flask("hung")
        hung = dataclasses.replace(settings, database_url=url)
        app.register_blueprint(watching(hung, HandClock(), patience=0.05))
        client = app.test_client()
        says = {"database": "does not answer within 0.05 seconds"}
        assert ready(client) == (503, says)
        assert scraped(client)["avviso_database_up"] == {(): 0.0}


def test_a_crowd_shares_one_look() -> None:
    let_go = threading.Event()
    looks: list[int] = []

    def look() -> int:
        looks.append(1)
        let_go.wait()
        return len(looks)

    glance = Glance(look, patience=0.01)
    for _ in range(5):
        with pytest.raises(TimeoutError):
            glance()
    assert len(looks) == 1
    let_go.set()
    assert glance._under_way is not None
    assert glance._under_way.result(60) == 1


def test_what_a_look_raises_is_raised_each_time() -> None:
    def look() -> None:
        raise LookupError("it")

    glance = Glance(look, patience=60)
    for _ in range(2):
        with pytest.raises(LookupError):
            glance()


def test_a_role_that_may_only_read_is_enough(
    settings: Settings, desk: Desk, fresh_postgres_url: str
) -> None:
    """What docs/security.md tells to do."""
    if desk.db.sqlite:
        return
    told = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    assert "GRANT SELECT ON ALL TABLES IN SCHEMA public TO avviso_web;" in told
    with desk.db.engine.begin() as connection:
        connection.execute(text("CREATE ROLE avviso_web LOGIN"))
        connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO avviso_web"))
    outbox.show(desk.db, "page", 10**6, NOON)
    url = fresh_postgres_url.replace("postgres@", "avviso_web@")
    assert url != fresh_postgres_url
    client = create_app(dataclasses.replace(settings, database_url=url), HandClock()).test_client()
    try:
        assert ready(client)[0] == 200
        assert scraped(client)["avviso_database_up"] == {(): 1.0}
    finally:
        with desk.db.engine.begin() as connection:
            connection.execute(text("DROP OWNED BY avviso_web"))
            connection.execute(text("DROP ROLE avviso_web"))
