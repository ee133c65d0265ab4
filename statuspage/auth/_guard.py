"""Who looks, who may, and what becomes of a form whose owner's session ended meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, cast
from urllib.parse import urlencode

from flask import Flask, Response, g, redirect, request
from flask.globals import request_ctx as request_context
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from incidents import access
from incidents.access import Limits, Person
from incidents.status import ROLE_RANK, Role
from statuspage._at_hand import house
from statuspage.auth._cookie import CSRF_FIELD, Bearer, Cookies
from statuspage.settings import Settings

P = ParamSpec("P")

CONSOLE = "/console/"
SIGN_IN = "/console/sign-in"
UNSENT = "/console/unsent"
"""Shows what was typed in a form whose address is no page."""
_NEVER_KEPT = "/console/account"
"""Forms with passwords and codes in them."""
_NEVER_KEPT_NAME = "password"
_LONGEST_PATH = 300
_SIGNED_WITH = "avviso"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An operator who is signed in."""

    login: str
    name: str
    role: Role
    locale: str
    session_id: str
    """Names the session; it opens nothing."""
    operator_id: str = ""


def install(app: Flask, settings: Settings) -> None:
    """Let an application know who is signed in, and refuse forged forms of the console."""
    app.session_interface = Cookies(
        secure=settings.service.url.startswith("https:"), trusted=settings.web.trusted_proxies
    )
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # it is good for as long as the cookie it is made from
        WTF_CSRF_SSL_STRICT=False,  # pages say no referrer, which it would ask for
        # What is signed is a hash of 256 random bits that only this browser and we know, so that
        # the signature has nothing to add; a secret of each process's own would refuse the forms
        # that another process made.
        WTF_CSRF_SECRET_KEY=_SIGNED_WITH,
    )
    csrf = CSRFProtect(app)

    @app.before_request
    def refuse_forged_forms() -> None:
        if request.path.startswith(CONSOLE):
            csrf.protect()

    @app.errorhandler(CSRFError)
    def say_that_it_is_old(_fault: CSRFError) -> Response:
        # A browser that brings no cookie will never do: it came over http, or to another name.
        address = "" if bearer().brought else settings.service.url
        return _page("too_old.html", 400, address=address)

    from statuspage.auth._account import account_pages
    from statuspage.auth._entrance import entrance_pages

    app.register_blueprint(entrance_pages(settings))
    app.register_blueprint(account_pages(settings))


def bearer() -> Bearer:
    """What this request brought in its cookie."""
    return cast("Bearer", request_context.session)


def cookies(app: Flask) -> Cookies:
    """How this application sets cookies."""
    return cast("Cookies", app.session_interface)


def limits() -> Limits:
    """After how long sessions end here."""
    sign_in = house().settings.sign_in
    return Limits(sign_in.idle, sign_in.longest)


def person_or_nobody() -> Person | None:
    """Who is behind this request's session, half signed in or wholly; looked up once."""
    if "avviso_person" not in g:
        token = bearer().brought
        found = None
        if token is not None:
            here = house()
            found = access.person_of(here.db, token, here.clock.now(), limits())
        g.avviso_person = found
    return cast("Person | None", g.avviso_person)


def signed_in_or_nobody() -> SignedIn | None:
    """Who is signed in; None for everybody else."""
    person = person_or_nobody()
    if person is None or person.half:
        return None
    locale = person.locale or house().service.default_locale
    return SignedIn(
        person.login, person.name, person.role, locale, person.session_id, person.operator_id
    )


def signed_in() -> SignedIn:
    """Who is signed in, inside a view that `needs` guards."""
    found = signed_in_or_nobody()
    if found is None:
        raise LookupError("nobody is signed in: the view has no guard")
    return found


def needs(role: Role) -> Callable[[Callable[P, AnyResponse]], Callable[P, AnyResponse]]:
    """Guard a view: whoever is not signed in is sent to do so and comes back with what they had
    typed; whose role is too small is told so."""

    def guard(view: Callable[P, AnyResponse]) -> Callable[P, AnyResponse]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> AnyResponse:
            me = signed_in_or_nobody()
            if me is None:
                return _sent_to_sign_in()
            if ROLE_RANK[me.role] < ROLE_RANK[role]:
                return _page("not_allowed.html", 403, needed=role)
            answer = view(*args, **kwargs)
            if request.method == "POST":
                _forget_kept(me)
            return answer

        return guarded

    return guard


def kept_form(path: str) -> MultiDict[str, str] | None:
    """What the one who is signed in had typed in the form at a path when their session ended."""
    me = signed_in_or_nobody()
    if me is None:
        return None
    here = house()
    fields = access.kept_fields(here.db, me.session_id, path, here.clock.now())
    return MultiDict(fields) if fields is not None else None


def is_page(path: str) -> bool:
    """Whether an address can be opened, and not only be sent to."""
    adapter = request_context.url_adapter
    return adapter is not None and "GET" in adapter.allowed_methods(path)


def safe_next(path: str | None) -> str:
    """Where to go after the sign-in: a path of the console, never another site."""
    inside = path is not None and path.startswith(CONSOLE) and path.isprintable()
    if path is None or not inside or "\\" in path or "//" in path or path.startswith(SIGN_IN):
        return CONSOLE
    return path


def _sent_to_sign_in() -> AnyResponse:
    going = request.path
    if request.method == "POST":
        _keep()
        if not is_page(going):
            going = f"{UNSENT}?{urlencode({'to': going})}"
    elif request.query_string:
        going = request.full_path
    return redirect(f"{SIGN_IN}?{urlencode({'next': going})}", 303)


def _keep() -> None:
    token, path = bearer().brought, request.path
    if token is None or path.startswith(_NEVER_KEPT) or len(path) > _LONGEST_PATH:
        return
    fields = [pair for pair in request.form.items(multi=True) if _may_be_kept(pair[0])]
    here = house()
    access.keep_form(here.db, token, path, fields, here.clock.now())


def _may_be_kept(name: str) -> bool:
    return name != CSRF_FIELD and _NEVER_KEPT_NAME not in name


def _forget_kept(me: SignedIn) -> None:
    here = house()
    if access.kept_fields(here.db, me.session_id, request.path, here.clock.now()) is not None:
        access.forget_form(here.db, me.session_id, request.path)


def _page(name: str, status: int, **values: object) -> Response:
    from statuspage.console._render import render  # which asks this module who looks

    return render(name, status, **values)
