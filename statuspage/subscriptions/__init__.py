"""The public's few forms: ask to be told, confirm, change, leave, be forgotten; no account.

No cookie is set and none is read, so that there is nothing for another site to ride on: what a
request may do stands in its link or in the browser's own secret. The address decides the language.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog
from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from incidents.access import TooManyTries
from statuspage.settings import Settings
from statuspage.subscriptions import _asking as asking
from statuspage.subscriptions import _confirming as confirming
from statuspage.subscriptions import _leaving as leaving
from statuspage.subscriptions import _managing as managing
from statuspage.subscriptions import _push as push
from statuspage.subscriptions._links import LinkIsOver
from statuspage.subscriptions._pages import link_is_over, too_many
from statuspage.subscriptions._v2 import v2

log = structlog.get_logger()

View = Callable[..., AnyResponse]


def subscriptions(settings: Settings) -> Blueprint:
    """The forms of a service that has lists; of one that has none, nothing."""
    pages = Blueprint("subscriptions", __name__)
    lists = settings.service_view("").lists
    if not lists.modes:
        return pages
    for locale in settings.service.locales:
        _add_forms(pages, settings, locale)
        pages.register_blueprint(v2(locale, settings.service.default_locale))
    pages.errorhandler(TooManyTries)(too_many)
    pages.errorhandler(LinkIsOver)(link_is_over)
    pages.errorhandler(SQLAlchemyError)(_away)
    pages.after_request(_keep_private)
    return pages


def _add_forms(pages: Blueprint, settings: Settings, locale: str) -> None:
    prefix = "" if locale == settings.service.default_locale else f"/{locale}"

    def add(path: str, get: View | None = None, post: View | None = None) -> None:
        for method, view in (("GET", get), ("POST", post)):
            if view is not None:
                name = f"{method}{prefix}{path}".replace(".", "")
                in_locale = partial(view, locale)
                pages.add_url_rule(prefix + path, name, in_locale, methods=[method])

    for form, view in asking.FORMS.items():
        add(f"/subscribe/{form}", asking.go_to_forms, view)
    add("/subscribe/push", None, push.ask)
    add("/subscriptions/push", None, push.own)
    add("/subscriptions/confirm/<token>", confirming.show, confirming.confirm)
    add("/subscriptions/unsubscribe/<token>", leaving.show, leaving.leave)
    add("/subscriptions/unsubscribe/<token>/undo", leaving.show, leaving.undo)
    add("/subscriptions/unsubscribe/<token>/erase", leaving.show, leaving.erase)
    add("/subscriptions/manage/<token>", managing.show, managing.save)
    add("/subscriptions/manage/<token>/resume", managing.show, managing.resume)
    add("/subscriptions/manage/<token>/stop", managing.show, managing.stop)
    add("/subscriptions/manage/<token>/export", managing.export)
    add("/subscriptions/manage/<token>/erase", managing.ask_to_erase, managing.erase)


def _away(problem: SQLAlchemyError) -> AnyResponse:
    log.error("database_unavailable", why=type(problem).__name__)
    raise ServiceUnavailable(retry_after=5) from None


def _keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
