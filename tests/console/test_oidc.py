"""Signing in at a real OpenID Connect provider, and everything that can go wrong with it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests

from incidents import access, actions
from incidents.access import Purpose
from tests._browser import missing
from tests.console.conftest import ENV, PASSWORD, Browser, Place

FOLDER = Path(__file__).parents[1] / "oidc"
BACK = "https://stato.example.it/console/sign-in/oidc/back"
SECRET = "only the provider and we know this"
ENVIRONMENT = {**ENV, "AVVISO_OIDC_SECRET": SECRET}

Make = Callable[..., Place]


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """The address of a provider that runs."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules").exists():
        missing("no Node, or no provider: npm ci in tests/oidc")
    with subprocess.Popen(
        [node, "start.mjs", BACK, SECRET],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        assert running.stdout is not None
        yield json.loads(running.stdout.readline())["issuer"]
        assert running.stdin is not None
        running.stdin.close()


def settings_for(issuer: str, more: str = "") -> str:
    return f"""
[sign_in]
oidc_issuer = "{issuer}"
oidc_client = "avviso"
oidc_name = "SPID"
{more}
"""


@dataclass
class Journey:
    """A browser that goes to the provider and comes back."""

    place: Place
    browser: Browser

    @classmethod
    def from_(cls, place: Place) -> Journey:
        place.clock.set(datetime.now(UTC))  # the provider's clock is the real one
        return cls(place, place.client())

    def away(self, following: str = "/console/account") -> str:
        """The provider's address to which the console sends."""
        answer = self.browser.get("/console/sign-in/oidc", query_string={"next": following})
        assert answer.status_code == 303, answer.text
        return answer.location

    def there(self, address: str, login: str) -> str:
        """Say who one is, at the provider; answers the path to which it sends back."""
        with requests.Session() as session:
            page = session.get(address, timeout=10)
            for form in (
                {"prompt": "login", "login": login, "password": "x"},
                {"prompt": "consent"},
            ):
                action = re.search(r'action="([^"]+)"', page.text)
                assert action is not None, page.text
                page = session.post(
                    urljoin(page.url, action[1]), data=form, allow_redirects=False, timeout=10
                )
                while page.is_redirect and not page.headers["Location"].startswith(BACK):
                    page = session.get(
                        urljoin(page.url, page.headers["Location"]),
                        allow_redirects=False,
                        timeout=10,
                    )
            parts = urlsplit(page.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def whole(self, login: str):  # type: ignore[no-untyped-def]
        return self.browser.get(self.there(self.away(), login))


def test_an_operator_comes_in(make_place: Make, issuer: str) -> None:
    journey = Journey.from_(make_place(settings_for(issuer), ENVIRONMENT))
    assert "Accedi con SPID" in journey.browser.get("/console/sign-in").text
    answer = journey.whole("ada")
    assert (answer.status_code, answer.location) == (303, "/console/account")
    assert "Ada" in journey.browser.get("/console/account").text


def test_what_is_sent(make_place: Make, issuer: str) -> None:
    journey = Journey.from_(make_place(settings_for(issuer), ENVIRONMENT))
    first, second = (parse_qs(urlsplit(journey.away()).query) for _ in range(2))
    assert first["code_challenge_method"] == ["S256"]
    assert first["redirect_uri"] == [BACK]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]
    assert not {"code_verifier", "client_secret"} & set(first)


def test_only_operators_who_are_there(make_place: Make, issuer: str) -> None:
    journey = Journey.from_(make_place(settings_for(issuer), ENVIRONMENT))
    for login in ("stranger", "avviso"):
        answer = journey.whole(login)
        assert answer.status_code == 403
        assert "qui nessuno ha quel nome utente" in answer.text
    assert journey.browser.get("/console/account").status_code == 303


def test_nobody_who_is_disabled(make_place: Make, issuer: str) -> None:
    place = make_place(settings_for(issuer), ENVIRONMENT)
    actions.disable_operator(place.house.desk, "ada", place.clock.now(), "bea")
    assert Journey.from_(place).whole("bea").status_code == 403


def test_another_claim(make_place: Make, issuer: str) -> None:
    place = make_place(settings_for(issuer, 'oidc_claim = "email"'), ENVIRONMENT)
    for login in ("gina", "unverified-gina"):
        person = {"login": f"{login}@example.org", "name": "Gina", "role": "author"}
        actions.add_operator(place.house.desk, "ada", place.clock.now(), person)
    assert Journey.from_(place).whole("gina").status_code == 303
    refused = Journey.from_(place).whole("unverified-gina")
    assert refused.status_code == 403
    assert "non è verificato" in refused.text


def test_a_claim_that_there_is_not(make_place: Make, issuer: str) -> None:
    place = make_place(settings_for(issuer, 'oidc_claim = "codice_fiscale"'), ENVIRONMENT)
    assert Journey.from_(place).whole("ada").status_code == 403


def test_an_answer_works_once_and_in_the_browser_that_began(make_place: Make, issuer: str) -> None:
    journey = Journey.from_(make_place(settings_for(issuer), ENVIRONMENT))
    back = journey.there(journey.away(), "ada")
    assert journey.place.client().get(back).status_code == 403, "another browser"
    other = Journey(journey.place, journey.place.client())
    other.away()
    assert other.browser.get(back).status_code == 403, "one that began something else"
    assert journey.browser.get(back).status_code == 303
    assert journey.browser.get(back).status_code == 403, "a second time"


@pytest.mark.parametrize("change", ["code", "state", "iss"])
def test_an_answer_that_was_changed(make_place: Make, issuer: str, change: str) -> None:
    journey = Journey.from_(make_place(settings_for(issuer), ENVIRONMENT))
    back = journey.there(journey.away(), "ada")
    answer = journey.browser.get(re.sub(rf"\b{change}=[^&]*", f"{change}=x", back))
    assert answer.status_code == 403
    assert journey.browser.get("/console/account").status_code == 303


@pytest.mark.parametrize("change", ["nonce", "code_challenge"])
def test_a_sign_in_that_somebody_else_began(make_place: Make, issuer: str, change: str) -> None:
    """The token's nonce and the verifier are those of this browser, or nobody comes in."""
    journey = Journey.from_(make_place(settings_for(issuer), ENVIRONMENT))
    others = re.sub(rf"\b{change}=[^&]*", f"{change}={'x' * 43}", journey.away())
    assert journey.browser.get(journey.there(others, "ada")).status_code == 403
    assert journey.browser.get("/console/account").status_code == 303


@pytest.mark.parametrize("query", ["", "error=access_denied", "state=x", "code=x"])
def test_an_answer_that_is_none(make_place: Make, issuer: str, query: str) -> None:
    journey = Journey.from_(make_place(settings_for(issuer), ENVIRONMENT))
    state = parse_qs(urlsplit(journey.away()).query)["state"][0]
    for said in (query, f"{query}&state={state}"):
        assert journey.browser.get(f"/console/sign-in/oidc/back?{said}").status_code == 403


def test_an_id_token_from_another_time(make_place: Make, issuer: str) -> None:
    journey = Journey.from_(make_place(settings_for(issuer), ENVIRONMENT))
    back = journey.there(journey.away(), "ada")
    journey.place.clock.set(datetime(2050, 1, 1, tzinfo=UTC))
    assert journey.browser.get(back).status_code == 403


def test_a_wrong_secret_is_told_in_words(make_place: Make, issuer: str) -> None:
    env = {**ENV, "AVVISO_OIDC_SECRET": "another secret"}
    answer = Journey.from_(make_place(settings_for(issuer), env)).whole("ada")
    assert answer.status_code == 403
    assert "non ti ha fatto entrare" in answer.text
    assert "another secret" not in answer.text


@pytest.mark.parametrize("path", ["", "/nowhere"])
def test_a_provider_that_is_gone_or_another(make_place: Make, issuer: str, path: str) -> None:
    address = f"{issuer}{path}" if path else "http://127.0.0.1:9"
    place = make_place(settings_for(address), ENVIRONMENT)
    answer = place.client().get("/console/sign-in/oidc")
    assert answer.status_code == 403
    assert "avviso operator sign-in-link" in answer.text


@pytest.mark.parametrize("purpose", [Purpose.INVITATION, Purpose.RESET])
def test_without_passwords_no_link_chooses_one(make_place: Make, purpose: Purpose) -> None:
    """It would be a way around the provider, its second factor and its list of who has left."""
    place = make_place(settings_for("http://127.0.0.1:9", "only_oidc = true"), ENVIRONMENT)
    browser, now = place.client(), place.clock.now()
    token = access.make_link(place.house.desk, actions.AVVISO, now, "ada", purpose)
    for answer in (
        browser.get(f"/console/enter/{token}"),
        browser.post_form(f"/console/enter/{token}", {"password": PASSWORD}),
    ):
        assert answer.status_code == 403
        assert "nessuno ha una password" in answer.text
        assert "Accedi con SPID" in answer.text
    assert browser.get("/console/account").status_code == 303
    inside = place.client_of("admin")
    path = "/console/account/password"
    assert inside.post_form(path, {"new_password": PASSWORD}).status_code == 404


def test_without_passwords_a_link_still_lets_in(make_place: Make, issuer: str) -> None:
    place = make_place(settings_for("http://127.0.0.1:9", "only_oidc = true"), ENVIRONMENT)
    access.change_password(place.house.desk, "ada", place.clock.now(), PASSWORD)
    browser = place.client()
    page = browser.get("/console/sign-in")
    assert 'name="password"' not in page.text
    refused = browser.post_form("/console/sign-in", {"login": "ada", "password": PASSWORD})
    assert refused.status_code == 405
    now = place.clock.now()
    token = access.make_link(place.house.desk, actions.AVVISO, now, "ada", Purpose.SIGN_IN)
    assert browser.post_form(f"/console/enter/{token}").status_code == 303
    assert browser.get("/console/account").status_code == 200
