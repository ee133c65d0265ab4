"""Signing in, staying, and leaving, as a browser does it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask import Response, request
from sqlalchemy import select
from werkzeug.test import TestResponse

from incidents import access
from incidents.access import Purpose
from incidents.actions import AVVISO
from incidents.errors import NotAllowed
from incidents.models import Event
from incidents.status import ROLE_RANK, Role
from statuspage.auth import kept_form, needs, signed_in
from tests.console.conftest import KEY, PASSWORD, Browser, Place

MINUTE = timedelta(minutes=1)
ACCOUNT = "/console/account"


@pytest.fixture
def known(place: Place) -> Place:
    """Where Ada has a password."""
    access.change_password(place.house.desk, "ada", place.clock.now(), PASSWORD)
    return place


def sign_in(browser: Browser, password: str = PASSWORD, **more: str) -> TestResponse:
    return browser.post_form("/console/sign-in", {"login": "ada", "password": password, **more})


def link_of(place: Place, purpose: Purpose, login: str = "bea") -> str:
    token = access.make_link(place.house.desk, AVVISO, place.clock.now(), login, purpose)
    return f"/console/enter/{token}"


def add_views(place: Place) -> None:
    """A form for authors, which shows what was typed before."""

    @place.app.get("/console/try")
    @needs(Role.AUTHOR)
    def form() -> Response:
        typed = kept_form(request.path)
        return Response(repr(typed.to_dict(flat=False)) if typed else signed_in().login)

    @place.app.post("/console/try")
    @needs(Role.AUTHOR)
    def send() -> Response:
        return Response("sent")


def test_from_nobody_to_the_page_that_was_wanted(known: Place) -> None:
    browser = known.client()
    away = browser.get("/console/account?x=1")
    assert away.status_code == 303
    assert away.location == "/console/sign-in?next=%2Fconsole%2Faccount%3Fx%3D1"
    form = browser.get(away.location)
    assert form.status_code == 200
    assert 'value="/console/account?x=1"' in form.text
    done = sign_in(browser, next="/console/account?x=1")
    assert (done.status_code, done.location) == (303, "/console/account?x=1")
    assert "Ada" in browser.get(ACCOUNT).text
    assert browser.get("/console/sign-in").location == "/console/"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "/console//evil.example",
        "/console/\\evil.example",
        "/console/x\r\nSet-Cookie: a=b",
        "/other",
        "/console/sign-in",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_elsewhere(known: Place, wanted: str) -> None:
    browser = known.client()
    assert (
        'name="next" value="/console/"'
        in browser.get("/console/sign-in", query_string={"next": wanted}).text
    )
    assert sign_in(browser, next=wanted).location == "/console/"


def test_the_cookie(known: Place) -> None:
    browser = known.client()
    before = browser.get("/console/sign-in")
    done = sign_in(browser)
    for answer, name in ((before, "avviso"), (done, "avviso"), (done, "avviso-device")):
        (line,) = [
            line for line in answer.headers.getlist("Set-Cookie") if f"__Host-{name}=" in line
        ]
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; "))
        assert "Domain" not in line


def test_signing_in_gives_another_cookie(known: Place) -> None:
    browser = known.client()
    browser.get("/console/sign-in")
    before = browser.token
    sign_in(browser)
    assert browser.token != before


@pytest.mark.parametrize(
    ("trusted", "peer", "said", "secure"),
    [
        ("10.0.0.0/8", "10.0.0.1", "https", True),
        ("10.0.0.0/8", "10.0.0.1", "http", False),
        ("10.0.0.0/8", "10.0.0.1", None, False),
        ("10.0.0.0/8", "198.51.100.1", "https", False),
        ("10.0.0.0/8", None, "https", True),
    ],
)
def test_the_cookie_where_tls_ends_before_us(
    make_place: Callable[..., Place], trusted: str, peer: str | None, said: str | None, secure: bool
) -> None:
    """The settings say http: a trusted server that says otherwise is believed, nobody else."""
    place = make_place(f'[web]\ntrusted_proxies = ["{trusted}"]\n', address="http://stato.test")
    answer = place.app.test_client().get(
        "/console/sign-in",
        base_url="http://stato.test",
        headers={"X-Forwarded-Proto": said} if said else {},
        environ_overrides={"REMOTE_ADDR": peer},
    )
    (line,) = answer.headers.getlist("Set-Cookie")
    assert line.startswith("__Host-avviso=" if secure else "avviso=")
    assert ("Secure" in line.split("; ")) == secure


def test_a_browser_that_brings_no_cookie_is_told_where_to_go(place: Place) -> None:
    answer = place.client().post("/console/sign-in", data={"login": "ada"})
    assert answer.status_code == 400
    assert "https://stato.example.it/console/" in answer.text
    browser = place.client_of("author")
    forged = browser.post(f"{ACCOUNT}/locale", data={"locale": "en"})
    assert "https://stato.example.it/console/" not in forged.text


@pytest.mark.parametrize("password", ["", "no", "x" * 100_000, "\x00"])
def test_a_wrong_password(known: Place, password: str) -> None:
    browser = known.client()
    answer = sign_in(browser, password)
    assert answer.status_code == 403
    assert 'value="ada"' in answer.text
    assert password == "" or f'value="{password}"' not in answer.text
    assert browser.get(ACCOUNT).status_code == 303


def test_an_unknown_login_reads_the_same(known: Place) -> None:
    browser = known.client()
    pages = [
        browser.post_form("/console/sign-in", {"login": login, "password": "no"})
        for login in ("ada", "nobody")
    ]
    assert [page.status_code for page in pages] == [403, 403]
    texts = [re.sub(r'value="[^"]*"', "", page.text) for page in pages]
    assert texts[0] == texts[1]


def test_too_many_attempts_are_told(known: Place) -> None:
    browser = known.client()
    for _ in range(5):
        assert sign_in(browser, "no").status_code == 403
    answer = sign_in(browser)
    assert answer.status_code == 429
    assert "15 minuti" in answer.text


def test_a_visitor_cannot_say_another_address(known: Place) -> None:
    """Over the network itself, X-Forwarded-For is anybody's word."""
    browser = known.client()
    for number in range(5):
        browser.post_form(
            "/console/sign-in",
            {"login": "ada", "password": "no"},
            headers={"X-Forwarded-For": f"203.0.{number}.1"},
        )
    assert sign_in(browser).status_code == 429


