"""What the operators' own monitor asks: `/healthz`, `/readyz`, `/metrics`.

All of them answer when the database is gone; none of them shows a secret or a host's address.
"""

from __future__ import annotations

from functools import cache
from hmac import compare_digest

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from incidents import queries
from statuspage._health import (
    OK,
    PATIENCE,
    Glance,
    Lookout,
    Parts,
    Silent,
    page_health,
    readiness_of,
)
from statuspage._metrics import Measurements, registry_of
from statuspage.board import accounts_of
from statuspage.clock import Clock
from statuspage.settings import Settings


def watching(settings: Settings, clock: Clock, patience: float = PATIENCE) -> Blueprint:
    """The three addresses, for some settings. `patience`: seconds that the database is given."""
    pages = Blueprint("watching", __name__)
    lookout = Lookout(settings.database_url)
    ready = Glance(
        lambda: lookout.read(lambda session: queries.readiness(session, clock.now())), patience
    )
    # Asked of the channels' kinds, which nobody waits for where nobody measures.
    accounts = cache(lambda: accounts_of(settings))
    measure = Glance(
        lambda: lookout.read(lambda session: queries.readings(session, clock.now(), accounts())),
        patience,
    )

    @pages.get("/healthz")
    def healthz() -> Response:
        return _told(page_health(settings.documents_path, clock.now()))

    @pages.get("/readyz")
    def readyz() -> Response:
        try:
            return _told(readiness_of(settings, ready()))
        except TimeoutError:
            return _told({"database": f"does not answer within {patience:g} seconds"})
        except Silent as problem:
            return _told({"database": str(problem)})

    @pages.get("/metrics")
    def metrics() -> Response:
        _only_for_the_bearer(settings.monitor.token)
        try:
            found = measure()
        except (Silent, TimeoutError):
            found = None
        answer = generate_latest(registry_of(Measurements(settings, found, clock.now())))
        return Response(answer, content_type=CONTENT_TYPE_LATEST)

    return pages


def _told(parts: Parts) -> Response:
    well = all(says == OK for says in parts.values())
    response = jsonify(status=OK if well else "failing", parts=parts)
    response.status_code = 200 if well else 503
    return response


def _only_for_the_bearer(token: str) -> None:
    """404 where nobody may read it, 401 for whoever does not show the token (RFC 6750)."""
    if not token:
        abort(404)
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    known = compare_digest(shown.strip().encode("utf-8", "replace"), token.encode())
    if scheme.lower() != "bearer" or not known:
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "metrics"}))
