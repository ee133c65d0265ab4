"""A house with the demo's components, its application, and people who are signed in to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from incidents import access, actions
from incidents.status import Role
from incidents.texts import TextLibrary
from statuspage import demo
from statuspage._at_hand import AtHand
from statuspage.app import create_app
from statuspage.auth._cookie import CSRF_FIELD
from statuspage.clock import Clock
from statuspage.house import House, open_house
from statuspage.settings import Settings, load_settings
from tests.conftest import NOON

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

    from tests.console._serving import Served

KEY = "a key that only these tests know of and that is long enough"
ADDRESS = "https://stato.example.it"
SETTINGS = """\
[service]
name = { it = "App dei servizi pubblici", en = "Public services app" }
url = "https://stato.example.it"
time_zone = "Europe/Rome"
locales = ["it", "en"]
default_locale = "it"

[[channels]]
name = "x-it"
kind = "log"
locale = "it"

[[channels]]
name = "x-en"
kind = "log"
locale = "en"
"""
ENV = {"AVVISO_SECRET_KEY": KEY}
LOGINS: Mapping[Role, str] = {
    Role.VIEWER: "vera",
    Role.AUTHOR: "bea",
    Role.APPROVER: "carlo",
    Role.ADMIN: "ada",
}
PASSWORD = "cavallo batteria pinza"


class SetClock(Clock):
    """A clock that stands still until a test moves it."""

    def __init__(self, moment: datetime = NOON) -> None:
        super().__init__()
        object.__setattr__(self, "moment", moment)

    def now(self) -> datetime:
        found: datetime = self.moment  # type: ignore[attr-defined]
        return found

    def set(self, moment: datetime) -> None:
        object.__setattr__(self, "moment", moment)

    def forward(self, by: timedelta) -> datetime:
        self.set(self.now() + by)
        return self.now()


class Browser(FlaskClient):
    """A browser at the service's own address; `csrf` is what its forms carry."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", "https://stato.example.it")
        return super().open(*args, **kwargs)

    @property
    def csrf(self) -> str:
        """The token of this browser's forms."""
        from flask_wtf.csrf import generate_csrf

        with self.application.test_request_context(headers={"Cookie": self._cookies_line()}):
            return str(generate_csrf())

    @property
    def token(self) -> str | None:
        """What its cookie holds."""
        cookie = self.get_cookie("__Host-avviso", "stato.example.it")
        return cookie.value if cookie else None

    def bring(self, token: str) -> None:
        """Give it a session's cookie."""
        self.set_cookie("__Host-avviso", token, domain="stato.example.it", secure=True)

    def post_form(
        self, path: str, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> TestResponse:
        """Send a form as the page's own would be sent."""
        return self.post(path, data={CSRF_FIELD: self.csrf, **(data or {})}, **kwargs)

    def _cookies_line(self) -> str:
        if self.token is None:
            self.bring(access.new_token())
        return f"__Host-avviso={self.token}"


@dataclass
class Place:
    """The application on its house, and the clock that both look at."""

    app: Flask
    settings: Settings
    clock: SetClock
    house: House
    """The application's own."""

    def client(self) -> Browser:
        """Somebody whom nobody knows yet."""
        found = self.app.test_client()
        assert isinstance(found, Browser)
        return found

    def client_of(self, role: Role | str, locale: str = "it") -> Browser:
        """Somebody with a role, signed in in a browser of their own."""
        login = LOGINS[Role(role)]
        here = access.Visitor("127.0.0.0/24", "Firefox, Linux")
        entered = access.enter(self.house.desk, self.clock.now(), login, here, "password", None)
        if locale != "it":
            access.set_locale(self.house.desk, login, self.clock.now(), locale, ("it", "en"))
        found = self.client()
        found.bring(entered.token)
        return found


_PATIENT = """
[api]
online_within = 60
"""
"""However busy the machine is, the page is there when the answer is."""


def load(
    folder: Path, more: str = "", env: Mapping[str, str] = ENV, address: str = ADDRESS
) -> Settings:
    """The settings of a folder, with `more` lines of a file."""
    told = SETTINGS.replace(ADDRESS, address) + more
    if "[api]" not in more:
        told += _PATIENT
    (folder / "avviso.toml").write_text(told, encoding="utf-8")
    return load_settings(folder / "avviso.toml", env)


@pytest.fixture(scope="session")
def prepared_place(tmp_path_factory: pytest.TempPathFactory, library: TextLibrary) -> Path:
    """A folder with the demo's components and an operator of each role, to copy."""
    folder = tmp_path_factory.mktemp("place")
    house = open_house(load(folder), SetClock(), library, demo.seeded_ids("place"))
    demo.open_the_page(house.desk, demo.load_day())
    for role, login in LOGINS.items():
        person = {"login": login, "name": login.capitalize(), "role": role}
        actions.add_operator(house.desk, actions.AVVISO, NOON, person)
    house.close()
    return folder


@pytest.fixture
def make_place(
    prepared_place: Path, tmp_path: Path, library: TextLibrary, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Place]]:
    """Makes the place, with more settings and another environment where a test needs them."""
    opened: list[AtHand] = []
    monkeypatch.setattr(TextLibrary, "load", lambda *_: library)

    def make(more: str = "", env: Mapping[str, str] = ENV, address: str = ADDRESS) -> Place:
        folder = shutil.copytree(prepared_place, tmp_path / f"place-{len(opened)}")
        clock = SetClock()
        settings = load(folder, more, env, address)
        app = create_app(settings, clock)
        app.test_client_class = Browser
        at_hand: AtHand = app.extensions["avviso.at_hand"]
        opened.append(at_hand)
        return Place(app, settings, clock, at_hand.house())

    yield make
    for at_hand in opened:
        at_hand.close()


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    """The application on a SQLite house, with the demo's components, at noon of the first day."""
    return make_place()


@pytest.fixture
def client_of(place: Place) -> Callable[..., Browser]:
    """Makes browsers of people with a role: `client_of("author")`."""
    return place.client_of


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """A real browser."""
    from tests._browser import chromium

    with chromium() as found:
        yield found


@pytest.fixture
def served(make_place: Callable[..., Place], request: pytest.FixtureRequest) -> Iterator[Served]:
    """The place at a port of this machine; a module's `MORE` are more of its settings."""
    from tests.console._serving import HOST, listening, serving

    more = getattr(request.module, "MORE", "")
    with listening() as server:
        place = make_place(more, address=f"http://{HOST}:{server.server_port}")
        with serving(server, place) as found:
            yield found
