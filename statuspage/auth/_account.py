"""One's own account: sessions, password, second factor, language."""

from __future__ import annotations

from io import BytesIO

import segno
from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from incidents import access
from incidents.errors import ActionError
from incidents.status import Role
from publishers.documents._phrases import N_
from publishers.documents._style import TEMPLATES
from statuspage._at_hand import house
from statuspage.auth._entrance import said, wait
from statuspage.auth._guard import limits, needs, signed_in
from statuspage.console._render import render, words, words_for
from statuspage.settings import Settings

ACCOUNT = "/console/account"
_SECOND_FACTOR = f"{ACCOUNT}/second-factor"
NOT_YOURS = N_("This is not your present password.")
SIGN_IN_ANEW = N_("Sign out and in again first: you have no password that proves that it is you.")


def account_pages(settings: Settings) -> Blueprint:
    """Everything under `/console/account`."""
    pages = Blueprint("account", __name__, url_prefix=ACCOUNT)
    pages.get("")(account)
    pages.post("/sessions")(end_sessions)
    if not settings.sign_in.section.only_oidc:
        pages.post("/password")(change_password)
    pages.post("/locale")(choose_locale)
    pages.get("/second-factor")(second_factor)
    pages.post("/second-factor")(change_second_factor)
    pages.get("/second-factor.svg")(second_factor_code)
    return pages


def console_locales() -> tuple[str, ...]:
    """The languages that the console is written in."""
    return tuple(sorted(path.stem for path in (TEMPLATES / "console" / "locales").glob("*.po")))


@needs(Role.VIEWER)
def account() -> AnyResponse:
    """The whole account on one page."""
    return _account_page()


@needs(Role.VIEWER)
def end_sessions() -> AnyResponse:
    """End one session, or all but this one."""
    me, here = signed_in(), house()
    chosen = request.form.get("session", "")
    if chosen:
        access.end_session(here.db, me.operator_id, chosen, here.clock.now())
    else:
        access.end_other_sessions(here.desk, me.login, here.clock.now(), me.session_id)
    return redirect(ACCOUNT, 303)


@needs(Role.VIEWER)
def change_password() -> AnyResponse:
    """Another password; the present one is asked for."""
    me, here = signed_in(), house()
    if doubt := _doubt():
        return _account_page({"password": [doubt[0]]}, doubt[1])
    try:
        access.change_password(
            here.desk,
            me.login,
            here.clock.now(),
            request.form.get("new_password", ""),
            me.session_id,
        )
    except ActionError as problem:
        found = said(problem)
        return _account_page({"new_password": found.pop("password", []), **found}, 422)
    return redirect(f"{ACCOUNT}?done=password", 303)


@needs(Role.VIEWER)
def choose_locale() -> AnyResponse:
    """The language of one's console."""
    me, here = signed_in(), house()
    chosen = request.form.get("locale", "")
    try:
        access.set_locale(here.desk, me.login, here.clock.now(), chosen, console_locales())
    except ActionError as problem:
        return _account_page(said(problem), 422)
    return redirect(f"{ACCOUNT}?done=locale", 303)


@needs(Role.VIEWER)
def second_factor() -> AnyResponse:
    """Set it up, or see that it is there."""
    return _second_factor_page()


@needs(Role.VIEWER)
def change_second_factor() -> AnyResponse:
    """Begin, confirm or remove it, or get new recovery codes. The password is asked for."""
    me, here = signed_in(), house()
    now, key, wanted = here.clock.now(), here.settings.sign_in.key, request.form.get("do", "")
    if wanted not in _STEPS:
        abort(400)
    if wanted != "confirm" and (doubt := _doubt()):
        return _second_factor_page({"password": [doubt[0]]}, doubt[1])
    codes: tuple[str, ...] = ()
    try:
        if wanted == "offer":
            access.offer_second_factor(here.desk, me.login, now, key)
        elif wanted == "confirm":
            code = request.form.get("code", "")
            codes = access.confirm_second_factor(here.desk, me.login, now, code, key, me.session_id)
        elif wanted == "renew":
            codes = access.renew_recovery_codes(here.desk, me.login, now)
        else:
            access.remove_second_factor(here.desk, me.login, now, me.session_id)
    except ActionError as problem:
        return _second_factor_page(said(problem), 422)
    return _second_factor_page(codes=codes) if codes else redirect(_SECOND_FACTOR, 303)


_STEPS = frozenset({"offer", "confirm", "renew", "remove"})


@needs(Role.VIEWER)
def second_factor_code() -> AnyResponse:
    """What the device's camera reads, as a picture of its own; nobody else's cache keeps it."""
    secret = _offered()
    if secret is None:
        abort(404)
    drawn = BytesIO()
    address = access.provisioning_address(secret, signed_in().login, _service_name())
    segno.make(address, error="m").save(
        drawn,
        kind="svg",
        scale=5,
        border=4,
        light="#fff",
        dark="#000",
        svgclass=None,
        lineclass=None,
    )
    return Response(drawn.getvalue(), content_type="image/svg+xml")


def _account_page(problems: dict[str, list[str]] | None = None, status: int = 200) -> Response:
    me, here = signed_in(), house()
    zone = here.service.time_zone
    return render(
        "account.html",
        status,
        own=access.own_of(here.db, me.operator_id),
        sessions=access.sessions_of(here.db, me.operator_id, here.clock.now(), limits()),
        locales=[(one, words_for(one, zone).endonym) for one in console_locales()],
        passwords=not here.settings.sign_in.section.only_oidc,
        problems=problems or {},
        done=request.args.get("done", ""),
        shortest=access.SHORTEST,
    )


def _second_factor_page(
    problems: dict[str, list[str]] | None = None, status: int = 200, codes: tuple[str, ...] = ()
) -> Response:
    me, here = signed_in(), house()
    own = access.own_of(here.db, me.operator_id)
    return render(
        "account_second_factor.html",
        status,
        own=own,
        secret=_offered(),
        codes=codes,
        possible=bool(here.settings.sign_in.key),
        problems=problems or {},
    )


def _offered() -> str | None:
    key = house().settings.sign_in.key
    return access.offered_secret(house().desk, signed_in().operator_id, key) if key else None


def _doubt() -> tuple[str, int] | None:
    """Why whoever sits there may be somebody else, and the status that says so."""
    me, here = signed_in(), house()
    password = request.form.get("password", "")
    try:
        access.prove_oneself(here.db, me.operator_id, me.session_id, password, here.clock.now())
    except access.TooManyTries as problem:
        return wait(problem), 429
    except access.SignedInLongAgo:
        return words().gettext(SIGN_IN_ANEW), 422
    except access.WrongSignIn:
        return words().gettext(NOT_YOURS), 422
    return None


def _service_name() -> str:
    service = house().service
    return service.name[service.default_locale]