# Forged forms


@pytest.mark.parametrize("token", [None, "", "x", "other"])
def test_a_form_of_another_site_does_nothing(place: Place, token: str | None) -> None:
    browser, other = place.client_of("admin"), place.client_of("author")
    data = {"locale": "en"} if token is None else {"locale": "en", "csrf_token": token}
    if token == "other":
        data["csrf_token"] = other.csrf
    answer = browser.post(f"{ACCOUNT}/locale", data=data)
    assert answer.status_code == 400
    assert "Questo modulo è troppo vecchio" in answer.text
    assert '<html lang="it"' in browser.get(ACCOUNT).text


def test_nor_does_a_forged_sign_in(known: Place) -> None:
    answer = known.client().post("/console/sign-in", data={"login": "ada", "password": PASSWORD})
    assert answer.status_code == 400


def test_whoever_has_no_session_cannot_forge_one(place: Place) -> None:
    browser = place.client()
    browser.bring("invented")
    assert browser.get(ACCOUNT).status_code == 303


# Roles


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_it_may(place: Place, role: Role) -> None:
    add_views(place)
    answer = place.client_of(role).get("/console/try")
    allowed = ROLE_RANK[role] >= ROLE_RANK[Role.AUTHOR]
    assert answer.status_code == (200 if allowed else 403)
    assert ("author" in answer.text) != allowed


# What was typed


def test_what_was_typed_survives_the_end_of_the_session(known: Place) -> None:
    add_views(known)
    browser = known.client()
    sign_in(browser)
    known.clock.forward(timedelta(hours=9))
    away = browser.post_form("/console/try", {"body": ["Ci scusiamo.", "è"], "name": "Accesso"})
    assert away.status_code == 303
    done = sign_in(browser, next="/console/try")
    assert done.location == "/console/try"
    back = browser.get("/console/try").text
    assert back == repr({"body": ["Ci scusiamo.", "è"], "name": ["Accesso"]})
    assert browser.post_form("/console/try", {"body": "x"}).text == "sent"
    assert browser.get("/console/try").text == "ada"


def test_but_not_for_somebody_else_at_the_same_desk(known: Place) -> None:
    add_views(known)
    access.change_password(known.house.desk, "bea", known.clock.now(), PASSWORD)
    browser = known.client()
    sign_in(browser)
    known.clock.forward(timedelta(hours=9))
    browser.post_form("/console/try", {"body": "of Ada"})
    browser.post_form("/console/sign-in", {"login": "bea", "password": PASSWORD})
    assert browser.get("/console/try").text == "bea"


def test_nor_from_a_form_of_another_site(known: Place) -> None:
    add_views(known)
    browser = known.client()
    sign_in(browser)
    known.clock.forward(timedelta(hours=9))
    assert browser.post("/console/try", data={"body": "forged"}).status_code == 400
    sign_in(browser)
    assert browser.get("/console/try").text == "ada"


