"""The board: all that is open with its clocks, how it goes out, and what waits for a decision.

It is read by whoever looks at it every few seconds: one snapshot, a handful of statements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256

from flask import Blueprint, Response, redirect, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.wrappers import Response as BaseResponse

from incidents import actions
from incidents.actions import Desk, Outcome
from incidents.alike import LEFT_BEHIND
from incidents.errors import ActionError, InvalidInput, NotAllowed, NotFound
from incidents.locales import Words
from incidents.queries import FIRST_NOTICE_WITHIN, Board
from incidents.status import ROLE_RANK, Role
from publishers.documents._phrases import N_
from publishers.documents._render import Page
from statuspage._at_hand import house
from statuspage.auth import needs, signed_in
from statuspage.board import behind_of, personal_channels, read_board, worker_of
from statuspage.console._delivery_words import STOPPED, state_of
from statuspage.console._forms import problems_by_field, publish
from statuspage.console._plots import plot
from statuspage.console._render import environment, render, words
from statuspage.console._stats import LAGS, in_seconds
from statuspage.publishing import Work
from statuspage.settings import Settings

SAID: Mapping[str, str] = {
    "retry": N_("It goes out again with the worker."),
    "skip": N_("Skipped: it holds nothing up any more."),
    "there": N_("Noted as sent."),
    "not-there": N_("It goes out again with the worker."),
    "done": N_("Noted as done."),
    "take": N_("You are on duty."),
    "over": N_("Handed over."),
    "leave": N_("Nobody is on duty now."),
    "resume": N_("The channel is on again; what waited goes out unless it is too old."),
    "pause": N_("The channel is paused: nothing new goes to it."),
}
"""What is said at the top after a button was pressed."""


def routes(pages: Blueprint, _settings: Settings) -> None:
    """The board, the part of it that is fetched again, and what its buttons do."""

    @pages.get("/")
    @needs(Role.VIEWER)
    def board() -> Response:
        return _page()

    @pages.get("/board-part")
    @needs(Role.VIEWER)
    def board_part() -> BaseResponse:
        now = house().clock.now()
        text = environment().get_template("board_part.html").render(**_values(now))
        answer = Response(text, content_type="text/html; charset=utf-8")
        answer.headers["X-Read-At"] = now.isoformat()
        answer.set_etag(_tag(text))
        return answer.make_conditional(request)

    @pages.post("/deliveries/<int:delivery>/<do>")
    @needs(Role.AUTHOR)
    def decide(delivery: int, do: str) -> BaseResponse:
        if do not in _DECISIONS or delivery >= 2**31:
            raise PageNotFound
        return _done(lambda desk: _DECISIONS[do](desk, delivery), do, {"url": f"url-{delivery}"})

    @pages.post("/duty")
    @needs(Role.AUTHOR)
    def duty() -> BaseResponse:
        do = request.form.get("do", "")
        if do not in _DUTY:
            raise PageNotFound
        return _done(_DUTY[do], do, {"to": "to"})


def _page(problems: Mapping[str, list[str]] | None = None, status: int = 200) -> Response:
    now = house().clock.now()
    said = SAID.get(request.args.get("said", ""), "")
    return render("board.html", status, problems=problems or {}, said=said, **_own_values(now))


def _done(work: Work, do: str, names: Mapping[str, str]) -> BaseResponse:
    """Do what a button says; what cannot be done is said on the board, and nothing is changed.

    `names` are those of the fields there, by the names that the action gives them.
    """
    try:
        publish(work)  # what is not online yet the board says itself
    except ActionError as problem:
        found = problems_by_field(problem)
        return _page({names.get(key, ""): said for key, said in found.items()}, _code(problem))
    return redirect(f"/console/?said={do}", 303)


def _code(problem: ActionError) -> int:
    if isinstance(problem, InvalidInput):
        return 422
    if isinstance(problem, NotFound):
        return 404
    return 403 if isinstance(problem, NotAllowed) else 409


# What the buttons do


def _retry(desk: Desk, delivery: int) -> Outcome:
    return actions.retry_delivery(desk, signed_in().login, house().clock.now(), delivery)


def _skip(desk: Desk, delivery: int) -> Outcome:
    return actions.skip_delivery(desk, signed_in().login, house().clock.now(), delivery)


def _there(desk: Desk, delivery: int) -> Outcome:
    url = request.form.get("url", "").strip() or None
    now, who = house().clock.now(), signed_in().login
    return actions.settle_unconfirmed(desk, who, now, delivery, there=True, url=url)


def _not_there(desk: Desk, delivery: int) -> Outcome:
    now, who = house().clock.now(), signed_in().login
    return actions.settle_unconfirmed(desk, who, now, delivery, there=False)


def _take(desk: Desk) -> Outcome:
    return actions.take_duty(desk, signed_in().login, house().clock.now())


def _hand_over(desk: Desk) -> Outcome:
    to = request.form.get("to", "")
    return actions.hand_over_duty(desk, signed_in().login, house().clock.now(), to)


def _leave(desk: Desk) -> Outcome:
    return actions.leave_duty(desk, signed_in().login, house().clock.now())


_DECISIONS: Mapping[str, Callable[[Desk, int], Outcome]] = {
    "retry": _retry,
    "skip": _skip,
    "there": _there,
    "not-there": _not_there,
    "done": _there,
}
_DUTY: Mapping[str, Work] = {"take": _take, "over": _hand_over, "leave": _leave}


# What is shown


def _own_values(now: datetime) -> dict[str, object]:
    """What the board's template is told beside what every page is."""
    service, settings = house().service, house().settings
    personal = personal_channels(settings)
    with house().db.read() as session:
        found = read_board(session, settings, now, personal)
    worker = worker_of(settings, found, now)
    role, spoken = ROLE_RANK[signed_in().role], words()
    return {
        "board": found,
        "behind": behind_of(settings, found, worker),
        "worker": worker,
        "people": _others(found),
        "options": {options.name: options for options in settings.channels},
        "personal": personal,
        "first_notice_within": FIRST_NOTICE_WITHIN,
        "lags": LAGS,
        "in_seconds": lambda value: in_seconds(spoken, value),
        "skews": _skews(spoken, found),
        "state_of": state_of,
        "stopped": STOPPED,
        "page": Page(service, spoken.locale, ""),
        "may_decide": role >= ROLE_RANK[Role.AUTHOR],
        "may_set": role >= ROLE_RANK[Role.APPROVER],
    }


def _skews(spoken: Words, found: Board) -> Markup:
    """The skews of the latest publications as a drawing, the newest last; the list says them."""
    values = [each.skew for each in reversed(found.spreads)]
    return plot(values, spoken.gettext("The skew of each"), LEFT_BEHIND.total_seconds())


def _values(now: datetime) -> dict[str, object]:
    """All that the part needs, which is rendered without its page."""
    spoken = words()
    return {
        "words": spoken,
        "_": spoken.gettext,
        "ngettext": spoken.ngettext,
        "me": signed_in(),
        "service": house().service,
        "now": now,
        "here": "/console/",
        **_own_values(now),
    }


def _others(found: Board) -> list[tuple[str, str]]:
    """Logins and names of those who may be handed the duty."""
    on_duty = found.duty.login if found.duty else None
    return [(who.login, who.name) for who in found.people if who.login != on_duty]


def _tag(text: str) -> str:
    """Changes with what is shown; the token of its forms, another one each time, is no news."""
    return sha256(text.replace(generate_csrf(), "").encode()).hexdigest()[:24]
