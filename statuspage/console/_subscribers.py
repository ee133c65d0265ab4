"""Subscribers: how many there are for everybody who signs in, who they are for administrators.

Addresses are looked for by a form that is sent, and stand in no address of a page: those go into
the logs of proxies and into browsers' histories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, abort, redirect, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from incidents import queries, subscribers
from incidents.actions import Desk
from incidents.errors import ActionError, NotFound
from incidents.status import ROLE_RANK, IncidentKind, ListMode, Role
from incidents.subscribers import (
    Choices,
    Found,
    FoundPage,
    Histogram,
    Request,
    Search,
    SubscriberState,
)
from publishers.documents import _phrases as phrases
from publishers.documents._phrases import N_
from publishers.documents._render import Page
from statuspage._at_hand import house
from statuspage.auth import kept_form, needs, signed_in
from statuspage.console import _subscriber_files
from statuspage.console._forms import Problems, problems_by_field
from statuspage.console._render import render, words
from statuspage.console._set_up_forms import languages, status_of
from statuspage.console._subscriber_words import LISTS, STATE_OF_ONE, STATES, TONES
from statuspage.settings import Settings

PLACE = "/console/subscribers"
_MOST_PAGES = 1_000_000
_SAID: Mapping[str, str] = {
    "changed": N_("Saved."),
    "added": N_("Added, and active."),
    "asked": N_("Added: a letter asks them to confirm."),
    "reactivated": N_("Active again: they are written to."),
    "resent": N_("Asked once more, unless they had too many letters of late."),
    "removed": N_("Erased for good."),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a bar: from where, how wide, in hundredths of the widest."""

    state: SubscriberState
    begin: float
    width: float


def routes(pages: Blueprint, settings: Settings) -> None:
    """The overview, one subscriber's page, and what its forms do."""
    _subscriber_files.routes(pages, settings)

    @pages.get("/subscribers")
    @needs(Role.VIEWER)
    def subscribers_page() -> Response:
        return _overview(kept_form(request.path) or MultiDict(), None)

    @pages.post("/subscribers")
    @needs(Role.ADMIN)
    def find_subscribers() -> Response:
        try:
            return _overview(request.form, _searched(request.form))
        except ActionError as problem:
            found = problems_by_field(problem)
            return _overview(request.form, None, found, status_of(problem))

    @pages.get("/subscribers/add")
    @needs(Role.ADMIN)
    def new_subscriber() -> Response:
        return _adding(kept_form(request.path) or MultiDict())

    @pages.post("/subscribers/add")
    @needs(Role.ADMIN)
    def add_subscriber() -> BaseResponse:
        return _added(request.form)

    _routes_of_one(pages)


def _routes_of_one(pages: Blueprint) -> None:
    @pages.get("/subscribers/<subscriber_id>")
    @needs(Role.ADMIN)
    def show_subscriber(subscriber_id: str) -> Response:
        return _one(subscriber_id)

    @pages.post("/subscribers/<subscriber_id>")
    @needs(Role.ADMIN)
    def change_subscriber(subscriber_id: str) -> BaseResponse:
        form = request.form
        try:
            choices = _choices(form, _found(subscriber_id).choices)
            now, who = house().clock.now(), signed_in().login
            subscribers.change(house().desk, who, now, subscriber_id, choices)
        except ActionError as problem:
            return _one(subscriber_id, problems_by_field(problem), status_of(problem), form)
        return redirect(f"{PLACE}/{subscriber_id}?said=changed", 303)

    @pages.post("/subscribers/<subscriber_id>/reactivate")
    @needs(Role.ADMIN)
    def reactivate_subscriber(subscriber_id: str) -> BaseResponse:
        return _done(subscriber_id, subscribers.reactivate, "reactivated")

    @pages.post("/subscribers/<subscriber_id>/resend")
    @needs(Role.ADMIN)
    def ask_subscriber_again(subscriber_id: str) -> BaseResponse:
        return _done(subscriber_id, subscribers.resend, "resent")

    @pages.get("/subscribers/<subscriber_id>/remove")
    @needs(Role.ADMIN)
    def confirm_removal(subscriber_id: str) -> Response:
        return render("subscriber_remove.html", found=_found(subscriber_id), lists=LISTS)

    @pages.post("/subscribers/<subscriber_id>/remove")
    @needs(Role.ADMIN)
    def remove_subscriber(subscriber_id: str) -> BaseResponse:
        try:
            now, who = house().clock.now(), signed_in().login
            subscribers.remove(house().desk, who, now, [subscriber_id])
        except NotFound:
            pass  # somebody else did
        return redirect(f"{PLACE}?said=removed", 303)


def _done(
    subscriber_id: str, work: Callable[[Desk, str, datetime, Sequence[str]], int], said: str
) -> BaseResponse:
    try:
        work(house().desk, signed_in().login, house().clock.now(), [subscriber_id])
    except NotFound:
        abort(404)
    except ActionError as problem:
        return _one(subscriber_id, problems_by_field(problem), status_of(problem))
    return redirect(f"{PLACE}/{subscriber_id}?said={said}", 303)


def _said() -> str:
    return _SAID.get(request.args.get("said", ""), "")


# All of them


def _searched(form: Mapping[str, str]) -> FoundPage:
    """Raises `InvalidInput`."""
    asked = Search(
        text=form.get("q", ""),
        modes=tuple(mode for mode in ListMode if mode == form.get("mode")),
        states=tuple(state for state in SubscriberState if state == form.get("state")),
        component=form.get("component") or None,
    )
    with house().db.read() as session:
        return subscribers.search(session, asked, _page_number(form))


