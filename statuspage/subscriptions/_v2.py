"""The public part of Statuspage's v2 API that writes: ask for updates, look, take it back.

The id that is answered is the new request's own, whatever is known of the address. It is good for
the request until its owner confirms it; then it is the owner's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from incidents import queries, subscribers
from incidents.access import TooManyTries
from incidents.errors import ActionError, NotFound
from incidents.status import ListMode
from incidents.subscribers import Choices, Subscriber, SubscriberState
from publishers.documents._v2 import Entries, timestamp
from publishers.documents.subscribe import by_letter
from statuspage._at_hand import house
from statuspage._requests import asked_from, neighbourhood

_MODES = {ListMode.EMAIL: "email_sms", ListMode.WEBHOOK: "webhook", ListMode.PUSH: "push"}
"""Statuspage's words, and one of ours."""
_MOST = 500
_THEIRS = "its owner confirmed it: they were sent the link by which they can end it"


def v2(locale: str, default: str) -> Blueprint:
    """The addresses below `api/v2/` of a locale: whoever asks there is written to in it."""
    prefix = "" if locale == default else f"/{locale}"
    pages = Blueprint(f"v2-{locale}", __name__, url_prefix=f"{prefix}/api/v2")

    def add(method: str, path: str, view: Any) -> None:
        pages.add_url_rule(path, view.__name__ + path[-5:].replace(".", "-"),
                           partial(view, locale), methods=[method])  # fmt: skip

    add("POST", "/subscribers.json", subscribe)
    add("GET", "/subscribers/<subscriber>.json", look)
    add("DELETE", "/subscribers/<subscriber>.json", withdraw)
    add("POST", "/subscriptions/<subscriber>/resend_confirmation", resend)
    add("POST", "/subscriptions/<subscriber>/resend_confirmation.json", resend)
    pages.errorhandler(ActionError)(_refused)
    pages.errorhandler(HTTPException)(_explained)
    pages.errorhandler(SQLAlchemyError)(_away)
    return pages


def subscribe(locale: str) -> Response:
    """Ask for updates; the link that confirms goes by e-mail."""
    here = house()
    if not by_letter(here.service):
        abort(404)
    wanted = _wanted(_said(), locale)
    if wanted.mode not in here.service.lists.modes:
        raise NotFound("endpoint: webhooks cannot be subscribed here")
    _count()
    subscriber_id = subscribers.ask(here.desk, wanted, here.clock.now())
    return _told(locale, subscriber_id, 201)


def look(locale: str, subscriber: str) -> Response:
    """The request, or what has become of it."""
    return _told(locale, subscriber, 200)


def withdraw(locale: str, subscriber: str) -> Response:
    """Take the request back; what was confirmed is its owner's to end."""
    here = house()
    _count()
    with here.db.read() as session:
        told = _object(session, locale, subscribers.find(session, subscriber))
        page = _page(session, locale)
    gone = subscribers.withdraw(here.db, subscriber, here.clock.now())
    response = jsonify(page=page, subscriber=told, **({} if gone else {"message": _THEIRS}))
    response.status_code = 200 if gone else 202
    return response


def resend(locale: str, subscriber: str) -> Response:
    """Send the link that confirms once more."""
    here = house()
    _count()
    subscribers.ask_again(here.db, subscriber, here.clock.now())
    return _told(locale, subscriber, 200)


def _count() -> None:
    here = house()
    subscribers.count_request(here.db, neighbourhood(asked_from()), here.clock.now())


def _said() -> Mapping[str, Any]:
    """The subscriber's fields, from JSON or a form, with or without the envelope."""
    if request.is_json:
        said = request.get_json(silent=True)
        if not isinstance(said, dict):
            abort(400)
        inner = said.get("subscriber", said)
        return inner if isinstance(inner, dict) else {}
    found: dict[str, Any] = {}
    for name in request.form:
        field = name.removeprefix("subscriber[").replace("]", "", 1).removesuffix("[]")
        values = request.form.getlist(name)
        found[field] = values if field == "component_ids" else values[0]
    return found


def _wanted(said: Mapping[str, Any], locale: str) -> subscribers.Request:
    email, endpoint = (_text(said.get(name)) for name in ("email", "endpoint"))
    several = said.get("component_ids")
    listed = [_text(each) for each in several[:_MOST]] if isinstance(several, list) else []
    chosen = tuple(filter(None, [_text(said.get("component_id")), *listed]))
    choices = Choices(locale, components=chosen or None)
    if endpoint:
        return subscribers.Request(ListMode.WEBHOOK, endpoint, choices, contact=email)
    return subscribers.Request(ListMode.EMAIL, email, choices)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _told(locale: str, subscriber_id: str, status: int) -> Response:
    with house().db.read() as session:
        row = subscribers.find(session, subscriber_id)
        response = jsonify(page=_page(session, locale), subscriber=_object(session, locale, row))
    response.status_code = status
    return response


def _page(session: Session, locale: str) -> Any:
    here = house()
    changed = queries.last_public_change(session) or here.clock.now()
    return Entries(here.service, locale).page_at(changed)


def _object(session: Session, locale: str, row: Subscriber) -> dict[str, Any]:
    """A request as whoever made it may see it: what they typed and where it stands. What its
    owner chose since then is not theirs to see."""
    service = house().service
    is_theirs = row.state is not SubscriberState.UNCONFIRMED
    chosen = None if is_theirs else subscribers.choices_of(session, row).components
    return {
        "id": row.id,
        "mode": _MODES[row.mode],
        "state": "unconfirmed" if not is_theirs else "active",
        "email": row.contact if row.mode is ListMode.WEBHOOK else row.address,
        "endpoint": row.address if row.mode is ListMode.WEBHOOK else None,
        "can_select_components": bool(queries.public_components(session)[0]),
        "components": list(chosen) if chosen else [],
        "created_at": timestamp(service, row.created_at),
        "page_id": service.id,
        "language": locale,
    }


def _refused(problem: ActionError) -> Response:
    if isinstance(problem, TooManyTries):
        response = _error(429, str(problem))
        response.headers["Retry-After"] = str(problem.minutes * 60)
        return response
    return _error(404 if isinstance(problem, NotFound) else 422, str(problem))


def _explained(fault: HTTPException) -> Response:
    return _error(fault.code or 500, fault.name)


def _away(_problem: SQLAlchemyError) -> Response:
    response = _error(503, "the database does not answer; try again")
    response.headers["Retry-After"] = "5"
    return response


def _error(status: int, text: str) -> Response:
    response = jsonify(error=text, message=text)
    response.status_code = status
    return response
