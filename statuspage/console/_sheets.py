"""A form that publishes: shown, previewed, kept as a draft, published once; whatever is wrong is
said at its field, and what was typed stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Response, redirect, request
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from incidents import actions
from incidents.actions import Desk, Outcome
from incidents.errors import ActionError, InvalidInput, NotAllowed, NotPossible, UpdatedFirst
from publishers.documents._phrases import N_
from statuspage._at_hand import house
from statuspage.auth import kept_form, signed_in
from statuspage.cli._database import database_in_words
from statuspage.console import _choices as choices
from statuspage.console._forms import (
    Problems,
    Published,
    already,
    new_token,
    problems_by_field,
    publish,
)
from statuspage.console._preview import Preview, looked_at, shown, taken
from statuspage.console._promise import propose
from statuspage.console._render import render, words, words_for
from statuspage.console._typed import MOST_FIGURES, TIMES, Reading, Typed, meant

Act = Callable[[Desk, str, datetime, Mapping[str, Any]], Outcome]
_FIGURES_SHOWN = 2
_CARRIED = re.compile(r"answer\..*|figures\.\d\.key")
"""Fields that come from a draft, and that no form shows."""
STOPPED = N_(
    "The checks found what should not go out: put it right, or say beside it why it goes out all "
    "the same."
)


@dataclass(frozen=True)
class Sheet:
    """One form, as it stands for one entry or for none."""

    template: str
    heading: str
    read: Callable[[Reading], dict[str, Any]]
    """What was typed as the action's input. Raises `InvalidInput`."""
    act: Act
    defaults: Callable[[], Typed]
    """What stands in the fields before anything was typed."""
    keep: Act | None = None
    """Keeps it as a draft; None where that cannot be."""
    publish_label: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    """What its template shows besides."""
    renewed: Callable[[Typed], Mapping[str, object]] = lambda _typed: {}
    """After somebody was first: what changed, and the form's knowledge of it brought up to date."""
    hints: Callable[[Typed], Mapping[str, str]] = lambda _typed: {}
    """Names that are proposed, by language, where none was typed."""
    proposes: Callable[[Typed], str] | None = None
    """The template that fits what was chosen; None where nothing is proposed."""


def kept_for(action: str) -> Act:
    """Keeps an input as a new draft for an action."""
    return lambda desk, login, now, data: actions.save_draft(desk, login, now, action, data)


def answer(sheet: Sheet) -> AnyResponse:
    """Show the form, or do what its button says."""
    if request.method == "GET":
        typed = kept_form(request.path) or sheet.defaults()
        typed.setdefault("token", new_token())
        return _first_look(sheet, typed)
    typed = MultiDict(request.form)
    try:
        return _done(sheet, typed)
    except UpdatedFirst as problem:
        renewed = sheet.renewed(typed)
        return _page(sheet, typed, 409, problems_by_field(problem), others=renewed)
    except ActionError as problem:
        return _page(sheet, typed, _code(problem), problems_by_field(problem))
    except SQLAlchemyError as problem:
        return _page(sheet, typed, 503, {"": [database_in_words(problem)]})


def _code(problem: ActionError) -> int:
    if isinstance(problem, NotAllowed):
        return 403
    return 409 if isinstance(problem, NotPossible) else 422


def _first_look(sheet: Sheet, typed: Typed) -> Response:
    """With a preview where what is filled in already says something."""
    try:
        preview = _previewed(sheet, typed)
    except ActionError:
        preview = None
    return _page(sheet, typed, 200, {}, preview)


def _previewed(sheet: Sheet, typed: Typed) -> Preview:
    data = sheet.read(Reading(choices.desk(), typed))
    return shown(looked_at(_work(sheet.act, data), typed.get("token", ""), taken(typed)))


def _propose(typed: Typed, fitting: str, *, anew: bool) -> None:
    """Put in the template that fits; one that somebody chose stays, unless they ask `anew`."""
    if anew or typed.get("template") == typed.get("proposed"):
        typed["template"] = fitting
    typed["proposed"] = fitting


def _work(act: Act, data: Mapping[str, Any]) -> Callable[[Desk], Outcome]:
    login, now = signed_in().login, house().clock.now()
    return lambda desk: act(desk, login, now, data)


def _done(sheet: Sheet, typed: Typed) -> AnyResponse:
    do = typed.get("do", "")
    if sheet.proposes and do in ("preview", "propose"):
        _propose(typed, sheet.proposes(typed), anew=do == "propose")
    if do in ("preview", "propose"):
        return _page(sheet, typed, 200, {}, _previewed(sheet, typed))
    if do == "take":
        return _with_template_words(sheet, typed)
    data = sheet.read(Reading(choices.desk(), typed))
    if do == "draft" and sheet.keep:
        return said(publish(_work(sheet.keep, data), typed.get("token", "")))
    if do == "publish":
        return _published(sheet, typed, data)
    raise InvalidInput("press one of the buttons below the form")


