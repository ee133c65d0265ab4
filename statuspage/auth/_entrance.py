"""The pages by which operators come in and leave: sign-in, second factor, links, sign-out."""

from __future__ import annotations

from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from incidents import access
from incidents.access import Entered, Link, Purpose, TooManyTries
from incidents.errors import ActionError, NotAllowed, NotFound, NotPossible
from publishers.documents._phrases import N_
from statuspage._at_hand import house
from statuspage.auth._cookie import DEVICE_COOKIE, DEVICE_FOR
from statuspage.auth._guard import (
    CONSOLE,
    SIGN_IN,
    bearer,
    cookies,
    person_or_nobody,
    safe_next,
    signed_in_or_nobody,
)
from statuspage.auth._oidc import oidc_routes
from statuspage.auth._provider import OidcFault
from statuspage.auth._visitor import visitor
from statuspage.console._render import render, words
from statuspage.console._sentences import in_words
from statuspage.settings import Settings

log = structlog.get_logger()

WRONG_PASSWORD = N_("Login or password is not right.")
WRONG_CODE = N_("The code is not right, or was used already.")
TOO_MANY = N_("Too many attempts from here. Try again in {minutes} minutes.")
TOO_LATE = N_("This took too long. Sign in again.")
OTHER_KEY = N_(
    "The second factor cannot be read any more. Use a recovery code, or ask an administrator."
)
NO_PASSWORD = N_("Nobody has a password here: sign in with {name}.")
NO_LINK = N_("This link was used already, or is too old. Ask for another one.")


def entrance_pages(settings: Settings) -> Blueprint:
    """Sign-in and sign-out, for some settings."""
    pages = Blueprint("entrance", __name__, url_prefix="/console")
    pages.get("/sign-in")(sign_in_form)
    pages.get("/sign-in/code")(code_form)
    pages.post("/sign-in/code")(give_code)
    pages.post("/sign-out")(sign_out)
    pages.get("/enter/<token>")(link_form)
    pages.post("/enter/<token>")(use_link)
    if not settings.sign_in.section.only_oidc:
        pages.post("/sign-in")(sign_in)
    if settings.sign_in.oidc:
        oidc_routes(pages, settings, let_in, _refused_by_oidc)
    return pages


def sign_in_form() -> AnyResponse:
    """The form; whoever is signed in already goes where they wanted to."""
    if signed_in_or_nobody() is not None:
        return redirect(safe_next(request.args.get("next")), 303)
    return _sign_in_page()


def sign_in() -> AnyResponse:
    """Login and password."""
    login, password = request.form.get("login", ""), request.form.get("password", "")
    here = house()
    try:
        entered = access.enter_by_password(
            here.desk, here.clock.now(), login, password, visitor(), device()
        )
    except TooManyTries as problem:
        log.warning("sign_in_throttled", client=visitor().neighbourhood)
        return _sign_in_page(wait(problem), 429, login)
    except NotAllowed:  # also for whom somebody disables at this very moment
        log.warning("sign_in_refused", client=visitor().neighbourhood)
        return _sign_in_page(words().gettext(WRONG_PASSWORD), 403, login)
    return let_in(entered, safe_next(request.form.get("next")))


def code_form() -> AnyResponse:
    """Where the second factor's code is asked for."""
    if (person := person_or_nobody()) is None or not person.half:
        return redirect(SIGN_IN, 303)
    return _code_page()


def give_code() -> AnyResponse:
    """A code of the second factor, or a recovery code."""
    here = house()
    half = bearer().brought or ""
    code = request.form.get("code", "")
    try:
        entered = access.enter_by_code(
            here.desk, here.clock.now(), half, code, visitor(), device(), here.settings.sign_in.key
        )
    except TooManyTries as problem:
        return _code_page(wait(problem), 429)
    except NotAllowed:
        if (person := person_or_nobody()) is None or not person.half:
            return _sign_in_page(words().gettext(TOO_LATE), 403)
        log.warning("second_factor_refused", client=visitor().neighbourhood)
        return _code_page(words().gettext(WRONG_CODE), 403)
    except NotPossible:
        return _code_page(words().gettext(OTHER_KEY), 403)
    return let_in(entered, safe_next(request.form.get("next")))


