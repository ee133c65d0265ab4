"""Answers one request: who is it, may they, how often, is it the same again; then the operation."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import structlog
from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError

from incidents.access import _replies as replies
from incidents.access._tokens import Bearer, NoSuchBearer, Scope, bearer_of
from incidents.errors import ActionError, InvalidInput, NotPossible, UpdatedFirst
from incidents.inputs import Input, parse
from incidents.status import ROLE_RANK
from incidents.texts import TextError
from statuspage._at_hand import house, turn
from statuspage._requests import asked_from, neighbourhood
from statuspage.api._bodies import read_body
from statuspage.api._calls import Call, Operation, Paging
from statuspage.api._errors import Refused, status_of, told, within
from statuspage.api._ignored import HEADER, ignored
from statuspage.api._rate import Counted, PerMinute
from statuspage.house import House
from statuspage.publishing import InDoubt

log = structlog.get_logger()

WRONG_TOKENS = 60
"""Wrong tokens a minute from one neighbourhood, before it is told to wait."""
_AUTHORIZATION = re.compile(r"(?:(?:oauth|bearer|token)\s+)?(\S+)", re.IGNORECASE)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ETAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
_TAG = re.compile(r'(?:W/)?"?([0-9a-f]{16})"?')
_NO_STORE = {"Cache-Control": "no-store"}


class Serving:
    """What the requests of one application share: how often each token asked."""

    def __init__(self, per_minute: int) -> None:
        self._asked = PerMinute(per_minute)
        # By themselves: however many guess, they push no holder of a token out of memory.
        self._wrong = PerMinute(WRONG_TOKENS)

    def answer(self, operation: Operation, args: Mapping[str, str]) -> Response:
        """Do what is asked, or say in one shape why not."""
        headers: dict[str, str] = {}
        try:
            found = house()
            bearer = self._bearer(found)
            headers |= self._counted(bearer)
            return self._answered(operation, found, bearer, args, headers)
        except Refused as refused:
            return refusal(refused, headers)
        except ActionError as problem:
            problems = list(problem.problems)
            return refusal(Refused(status_of(problem), *problems), headers)
        except TextError as problem:
            return refusal(Refused(422, *problem.problems), headers)
        except (SQLAlchemyError, InDoubt) as problem:
            log.error("the database does not answer", why=type(problem).__name__)
            away = "the database does not answer; it may have been saved or not: look, then retry"
            return refusal(Refused(503, away, headers={"Retry-After": "5"}), headers)

    def _bearer(self, found: House) -> Bearer:
        try:
            return bearer_of(found.db, _shown_token(), found.clock.now())
        except NoSuchBearer as unknown:
            where = neighbourhood(asked_from())
            counted = self._wrong.count(where)
            if not counted.allowed:
                raise _too_often(self._wrong, counted) from None
            challenge = {"WWW-Authenticate": 'Bearer realm="Avviso"'}
            raise Refused(401, f"Could not authenticate: {unknown}", headers=challenge) from None

    def _counted(self, bearer: Bearer) -> dict[str, str]:
        """Count a request against its token; answers the headers that say how many are left."""
        counted = self._asked.count(bearer.token_id)
        if not counted.allowed:
            raise _too_often(self._asked, counted)
        return _left(self._asked, counted)

    def _answered(
        self,
        operation: Operation,
        found: House,
        bearer: Bearer,
        args: Mapping[str, str],
        headers: dict[str, str],
    ) -> Response:
        _must_be_allowed(operation, bearer)
        if args.get("page_id", found.service.id) != found.service.id:
            raise Refused(404, f"page_id: the only page is {found.service.id!r}")
        call: Call[Any] = Call(
            house=found,
            bearer=bearer,
            now=found.clock.now(),
            args=args,
            query=request.args,
            body=_body(operation, found),
            **_version(operation),
            key=_idempotency_key(operation),
        )
        return _once(operation, call, headers) if call.key else _done(operation, call, headers)


def _left(limit: PerMinute, counted: Counted) -> dict[str, str]:
    return {
        "RateLimit-Limit": str(limit.amount),
        "RateLimit-Remaining": str(counted.left),
        "RateLimit-Reset": str(counted.wait),
    }


def _too_often(limit: PerMinute, counted: Counted) -> Refused:
    says = f"too many requests: {limit.amount} a minute are allowed; wait {counted.wait} seconds"
    headers = {**_left(limit, counted), "Retry-After": str(counted.wait)}
    return Refused(429, says, headers=headers)


def _shown_token() -> str:
    """The token of a request: of its header, or of its query, as Statuspage's clients send it."""
    said = _AUTHORIZATION.fullmatch(request.headers.get("Authorization", "").strip())
    return said[1] if said else request.args.get("api_key", "")


def _must_be_allowed(operation: Operation, bearer: Bearer) -> None:
    if not bearer.may(operation.scope):
        raise Refused(403, f"this token has not the scope '{operation.scope}'")
    if ROLE_RANK[bearer.role] < ROLE_RANK[operation.role]:
        raise Refused(403, f"this token's operator is {bearer.role}; this needs {operation.role}")


def _body(operation: Operation, found: House) -> Input:
    if not operation.writes or operation.loose:
        return Input()
    said = read_body(request.content_type or "", _sent())
    if not isinstance(said, dict):
        raise Refused(422, "the body should be an object")
    return parse(operation.body, said, found.service.locales)