def _published(sheet: Sheet, typed: Typed, data: Mapping[str, Any]) -> AnyResponse:
    work, token = _work(sheet.act, data), typed.get("token", "")
    done = already(token)
    if done is not None:
        return said(done)
    try:
        looked = looked_at(work, token, taken(typed))
    except (ActionError, DBAPIError):
        done = already(token)  # the same form, pressed twice, may have been first
        if done is None:
            raise
        return said(done)
    if looked.stops:
        stopped: Problems = {"preview": [words().gettext(STOPPED)]}
        return _page(sheet, typed, 422, stopped, shown(looked))
    return said(publish(lambda desk: work(looked.desk(desk)), token))


def _with_template_words(sheet: Sheet, typed: Typed) -> AnyResponse:
    """The template's words as own words, to go on from."""
    typed["words"] = "template"
    preview = _previewed(sheet, typed)
    typed["words"] = "own"
    for told in preview.told[:1]:
        for locale, text in told.texts.items():
            for part, said_there in text.items():
                typed[f"texts.{locale}.{part}"] = said_there
    return _page(sheet, typed, 200, {}, preview)


def said(done: Published) -> AnyResponse:
    """After publishing: to the entry, which says whether the page shows it."""
    outcome = done.outcome
    if outcome.draft_id is not None:
        return redirect(f"/console/drafts?kept={outcome.draft_id}", 303)
    address = f"/console/entries/{outcome.number}"
    if done.not_online:
        return render("published.html", 200, done=done, address=address)
    return redirect(f"{address}?published={outcome.event}", 303)


def _page(
    sheet: Sheet,
    typed: Typed,
    status: int,
    problems: Problems,
    preview: Preview | None = None,
    others: Mapping[str, object] | None = None,
) -> Response:
    place = house()
    zone = place.service.time_zone
    languages = [(own, words_for(own, zone).endonym) for own in place.service.locales]
    rows = sum(1 for row in range(MOST_FIGURES) if _has_figure(typed, row))
    values = {
        "heading": sheet.heading,
        "typed": typed,
        "problems": problems,
        "preview": preview,
        "languages": languages,
        "publish_label": sheet.publish_label,
        "may_draft": bool(sheet.keep),
        "hints": sheet.hints(typed),
        "draft": None,
        "void": (),
        "may_propose": sheet.proposes is not None,
        "carried": [name for name in typed if _CARRIED.fullmatch(name)],
        "shown_blanks": choices.blanks(typed.get("template", "")),
        "figure_rows": min(MOST_FIGURES, max(_FIGURES_SHOWN, rows + 1)),
        "promise_help": _promise_help(),
        "clock_notes": _clock_notes(typed),
    }
    return render(sheet.template, status, **{**values, **sheet.values, **(others or {})})


def _has_figure(typed: Typed, row: int) -> bool:
    return any(
        name.startswith(f"figures.{row}.") and value.strip() for name, value in typed.items()
    )


def _clock_notes(typed: Typed) -> dict[str, str]:
    """What is made of a local time that the clocks skip, or show twice, by its field."""
    say, zone = words().gettext, house().service.time_zone
    found = {}
    for name in TIMES:
        taken_for = meant(typed.get(name, ""), zone)
        if taken_for is None:
            continue
        if taken_for.skipped:
            told = say("The clocks skip this local time: {time} is meant.")
            found[name] = told.format(time=words().time(taken_for.moment))
        else:
            found[name] = say("This local time comes twice that night: the first one is meant.")
    return found


def _promise_help() -> str:
    """What the proposal is made of: in the service's zone, and within staffed hours or not."""
    place, spoken = house(), words()
    now = place.clock.now()
    proposal = propose(now, place.service.hours)
    zone = spoken.gettext("Times are in {zone}.").format(zone=spoken.zone_name)
    if proposal.nobody_at is None:
        return zone
    if proposal.at is None:
        return f"{zone} {spoken.gettext('Nobody is there to write then, by the staffed hours.')}"
    told = spoken.gettext("At {soon} nobody is there, by the staffed hours; this is after {then}.")
    opening = place.service.hours and place.service.hours.next_opening(proposal.nobody_at)
    then = spoken.by(opening or proposal.at, now)
    return f"{zone} {told.format(soon=spoken.by(proposal.nobody_at, now), then=then)}"