def sign_out() -> AnyResponse:
    """End this session; the browser keeps being known."""
    here = house()
    person = person_or_nobody()
    if person is not None:
        access.end_session(here.db, person.operator_id, person.session_id, here.clock.now())
    bearer().renew(access.new_token())
    return redirect(SIGN_IN, 303)


def link_form(token: str) -> AnyResponse:
    """What a link is for. To open it uses nothing up: programs that look at mail open links."""
    here = house()
    link = access.look_at_link(here.desk, token, here.clock.now())
    if link is None:
        return _no_link()
    if _needs_no_password(link):
        return _sign_in_page(_no_password(), 403)
    return _link_page(link.purpose, link.login)


def use_link(token: str) -> AnyResponse:
    """Choose a password by a link, or sign in by it."""
    here = house()
    now = here.clock.now()
    link = access.look_at_link(here.desk, token, now)
    if link is None:
        return _no_link()
    if _needs_no_password(link):
        return _sign_in_page(_no_password(), 403)
    password = request.form.get("password", "")
    try:
        entered = access.use_link(here.desk, now, token, visitor(), device(), password)
        if entered is None:
            entered = access.enter_by_password(
                here.desk, now, link.login, password, visitor(), device()
            )
    except TooManyTries as problem:
        return _sign_in_page(wait(problem), 429, link.login)
    except NotFound:  # somebody else used it at this very moment
        return _no_link()
    except ActionError as problem:
        return _link_page(link.purpose, link.login, said(problem), 422)
    return let_in(entered, CONSOLE)


def _needs_no_password(link: Link) -> bool:
    """Where the provider alone lets people in, a password would be a way around it."""
    return house().settings.sign_in.section.only_oidc and link.purpose is not Purpose.SIGN_IN


def _no_password() -> str:
    name = house().settings.sign_in.section.oidc_name
    return words().gettext(NO_PASSWORD).format(name=name)


def let_in(entered: Entered, following: str) -> AnyResponse:
    """Give the browser its new token, and send it on."""
    access.hand_over(house().db, bearer().brought, entered.token)
    bearer().renew(entered.token)
    if entered.device is None:
        return _onward(f"{SIGN_IN}/code", following)
    response = redirect(following, 303)
    cookies(current_app).put(response, DEVICE_COOKIE, entered.device, DEVICE_FOR)
    return response


def device() -> str | None:
    """The cookie of a browser that somebody signed in with before."""
    return request.cookies.get(cookies(current_app).named(DEVICE_COOKIE))


def said(problem: ActionError) -> dict[str, list[str]]:
    """What is wrong, by field, in the reader's language."""
    found: dict[str, list[str]] = {}
    for sentence in problem.problems:
        name, colon, what = sentence.partition(": ")
        known = colon and name.isidentifier()
        text = in_words(words(), what if known else sentence)
        found.setdefault(name if known else "", []).append(text[:1].upper() + text[1:])
    return found


def _onward(path: str, following: str) -> AnyResponse:
    if following == CONSOLE:
        return redirect(path, 303)
    return redirect(f"{path}?{urlencode({'next': following})}", 303)


def _sign_in_page(problem: str = "", status: int = 200, login: str = "") -> Response:
    section = house().settings.sign_in.section
    return render(
        "sign_in.html",
        status,
        problem=problem,
        login=login,
        following=safe_next(request.values.get("next")),
        oidc=section.oidc_name if section.oidc_issuer else "",
        passwords=not section.only_oidc,
    )


def _code_page(problem: str = "", status: int = 200) -> Response:
    return render(
        "second_factor.html",
        status,
        problem=problem,
        following=safe_next(request.values.get("next")),
    )


def _link_page(
    purpose: Purpose,
    login: str,
    problems: dict[str, list[str]] | None = None,
    status: int = 200,
) -> Response:
    return render(
        "enter.html",
        status,
        purpose=str(purpose),
        login=login,
        problems=problems or {},
        shortest=access.SHORTEST,
    )


def _no_link() -> Response:
    return render("enter.html", 410, purpose="", login="", problems={}, shortest=access.SHORTEST)


def _refused_by_oidc(problem: OidcFault) -> Response:
    log.warning("oidc_refused", why=str(problem))
    return _sign_in_page(words().gettext(problem.told), 403)


def wait(problem: TooManyTries) -> str:
    """For how long, in the reader's language."""
    return words().gettext(TOO_MANY).format(minutes=problem.minutes)
