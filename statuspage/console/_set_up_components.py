"""Set-up of components and their groups: add, edit, order, hide, retire.

Nothing is ever deleted: entries that name a component, and its days, stay in the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.wrappers import Response as BaseResponse

from incidents import actions, queries
from incidents.actions import Desk, Outcome, Step
from incidents.errors import ActionError
from incidents.models import Component, ComponentGroup, Incident
from incidents.status import Role
from incidents.view import choose
from statuspage._at_hand import house
from statuspage.auth import kept_form, needs, signed_in
from statuspage.console._forms import Problems
from statuspage.console._render import render, words
from statuspage.console._set_up_forms import carried_out, changed_meanwhile, languages, said
from statuspage.settings import Settings

LIST = "/console/set-up/components"
NEW = "new"
"""Stands for the moment at which something was last changed that is not there yet."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is edited: a component, or a group of them."""

    noun: str
    row: Component | ComponentGroup | None
    """As it is now; None for a new one."""


def routes(pages: Blueprint, _settings: Settings) -> None:
    """The list, the forms of components and groups, and what the buttons do."""

    @pages.get("/set-up/components")
    @needs(Role.ADMIN)
    def set_up_components() -> Response:
        return _list()

    @pages.route("/set-up/components/new", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def new_component() -> BaseResponse:
        return _form(Kind("component", None))

    @pages.route("/set-up/components/<key>/edit", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def edit_component(key: str) -> BaseResponse:
        return _form(Kind("component", _component(key)))

    @pages.route("/set-up/components/<key>/retire", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def retire_component(key: str) -> BaseResponse:
        return _retire(_component(key))

    @pages.route("/set-up/groups/new", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def new_group() -> BaseResponse:
        return _form(Kind("group", None))

    @pages.route("/set-up/groups/<key>/edit", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def edit_group(key: str) -> BaseResponse:
        return _form(Kind("group", _group(key)))

    @pages.post("/set-up/<any(components, groups):several>/<key>/move")
    @needs(Role.ADMIN)
    def move(several: str, key: str) -> BaseResponse:
        step = request.form.get("step", "")
        if step not in tuple(Step):
            raise BadRequest
        act = actions.move_component if several == "components" else actions.move_group
        who, now = signed_in().login, house().clock.now()
        return carried_out(
            lambda desk: act(desk, who, now, key, Step(step)),
            LIST,
            lambda problems, status, _problem: _list(problems, status),
        )


def _component(key: str) -> Component:
    with house().db.read() as session:
        found = next((row for row in queries.components(session) if row.key == key), None)
    if found is None:
        raise PageNotFound
    return found


def _group(key: str) -> ComponentGroup:
    with house().db.read() as session:
        found = next((row for row in queries.groups(session) if row.key == key), None)
    if found is None:
        raise PageNotFound
    return found


def name_of(row: Component | ComponentGroup | Incident) -> str:
    """A name in the language of the one who looks, else in the page's own."""
    chosen = choose(row.name, words().locale, house().service.default_locale)
    return row.name[chosen] if chosen else ""


def _list(problems: Problems | None = None, status: int = 200) -> Response:
    with house().db.read() as session:
        components, groups = queries.components(session), queries.groups(session)
    inside: dict[str | None, list[Component]] = {group.id: [] for group in groups}
    for component in components:
        inside.setdefault(component.group_id, []).append(component)
    return render(
        "set_up_components.html",
        status,
        groups=groups,
        inside=inside,
        alone=inside.get(None, []),
        name_of=name_of,
        problems=problems or {},
        said=said(),
    )


# One form for both


def _form(kind: Kind) -> BaseResponse:
    if request.method == "GET":
        return _shown(kind, kept_form(request.path) or _typed(kind))
    typed = request.form
    now, who = house().clock.now(), signed_in().login

    def work(desk: Desk) -> Outcome:
        data = _data(kind, typed, desk.service.locales)
        if kind.noun == "group":
            return actions.save_group(desk, who, now, data)
        return actions.save_component(desk, who, now, data)

    def again(problems: Problems, status: int, problem: ActionError) -> Response:
        return _shown(kind, typed, problems, status, meanwhile=changed_meanwhile(problem))

    return carried_out(work, LIST, again)


def _typed(kind: Kind) -> MultiDict[str, str]:
    """What the form shows of a row before anything was typed."""
    found: MultiDict[str, str] = MultiDict({"seen": NEW, "key": "", "group": ""})
    row = kind.row
    if row is None:
        return found
    found.setlist("seen", [row.updated_at.isoformat()])
    found.setlist("key", [row.key])
    for field in ("name", "description"):
        for locale, text in getattr(row, field).items():
            found.setlist(f"{field}.{locale}", [text])
    if isinstance(row, Component):
        found.setlist("group", [_key_of_group(row.group_id)])
        for flag in ("hidden", "only_show_if_degraded"):
            found.setlist(flag, ["yes"] if getattr(row, flag) else [""])
    return found


def _key_of_group(group_id: str | None) -> str:
    with house().db.read() as session:
        return next((row.key for row in queries.groups(session) if row.id == group_id), "")


def _data(kind: Kind, typed: Mapping[str, str], locales: Sequence[str]) -> dict[str, Any]:
    """What was typed, as the action's input."""

    def text(name: str) -> str:
        return typed.get(name, "").strip()

    def localized(name: str) -> dict[str, str]:
        told = {locale: text(f"{name}.{locale}") for locale in locales}
        return {locale: words for locale, words in told.items() if words}

    data: dict[str, Any] = {
        "key": kind.row.key if kind.row else text("key"),
        "name": localized("name"),
        "description": localized("description"),
        "seen": text("seen") or NEW,
    }
    if kind.noun == "component":
        data["group"] = text("group") or None
        data["hidden"] = bool(text("hidden"))
        data["only_show_if_degraded"] = bool(text("only_show_if_degraded"))
    return data


def _shown(
    kind: Kind,
    typed: Mapping[str, str],
    problems: Problems | None = None,
    status: int = 200,
    *,
    meanwhile: bool = False,
) -> Response:
    with house().db.read() as session:
        groups = [(row.key, name_of(row)) for row in queries.groups(session)]
    return render(
        "set_up_component.html",
        status,
        noun=kind.noun,
        row=kind.row,
        typed=typed,
        problems=problems or {},
        groups=groups,
        languages=languages(),
        meanwhile=_typed(kind) if meanwhile else None,
        name_of=name_of,
    )


# Retiring


def _retire(component: Component) -> BaseResponse:
    if request.method == "GET":
        return _asked(component)
    now, who = house().clock.now(), signed_in().login
    typed = {**_typed(Kind("component", component)), "seen": request.form.get("seen", "")}

    def work(desk: Desk) -> Outcome:
        data = _data(Kind("component", component), typed, desk.service.locales)
        return actions.save_component(desk, who, now, {**data, "hidden": True})

    return carried_out(
        work, LIST, lambda problems, status, _problem: _asked(component, problems, status)
    )


def _asked(component: Component, problems: Problems | None = None, status: int = 200) -> Response:
    """The question, with what goes and what stays."""
    with house().db.read() as session:
        named, open_ones = queries.entries_naming(session, component.id)
    return render(
        "set_up_retire.html",
        status,
        row=component,
        named=named,
        open_ones=open_ones,
        name_of=name_of,
        problems=problems or {},
    )
