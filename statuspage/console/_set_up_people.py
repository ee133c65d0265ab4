"""Set-up of operators: add and invite, give another role, reset, disable, enable.

A link that lets somebody in is shown once, to the administrator who asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from incidents import access, actions, queries
from incidents.access import Purpose
from incidents.actions import AVVISO
from incidents.errors import ActionError, InvalidInput, NotPossible
from incidents.status import Role
from publishers.documents._phrases import N_
from statuspage._at_hand import house
from statuspage.auth import kept_form, link_address, needs, signed_in
from statuspage.console._forms import Problems, problems_by_field
from statuspage.console._render import render, words
from statuspage.console._set_up_forms import said, status_of
from statuspage.settings import Settings

LIST = "/console/set-up/operators"

ROLES: Mapping[Role, str] = {
    Role.VIEWER: N_("Viewer: sees all, changes nothing"),
    Role.AUTHOR: N_("Author: publishes"),
    Role.APPROVER: N_("Approver: publishes, and approves what others wrote"),
    Role.ADMIN: N_("Administrator: sets up everything"),
}


@dataclass(frozen=True, slots=True)
class Handed:
    """A link to hand over, and whom it is for."""

    login: str
    address: str
    purpose: Purpose


def routes(pages: Blueprint, _settings: Settings) -> None:
    """The operators' page, and what its forms do."""

    @pages.get("/set-up/operators")
    @needs(Role.ADMIN)
    def set_up_operators() -> Response:
        return _page(kept_form(request.path) or {})

    @pages.post("/set-up/operators")
    @needs(Role.ADMIN)
    def add_operator() -> Response:
        form = {name: request.form.get(name, "").strip() for name in ("login", "name", "role")}
        try:
            actions.add_operator(house().desk, signed_in().login, house().clock.now(), form)
            return _page({}, handed=_link(form["login"], Purpose.INVITATION))
        except ActionError as problem:
            return _page(form, problems_by_field(problem), status_of(problem))

    @pages.post("/set-up/operators/link")
    @needs(Role.ADMIN)
    def link_operator() -> Response:
        """An invitation once more, or a reset of the password."""
        wanted = request.form.get("purpose", "")
        purpose = Purpose.RESET if wanted == Purpose.RESET else Purpose.INVITATION
        try:
            return _page({}, handed=_link(request.form.get("login", ""), purpose))
        except ActionError as problem:
            return _page({}, problems_by_field(problem), status_of(problem))

    @pages.post("/set-up/operators/role")
    @needs(Role.ADMIN)
    def set_role() -> BaseResponse:
        return _changed(_set_role)

    @pages.post("/set-up/operators/disable")
    @needs(Role.ADMIN)
    def disable_operator() -> BaseResponse:
        return _changed(_disable)

    @pages.post("/set-up/operators/enable")
    @needs(Role.ADMIN)
    def enable_operator() -> BaseResponse:
        return _changed(_enable)


def _link(login: str, purpose: Purpose) -> Handed:
    token = access.make_link(house().desk, signed_in().login, house().clock.now(), login, purpose)
    return Handed(login, link_address(house().service.url, token), purpose)


def _set_role(login: str) -> None:
    role, was = request.form.get("role", ""), request.form.get("was", "")
    if role not in tuple(Role) or was not in tuple(Role):
        raise InvalidInput(f"role: {role!r} is none of {', '.join(Role)}")
    who, now = signed_in().login, house().clock.now()
    actions.set_role(house().desk, who, now, login, Role(role), Role(was))


def _disable(login: str) -> None:
    actions.disable_operator(house().desk, signed_in().login, house().clock.now(), login)


def _enable(login: str) -> None:
    actions.enable_operator(house().desk, signed_in().login, house().clock.now(), login)


def _changed(work: Callable[[str], None]) -> BaseResponse:
    """Change somebody else: whoever changes themselves could not take it back."""
    login = request.form.get("login", "")
    try:
        if login == signed_in().login:
            raise NotPossible("this is you: ask another administrator")
        work(login)
    except ActionError as problem:
        return _page({}, problems_by_field(problem), status_of(problem))
    return redirect(f"{LIST}?said=kept", 303)


def _page(
    typed: Mapping[str, str],
    problems: Problems | None = None,
    status: int = 200,
    handed: Handed | None = None,
) -> Response:
    with house().db.read() as session:
        people = [who for who in queries.operators(session) if who.login != AVVISO]
    return render(
        "set_up_operators.html",
        status,
        people=people,
        roles=ROLES,
        roles_said=[(role, words().gettext(says)) for role, says in ROLES.items()],
        typed=typed,
        problems=problems or {},
        handed=handed,
        said=said(),
    )
