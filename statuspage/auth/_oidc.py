"""The way to an OpenID Connect provider and back. Only operators that there are come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from incidents import access
from incidents.access import Entered
from incidents.errors import ActionError
from statuspage._at_hand import house
from statuspage.auth._cookie import DEVICE_COOKIE, OIDC_COOKIE
from statuspage.auth._guard import cookies, safe_next
from statuspage.auth._provider import UNKNOWN, OidcFault, Provider
from statuspage.auth._visitor import visitor
from statuspage.settings import Settings

BACK = "/console/sign-in/oidc/back"
_UNDER_WAY = timedelta(minutes=15)


def oidc_routes(
    pages: Blueprint,
    settings: Settings,
    let_in: Callable[[Entered, str], AnyResponse],
    refused: Callable[[OidcFault], AnyResponse],
) -> None:
    """Add the two addresses to the sign-in's. `let_in` and `refused` answer the browser."""
    provider = Provider(settings.sign_in, f"{settings.service.url}{BACK}")

    @pages.get("/sign-in/oidc")
    def leave() -> AnyResponse:
        token = access.new_token()
        try:
            response = redirect(provider.address(token), 303)
        except OidcFault as problem:
            return refused(problem)
        following = safe_next(request.args.get("next"))
        cookies(current_app).put(response, OIDC_COOKIE, f"{token} {following}", _UNDER_WAY)
        return response

    @pages.get("/sign-in/oidc/back")
    def come_back() -> AnyResponse:
        name = cookies(current_app).named(OIDC_COOKIE)
        token, _, following = request.cookies.get(name, "").partition(" ")
        here = house()
        now = here.clock.now()
        try:
            login = provider.login(token, request.args, now)
            entered = _entered(login)
        except OidcFault as problem:
            return refused(problem)
        response = let_in(entered, safe_next(following))
        cookies(current_app).put(response, OIDC_COOKIE, "", timedelta(0))
        return response


def _entered(login: str) -> Entered:
    here = house()
    device = request.cookies.get(cookies(current_app).named(DEVICE_COOKIE))
    try:
        return access.enter(here.desk, here.clock.now(), login, visitor(), "oidc", device)
    except ActionError as problem:
        raise OidcFault(UNKNOWN, "no operator has that login, or they are disabled") from problem
