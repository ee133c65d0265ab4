"""Set-up of tokens: how programs act for an operator. A token is shown once, when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from incidents import queries
from incidents.access._tokens import Scope, add_token, revoke_token, tokens
from incidents.actions import AVVISO
from incidents.errors import ActionError
from incidents.status import Role
from publishers.documents._phrases import N_
from statuspage._at_hand import house
from statuspage.auth import kept_form, needs, signed_in
from statuspage.console._forms import Problems, problems_by_field
from statuspage.console._render import render, words
from statuspage.console._set_up_forms import said, status_of
from statuspage.settings import Settings

LIST = "/console/set-up/tokens"

SCOPES: Mapping[Scope, str] = {
    Scope.WRITE: N_("Write: problems, planned work and their updates"),
    Scope.COMPONENTS: N_("Components and their groups"),
    Scope.SUBSCRIBERS: N_("Subscribers with their addresses, for an administrator’s program"),
}
"""What a token may beside reading."""
DAYS: Mapping[str, str] = {
    "30": N_("30 days"),
    "90": N_("90 days"),
    "365": N_("a year"),
    "": N_("until it is revoked"),
}


def routes(pages: Blueprint, _settings: Settings) -> None:
    """The tokens' page, and what its forms do."""

    @pages.get("/set-up/tokens")
    @needs(Role.ADMIN)
    def set_up_tokens() -> Response:
        return _page(kept_form(request.path) or MultiDict())

    @pages.post("/set-up/tokens")
    @needs(Role.ADMIN)
    def new_token() -> Response:
        typed = request.form
        try:
            now, who = house().clock.now(), signed_in().login
            _, shown = add_token(house().desk, who, now, _data(typed))
        except ActionError as problem:
            found = problems_by_field(problem).items()
            at_fields = {name.partition(".")[0]: said for name, said in found}
            return _page(typed, at_fields, status_of(problem))
        return _page(MultiDict(), shown=shown)

    @pages.post("/set-up/tokens/revoke")
    @needs(Role.ADMIN)
    def revoke() -> BaseResponse:
        now, who = house().clock.now(), signed_in().login
        try:
            revoke_token(house().desk, who, now, request.form.get("token", ""))
        except ActionError as problem:
            return _page(MultiDict(), problems_by_field(problem), status_of(problem))
        return redirect(f"{LIST}?said=kept", 303)


def _data(typed: MultiDict[str, str]) -> dict[str, Any]:
    days = typed.get("days", "")
    holds = timedelta(days=int(days)) if days in DAYS and days else None
    return {
        "name": typed.get("name", "").strip(),
        "operator": typed.get("operator", ""),
        "scopes": [Scope.READ, *typed.getlist("scope")],
        "expires_at": house().clock.now() + holds if holds else None,
    }


def _page(
    typed: MultiDict[str, str],
    problems: Problems | None = None,
    status: int = 200,
    shown: str = "",
) -> Response:
    with house().db.read() as session:
        found = tokens(session)
        people = [
            (who.login, who.name)
            for who in queries.operators(session)
            if who.login != AVVISO and who.disabled_at is None
        ]
    return render(
        "set_up_tokens.html",
        status,
        tokens=found,
        people=people,
        scopes=SCOPES,
        days_said=[(days, words().gettext(says)) for days, says in DAYS.items()],
        typed=typed,
        problems=problems or {},
        shown=shown,
        said=said(),
    )
