"""The application with all lists, on each database, and a person who fills in its forms."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select
from werkzeug.test import TestResponse

from incidents import actions, queries
from incidents.db import Database
from incidents.status import ListMode
from incidents.subscribers import Letter, Subscriber, address_key
from statuspage._at_hand import AtHand
from statuspage.app import create_app
from statuspage.clock import Clock
from statuspage.settings import Settings, load_settings
from statuspage.subscriber_links import Purpose, make_token
from tests.conftest import NOON, open_for_all

KEY = "a key that only these tests know of and that is long enough"
PUSH_KEY = base64.urlsafe_b64encode(bytes(31) + b"\x05").rstrip(b"=").decode()
SETTINGS = """\
[service]
name = { it = "App", en = "App" }
url = "https://stato.example.it"
time_zone = "Europe/Rome"
locales = ["it", "en"]
default_locale = "it"

[email]
host = "relay.example.it"
sender = "App <stato@example.it>"

[webhook]

[push]
contact = "mailto:web@example.it"

[privacy]
processors = ["Posta Srl, che inoltra le email"]
responsible = "Comune di Esempio, dpo@example.it"

[data]
path = "."
"""
POINT = base64.urlsafe_b64encode(
    bytes.fromhex(
        "04"
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    )
).decode()
"""The base point of P-256: a public key like any other."""
SECRET = base64.urlsafe_b64encode(b"sixteen bytes ok").decode()
ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"


class Standing(Clock):
    """A clock that a test sets."""

    def __init__(self, moment: datetime) -> None:
        object.__setattr__(self, "moment", moment)

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def later(self, **span: float) -> None:
        object.__setattr__(self, "moment", self.moment + timedelta(**span))


@dataclass
class Public:
    """A visitor of one application."""

    client: FlaskClient
    db: Database
    settings: Settings
    clock: Standing
    components: dict[str, str] = field(default_factory=dict)

    def post(self, path: str, data: Any = None, **options: Any) -> TestResponse:
        return self.client.post(path, data=data, **options)

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def ask(self, email: str, **data: Any) -> TestResponse:
        """Fill in the form for letters as it begins."""
        kinds = ["incident", "maintenance", "advance_notice"]
        return self.post(
            "/subscribe/email", {"email": email, "scope": "all", "kind": kinds, **data}
        )

    def subscribe(self, email: str, **data: Any) -> Subscriber:
        """Ask, and confirm."""
        self.ask(email, **data)
        row = self.rows()[-1]
        assert self.post(f"/subscriptions/confirm/{self.confirm_token(row.id)}").status_code == 200
        return self.rows()[-1]

    def rows(self) -> list[Subscriber]:
        with self.db.read() as session:
            return list(session.scalars(select(Subscriber).order_by(Subscriber.number)))

    def letters(self) -> list[tuple[str, int]]:
        with self.db.read() as session:
            query = select(Letter.kind, Letter.subscriber).order_by(Letter.id)
            return [(str(row.kind), row.subscriber) for row in session.execute(query)]

    def confirm_token(self, subscriber_id: str, mode: ListMode = ListMode.EMAIL) -> str:
        until = self.clock.now() + timedelta(hours=48)
        keys = self.settings.lists.keys
        return make_token(keys, Purpose.CONFIRM, mode, subscriber_id, until)

    def token(
        self,
        purpose: Purpose,
        address: str,
        mode: ListMode = ListMode.EMAIL,
        owner: str | None = None,
    ) -> str:
        until = self.clock.now() + timedelta(hours=24) if purpose is Purpose.MANAGE else None
        key = address_key(mode, address, owner)
        return make_token(self.settings.lists.keys, purpose, mode, key, until)


def words_of(answer: TestResponse) -> str:
    return " ".join(html.document_fromstring(answer.text).text_content().split())


def heading(answer: TestResponse) -> str:
    (found,) = html.document_fromstring(answer.text).xpath("//h1")
    return " ".join(found.text_content().split())


@contextmanager
def public(database_url: str, folder: Path, settings: str = SETTINGS) -> Iterator[Public]:
    """An application on an existing database."""
    (folder / "avviso.toml").write_text(settings, encoding="utf-8")
    env = {
        "AVVISO_DATABASE_URL": _as_set(database_url),
        "AVVISO_SECRET_KEY": KEY,
        "AVVISO_PUSH_KEY": PUSH_KEY,
    }
    loaded = load_settings(folder / "avviso.toml", env)
    clock = Standing(NOON)
    app = create_app(loaded, clock)
    at_hand: AtHand = app.extensions["avviso.at_hand"]
    house = at_hand.house()
    if not _has_components(house.db):
        open_for_all(house.desk)
    with house.db.read() as session:
        components = {part.key: part.id for part in queries.components(session)}
    yield Public(app.test_client(), house.db, loaded, clock, components)
    at_hand.close()


def _as_set(database_url: str) -> str:
    """As an operator writes it; the SQLite file lies in the data folder."""
    return "sqlite" if database_url.startswith("sqlite") else database_url.replace("+psycopg", "")


def _has_components(db: Database) -> bool:
    with db.read() as session:
        return bool(queries.components(session))


@pytest.fixture
def visitor(database_url: str, tmp_path: Path) -> Iterator[Public]:
    with public(database_url, tmp_path) as found:
        yield found


@pytest.fixture
def incident(visitor: Public) -> Callable[..., str]:
    """Declares an incident, and answers its id."""

    def declare(name: str = "Portafoglio fermo") -> str:
        at_hand: AtHand = visitor.client.application.extensions["avviso.at_hand"]
        data = {
            "name": {"it": name, "en": name},
            "impact": "major",
            "components": {"wallet": "major_outage"},
            "texts": {
                locale: {"headline": name, "short": name, "body": name} for locale in ("it", "en")
            },
        }
        desk = at_hand.house().desk
        declared = actions.declare_incident(desk, "ada", visitor.clock.now(), data)
        assert declared.incident_id is not None
        return declared.incident_id

    return declare
