"""The Flask application: everything that is not a published document."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from publishers.documents._phrases import N_
from publishers.documents._render import environment, words_for
from publishers.documents._style import style_hash, stylesheet
from statuspage._at_hand import put_at_hand
from statuspage._requests import log_requests, request_id
from statuspage._watching import watching
from statuspage.clock import Clock
from statuspage.edge import SECURITY_HEADERS, page_policy
from statuspage.settings import Settings

LARGEST_REQUEST = 1024 * 1024
"""Bytes; the longest form is a notice in a few languages."""

CONSOLE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The operators' pages: files of our own, and nothing that stands in a page is run."""

_EXPLANATIONS = {
    404: (N_("Page not found"), N_("There is nothing at this address.")),
    405: (N_("This is not possible here"), N_("This address does not take such a request.")),
    413: (N_("Too much at once"), N_("What was sent is too large.")),
    500: (
        N_("Something went wrong on our side"),
        N_("It may not have been saved: look before retrying."),
    ),
}
_BAD_REQUEST = (N_("The request was not understood"), N_("Go back and try again."))


def create_app(settings: Settings, clock: Clock | None = None) -> Flask:
    """The application for some settings. Only the console sets a cookie.

    It opens the database when it is first asked for something that is there, and not before.
    """
    app = Flask("statuspage", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.extensions["avviso"] = settings

    log_requests(app)
    clock = clock or Clock()
    put_at_hand(app, settings, clock)
    app.register_blueprint(watching(settings, clock))
    _let_operators_in(app, settings)

    policy = page_policy(style_hash(settings.page.theme))

    @app.errorhandler(HTTPException)
    def explain(fault: HTTPException) -> Response:
        response = _explained(settings, fault)
        response.headers["Content-Security-Policy"] = policy  # a public page's looks, everywhere
        return response

    @app.after_request
    def harden(response: Response) -> Response:
        return _hardened(response, CONSOLE_POLICY if _of_the_console() else policy)

    return app


def _let_operators_in(app: Flask, settings: Settings) -> None:
    """Sign-in and the operators' pages, what monitors send, and the public's forms."""
    from statuspage import auth  # takes time, and who only watches needs none of it
    from statuspage.alarms import alarms
    from statuspage.api import api
    from statuspage.console import console
    from statuspage.console._subscriber_files import admit_files
    from statuspage.subscriptions import subscriptions

    app.before_request(admit_files)  # before a form is read
    auth.install(app, settings)
    app.register_blueprint(console(settings))
    app.register_blueprint(alarms(settings))
    app.register_blueprint(api(settings))
    app.register_blueprint(subscriptions(settings))


def _of_the_console() -> bool:
    return request.path.startswith("/console/")


def _explained(settings: Settings, fault: HTTPException) -> Response:
    """An error as JSON or as a page; what the framework says of it is kept but for the body."""
    response = Response(status=fault.code)
    for name, value in fault.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    code = fault.code or 500
    quoted = request_id() if code >= 500 else ""
    title, text = _EXPLANATIONS.get(code, _EXPLANATIONS[500] if code >= 500 else _BAD_REQUEST)
    if _wants_json():
        response.content_type = "application/json"
        told = {"error": fault.name, "message": text}
        response.data = jsonify({**told, "request_id": quoted} if quoted else told).data
    else:
        response.content_type = "text/html; charset=utf-8"
        response.data = _error_page(settings, title, text, quoted)
    return response


def _wants_json() -> bool:
    if request.path.startswith(("/api/", "/v1/", "/alarms/")) or request.path.endswith(".json"):
        return True
    offered = ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(offered, "text/html") == "application/json"


def _error_page(settings: Settings, title: str, text: str, quoted: str) -> bytes:
    """The same words in every locale of the service, that of the address first.

    `quoted` is what a citizen can tell us of the request, "" where there is nothing to report.
    """
    service = settings.service_view("")
    words = [words_for(locale, service.time_zone) for locale in _locales_first(settings)]
    homes = {
        w.locale: "/" if w.locale == service.default_locale else f"/{w.locale}/" for w in words
    }
    page = environment().get_template("error.html")
    return page.render(
        service=service,
        stylesheet=Markup(stylesheet(service.theme)),  # noqa: S704 - our own file
        all_words=words,
        homes=homes,
        title=title,
        text=text,
        quoted=quoted,
    ).encode()


def _locales_first(settings: Settings) -> list[str]:
    service = settings.service
    asked = request.path.split("/")[1]
    first = asked if asked in service.locales else service.default_locale
    return [first, *(locale for locale in service.locales if locale != first)]


def _hardened(response: Response, policy: str) -> Response:
    _keep_here(response)
    for name, value in SECURITY_HEADERS:
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _keep_here(response: Response) -> None:
    """The framework adds a missing slash by a whole address, made of the client's Host header and,
    where TLS ends before us, of http: a path says the same and lets neither have a say."""
    going = response.headers.get("Location", "")
    if going.startswith(request.host_url):
        response.headers["Location"] = "/" + going.removeprefix(request.host_url).lstrip("/")
