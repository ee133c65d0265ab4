"""What monitors send: `/alarms/` and the name of a source. Alarms become drafts.

One file here without a leading underscore is one kind of source. Whatever is wrong is a 4xx in one
shape, `{"error", "message"}`, and nothing is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module

import structlog
from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from incidents import actions
from incidents.actions import Desk, Outcome
from incidents.alarm_rules import AlarmRules, Message, Signal
from incidents.errors import ActionError
from incidents.hours import StaffedHours
from statuspage._at_hand import composers, house, put_online
from statuspage._settings_alarms import SIGNED, AlarmSettings
from statuspage.alarms._base import (
    LARGEST,
    Malformed,
    NotSigned,
    must_be_signed,
    must_show,
    read_json,
)
from statuspage.checking import in_words, look
from statuspage.publishing import SameIds
from statuspage.settings import Settings

log = structlog.get_logger()

_CHANGED = "what it would say has changed since it was looked at"


class _Refusal(Exception):
    """Why nothing was done: the status, its name, and what to do about it."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.told = (status, error, message)


def alarms(settings: Settings) -> Blueprint:
    """The addresses of the sources that some settings name."""
    pages = Blueprint("alarms", __name__, url_prefix="/alarms")
    sources = {source.name: source for source in settings.alarms}

    @pages.post("/<name>")
    def take(name: str) -> Response:
        source = sources.get(name)
        if source is None:
            raise _Refusal(404, "Not Found", "the settings name no such source of alarms")
        if not source.secret:
            raise _Refusal(503, "Service Unavailable", f"{source.variable} is not set here")
        return _answered(source)

    @pages.errorhandler(_Refusal)
    def refuse(refusal: _Refusal) -> Response:
        return _told(*refusal.told)

    @pages.errorhandler(HTTPException)
    def explain(fault: HTTPException) -> Response:
        return _told(fault.code or 500, fault.name, fault.description or fault.name)

    @pages.errorhandler(SQLAlchemyError)
    def wait(problem: SQLAlchemyError) -> Response:
        log.error("database_unavailable", why=type(problem).__name__)
        return _told(503, "Service Unavailable", "the database does not answer; send it again")

    return pages


def _told(status: int, error: str, message: str) -> Response:
    response = jsonify(error=error, message=message)
    response.status_code = status
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="alarms"'
    return response


def _answered(source: AlarmSettings) -> Response:
    """The message read, let in, taken; what was published by itself put online."""
    now = house().clock.now()
    body = _body()
    message = _let_in(source, body, now)
    signals = _signals(source.section.kind, body)
    promise = _next_update_by(source.section.next_update, house().service.hours, now)
    try:
        found = _recorded(source.rules(), signals, promise, message, now)
    except actions.Replayed as problem:
        raise _Refusal(409, "Conflict", str(problem)) from None
    except ActionError as problem:
        raise _Refusal(422, "Unprocessable Entity", str(problem)) from None
    if found.incidents:
        put_online(found.event)
    return jsonify(
        began=found.began,
        again=found.again,
        over=found.over,
        drafts=found.drafts,
        published=found.incidents,
        not_published=found.not_published,
    )


def _recorded(
    rules: AlarmRules,
    signals: Sequence[Signal],
    promise: datetime,
    message: Message | None,
    now: datetime,
) -> actions.Recorded:
    """What the source says, taken. What would go out by itself passes the checks first: nobody
    has looked at it, so that what they stop waits for a person."""

    def record(desk: Desk, held: str = "") -> actions.Recorded:
        return actions.record_alarms(desk, now, rules, signals, promise, message, held)

    if not any(rules.severity_of(signal) in rules.publish for signal in signals):
        return record(house().desk)
    rehearsed: list[actions.Recorded] = []

    def work(desk: Desk) -> Outcome:
        rehearsed.append(record(desk))
        return Outcome(rehearsed[-1].event)

    ids = SameIds(house().desk.new_id)
    looked = look(house(), work, ids, composers())
    desk = looked.desk(house().desk)
    if looked.stops:
        return record(desk, "; ".join(in_words(finding) for finding in looked.stops))
    return record(desk, "" if looked.publications else rehearsed[-1].not_published or _CHANGED)


def _body() -> bytes:
    request.max_content_length = LARGEST
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        message = f"the body: is larger than {LARGEST // 1024} KB; send fewer alarms at once"
        raise _Refusal(413, "Content Too Large", message) from None


def _let_in(source: AlarmSettings, body: bytes, now: datetime) -> Message | None:
    try:
        if source.section.kind in SIGNED:
            return must_be_signed(source.key, request.headers, body, now)
        must_show(source.secret, request.authorization)
    except NotSigned as problem:
        raise _Refusal(401, "Unauthorized", str(problem)) from None
    return None


def _signals(kind: str, body: bytes) -> tuple[Signal, ...]:
    try:
        found: tuple[Signal, ...] = import_module(f"{__name__}.{kind}").signals_in(read_json(body))
    except Malformed as problem:
        raise _Refusal(400, "Bad Request", str(problem)) from None
    return found


def _next_update_by(minutes: int, hours: StaffedHours | None, now: datetime) -> datetime:
    """What an acknowledgement promises by itself: never a time at which nobody is there."""
    wait = timedelta(minutes=minutes)
    if hours is None or (hours.staffed_at(now) and hours.staffed_at(now + wait)):
        return now + wait
    opening = hours.next_opening(now)
    return opening + wait if opening else now + wait