def test_passwords_are_never_kept(known: Place) -> None:
    browser = known.client()
    sign_in(browser)
    known.clock.forward(timedelta(hours=9))
    path = f"{ACCOUNT}/password"
    browser.post_form(path, {"password": PASSWORD, "new_password": PASSWORD})
    sign_in(browser)
    with known.app.test_request_context(headers={"Cookie": f"__Host-avviso={browser.token}"}):
        assert kept_form(path) is None


# Leaving


def test_signing_out_ends_the_session(known: Place) -> None:
    browser = known.client()
    sign_in(browser)
    mine = browser.token
    assert browser.post_form("/console/sign-out").location == "/console/sign-in"
    assert browser.token != mine
    browser.bring(mine or "")
    assert browser.get(ACCOUNT).status_code == 303


# Links


@pytest.mark.parametrize("purpose", [Purpose.INVITATION, Purpose.RESET])
def test_from_an_invitation_to_the_console(place: Place, purpose: Purpose) -> None:
    browser, path = place.client(), link_of(place, purpose)
    for _ in range(3):  # a program that looks at mail opens it too
        assert browser.get(path).status_code == 200
    refused = browser.post_form(path, {"password": "corta"})
    assert refused.status_code == 422
    assert "troppo corta" in refused.text
    done = browser.post_form(path, {"password": PASSWORD})
    assert (done.status_code, done.location) == (303, "/console/")
    assert "Bea" in browser.get(ACCOUNT).text
    assert place.client().get(path).status_code == 410
    assert place.client().post_form(path, {"password": PASSWORD}).status_code == 410


def test_the_way_in_of_the_machine(place: Place) -> None:
    browser, path = place.client(), link_of(place, Purpose.SIGN_IN)
    assert "bea" in browser.get(path).text
    assert browser.post_form(path).location == "/console/"
    assert "Bea" in browser.get(ACCOUNT).text
    assert place.client().post_form(path).status_code == 410


def test_a_link_of_nobodys(place: Place) -> None:
    browser = place.client()
    assert browser.get("/console/enter/x").status_code == 410
    assert browser.get(f"/console/enter/{'x' * 3000}").status_code == 410
    assert browser.post_form("/console/enter/x", {"password": PASSWORD}).status_code == 410


# The account


def test_a_second_factor_from_the_picture_to_the_sign_in(known: Place) -> None:
    browser, page = known.client(), f"{ACCOUNT}/second-factor"
    sign_in(browser)
    assert browser.get(f"{page}.svg").status_code == 404
    assert browser.post_form(page, {"do": "offer", "password": "no"}).status_code == 422
    assert browser.post_form(page, {"do": "offer", "password": PASSWORD}).status_code == 303
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", browser.get(page).text)
    assert secret is not None
    picture = browser.get(f"{page}.svg")
    assert picture.content_type.startswith("image/svg+xml")
    assert "style" not in picture.text
    device = pyotp.TOTP(secret[1])
    assert browser.post_form(page, {"do": "confirm", "code": "000000"}).status_code == 422
    done = browser.post_form(page, {"do": "confirm", "code": device.at(known.clock.now())})
    codes = re.findall(r"<code>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</code>", done.text)
    assert len(codes) == 10
    assert secret[1] not in browser.get(page).text
    assert browser.get(f"{page}.svg").status_code == 404

    other = known.client()
    half = sign_in(other, next=ACCOUNT)
    assert half.location == "/console/sign-in/code?next=%2Fconsole%2Faccount"
    assert other.get(ACCOUNT).status_code == 303, "the password alone opens nothing"
    assert other.post_form("/console/sign-in/code", {"code": "000000"}).status_code == 403
    code = {"code": device.at(known.clock.forward(MINUTE)), "next": ACCOUNT}
    assert other.post_form("/console/sign-in/code", code).location == ACCOUNT
    assert other.get(ACCOUNT).status_code == 200

    third = known.client()
    sign_in(third)
    assert third.post_form("/console/sign-in/code", {"code": codes[0]}).location == "/console/"


def test_a_code_without_a_password(known: Place) -> None:
    browser = known.client()
    assert browser.get("/console/sign-in/code").location == "/console/sign-in"
    assert browser.post_form("/console/sign-in/code", {"code": "000000"}).status_code == 403


def test_without_a_key_it_says_what_is_missing(make_place) -> None:  # type: ignore[no-untyped-def]
    place = make_place(env={})
    browser = place.client_of("author")
    page = browser.get(f"{ACCOUNT}/second-factor").text
    assert "AVVISO_SECRET_KEY" in page
    assert browser.post_form(f"{ACCOUNT}/second-factor", {"do": "offer"}).status_code == 422