def _page_number(form: Mapping[str, str]) -> int:
    said = form.get("page", "1")
    is_number = said.isascii() and said.isdigit() and len(said) < 8
    return max(1, min(int(said), _MOST_PAGES)) if is_number else 1


def _overview(
    given: Mapping[str, str],
    found: FoundPage | None,
    problems: Problems | None = None,
    status: int = 200,
) -> Response:
    with house().db.read() as session:
        counted = subscribers.histogram(session)
        reached = subscribers.latest_reach(session)
        components = _components(session)
        taken = subscribers.imports(session, 3)
    say = words().gettext
    number = _page_number(given)
    size = subscribers.PER_PAGE
    return render(
        "subscribers.html",
        status,
        counted=counted,
        bars=_bars(counted),
        shown=house().settings.lists.modes,
        reached=reached,
        found=found,
        given=given,
        number=number,
        newer=number - 1 if found and number > 1 else 0,
        older=number + 1 if found and number * size < found.total else 0,
        problems=problems or {},
        said=_said(),
        admin=ROLE_RANK[signed_in().role] >= ROLE_RANK[Role.ADMIN],
        lists=LISTS,
        states=STATES,
        state_of_one=STATE_OF_ONE,
        tones=TONES,
        under_way=[each for each in taken if each.finished_at is None],
        choose_mode=[("", say(N_("Every one"))), *((mode, say(LISTS[mode])) for mode in LISTS)],
        choose_state=[
            ("", say(N_("Every one"))),
            *((state, say(STATES[state])) for state in STATES),
        ],
        choose_component=[("", say(N_("Every one"))), *components],
    )


def _bars(counted: Histogram) -> Mapping[ListMode, Sequence[Bar]]:
    most = max(1, *(sum(states.values()) for states in counted.values()))
    bars: dict[ListMode, list[Bar]] = {}
    for mode, states in counted.items():
        begin = 0.0
        bars[mode] = []
        for state in STATES:
            width = round(100 * states[state] / most, 2)
            bars[mode].append(Bar(state, round(begin, 2), width))
            begin += width
    return bars


def _components(session: Session) -> list[tuple[str, str]]:
    page = Page(house().service, words().locale, "")
    return [
        (row.id, str(page.plain(row.name))) for row in queries.components(session) if not row.hidden
    ]


# One of them


def _found(subscriber_id: str) -> Found:
    with house().db.read() as session:
        try:
            return subscribers.one(session, subscriber_id)
        except NotFound:
            abort(404)


def _one(
    subscriber_id: str,
    problems: Problems | None = None,
    status: int = 200,
    typed: MultiDict[str, str] | None = None,
) -> Response:
    found = _found(subscriber_id)
    given = typed if typed is not None else kept_form(request.path)
    with house().db.read() as session:
        components = _components(session)
        followed = [queries.find_incident(session, each) for each in found.choices.incidents]
    return render(
        "subscriber.html",
        status,
        found=found,
        chosen=_as_form(found.choices) if given is None else given,
        components=components,
        followed=followed,
        languages=languages(),
        kinds=_kinds(),
        lists=LISTS,
        state_of_one=STATE_OF_ONE,
        tones=TONES,
        problems=problems or {},
        said=_said(),
        page=Page(house().service, words().locale, ""),
    )


def _kinds() -> list[tuple[str, str]]:
    say = words().gettext
    return [(str(kind), say(phrases.KIND[kind])) for kind in IncidentKind]


def _as_form(choices: Choices) -> MultiDict[str, str]:
    fields = [("locale", choices.locale), ("which", "some" if choices.components else "all")]
    fields += [("components", each) for each in choices.components or ()]
    fields += [("kinds", str(kind)) for kind in choices.kinds]
    return MultiDict(fields)


def _choices(form: MultiDict[str, str], before: Choices) -> Choices:
    is_some = form.get("which") == "some"
    kinds = tuple(kind for kind in IncidentKind if kind in form.getlist("kinds"))
    return Choices(
        locale=form.get("locale", before.locale),
        follows=before.follows,
        components=tuple(form.getlist("components")) if is_some else None,
        kinds=kinds,
        incidents=before.incidents,
    )


def _adding(
    typed: MultiDict[str, str], problems: Problems | None = None, status: int = 200
) -> Response:
    with house().db.read() as session:
        components = _components(session)
    if not typed:
        typed = _as_form(Choices(house().service.default_locale))
    return render(
        "subscriber_add.html",
        status,
        chosen=typed,
        components=components,
        languages=languages(),
        kinds=_kinds(),
        problems=problems or {},
    )


def _added(form: MultiDict[str, str]) -> BaseResponse:
    choices = _choices(form, Choices(house().service.default_locale))
    endpoint, email = form.get("endpoint", "").strip(), form.get("email", "").strip()
    if endpoint:
        wanted = Request(ListMode.WEBHOOK, endpoint, choices, contact=email)
    else:
        wanted = Request(ListMode.EMAIL, email, choices)
    consent = form.get("consent", "") if form.get("how") == "consent" else None
    now, who = house().clock.now(), signed_in().login
    try:
        added = subscribers.add(house().desk, who, now, wanted, consent)
    except ActionError as problem:
        return _adding(form, problems_by_field(problem), status_of(problem))
    return redirect(f"{PLACE}/{added.id}?said={'asked' if added.asked else 'added'}", 303)
