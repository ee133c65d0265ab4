"""What the page's script says for a browser: tell me, what do I get, I have moved, no more.

A browser shows that it is the one by the secret that only it and we have (RFC 8291); no cookie.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from incidents import subscribers
from incidents.errors import ActionError, InvalidInput, NotAllowed
from incidents.status import IncidentKind, ListMode
from incidents.subscribers import Choices, Standing, SubscriberState
from statuspage._at_hand import house
from statuspage._requests import asked_from, neighbourhood
from statuspage.subscriptions._links import manage_token

_MOST = 500
LARGEST = 64 * 1024


def ask(locale: str) -> AnyResponse:
    """Subscribe a browser. Its user allowed it there: that is all the confirmation there can be."""
    here = _with_push()
    said = _body()
    now = here.clock.now()
    subscribers.count_request(here.db, neighbourhood(asked_from()), now)
    try:
        address, keys = _browser(said)
        wanted = subscribers.Request(
            ListMode.PUSH, address, _choices(said.get("choices"), locale), keys=keys
        )
        subscribers.subscribe_browser(here.desk, wanted, now)
    except ActionError as problem:
        return _refused(problem)
    return _told(201, state=str(SubscriberState.ACTIVE))


def own(_locale: str) -> AnyResponse:
    """What a browser that shows its secret gets; with `do` it stops, or moves to a new address."""
    here = _with_push()
    said = _body()
    try:
        kept = _standing(said)
        if kept is None:
            return _told(200, state="none")
        if said.get("do") == "stop":
            subscribers.erase(here.db, ListMode.PUSH, kept.key)
            return _told(200, state="none")
        if said.get("do") == "move":
            _move(kept, said)
            return _told(200, state=str(kept.state))
    except ActionError as problem:
        return _refused(problem)
    manage = f"manage/{manage_token(ListMode.PUSH, kept.key)}"
    return _told(200, state=str(kept.state), manage=manage)


def _with_push() -> Any:
    here = house()
    if ListMode.PUSH not in here.service.lists.modes:
        abort(404)
    return here


def _body() -> Mapping[str, Any]:
    request.max_content_length = LARGEST
    said = request.get_json(silent=True)
    if not isinstance(said, dict):
        abort(400)
    return said


def _browser(said: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    keys = said.get("keys")
    return subscribers.read_browser(
        str(said.get("endpoint", "")),
        keys if isinstance(keys, dict) else {},
        house().service.lists.push_services,
    )


def _standing(said: Mapping[str, Any]) -> Standing | None:
    keys = said.get("keys")
    secret = keys.get("auth") if isinstance(keys, dict) else None
    if not isinstance(secret, str) or not secret:
        return None
    with house().db.read() as session:
        return subscribers.browsers_standing(session, str(said.get("endpoint", "")), secret)


def _move(kept: Standing, said: Mapping[str, Any]) -> None:
    """The same choices at another address; what was at the old one is gone."""
    here = house()
    to = said.get("to")
    address, keys = _browser(to if isinstance(to, dict) else {})
    wanted = subscribers.Request(ListMode.PUSH, address, kept.choices, keys=keys)
    subscribers.subscribe_browser(here.desk, wanted, here.clock.now())
    subscribers.erase(here.db, ListMode.PUSH, kept.key)


def _choices(said: Any, locale: str) -> Choices:
    said = said if isinstance(said, dict) else {}
    chosen = said.get("locale")
    language = chosen if chosen in house().service.locales else locale
    if said.get("incident"):
        return Choices(language, follows=False, incidents=(str(said["incident"]),))
    kinds = tuple(kind for kind in IncidentKind if str(kind) in _strings(said.get("kinds")))
    everything = said.get("everything", True) is not False
    components = None if everything else tuple(_strings(said.get("components")))
    return Choices(language, components=components, kinds=kinds)


def _strings(said: Any) -> list[str]:
    found = said if isinstance(said, list) else []
    return [each for each in found[:_MOST] if isinstance(each, str)]


def _refused(problem: ActionError) -> AnyResponse:
    if isinstance(problem, NotAllowed):
        return _told(403, error=str(problem))
    return _told(422 if isinstance(problem, InvalidInput) else 404, error=str(problem))


def _told(status: int, **said: str) -> AnyResponse:
    response = jsonify(said)
    response.status_code = status
    return response
