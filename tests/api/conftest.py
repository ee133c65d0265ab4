"""The demo's house, and programs with tokens of their own that talk to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Integer, text
from werkzeug.test import TestResponse

from incidents import actions
from incidents.access._tokens import add_token
from incidents.backup._restoring import _NUMBER_ON
from incidents.db import Database
from incidents.models import Base
from tests.console.conftest import ENV, LOGINS, Place, make_place, place, prepared_place

__all__ = ["make_place", "place", "prepared_place", "program", "program_of"]


@dataclass
class Program:
    """A program that shows a token in every request."""

    place: Place
    token: str
    client: FlaskClient
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def page(self) -> str:
        return f"/v1/pages/{self.place.house.service.id}"

    def __call__(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = {}, **more: Any
    ) -> TestResponse:
        """Ask; `path` is below the page, or from "/v1" on."""
        full = path if path.startswith("/v1") else f"{self.page}{path}"
        given = {"Authorization": f"OAuth {self.token}", **headers}
        if body is not None:
            more["json"] = body
        return self.client.open(full, method=method, headers=given, **more)

    def done(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Ask for something that has to work; answers the JSON."""
        response = self(method, path, body, **more)
        assert response.status_code in (200, 201, 204), response.text
        return response.json if response.data else None

    def refused(self, code: int, method: str, path: str, body: Any = None, **more: Any) -> str:
        """Ask for something that must be refused and must change nothing; answers why it was."""
        before = self.events()
        response = self(method, path, body, **more)
        assert response.status_code == code, response.text
        assert set(response.json or {}) == {"error", "message", "problems"}
        assert self.events() == before
        told: str = (response.json or {})["error"]
        return told

    def declared(self, **said: Any) -> Any:
        """The wallet is down, as a client of Statuspage says it."""
        body = {"name": "Portafoglio giù", "body": "Il portafoglio non risponde.", **said}
        body.setdefault("components", {"wallet": "major_outage"})
        return self.done("POST", "/incidents", {"incident": body})

    def events(self) -> int:
        from incidents import queries

        with self.place.house.db.read() as session:
            return queries.last_event(session)


def copied(folder: Path, url: str) -> None:
    """Put all that a prepared folder's database holds into an empty one."""
    theirs, ours = Database(f"sqlite:///{folder / 'data' / 'avviso.db'}"), Database(url)
    with theirs.engine.connect() as reading, ours.engine.begin() as writing:
        for table in Base.metadata.sorted_tables:
            rows = [dict(row) for row in reading.execute(table.select()).mappings()]
            if rows:
                writing.execute(table.insert(), rows)
            for column in table.primary_key:
                if isinstance(column.type, Integer):
                    line = _NUMBER_ON.format(table=table.name, column=column.name)
                    writing.execute(text(line))
    theirs.close()
    ours.close()


def program_at(place: Place, login: str, *scopes: str, **more: Any) -> Program:
    house = place.house
    data = {"name": "prova", "operator": login, "scopes": scopes, **more}
    _, token = add_token(house.desk, actions.AVVISO, place.clock.now(), data)
    return Program(place, token, place.client())


@pytest.fixture(params=["sqlite", "postgresql"])
def on_each(
    request: pytest.FixtureRequest, make_place: Callable[..., Place], prepared_place: Path
) -> Program:
    """A program that may do everything, on each kind of database in turn."""
    env: Mapping[str, str] = ENV
    if request.param == "postgresql":
        url: str = request.getfixturevalue("fresh_postgres_url")
        copied(prepared_place, url)
        env = {**ENV, "AVVISO_DATABASE_URL": url}
    return program_at(make_place(env=env), "ada", "write", "components", "subscribers")


@pytest.fixture
def program_of(place: Place) -> Callable[..., Program]:
    """Makes programs: `program_of("author", "write")`."""
    return lambda role, *scopes, **more: program_at(place, LOGINS[role], *scopes, **more)


@pytest.fixture
def program(program_of: Callable[..., Program]) -> Program:
    """One that may do everything."""
    return program_of("admin", "write", "components", "subscribers")