@pytest.mark.parametrize("wanted", ["", "x"])
def test_a_step_that_there_is_not(place: Place, wanted: str) -> None:
    answer = place.client_of("author").post_form(f"{ACCOUNT}/second-factor", {"do": wanted})
    assert answer.status_code == 400


def test_another_password_wants_the_present_one(known: Place) -> None:
    browser, new = known.client(), "un'altra frase lunga"
    sign_in(browser)
    path = f"{ACCOUNT}/password"
    wrong = browser.post_form(path, {"password": "no", "new_password": new})
    assert wrong.status_code == 422
    short = browser.post_form(path, {"password": PASSWORD, "new_password": "corta"})
    assert short.status_code == 422
    assert 'id="new_password--wrong"' in short.text
    done = browser.post_form(path, {"password": PASSWORD, "new_password": new})
    assert done.status_code == 303
    assert browser.get(ACCOUNT).status_code == 200, "whoever changed it stays"
    assert sign_in(known.client()).status_code == 403
    assert sign_in(known.client(), new).status_code == 303


def test_the_present_password_cannot_be_guessed_in_an_open_session(known: Place) -> None:
    browser, path = known.client(), f"{ACCOUNT}/password"
    sign_in(browser)
    for _ in range(5):
        assert browser.post_form(path, {"password": "no", "new_password": "x"}).status_code == 422
    right = {"password": PASSWORD, "new_password": "un'altra frase lunga"}
    answer = browser.post_form(path, right)
    assert answer.status_code == 429
    assert "15 minuti" in answer.text
    begin = {"do": "offer", "password": PASSWORD}
    assert browser.post_form(f"{ACCOUNT}/second-factor", begin).status_code == 429
    assert sign_in(known.client()).status_code == 303


def test_without_a_password_only_a_new_sign_in_chooses_one(place: Place) -> None:
    browser, path = place.client_of("author"), f"{ACCOUNT}/password"
    place.clock.forward(11 * MINUTE)
    answer = browser.post_form(path, {"new_password": PASSWORD})
    assert answer.status_code == 422
    assert "esci e accedi di nuovo" in answer.text
    chosen = place.client_of("author").post_form(path, {"new_password": PASSWORD})
    assert chosen.status_code == 303


def test_a_link_that_is_used_at_this_very_moment(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = link_of(place, Purpose.INVITATION)
    use = access.use_link

    def too_late(*given: object) -> None:
        use(*given)  # type: ignore[arg-type]
        use(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(access, "use_link", too_late)
    answer = place.client().post_form(path, {"password": PASSWORD})
    assert answer.status_code == 410
    assert 'name="password"' not in answer.text


def test_whom_somebody_disables_meanwhile_reads_no_error(
    known: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(*_args: object) -> None:
        raise NotAllowed("the operator 'ada' is disabled")

    monkeypatch.setattr(access, "enter_by_password", too_late)
    monkeypatch.setattr(access, "enter_by_code", too_late)
    browser = known.client()
    assert sign_in(browser).status_code == 403
    assert browser.post_form("/console/sign-in/code", {"code": "000000"}).status_code == 403


def test_sessions_are_listed_and_ended(place: Place) -> None:
    here, there = place.client_of("author"), place.client_of("author")
    page = here.get(ACCOUNT).text
    (other,) = re.findall(r'name="session" value="([0-9a-f]{64})"', page)
    assert there.get(ACCOUNT).status_code == 200
    here.post_form(f"{ACCOUNT}/sessions", {"session": other})
    assert there.get(ACCOUNT).status_code == 303
    third = place.client_of("author")
    here.post_form(f"{ACCOUNT}/sessions")
    assert third.get(ACCOUNT).status_code == 303
    assert here.get(ACCOUNT).status_code == 200


def test_the_language_is_ones_own(place: Place) -> None:
    browser = place.client_of("viewer")
    assert '<html lang="it"' in browser.get(ACCOUNT).text
    assert browser.post_form(f"{ACCOUNT}/locale", {"locale": "xx"}).status_code == 422
    assert browser.post_form(f"{ACCOUNT}/locale", {"locale": "en"}).status_code == 303
    assert '<html lang="en"' in browser.get(ACCOUNT).text
    assert '<html lang="it"' in place.client_of("author").get(ACCOUNT).text


def test_nothing_secret_is_in_the_trail_or_in_a_repr(known: Place) -> None:
    browser = known.client()
    sign_in(browser)
    with known.house.db.read() as session:
        told = repr([(event.kind, event.data) for event in session.scalars(select(Event))])
    for secret in (PASSWORD, browser.token or "", KEY):
        assert secret not in told
        assert secret not in repr(known.settings)
    assert KEY in known.settings.secret_values()