def _sent() -> bytes:
    """The body. Raises `Refused`: one without a length is cut at the limit without a word."""
    sent = request.get_data()
    limit = request.max_content_length
    if request.content_length is None and limit is not None and len(sent) >= limit:
        raise Refused(413, "the body is too large")
    return sent


def _version(operation: Operation) -> dict[str, Any]:
    """What `If-Match` names, as the fields of a call."""
    said = request.headers.get("If-Match", "").strip()
    if not operation.writes or said in ("", "*"):
        return {}
    if operation.versioned and (number := _ETAG.fullmatch(said)):
        return {"version": int(number[1])}
    if operation.tagged and (tag := _TAG.fullmatch(said)):
        return {"seen": tag[1]}
    raise Refused(412, "If-Match: is no version of this; take the ETag that it came with")


def _idempotency_key(operation: Operation) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not key or not operation.writes:
        return ""
    if not _KEY.fullmatch(key):
        raise Refused(400, "Idempotency-Key: should be 1 to 255 printable characters of ASCII")
    return key


def _once(operation: Operation, call: Call[Any], headers: dict[str, str]) -> Response:
    """What comes again under the same key is answered as the first time, and done no more."""
    asked = replies.fingerprint(request.method, request.path, request.get_data())
    db, token = call.house.db, call.bearer.token_id
    try:
        begun = replies.begin(db, token, call.key, asked, call.now)
    except replies.UnderWay as busy:
        raise Refused(409, *busy.problems, headers={"Retry-After": "1"}) from None
    if (kept := begun.reply) is not None:
        content = json.loads(kept.body) if kept.body else None
        again = {**headers, "Idempotency-Replayed": "true", **_ignored(call, content)}
        return _response(kept.body, kept.status, {**again, **_etag(kept.etag)})
    try:
        response = _done(operation, replace(call, again=begun.again), headers)
    except (Refused, ActionError, TextError):
        replies.let_go(db, token, call.key)
        raise
    etag = response.headers.get("ETag", "").strip('"')
    body = response.get_data(as_text=True)
    if operation.scope is Scope.SUBSCRIBERS:
        body = _without_data(body)
    reply = replies.Reply(response.status_code, body, etag)
    replies.end(db, token, call.key, reply)
    return response


def _without_data(body: str) -> str:
    """Of an answer that names a person, what may be kept for a day: their id."""
    told = json.loads(body) if body else None
    return json.dumps({"id": told["id"]}) if isinstance(told, dict) else ""


def _done(operation: Operation, call: Call[Any], headers: dict[str, str]) -> Response:
    try:
        with turn():
            answer = operation.work(call)
    except InvalidInput as problem:
        raise Refused(422, *within(operation.envelope, problem.problems)) from None
    except UpdatedFirst as problem:
        named = call.version is not None or call.seen is not None
        raise Refused(412 if named else 409, *problem.problems) from None
    except NotPossible as problem:
        raise Refused(422, *problem.problems) from None
    if answer.status == 200 and operation.status == 204:
        answer = replace(answer, status=204)
    body = "" if answer.content is None else json.dumps(answer.content, ensure_ascii=False)
    online = _online(call) if operation.writes else {}
    return _response(
        body,
        answer.status,
        {
            **headers,
            **online,
            **_ignored(call, answer.content),
            **_etag(answer.etag),
            **_links(answer.paging),
        },
    )


def _ignored(call: Call[Any], content: Any) -> dict[str, str]:
    """What was said without effect."""
    tweets = any(channel.kind == "x" for channel in call.house.settings.channels)
    names = list(ignored(call.body, content, tweets=tweets))
    return {HEADER: ", ".join(names)} if names else {}


def _online(call: Call[Any]) -> dict[str, str]:
    """Whether everybody can read it by now (where not, the worker goes on trying), and what the
    checks found that did not stop it."""
    late = ", ".join(each.target for each in call.not_online)
    found = {"Avviso-Findings": ", ".join(call.findings)} if call.findings else {}
    return {"Avviso-Online": f"false; {late}" if late else "true", **found}


def _etag(version: str) -> dict[str, str]:
    return {"ETag": f'"{version}"'} if version else {}


def _links(paging: Paging | None) -> dict[str, str]:
    """Where the other pages of a list are (RFC 8288), with this page's own query."""
    if paging is None:
        return {}
    last = max(1, -(-paging.total // paging.size))
    pages = {"first": 1, "prev": paging.number - 1, "next": paging.number + 1, "last": last}
    links = [
        f'<{_address(number - 1 + paging.first)}>; rel="{name}"'
        for name, number in pages.items()
        if 1 <= number <= last and not (name == "prev" and paging.number > last + 1)
    ]
    return {"Link": ", ".join(links), "Total-Count": str(paging.total)}


def _address(page: int) -> str:
    query = {name: value for name, value in request.args.items() if name != "api_key"}
    return f"{request.path}?{urlencode({**query, 'page': page})}"


def refusal(refused: Refused, headers: Mapping[str, str] | None = None) -> Response:
    """An error, in the one shape that errors have."""
    body = json.dumps(told(refused.problems))
    return _response(body, refused.status, {**(headers or {}), **refused.headers})


def _response(body: str, status: int, headers: Mapping[str, str]) -> Response:
    # Lone surrogates may come in as JSON's \ud800, and no encoding knows them.
    response = Response(body.encode("utf-8", "backslashreplace"), status)
    response.content_type = "application/json" if body else "text/plain; charset=utf-8"
    for name, value in {**_NO_STORE, **headers}.items():
        response.headers[name] = value
    if not body:
        del response.headers["Content-Type"]
    return response
